"""Some items, where to go on from, and whether to go on now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final, Generic, TypeVar

T = TypeVar("T")


class Unchanged(Enum):
    """A field that a partial item leaves out: what is stored stays. None means empty."""

    UNCHANGED = "unchanged"


UNCHANGED: Final = Unchanged.UNCHANGED


@dataclass(frozen=True)
class Page(Generic[T]):
    """`cursor` is opaque to core and always storable; `more` says whether to go on now."""

    items: Sequence[T]
    cursor: str
    more: bool = False
    total: int | None = None
