"""The practice marketplace that a plugin ships: a WSGI app over a world that the host keeps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
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
    (`/<base name>/…`). `seed(world, size)` fills an empty world ("small", "busy", "bench");
    what `POST _world/seed` gave beside the size is in `world.options`.
    `credentials(world)` is a set of form values that works. What the real one refuses, it refuses.
    `act(world, name, data)` lets something happen that the seller did not do (a buyer cancels, a
    limit changes); it raises ValueError for what it cannot do. `ledger(world)` tells what is so
    and how often each effect was applied: `{"lines": {key: …}, "templates": {type: {id: …}},
    "listings": {product_no: …}}`.
    The host takes `world.lock` for all of these but the app, which takes it itself.
    `exports` are the files that the seller centre would give, by the key of the parser that reads
    them: rows of cells, with what stands above the header row.
    `example` is what a search for a field finds something by: its addresses are invented ones.
    """

    marketplace: str
    app: Callable[[World], WsgiApp]
    seed: Callable[[World, str], None]
    credentials: Callable[[World], dict[str, Any]]
    act: Callable[[World, str, dict[str, Any]], Any] | None = None
    ledger: Callable[[World], Mapping[str, Any]] | None = None
    exports: Mapping[str, Callable[[World], Sequence[Sequence[Any]]]] = field(default_factory=dict)
    example: str = ""
