"""시작하기: the first choice of a new owner, a practice channel or one of their own."""

from __future__ import annotations

from flask import Blueprint, Response, current_app

from core import registry
from web.forms import new_submission
from web.render import page

start = Blueprint("start", __name__)


@start.get("/start")
def index() -> Response:
    """Offer the two ways in."""
    found = registry.current()
    able = [found.marketplaces[key] for key in found.sandboxes if key in found.marketplaces]
    return page(
        "start/index.html",
        sandboxes=sorted(able, key=registry.is_closed),
        practice_on=bool(current_app.config["HANPAN"].practice_port),
        submission=new_submission(),
    )
