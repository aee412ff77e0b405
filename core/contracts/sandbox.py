"""The practice marketplace that a plugin ships: a WSGI app over a world that the host keeps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, MutableMapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

    from core.practice import World

    WsgiApp = Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]
else:
    WsgiApp = Any

State = MutableMapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Sandbox:
    """A strict stand-in for the marketplace, for practice channels, tests and benches.

    `app(world)` returns a WSGI app that serves every declared base under its name
    (`/<base name>/…`). `seed(world, size)` fills an empty world ("small", "busy", "bench").
    `credentials(world)` is a set of form values that works. What the real one refuses, it refuses.
    """

    marketplace: str
    app: Callable[[World], WsgiApp]
    seed: Callable[[World, str], None]
    credentials: Callable[[World], dict[str, Any]]
