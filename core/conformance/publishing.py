"""What `host.publish` offers, served on a free loopback port as the web does it."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from core.ledger import publications


class Publisher:
    """Serves the publications of the database, and those that a bare client made."""

    def __init__(self) -> None:
        self._bare: dict[str, tuple[bytes, str]] = {}
        publisher = self

        class Handler(BaseHTTPRequestHandler):
            """Answers GET of a publication's address."""

            def do_GET(self) -> None:
                found = publisher.find(self.path.removeprefix(publications.PATH))
                self.send_response(404 if found is None else 200)
                content, content_type = found or (b"", "text/plain")
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )
        self._thread.start()

    @property
    def port(self) -> int:
        """Where it listens, on 127.0.0.1."""
        return int(self._server.server_address[1])

    def find(self, token: str) -> tuple[bytes, str] | None:
        """What stands at the token's address now."""
        if token in self._bare:
            return self._bare[token]
        found = publications.fetch(token, address="127.0.0.1", agent="practice")
        return None if found is None else (found.content, found.content_type)

    def publish(self, content: bytes, content_type: str, minutes: int) -> str:
        """As `host.publish`, for a client without a channel."""
        token = f"kit-{len(self._bare)}"
        self._bare[token] = (content, content_type)
        return f"http://127.0.0.1:{self.port}{publications.PATH}{token}"

    def contents(self) -> Iterable[bytes]:
        """Everything that a bare client published."""
        return (content for content, _ in self._bare.values())

    def stop(self) -> None:
        """Close the port."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)
