"""Whether an item of a contract holds what its fields say: their kinds, and aware times.

What a plugin tells is held to it where core takes it in. There may be 100,000 items, most with
the same fields told: what is to be looked at of these is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache, lru_cache
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from core.errors import ContractError

T = TypeVar("T")

MOST = 10**15
"""Figures at and beyond this one are none of won or pieces."""


def told(what: str, found: Any, kind: type[T], fault_of: Callable[[T], str | None]) -> Sequence[T]:
    """The items that a call brought. Raises ContractError, with the place of what is wrong."""
    if not isinstance(found, Sequence):
        raise ContractError(detail=f"{what}: a list was expected, not {type(found).__name__}")
    for at, one in enumerate(found):
        if not isinstance(one, kind):
            name = type(one).__name__
            raise ContractError(detail=f"{what}: [{at}]: {kind.__name__} was expected, not {name}")
        if wrong := fault_of(one):
            raise ContractError(detail=f"{what}: [{at}].{wrong}")
    return found


def fault(item: Any) -> str | None:
    """Where a field is not what the contract says, and how; None where all is sound.

    What is in a field that holds other items is not looked at.
    """
    held = vars(item)
    kind: Any = type(item)
    wrong, figures, times = _looked_at(kind, tuple(map(type, held.values())))
    if wrong:
        return wrong
    most = MOST
    for name in figures:
        if not -most < held[name] < most:
            return f"{name}: the number is too large"
    for name in times:
        if held[name].tzinfo is None:
            return f"{name}: the time has no zone"
    return None


@lru_cache(maxsize=1000)
def _looked_at(
    kind: type, types: tuple[type, ...]
) -> tuple[str | None, Sequence[str], Sequence[str]]:
    """Of an item whose fields have these types: which is wrong, or else the names of those that
    hold a figure and of those that hold a time."""
    figures, times = [], []
    for (name, wanted), one in zip(_kinds(kind).items(), types, strict=False):
        if (one is bool and bool not in wanted) or not issubclass(one, wanted):
            shown = " or ".join(part.__name__ for part in wanted).replace("NoneType", "None")
            return f"{name}: {shown} was expected, not {one.__name__}", (), ()
        if one is not bool and issubclass(one, int):
            figures.append(name)
        elif issubclass(one, datetime):
            times.append(name)
    return None, figures, times


@cache
def _kinds(kind: type) -> Mapping[str, tuple[type, ...]]:
    """The types that a field of the contract may have."""
    return {name: _types(hint) for name, hint in get_type_hints(kind).items()}


def _types(hint: Any) -> tuple[type, ...]:
    parts = get_args(hint) if get_origin(hint) is UnionType else (hint,)
    found: list[type] = []
    for part in parts:
        if get_origin(part) is Sequence:
            found += (list, tuple)
        elif get_origin(part) is Mapping:
            found.append(Mapping)
        else:
            found.append(part)
    return tuple(found)
