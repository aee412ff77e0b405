"""Who is here: the session cookie and the server-side session that it names.

The cookie holds a random token; the database holds its hash. It has no lifetime of its own:
the session ends on the server, by idleness, by age or by somebody's word.
"""

from __future__ import annotations

from contextlib import ExitStack

from flask import Flask, g, request, session
from werkzeug.wrappers import Response

from core import store
from core.services import logins
from core.services.audit import Actor
from core.services.logins import Login
from web.security import cookie_name

COOKIE = "hanpan"
WITHOUT = frozenset({"static", "health.alive", "health.ready", "published.show"})
"""Endpoints that do not ask who is there."""


def init_app(app: Flask) -> None:
    """Find the person of each request, and work for their workspace while it lasts."""
    app.before_request(_enter)
    app.teardown_request(_leave)


def _enter() -> None:
    g.login = None
    if not token() or request.endpoint in WITHOUT:
        return
    g.login = logins.resolve(token())
    if g.login is not None:
        g.workspace = ExitStack()
        g.workspace.enter_context(store.workspace(g.login.workspace.id))


def _leave(error: BaseException | None) -> None:
    if (entered := g.pop("workspace", None)) is not None:
        entered.close()


def me() -> Login:
    """The session of the person who is here; only where the table lets nobody else in."""
    login: Login = g.login
    return login


def actor() -> Actor:
    """The person who is here, as services record who acts."""
    return me().actor(address())


def address() -> str:
    """Where the request comes from, as far as the declared proxies tell."""
    return request.remote_addr or ""


def agent() -> str:
    """What the browser calls itself."""
    return request.user_agent.string[:200]


def token() -> str:
    """What the browser's cookie holds."""
    return request.cookies.get(cookie_name(COOKIE), "")


def begin(response: Response, token: str) -> Response:
    """Give the browser the cookie of a new session."""
    session.pop("door", None)
    response.set_cookie(
        cookie_name(COOKIE), token, secure=request.is_secure, httponly=True, samesite="Lax"
    )
    return response


def end(response: Response) -> Response:
    """Take the cookie back."""
    response.delete_cookie(
        cookie_name(COOKIE), secure=request.is_secure, httponly=True, samesite="Lax"
    )
    return response
