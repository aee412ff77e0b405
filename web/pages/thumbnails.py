"""작은 이미지: the pictures of products, served from here alone."""

from __future__ import annotations

from flask import Blueprint, Response

from core.services import thumbnails as service
from web.database import db

thumbnails = Blueprint("thumbnails", __name__, url_prefix="/thumbnails")

KEPT = "private, max-age=31536000, immutable"
"""The name is made of the bytes: another picture has another name."""


@thumbnails.get("/<digest>")
def show(digest: str) -> Response:
    """Give a small picture of this workspace."""
    found = service.file_of(db.session(), digest).read_bytes()  # some kilobytes
    return Response(found, mimetype="image/jpeg", headers={"Cache-Control": KEPT})
