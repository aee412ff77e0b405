"""Orders of larger practice worlds: how many lines each has, when it came, when things follow."""

from __future__ import annotations

from collections.abc import Sequence

from core.practice.world import World

SIZES: Sequence[tuple[int, int]] = (*[(1, 0)] * 16, *[(2, 0)] * 2, (3, 0), (1, 1))
"""Main and added lines of an order, as often as they occur."""


def spread(
    world: World, count: int, days: float, day: int, sizes: Sequence[tuple[int, int]] = SIZES
) -> list[tuple[int, int, int]]:
    """Orders of `count` lines in all, the longest ago first: how long ago each was paid, in the
    unit in which a day has `day`, its main lines and its added ones."""
    orders: list[tuple[int, int]] = []
    left = count
    while left > 0:
        lines, added = world.rng.choice(sizes)
        if lines + added <= left:
            orders.append((lines, added))
            left -= lines + added
    minute = day // 1440
    span = max(2 * minute, int(days * day))
    times = sorted((world.rng.randrange(minute, span) for _ in orders), reverse=True)
    return [(back, *order) for back, order in zip(times, orders, strict=True)]


def later(at: int, hours: float, *, now: int, hour: int) -> int:
    """So many hours after `at`, or sooner where that is yet to come (never in the future), in the
    unit in which an hour has `hour`."""
    return at + int(min(hours * hour, (now - at) * hours / (hours + 10)))
