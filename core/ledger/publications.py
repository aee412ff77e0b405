"""`host.publish`: bytes at an address that a marketplace can fetch for some minutes."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select

from core import clock, row_writes, settings, store, vault
from core.ledger.journal import BODY
from core.models import JournalEntry, Publication, new_id

FETCHES = 5
LONGEST = timedelta(minutes=10)
NOTED = 10
"""Fetches that are written down: whoever asks on and on is not worth more rows."""
PATH = "/published/"

_PUBLICATION: Any = Publication.__table__
_JOURNAL: Any = JournalEntry.__table__


@dataclass(frozen=True)
class Published:
    """What whoever fetched gets."""

    content: bytes
    content_type: str


def origin(channel: Any) -> str | None:
    """Where a marketplace reaches this Hanpan; a practice marketplace is on this machine."""
    chosen = settings.current()
    return chosen.address if channel.practice else chosen.public_url


def publisher(
    channel: Any, command_of: Callable[[], str | None]
) -> Callable[[bytes, str, int], str] | None:
    """The `publish` of a channel's host; None where nothing outside can reach us."""
    where = origin(channel)
    if where is None:
        return None

    def publish(content: bytes, content_type: str, minutes: int) -> str:
        token = secrets.token_urlsafe(32)
        now = clock.now()
        row = {
            "id": _name(token),
            "channel_id": channel.id,
            "command_id": command_of(),
            "content": vault.seal("publication", "content", _name(token), content),
            "content_type": content_type[:80],
            "created_at": now,
            "expires_at": now + min(timedelta(minutes=minutes), LONGEST),
            "fetches": 0,
        }
        with store.workspace(channel.workspace_id), store.write() as session:
            row_writes.insert_rows(session, _PUBLICATION, [row])
        return f"{where.rstrip('/')}{PATH}{token}"

    return publish


def fetch(token: str, *, address: str, agent: str) -> Published | None:
    """What stands at the token's address, counted and written into the call journal.

    None when there is nothing (any more): it is unknown, too old, or fetched too often.
    `address` and `agent` say who asked.
    """
    name = _name(token)
    with store.all_workspaces(), store.read() as session:
        workspace_id = session.scalar(
            select(_PUBLICATION.c.workspace_id).where(
                _PUBLICATION.c.id == name, _PUBLICATION.c.fetches < NOTED
            )
        )
    if workspace_id is None:
        return None
    with store.workspace(workspace_id), store.write() as session:
        row = session.execute(
            store.update_in(_PUBLICATION)
            .where(_PUBLICATION.c.id == name, _PUBLICATION.c.fetches < NOTED)
            .values(fetches=_PUBLICATION.c.fetches + 1)
            .returning(_PUBLICATION)
        ).one_or_none()
        if row is None:
            return None  # taken away, or asked for by others, a moment ago
        given = row.fetches <= FETCHES and row.expires_at > clock.now()
        row_writes.insert_rows(session, _JOURNAL, [_entry(row, given, address, agent)])
        if not given:
            return None
        content = vault.unseal("publication", "content", name, row.content)
    return Published(content, row.content_type)


def prune() -> int:
    """Take away what may not be fetched any more."""
    with store.all_workspaces(), store.write() as session:
        done = session.execute(delete(_PUBLICATION).where(_PUBLICATION.c.expires_at < clock.now()))
    return int(done.rowcount)  # type: ignore[attr-defined]


def _entry(row: Any, given: bool, address: str, agent: str) -> dict[str, Any]:
    row_id = new_id()
    body = {"query": "", "request": f"{address} {agent}"[:BODY], "response": ""}
    return {
        "id": row_id,
        "channel_id": row.channel_id,
        "command_id": row.command_id,
        "at": clock.now(),
        "what": "published.fetch",
        "base": "hanpan",
        "method": "GET",
        "path": PATH,
        "status": 200 if given else 404,
        "outcome": "ok" if given else "refused",
        "milliseconds": 0.0,
        "body": vault.seal_json("journal_entry", "body", row_id, body),
    }


def _name(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
