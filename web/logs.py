"""The request log: one line an answer, with a request id and nothing about a person.

The route is logged, not the address, whose ids and filters could tell what somebody looked at.
"""

from __future__ import annotations

import logging
import secrets
import time

from flask import Flask, Response, g, request

from hanpan.logs import describe

log = logging.getLogger("hanpan.web")

HEADER = "X-Request-Id"


def init_app(app: Flask) -> None:
    """Give each request an id and a clock, and log its answer."""
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    g.began = time.perf_counter()
    g.request_id = secrets.token_hex(6)


def _end(response: Response) -> Response:
    response.headers[HEADER] = g.request_id
    route = request.url_rule.rule if request.url_rule else "-"
    took = (time.perf_counter() - g.began) * 1000
    level = logging.DEBUG if request.endpoint in ("static", "health.alive") else logging.INFO
    log.log(
        level,
        "%s %s %s %.0fms %s",
        request.method,
        route,
        response.status_code,
        took,
        g.request_id,
    )
    return response


def log_failure(error: BaseException) -> None:
    """Log where an error came from, without its message where that may quote what was typed."""
    log.error("request %s failed\n%s", g.get("request_id", "-"), describe(error))
