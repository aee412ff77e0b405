"""Small pictures of SKUs and listings: wanted by address, fetched by a worker, kept as files."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select, union
from sqlalchemy.orm import Session

from core import clock, pictures, queue, row_writes, settings, store
from core.contracts.text import Text
from core.ledger import commands
from core.ledger.kinds import BULK
from core.ledger.run import Run
from core.models import Command, Listing, Sku, Thumbnail, new_id
from core.models.work import LIVE
from core.services.kind_names import IMAGES
from core.services.outcome import Missing

LANE = "images"
WHO = "한판"
KEYS = ("fetch", "fetch-next")
"""The natural keys of a workspace's fetches: one follows the other, so that no want is missed."""
SOME = 20
AGAIN = (timedelta(minutes=5), timedelta(hours=1), timedelta(hours=12))
"""How long after each failure that may pass the address is tried once more."""
UNUSED = timedelta(days=1)

_NAME = re.compile(r"[0-9a-f]{64}")
_THUMBNAIL: Any = Thumbnail.__table__
_COMMAND: Any = Command.__table__
_SKU: Any = Sku.__table__
_LISTING: Any = Listing.__table__


@dataclass(frozen=True)
class Picture:
    """What there is of a picture: its `digest` ("" for none yet), or what is wrong with it."""

    digest: str
    problem: Text | None
    waits: bool


# -- what is wanted --------------------------------------------------------------------------------


def want(session: Session, addresses: Iterable[str], *, practice: bool = False) -> None:
    """See to it that the pictures at these addresses are fetched after the caller's commit.

    Of a practice channel only what a practice marketplace shows: the others are made up.
    """
    wanted = {key_of(one): one for one in addresses if one and _may(one, practice)}
    query = store.select_in(_THUMBNAIL, _THUMBNAIL.c.key)
    known = {row.key for row in store.rows_among(session, query, _THUMBNAIL.c.key, wanted)}
    now = clock.now()
    fresh = [
        {
            "id": new_id(), "key": key, "address": address, "state": "waiting", "digest": "",
            "problem": None, "tries": 0, "next_at": now, "changed_at": now,
        }
        for key, address in wanted.items()
        if key not in known
    ]  # fmt: skip
    if fresh:
        row_writes.insert_new(session, _THUMBNAIL, fresh, ("workspace_id", "key"))
        _wake(session)


def _may(address: str, practice: bool) -> bool:
    if pictures.is_practice(address):
        return True
    return not practice and address.startswith(("https://", "http://"))


def key_of(address: str) -> str:
    """What a row is found by: addresses are longer than an index takes."""
    return hashlib.sha256(address.encode()).hexdigest()


def try_again(address: str) -> None:
    """A person asks for a picture once more. Raises Missing where there is no such address."""
    with store.write() as session:
        mine = _THUMBNAIL.c.key == key_of(address)
        if session.scalar(store.select_in(_THUMBNAIL, _THUMBNAIL.c.id).where(mine)) is None:
            raise Missing
        _set(session, mine, state="waiting", problem=None, tries=0, next_at=clock.now())
        _wake(session)


def _set(session: Session, condition: Any, **values: Any) -> None:
    values["changed_at"] = clock.now()
    session.execute(store.update_in(_THUMBNAIL).where(condition).values(**values))


def _wake(session: Session) -> None:
    for key in KEYS:
        query = store.select_in(_COMMAND, _COMMAND.c.state).where(
            _COMMAND.c.lane == LANE,
            _COMMAND.c.kind == IMAGES,
            _COMMAND.c.natural_key == key,
            _COMMAND.c.state.in_(LIVE),
        )
        state = session.scalar(query)
        if state is None:
            commands.submit(session, IMAGES, lane=LANE, natural_key=key, payload={}, by=WHO)
        if state != "running":
            store.after_commit(session, "pictures", lambda: queue.ring(BULK))
            return


def look() -> None:
    """Have pictures fetched whose time to be tried once more has come."""
    due = select(_THUMBNAIL.c.workspace_id).where(
        _THUMBNAIL.c.state == "waiting", _THUMBNAIL.c.next_at <= clock.now()
    )
    with store.all_workspaces(), store.read() as session:
        workspaces = list(session.scalars(due.distinct()))
    for workspace_id in workspaces:
        with store.workspace(workspace_id), store.write() as session:
            _wake(session)


# -- fetched ---------------------------------------------------------------------------------------


def fetch(run: Run) -> None:
    """Fetch what is wanted now, each picture committed for itself."""
    done = 0
    while rows := _due():
        for row in rows:
            values = _fetched(row)
            done += 1
            mine = _THUMBNAIL.c.id == row.id

            def keep(
                session: Session, mine: Any = mine, values: Mapping[str, Any] = values
            ) -> None:
                _set(session, mine, **values)

            run.commit("images.kept", keep, done=done)
    run.result = {"found": done}


def _due() -> list[Any]:
    query = (
        store.select_in(_THUMBNAIL)
        .where(_THUMBNAIL.c.state == "waiting", _THUMBNAIL.c.next_at <= clock.now())
        .order_by(_THUMBNAIL.c.next_at, _THUMBNAIL.c.id)
        .limit(SOME)
    )
    with store.read() as session:
        return list(session.execute(query))


def _fetched(row: Any) -> dict[str, Any]:
    """What became of one picture, as the values of its row."""
    try:
        small = pictures.shrink(pictures.fetch(row.address))
    except pictures.Refused as refused:
        if refused.again and row.tries < len(AGAIN):
            next_at = clock.now() + AGAIN[row.tries]
            return {"tries": row.tries + 1, "next_at": next_at, "problem": refused.text.stored()}
        return {"state": "failed", "problem": refused.text.stored()}
    return {"state": "done", "digest": _keep(small), "problem": None}


def _keep(small: bytes) -> str:
    """Store a small picture under the digest of its bytes, whole or not at all."""
    digest = hashlib.sha256(small).hexdigest()
    target = path(digest)
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = target.with_name(f"{secrets.token_hex(16)}.new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(small)
    fresh.replace(target)
    return digest


# -- shown -----------------------------------------------------------------------------------------


def of(session: Session, addresses: Iterable[str]) -> dict[str, Picture]:
    """What there is of the pictures at these addresses; one that is not known is left out."""
    keys = {key_of(one) for one in addresses if one}
    found: dict[str, Picture] = {}
    for row in store.rows_among(session, store.select_in(_THUMBNAIL), _THUMBNAIL.c.key, keys):
        problem = Text.of(row.problem) if row.problem else None
        found[row.address] = Picture(row.digest, problem, row.state == "waiting")
    return found


def file_of(session: Session, digest: str) -> Path:
    """The file of a small picture of this workspace. Raises Missing."""
    if not _NAME.fullmatch(digest):
        raise Missing
    mine = _THUMBNAIL.c.digest == digest
    if session.scalar(store.select_in(_THUMBNAIL, _THUMBNAIL.c.id).where(mine).limit(1)) is None:
        raise Missing
    found = path(digest)
    if not found.exists():
        raise Missing
    return found


def path(digest: str) -> Path:
    """Where the small picture of this digest is kept, or would be."""
    return _folder() / digest[:2] / f"{digest}.jpg"


def _folder() -> Path:
    return settings.current().data / "thumbnails"


# -- taken away ------------------------------------------------------------------------------------


def prune() -> int:
    """Forget the workspace's pictures that nothing shows any more, and fetch lost files anew."""
    used = union(
        store.select_in(_SKU, _SKU.c.image).where(_SKU.c.image != ""),
        store.select_in(_LISTING, _LISTING.c.image).where(_LISTING.c.image != ""),
    )
    unused = (
        store.select_in(_THUMBNAIL, _THUMBNAIL.c.id)
        .where(_THUMBNAIL.c.changed_at < clock.now() - UNUSED)
        .where(_THUMBNAIL.c.address.not_in(used))
    )
    with store.read() as session:
        ids = list(session.scalars(unused))
        kept = store.select_in(_THUMBNAIL, _THUMBNAIL.c.id, _THUMBNAIL.c.digest)
        rows = session.execute(kept.where(_THUMBNAIL.c.state == "done")).all()
    lost = [row.id for row in rows if not path(row.digest).exists()]
    for some in store.in_chunks(ids):
        with store.write() as session:
            session.execute(store.delete_in(_THUMBNAIL).where(_THUMBNAIL.c.id.in_(some)))
    for some in store.in_chunks(lost):
        with store.write() as session:
            _set(session, _THUMBNAIL.c.id.in_(some), state="waiting", tries=0, next_at=clock.now())
    return len(ids)


def prune_files() -> int:
    """Take away the files that no workspace has a row for; returns how many."""
    with store.all_workspaces(), store.read() as session:
        known = set(session.scalars(select(_THUMBNAIL.c.digest).distinct()))
    before = clock.now().timestamp() - UNUSED.total_seconds()
    old = [
        file
        for file in _folder().glob("*/*")
        if file.stem not in known and file.stat().st_mtime < before
    ]
    for file in old:
        file.unlink(missing_ok=True)
    return len(old)
