"""One marketplace of the practice host: its world, its app, its faults and its log of calls.

Code of plugins runs here: whatever a sandbox raises becomes a 500 of its own marketplace.
"""

from __future__ import annotations

import io
import itertools
import json
import logging
import sys
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import unquote_to_bytes

from core.contracts.sandbox import Sandbox
from core.practice.faults import BEFORE, Reply, Rule, instead, late_seconds, spoilt
from core.practice.server import Request
from core.practice.world import World

LOGGED = 50_000
MayMoveDay = Callable[[], bool]
log = logging.getLogger("hanpan.practice")

API_KEY = "hanpan.key"
"""Where a sandbox leaves, in the environ, which API key a call came with (not a secret)."""

_JSON = (("Content-Type", "application/json; charset=utf-8"),)


class Place:
    """Serves `/<marketplace>/…` and does what the `_world` calls ask for."""

    def __init__(
        self, sandbox: Sandbox, world: World, may_move_day: MayMoveDay | None = None
    ) -> None:
        self.sandbox = sandbox
        self.world = world
        self.may_move_day = may_move_day
        self.faults: list[Rule] = []
        self.calls: deque[dict[str, Any]] = deque(maxlen=LOGGED)
        self._app = sandbox.app(world)
        self._numbers = itertools.count(1)

    def serve(self, request: Request, path: str) -> Reply:
        """Answer one call of the marketplace's API; `path` begins with the base's name."""
        with self.world.lock:
            rule = next((rule for rule in self.faults if rule.takes(request.method, path)), None)
        call: dict[str, Any] = {
            "n": next(self._numbers),
            "at": self.world.now().isoformat(timespec="milliseconds"),
            "method": request.method,
            "path": path,
            "query": request.query,
            "status": None,
            "key": "",
            "fault": rule.kind.value if rule else None,
        }
        if rule is not None and rule.kind in BEFORE:
            reply = instead(rule)
            reply = replace(reply, headers=(*reply.headers, self._date()))
            call["status"] = reply.status or None
        else:
            with self.world.late(late_seconds(rule)):
                reply, call["key"] = self._run(request, path)
            call["status"] = reply.status
            if rule is not None:
                reply = spoilt(rule, reply)
        self.calls.append(call)
        return reply

    def _run(self, request: Request, path: str) -> tuple[Reply, str]:
        environ = _environ(request, path, self.world.marketplace)
        began: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], error: Any = None) -> Any:
            began[:] = [status, headers]
            return None

        try:
            body = b"".join(self._app(environ, start_response))
            status, headers = began
            code, _, reason = status.partition(" ")
            reply = Reply(
                status=int(code),
                reason=reason,
                headers=(
                    *((n, v) for n, v in headers if n.lower() not in ("content-length", "date")),
                    self._date(),
                ),
                body=body,
            )
        except Exception:
            log.exception("the sandbox of %s failed", self.world.marketplace)
            text = {"error": "the sandbox failed; see the log, or reset it by POST _world/seed"}
            body = json.dumps(text).encode()
            reply = Reply(status=500, reason="Sandbox Failed", headers=_JSON, body=body)
        return reply, str(environ.get(API_KEY, ""))

    def _date(self) -> tuple[str, str]:
        return "Date", format_datetime(self.world.now(), usegmt=True)

    def seed(self, size: str, options: Mapping[str, Any]) -> None:
        """Begin a new world of `size`: state, ledger, log and faults are gone once it stands."""
        world = self.world
        with world.lock:
            before = (world.name, world.options, world.state, world.cache, world.counts)
            world.reset(size, options)
            try:
                self.sandbox.seed(world, size)
            except Exception:
                world.name, world.options, world.state, world.cache, world.counts = before
                raise
            self.faults.clear()
            self.calls.clear()

    def act(self, name: str, data: dict[str, Any]) -> Any:
        """Let something happen at the marketplace; raises ValueError for what it cannot do."""
        if self.sandbox.act is None:
            raise ValueError(f"the sandbox of {self.world.marketplace} has no acts")
        with self.world.lock:
            self.world.dirty = True
            return self.sandbox.act(self.world, name, data)

    def ledger(self) -> dict[str, Any]:
        """What happened: the sandbox's own account (`lines`, `templates`, …) and all counts."""
        with self.world.lock:
            told = dict(self.sandbox.ledger(self.world)) if self.sandbox.ledger else {}
            return {
                "marketplace": self.world.marketplace,
                "world": self.world.name,
                "now": self.world.now().isoformat(timespec="milliseconds"),
                "skew": self.world.skew,
                **told,
                "counts": json.loads(json.dumps(self.world.counts)),
            }

    def export(self, kind: str) -> Sequence[Sequence[Any]]:
        """The file of the seller centre that the parser `kind` reads; "" where there is only one.
        Raises ValueError."""
        exports = self.sandbox.exports
        kind = kind or (next(iter(exports)) if len(exports) == 1 else "")
        if kind not in exports:
            raise ValueError(f"kind is one of {', '.join(exports)}" if exports else "none is given")
        with self.world.lock:
            return exports[kind](self.world)

    def credentials(self) -> dict[str, Any]:
        """Form values that work now."""
        with self.world.lock:
            return self.sandbox.credentials(self.world)

    def shift(self, seconds: float) -> None:
        """Move only the marketplace's clock to so many seconds ahead of Hanpan's."""
        limit = timedelta(days=3660).total_seconds()
        if not -limit <= seconds <= limit:
            raise ValueError("the clock can be moved by ten years at most")
        with self.world.lock:
            self.world.skew = float(seconds)
            self.world.dirty = True


def _environ(request: Request, path: str, marketplace: str) -> dict[str, Any]:
    environ = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": f"/{marketplace}",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": request.query,
        "CONTENT_TYPE": request.headers.get("content-type", ""),
        "CONTENT_LENGTH": str(len(request.body)),
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": request.headers.get("host", "").rpartition(":")[2] or "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in request.headers.items():
        if name not in ("content-type", "content-length"):
            environ["HTTP_" + name.upper().replace("-", "_")] = value
    return environ
