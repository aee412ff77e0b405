"""Error pages: what happened, whose fault it is, what to do next, and a number to tell us."""

from __future__ import annotations

import math

from flask import Flask, Response, g, request, url_for
from flask_babel import gettext as _
from sqlalchemy.exc import InterfaceError, OperationalError, TimeoutError
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.wrappers import Response as AnyResponse

from core.services.outcome import Forbidden, Locked, Missing, Wrong
from web.i18n import tr
from web.logs import log_failure
from web.render import page

RETRY_S = 60
WORDED = (400, 403, 404, 405, 413, 422, 429)
"""Refusals that `error.html` has words for; any other reads as the first."""


def init_app(app: Flask) -> None:
    """Answer every failure with a page."""
    app.register_error_handler(HTTPException, _refuse)
    app.register_error_handler(Exception, _fail)
    app.register_error_handler(Missing, lambda error: _page(404))
    app.register_error_handler(Forbidden, _forbid)
    app.register_error_handler(Wrong, _decline)
    for away in (OperationalError, InterfaceError, TimeoutError):
        app.register_error_handler(away, _pause)


def _refuse(error: HTTPException) -> Response | AnyResponse:
    code = error.code or 500
    if code < 400:
        return error.get_response()
    if code >= 500:
        g.broken = True
    response = _page(code, said=_said(error))
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return response


def _forbid(error: Forbidden) -> Response:
    """It is not done, whoever asks: the reason, and the channel that it is about."""
    named = (request.view_args or {}).get("id")
    about = named if request.path.startswith("/channels/") else None
    back = url_for("setup.index", id=about) if about else ""
    return _page(403, str(tr(error.text)), back=back)


def _decline(wrong: Wrong) -> Response:
    """A button's action was declined; a form shows the reasons beside its fields instead."""
    said = " ".join(str(tr(text)) for text in wrong.fields.values())
    if not isinstance(wrong, Locked):
        return _page(422, said)
    response = _page(429, said)
    response.headers["Retry-After"] = str(math.ceil(wrong.seconds))
    return response


def _said(error: HTTPException) -> str:
    if error.description == "origin":
        return str(
            _(
                "다른 사이트에서 보낸 요청으로 보여 받지 않았습니다. 아무것도 저장하지 않았습니다. "
                "프록시 뒤에서 쓰신다면 프록시가 Host를 그대로 넘기는지, "
                "HANPAN_PROXY_HOPS와 HANPAN_PUBLIC_URL이 맞는지 확인해 주세요."
            )
        )
    return ""


def _fail(error: Exception) -> Response:
    log_failure(error)
    g.broken = True
    return _page(500)


def _pause(error: Exception) -> Response:
    """The database is away or too busy."""
    log_failure(error)
    g.broken = True
    response = _page(503)
    response.headers["Retry-After"] = str(RETRY_S)
    return response


def _page(code: int, said: str = "", back: str = "") -> Response:
    again = request.full_path.rstrip("?") if request.method == "GET" and code >= 500 else ""
    worded = code in WORDED or code >= 500
    return page(
        "error.html",
        status=code,
        code=code if worded else 400,
        said=said,
        retry=again,
        back=back,
        request_id=g.get("request_id", "") if code >= 500 or code == 400 else "",
    )
