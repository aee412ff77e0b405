"""What stands between the practice host and the sandbox: it sees each call, and may rewrite the
answer before the host spoils it on the wire."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from core.contracts.sandbox import Sandbox
from core.practice import World

if TYPE_CHECKING:
    from core.contracts.sandbox import WsgiApp


@dataclass(frozen=True, kw_only=True)
class Told:
    """One call and what the sandbox answered. `changed`: the marketplace was another after it."""

    method: str
    path: str
    status: int
    content_type: str
    body: bytes
    changed: bool = False


ACCOUNT = ("lines", "templates", "listings")
"""What a ledger tells of what is so."""

Rewrite = Callable[[Told], bytes]
"""Another body for an answer."""


class Wire:
    """Sees what a sandbox is asked and answers."""

    def __init__(self) -> None:
        self.told: list[Told] = []
        self.rewrite: Rewrite | None = None
        self.always: Rewrite | None = None
        """What rewrites answers whatever the operation is."""
        self.watching = False

    def through(self, sandbox: Sandbox) -> Sandbox:
        """The same sandbox with us in front of it."""
        return _replaced(sandbox, lambda world: self._around(sandbox, world))

    def _around(self, sandbox: Sandbox, world: World) -> WsgiApp:
        app = sandbox.app(world)

        def serve(environ: Any, start_response: Any) -> Iterable[bytes]:
            began: list[Any] = []

            def begin(status: str, headers: list[tuple[str, str]], error: Any = None) -> Any:
                began[:] = [status, headers]

            before = self._standing(sandbox, world)
            body = b"".join(app(environ, begin))
            status, headers = began
            told = Told(
                method=environ["REQUEST_METHOD"],
                path=environ["PATH_INFO"],
                status=int(status.partition(" ")[0]),
                content_type=_header(headers, "content-type"),
                body=body,
                changed=before != self._standing(sandbox, world),
            )
            self.told.append(told)
            rewrite = self.rewrite or self.always
            if rewrite is not None:
                body = rewrite(told)
            start_response(status, headers)
            return [body]

        return serve

    def _standing(self, sandbox: Sandbox, world: World) -> Any:
        return copy.deepcopy(standing(sandbox, world)) if self.watching else None


def standing(sandbox: Sandbox, world: World) -> Mapping[str, Any]:
    """What is so at the marketplace now: that there were calls is not."""
    if sandbox.ledger is None:
        return {name: {} for name in ACCOUNT}
    with world.lock:
        told = sandbox.ledger(world)
    return {name: told.get(name) or {} for name in ACCOUNT}


def _replaced(sandbox: Sandbox, app: Callable[[World], WsgiApp]) -> Sandbox:
    return replace(sandbox, app=app)


def _header(headers: Iterable[tuple[str, str]], name: str) -> str:
    return next((value for key, value in headers if key.lower() == name), "")
