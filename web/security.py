"""What every request and answer must carry: headers, limits, and proof that a POST is ours.

https is known only from a declared number of proxies (`HANPAN_PROXY_HOPS`); over it cookies
are `__Host-` ones and HSTS is sent, over http they have plain names and no `Secure`.
"""

from __future__ import annotations

import os
import secrets
import tempfile
from contextlib import suppress
from hmac import compare_digest
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask, Response, abort, current_app, g, request, session
from flask.sessions import SecureCookieSessionInterface
from werkzeug.middleware.proxy_fix import ProxyFix

from core.settings import Settings, is_loopback

CSP = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
HSTS = "max-age=31536000; includeSubDomains"

FIELD = "csrf_token"
HEADER = "X-CSRFToken"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
PUBLIC = frozenset({"static"})
"""Endpoints whose answers hold nothing personal, so that they may be kept."""
NAMED_BY_CONTENT = frozenset({"thumbnails.show"})
"""Endpoints that say themselves how long their answers may be kept, where they give one."""

FORM_LIMIT = 1_000_000
PARTS_LIMIT = 2_000


def cookie_name(name: str) -> str:
    """The name that a cookie has on the connection of this request."""
    return f"__Host-{name}" if request.is_secure else name


class _NotesCookie(SecureCookieSessionInterface):
    """Flask's signed cookie: holds notes for the next page and the token of a door's form."""

    def get_cookie_name(self, app: Flask) -> str:
        return cookie_name("hanpan-notes")

    def get_cookie_secure(self, app: Flask) -> bool:
        return request.is_secure


def init_app(app: Flask) -> None:
    """Set limits, cookies and headers, and trust the declared proxies and no other."""
    settings = app.config["HANPAN"]
    app.config.update(
        MAX_CONTENT_LENGTH=FORM_LIMIT,
        MAX_FORM_MEMORY_SIZE=FORM_LIMIT,
        MAX_FORM_PARTS=PARTS_LIMIT,
        SECRET_KEY=_secret(settings.data),
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
    )
    app.session_interface = _NotesCookie()
    if hops := settings.proxy_hops:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops
        )
    app.after_request(_add_headers)


def _secret(folder: Path) -> bytes:
    """The key that signs the cookie of notes; made once, readable by us alone."""
    path = folder / "secret"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        handle, fresh = tempfile.mkstemp(dir=folder, prefix="secret.")  # made with mode 0600
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(32))
        with suppress(FileExistsError):  # another process was faster: its key is the one
            os.link(fresh, path)
        Path(fresh).unlink()
    return path.read_bytes()


def _add_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = HSTS
    given = request.endpoint in NAMED_BY_CONTENT and response.status_code in (200, 304)
    if request.endpoint not in PUBLIC and not given:
        response.headers["Cache-Control"] = "no-store"
    return response


def guard_addresses(app: Flask) -> None:
    """Refuse what is not addressed to us, before anything is looked up by the address."""
    app.before_request(_check_address)


def guard_posts(app: Flask) -> None:
    """Refuse a POST that another site sent or that does not carry this browser's token."""
    app.before_request(_guard)


def _check_address() -> None:
    """Refuse another site's name for us (DNS rebinding), and addresses that no database takes."""
    if b"%00" in request.query_string or "\x00" in request.path:
        abort(400, "address")
    named = urlsplit(f"//{request.host}").hostname or ""
    chosen: Settings = current_app.config["HANPAN"]
    ours = {"localhost", "127.0.0.1", "::1", chosen.host}
    if chosen.public_url:
        ours.add(urlsplit(chosen.public_url).hostname or "")
    elif chosen.proxy_hops or not is_loopback(chosen.host):
        return
    if named not in ours:
        abort(400, "host")


def _guard() -> None:
    if request.method in SAFE:
        return
    if not _same_origin():
        abort(400, "origin")
    sent = request.headers.get(HEADER) or request.form.get(FIELD, "")
    expected = token()
    if not expected or not compare_digest(sent.encode(), expected.encode()):
        abort(400, "token")


def _same_origin() -> bool:
    """Whether the browser says that the request comes from a page of ours, or says nothing."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    return _place(origin) in ours()


def ours() -> list[tuple[str, str]]:
    """Scheme and host of every address that this installation is opened at."""
    known = (request.host_url, current_app.config["HANPAN"].public_url or "")
    return [_place(url) for url in known if url]


def _place(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def token() -> str:
    """What a form of this page must send back: the session's, or before login the browser's."""
    login = g.get("login")
    if login is not None:
        return str(login.csrf)
    if "door" not in session:
        session["door"] = secrets.token_urlsafe(32)
    return str(session["door"])
