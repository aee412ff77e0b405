"""Static files under hashed names that never change, compressed ahead of time."""

from __future__ import annotations

import hashlib
import re
import zlib
from pathlib import Path

from flask import Flask, Response, abort, request, send_file, url_for
from werkzeug.security import safe_join

FOLDER = Path(__file__).parent / "static"

# What is served at all: a file of any other kind in the folder is not found.
TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
}
COMPRESSED = frozenset({".css", ".js", ".svg"})
ENCODINGS = (("br", ".br"), ("gzip", ".gz"))

FOREVER = "public, max-age=31536000, immutable"
SHORT = "public, max-age=300"

_HASHED = re.compile(r"(?P<stem>.+)\.(?P<digest>[0-9a-f]{8})(?P<suffix>\.[a-z0-9]+)")
# A folder of vendor/ carries its version, so the fonts that a stylesheet names are immutable too.
_VERSIONED = re.compile(r"vendor/[^/]+-\d[^/]*/")

_digests: dict[tuple[Path, int, int], tuple[str, int]] = {}


def asset_url(name: str) -> str:
    """The address of a file of the static folder, with the hash of its content in the name."""
    path = _find(name)
    if path is None:
        raise FileNotFoundError(f"no such static file: {name}")
    hashed = path.with_name(f"{path.stem}.{_digest(path)}{path.suffix}")
    return url_for("static", filename=hashed.relative_to(FOLDER).as_posix())


def init_app(app: Flask) -> None:
    """Serve the folder at /static and give templates `asset()`."""
    if app.has_static_folder:
        raise RuntimeError("create the app with static_folder=None: web.assets serves /static")
    app.add_url_rule("/static/<path:filename>", endpoint="static", view_func=serve)
    app.jinja_env.globals["asset"] = asset_url


def serve(filename: str) -> Response:
    """One file; a hash that is no longer the content's answers with what there is, kept briefly."""
    path, kept = _resolve(filename)
    if path is None:
        abort(404)
    encoding, body = _choose(path)
    response = send_file(body, conditional=False, mimetype=TYPES[path.suffix], etag=False)
    response.set_etag(f"{_digest(path)}{'-' if encoding else ''}{encoding}")
    response.headers["Cache-Control"] = kept
    if path.suffix in COMPRESSED:
        response.vary.add("Accept-Encoding")
    if encoding:
        response.headers["Content-Encoding"] = encoding
    response.make_conditional(request)
    return response


def _resolve(filename: str) -> tuple[Path | None, str]:
    plain = _find(filename)
    if plain is not None:
        return plain, FOREVER if _VERSIONED.match(filename) else SHORT
    match = _HASHED.fullmatch(filename)
    if match is None:
        return None, SHORT
    path = _find(match["stem"] + match["suffix"])
    current = path is not None and _digest(path) == match["digest"]
    return path, FOREVER if current else SHORT


LONGEST = 200


def _find(name: str) -> Path | None:
    joined = safe_join(str(FOLDER), name) if len(name) <= LONGEST else None
    if joined is None:
        return None
    path = Path(joined)
    return path if path.suffix in TYPES and path.is_file() else None


def _choose(path: Path) -> tuple[str, Path]:
    """The encoding to send and its file; a sibling of an older content is passed over."""
    if path.suffix in COMPRESSED and _in_step(path):
        for encoding, suffix in ENCODINGS:
            body = path.with_name(path.name + suffix)
            if request.accept_encodings[encoding] > 0 and body.is_file():
                return encoding, body
    return "", path


def _in_step(path: Path) -> bool:
    """Whether the compressed siblings hold this content: a gzip ends in its CRC and length."""
    packed = path.with_name(path.name + ".gz")
    if not packed.is_file():
        return False
    tail = packed.read_bytes()[-8:-4]
    return int.from_bytes(tail, "little") == _measure(path)[1]


def _digest(path: Path) -> str:
    return _measure(path)[0]


def _measure(path: Path) -> tuple[str, int]:
    """The first eight hex digits of the content's SHA-256 and its CRC, kept until it changes."""
    stat = path.stat()
    key = (path, stat.st_mtime_ns, stat.st_size)
    if key not in _digests:
        data = path.read_bytes()
        _digests[key] = (hashlib.sha256(data).hexdigest()[:8], zlib.crc32(data))
    return _digests[key]
