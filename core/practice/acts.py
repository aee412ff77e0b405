"""What happens in a practice world without the seller: acts by name, as `POST _world/act` asks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar

from core.practice.world import World

Data = dict[str, Any]
Act = Callable[[World, str, Data], Any]
_Line = TypeVar("_Line")


def act_by_name(
    acts: Mapping[str, Callable[[World, Data], Any]],
    line_acts: Mapping[str, Callable[[World, _Line, Data], Any]],
    find: Callable[[World, str], _Line | None],
) -> Act:
    """A `Sandbox.act` that does one of `acts`, or one of `line_acts` to the `line` or each of the
    `lines` that it is given, as `find` finds them by their key; the keys are what it returns.

    Raises ValueError for an act or a line that there is not.
    """

    def act(world: World, name: str, data: Data) -> Any:
        if name in line_acts:
            keys = [str(key) for key in data.pop("lines", None) or [data.pop("line", None)]]
            found = {key: find(world, key) for key in keys}
            if any(line is None for line in found.values()):
                raise ValueError(f"{name}: no such line among {keys}")
            for key in keys:
                line_acts[name](world, found[key], data)  # type: ignore[arg-type]
            return keys
        if name in acts:
            return acts[name](world, data)
        raise ValueError(f"acts are {', '.join(sorted([*line_acts, *acts]))}")

    return act


def ordered(data: Mapping[str, Any], known: Collection[str]) -> tuple[int, float, Data]:
    """Of what the act `new_order` is given: how many `orders` (1), how many seconds ago they were
    paid (`minutes_ago`, 0), and what else is said of each, which is some of `known`.

    Raises ValueError.
    """
    told = dict(data)
    count, ago = int(told.pop("orders", 1)), float(told.pop("minutes_ago", 0)) * 60
    if unknown := set(told) - set(known):
        raise ValueError(f"an order has no {', '.join(sorted(unknown))}")
    return count, ago, told
