"""Addresses that the frame links to and whose pages are not written yet.

Each blueprint here is deleted when the page's own module takes its place.
"""

from __future__ import annotations

from flask import Blueprint, Response

from web.render import page

today = Blueprint("today", __name__)
orders = Blueprint("orders", __name__)
jobs = Blueprint("jobs", __name__)
BLUEPRINTS = (today, orders, jobs)


def _pending(**named: str) -> Response:
    return page("pending.html", status=501)


today.add_url_rule("/", "index", _pending)
orders.add_url_rule("/orders", "index", _pending)
jobs.add_url_rule("/jobs", "index", _pending)
jobs.add_url_rule("/jobs/<id>", "show", _pending)
jobs.add_url_rule("/jobs/<id>/card", "card", _pending)
jobs.add_url_rule("/jobs/<id>/cancel", "cancel", _pending, methods=["POST"])
