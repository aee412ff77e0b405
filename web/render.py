"""One template file serves the whole page and, for htmx, one block of it."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, current_app, flash, make_response, request
from flask_htmx import HTMX

from web.database import db

htmx = HTMX()

TONES = frozenset({"ok", "warn", "bad", "accent"})


def init_app(app: Flask) -> None:
    """Give requests `htmx`, and templates no more names than they need."""
    htmx.init_app(app)
    app.jinja_env.trim_blocks = False


def wants_part() -> bool:
    """Whether htmx asked for a part of the page, not for a page to show or to restore."""
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def page(template: str, block: str | None = None, status: int = 200, **context: Any) -> Response:
    """Render `template`, or only its `block` when htmx asked for a part of the page.

    The database session ends before the template renders: everything that the template reads
    must have been loaded, a lazy load raises DetachedInstanceError.
    """
    found = current_app.jinja_env.get_template(template)
    current_app.update_template_context(context)
    db.session.close()
    if block is not None and wants_part():
        body = "".join(found.blocks[block](found.new_context(context)))
    else:
        body = found.render(context)
    response = make_response(body, status)
    response.vary.add("HX-Request")
    return response


def note(tone: str, text: str) -> None:
    """Say `text` on top of the next page; never about a person, the cookie carries it.

    `tone` is one of ok, warn, bad, accent.
    """
    if tone not in TONES:
        raise ValueError(f"{tone!r} is no tone of a note")
    flash(str(text), tone)


def here() -> str:
    """The address to return to after a POST: the form's `next` where it is a path of ours, or /."""
    return local(request.form.get("next", ""))


def local(address: str) -> str:
    """`address` when it is a path of ours, else "/"."""
    plain = address.startswith("/") and not address.startswith(("//", "/\\"))
    return address if plain and address.isprintable() else "/"
