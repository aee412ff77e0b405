"""`host.memory`: sealed values of a channel that every worker shares, and that a change of
credentials empties (values of an older `seal_version` are not seen).

They are read together with the claim of the channel's lane: while we hold it nobody else
writes them, so a poll asks the database for none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from core import clock, row_writes, store, vault
from core.models import ChannelMemory

_MEMORY: Any = ChannelMemory.__table__

Kept = Mapping[str, tuple[bytes, datetime]]
"""The sealed values of a channel and when they expire, by key."""


def of_channels(connection: Any, channel_ids: Sequence[str]) -> dict[tuple[str, int], Kept]:
    """What is kept for these channels, by channel and `seal_version`."""
    found: dict[tuple[str, int], dict[str, tuple[bytes, datetime]]] = {}
    for row in connection.execute(select(_MEMORY).where(_MEMORY.c.channel_id.in_(channel_ids))):
        kept = found.setdefault((row.channel_id, row.seal_version), {})
        kept[row.key] = (row.value, row.expires_at)
    return dict(found)


class ChannelValues:
    """The memory of one channel, at one version of its credentials."""

    def __init__(self, channel_id: str, seal_version: int) -> None:
        self._channel_id = channel_id
        self._seal_version = seal_version
        self._kept: dict[str, tuple[bytes, datetime]] = {}

    def begin(self, kept: Kept) -> None:
        """A slice begins: this is what was kept when its lane was taken."""
        self._kept = dict(kept)

    def get(self, key: str) -> str | None:
        """Return what was kept under `key`, or None when absent or expired."""
        sealed, expires_at = self._kept.get(key, (b"", None))
        if expires_at is None or expires_at <= clock.now():
            return None
        return vault.unseal("channel_memory", "value", self._row(key), sealed).decode()

    def set(self, key: str, value: str, *, seconds: float) -> None:
        """Keep `value` under `key` for so many seconds."""
        row: dict[str, Any] = {
            "channel_id": self._channel_id,
            "key": key,
            "seal_version": self._seal_version,
            "value": vault.seal("channel_memory", "value", self._row(key), value.encode()),
            "expires_at": clock.now() + timedelta(seconds=seconds),
        }
        with store.write() as session:
            session.execute(store.delete_in(_MEMORY).where(self._named(key)))
            row_writes.insert_rows(session, _MEMORY, [row])
        self._kept[key] = (row["value"], row["expires_at"])

    def pop(self, key: str) -> None:
        """Forget what was kept under `key`."""
        with store.write() as session:
            session.execute(store.delete_in(_MEMORY).where(self._named(key)))
        self._kept.pop(key, None)

    def _named(self, key: str) -> Any:
        return (_MEMORY.c.channel_id == self._channel_id) & (_MEMORY.c.key == key)

    def _row(self, key: str) -> str:
        return f"{self._channel_id}:{key}"
