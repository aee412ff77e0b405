"""What a plugin is handed when it connects: one frozen object, nothing else of ours."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.http import Http


class Memory(Protocol):
    """Sealed values of one channel, shared by all workers, emptied when credentials change."""

    def get(self, key: str) -> str | None:
        """Return what was kept under `key`, or None when absent or expired."""

    def set(self, key: str, value: str, *, seconds: float) -> None:
        """Keep `value` under `key` for so many seconds."""

    def pop(self, key: str) -> None:
        """Forget what was kept under `key`."""


@dataclass(frozen=True, kw_only=True)
class Host:
    """`http` holds a client per named base of the marketplace; it calls nothing else.

    `now()` is the time in UTC, corrected by what the marketplace's own clock was last seen to
    be ahead or behind (up to ten minutes). `publish(bytes, content_type, minutes)` gives an
    address that a marketplace can fetch for so long (ten minutes at most), five times, or is
    None where Hanpan cannot be reached from outside (`HANPAN_PUBLIC_URL` is not set, and the
    channel is real).
    """

    http: Mapping[str, Http]
    memory: Memory
    now: Callable[[], datetime]
    log: logging.Logger
    publish: Callable[[bytes, str, int], str] | None = None
