"""What a kind of command is: who does it, in which queue, under which switch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from core.contracts.marketplace import Service
from core.contracts.text import Text

if TYPE_CHECKING:
    from core.ledger.run import Run

URGENT, SYNC, BULK = "urgent", "sync", "bulk"
QUEUES = (URGENT, SYNC, BULK)


@dataclass(frozen=True, kw_only=True)
class Kind:
    """`handler` does the work through a Run. Smaller `priority` goes first within a lane.

    `service` is the switch that stops it (None: only 연동 전체). `every` makes it standing: it
    says how long the marketplace with this key is left in peace after each time. `by_itself` is
    work that nobody pressed: like standing work it is tried for ever, and parked where it was
    refused twice.
    `writes` kinds wait after a restore until the channel has been collected once. `asks` kinds
    ask the seller again when they were held for over an hour. `verifies` kinds may run while
    the channel needs the seller.
    """

    handler: Callable[[Run], None]
    queue: str
    priority: int
    title: Text
    service: Service | None = None
    every: Callable[[str], timedelta] | None = None
    by_itself: bool = False
    writes: bool = False
    asks: bool = False
    verifies: bool = False

    @property
    def insists(self) -> bool:
        """Whether it is tried until it is done."""
        return self.by_itself or self.every is not None


Kinds = Mapping[str, Kind]

_kinds: dict[str, Kind] = {}


def register(kinds: Kinds) -> None:
    """Make the table of command kinds known to the ledger (called by `core.work`)."""
    _kinds.clear()
    _kinds.update(kinds)


def get(name: str) -> Kind | None:
    """The kind of this name, or None when nothing declares it any more."""
    return _kinds.get(name)


def registered() -> Kinds:
    """Every kind that is declared."""
    return _kinds
