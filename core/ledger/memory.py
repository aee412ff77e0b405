"""`host.memory`: sealed values of a channel that every worker shares, and that a change of
credentials empties (values of an older `seal_version` are not seen)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, select

from core import clock, store, vault
from core.models import ChannelMemory

_MEMORY: Any = ChannelMemory.__table__
GET = select(_MEMORY.c.value, _MEMORY.c.expires_at).where(
    _MEMORY.c.workspace_id == bindparam("w"),
    _MEMORY.c.channel_id == bindparam("c"),
    _MEMORY.c.key == bindparam("k"),
    _MEMORY.c.seal_version == bindparam("v"),
)


class ChannelValues:
    """The memory of one channel, at one version of its credentials."""

    def __init__(self, channel_id: str, seal_version: int) -> None:
        self._channel_id = channel_id
        self._seal_version = seal_version

    def get(self, key: str) -> str | None:
        """Return what was kept under `key`, or None when absent or expired."""
        named = {
            "w": store.current_workspace(),
            "c": self._channel_id,
            "k": key,
            "v": self._seal_version,
        }
        with store.read_connection() as connection:
            row = connection.execute(GET, named).first()
        if row is None or row.expires_at <= clock.now():
            return None
        return vault.unseal("channel_memory", "value", self._row(key), row.value).decode()

    def set(self, key: str, value: str, *, seconds: float) -> None:
        """Keep `value` under `key` for so many seconds."""
        row = {
            "channel_id": self._channel_id,
            "key": key,
            "seal_version": self._seal_version,
            "value": vault.seal("channel_memory", "value", self._row(key), value.encode()),
            "expires_at": clock.now() + timedelta(seconds=seconds),
        }
        with store.write() as session:
            session.execute(store.delete_in(_MEMORY).where(self._named(key)))
            store.insert_rows(session, _MEMORY, [row])

    def pop(self, key: str) -> None:
        """Forget what was kept under `key`."""
        with store.write() as session:
            session.execute(store.delete_in(_MEMORY).where(self._named(key)))

    def _named(self, key: str) -> Any:
        return (_MEMORY.c.channel_id == self._channel_id) & (_MEMORY.c.key == key)

    def _row(self, key: str) -> str:
        return f"{self._channel_id}:{key}"
