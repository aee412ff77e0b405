"""What a marketplace fetches from us: the bytes behind a token that nobody can guess."""

from __future__ import annotations

from flask import Blueprint, Response, request

from core.ledger import publications
from web import sessions

published = Blueprint("published", __name__)

INERT = "default-src 'none'; frame-ancestors 'none'; sandbox"


@published.get("/published/<token>")
def show(token: str) -> Response:
    """Give the bytes, counted; nothing else is said, whoever asks."""
    if request.method != "GET":
        return Response(status=405, headers={"Allow": "GET"})
    found = publications.fetch(token, address=sessions.address(), agent=sessions.agent())
    if found is None:
        return Response(status=404)
    return Response(
        found.content,
        content_type=found.content_type,
        headers={"Content-Security-Policy": INERT},  # in a browser it is not a page of ours
    )
