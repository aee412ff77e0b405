"""Whether a channel's orders come in as they should: one place for pages and notices."""

from __future__ import annotations

from datetime import timedelta

from core import clock, registry
from core.models import Channel

LATE = timedelta(minutes=30)
"""Several missed polls: one that waits its turn, or is tried again, is no news."""
LATE_AFTER = 3
"""Intervals, where a marketplace is asked more seldom than that."""


def collects_late(channel: Channel) -> bool:
    """Whether a channel that should be collected was not for too long."""
    if channel.state != "active" or not (channel.on_all and channel.on_order):
        return False
    sync = registry.current().orders.get(channel.marketplace)
    since = channel.collected_at or channel.activated_at
    if sync is None or since is None:
        return False
    return clock.now() - since > max(LATE, LATE_AFTER * sync.every)
