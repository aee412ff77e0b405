"""Putting a backup back, so that nothing already sent is sent again.

What was sent after the backup left no row. So every write under way counts as unknown, all live
work is held, channels are paused until a person resumes them and then first collect up to now, and
cursors step back to one day before the backup.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import (
    Connection,
    CursorResult,
    Engine,
    Executable,
    MetaData,
    delete,
    func,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.orm import Session

from core import clock, dump, keys, schema, store, vault
from core.contracts.text import Text
from core.models import (
    Base,
    Channel,
    ChannelMemory,
    Command,
    Cursor,
    Effect,
    Heartbeat,
    Lane,
    Listing,
    ListingPush,
    LoginSession,
    Publication,
    Setting,
    Workspace,
    WorkspaceKey,
)
from core.models.base import Utc
from core.models.work import LIVE
from core.services import audit, backup, collection, taking
from core.services.backup import BackupRefused
from core.services.push_rows import WHATS

SETTING = "restored"
ALIVE = timedelta(seconds=60)
BACK = timedelta(days=1)
PASSING = ("heartbeat", "login_failure", "setting")  # of a database that nobody has used yet
FENCES = 1_000_000  # past any that a worker of before the restore may still hold
STOPPED = ("active", "checking", "needs_you", "waiting")


@dataclass(frozen=True)
class Restored:
    """What came back, and what waits for a person now; archived channels are not counted."""

    made_at: datetime
    rows: int
    channels: int
    held: int
    unknown: int
    saved: Path | None


def restore(
    engine: Engine,
    path: Path,
    *,
    keys_path: Path | None,
    keys_file: Path,
    folder: Path,
    replace: bool,
    version: str,
) -> Restored:
    """Put the backup at `path` into the database, in one transaction.

    `replace` lets go of what the database holds, after an automatic backup of it in `folder`. The
    backup's keys (`keys_path`, else those beside it) are added to `keys_file`. The caller sees to
    it that no process of ours runs on this machine; one that gave a sign elsewhere within a minute
    is found. Raises BackupRefused and keys.KeysError; nothing was changed then.
    """
    manifest = _manifest(path)
    merged = _merged(keys_path, backup.keys_beside(path), keys_file)
    keys.require(merged or keys.KeyFile("", {}), manifest.masters, keys_file)
    saved = None
    if _is_used(engine):
        if not replace:
            raise BackupRefused(_NOT_EMPTY)
        if keys_file.exists():  # without its keys nobody could read what is let go
            saved = backup.automatic(engine, folder, keys_file=keys_file, version=version)
    with schema.alone(engine) as connection:
        _clear(connection, manifest)
        schema.upgrade_within(connection, manifest.revision)
        try:
            dump.load(connection, path, manifest)
        except dump.NotADump as error:
            raise _damaged(path, error) from error
        schema.upgrade_within(connection)
        with (
            Session(connection, join_transaction_mode="rollback_only") as session,
            store.all_workspaces(),
        ):
            _try_keys(session, merged)
            result = _settle(session, manifest, saved)
            session.commit()  # into the transaction around it
        if merged is not None:
            keys.replace(keys_file, merged)
    return result


def _manifest(path: Path) -> dump.Manifest:
    if not path.exists():
        raise BackupRefused(_NO_FILE.format(path=path))
    try:
        found = dump.read_manifest(path)
    except dump.NotADump as error:
        raise _damaged(path, error) from error
    if not schema.known(found.revision):
        raise BackupRefused(_NEWER.format(version=found.version, revision=found.revision))
    return found


def _merged(given: Path | None, beside: Path, keys_file: Path) -> keys.KeyFile | None:
    """The installation's keys and the backup's; None when there are neither."""
    saved = keys.read(given or beside) if given or beside.exists() else None
    mine = keys.read(keys_file) if keys_file.exists() else None
    return keys.merge(mine, saved) if mine and saved else mine or saved


def _is_used(engine: Engine) -> bool:
    """Whether the database holds somebody's work. Raises BackupRefused while it is worked with."""
    with engine.connect() as connection:
        found = {table.name: table for table in dump.tables(connection)}
        if found and not schema.known(schema.current(engine) or ""):
            raise BackupRefused(_FOREIGN)
        if "heartbeat" in found:
            beats = found["heartbeat"]
            since = (clock.now() - ALIVE).replace(tzinfo=None)
            alive = connection.scalars(select(beats.c.name).where(beats.c.at > since)).all()
            if alive:
                raise BackupRefused(_RUNNING.format(names=", ".join(sorted(alive))))
        return any(
            connection.execute(select(table).limit(1)).first() is not None
            for name, table in found.items()
            if name not in PASSING
        )


def _clear(connection: Connection, manifest: dump.Manifest) -> None:
    """Drop our tables, and nobody else's."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL lock_timeout = '10s'"))
    ours = {*Base.metadata.tables, *manifest.tables, dump.VERSION_TABLE}
    standing = MetaData()
    standing.reflect(connection, only=lambda name, _: name in ours)
    standing.drop_all(connection)


def _try_keys(session: Session, file: keys.KeyFile | None) -> None:
    """Raise KeysError when a key of the backup does not open."""
    for row in session.scalars(select(WorkspaceKey)):
        assert file is not None  # required above
        keys.unwrap(file.keys[row.master], row.wrapped, vault.bound_to(row))


def _settle(session: Session, manifest: dump.Manifest, saved: Path | None) -> Restored:
    """Make the rows of then safe to go on with now."""
    now, made_at = clock.now(), manifest.at
    under_way = Effect.state.in_(("planned", "sending", "unknown"))
    unknown = _changed(
        session,
        update(Effect)
        .where(under_way)
        .values(
            state="unknown",
            sent_at=func.coalesce(Effect.sent_at, literal(made_at, Utc())),  # not before
            looks=0,
            looked_at=None,
            changed_at=now,
        ),
    )
    held = _changed(
        session,
        update(Command)
        .where(Command.state.in_(LIVE))
        .values(state="held", held_for="restored"),  # late is counted from before the backup
    )
    channels = session.scalars(select(Channel)).all()
    for channel in channels:
        channel.note = {
            **(channel.note or {}),
            "restored_at": now.isoformat(),
            "resume": "collect_first",
        }
        if channel.state in STOPPED:
            channel.state = "paused"
    _step_back(session, {channel.id: channel for channel in channels}, made_at, now)
    _push_anew(session, now)
    session.execute(
        update(Lane).values(owner="", lease_until=0.0, wanted=False, fence=Lane.fence + FENCES)
    )
    for passing in (Heartbeat, LoginSession, ChannelMemory, Publication):
        session.execute(delete(passing))
    told = {"at": now.isoformat(), "backup_at": manifest.made_at}
    session.merge(Setting(key=SETTING, value=told))
    session.flush()
    for workspace_id in session.scalars(select(Workspace.id)).all():
        with store.workspace(workspace_id):
            actor = audit.Actor(None, "hanpan restore")
            audit.record(session, "backup.restore", actor=actor, detail=told)
    rows = sum(manifest.rows.values())
    live = sum(channel.archived_at is None for channel in channels)
    return Restored(made_at, rows, live, held, unknown, saved)


def _push_anew(session: Session, now: datetime) -> None:
    """What linked listings show may have been pushed since: the newest is pushed once more, which
    is read back first, so that nothing is sent where it stands so already."""
    linked = select(Listing.id).where(
        Listing.workspace_id == ListingPush.workspace_id,
        Listing.id == ListingPush.listing_id,
        Listing.stock_linked,
    )
    session.execute(
        update(ListingPush)
        .where(linked.exists(), ListingPush.what.in_(WHATS))
        .values(version=ListingPush.version + 1, wanted_at=now, doubt_at=None)
    )


def _step_back(
    session: Session, channels: Mapping[str, Channel], made_at: datetime, now: datetime
) -> None:
    """Cursors a day back, and those that stood further back stay there: one of a channel that
    was paused for long, or of new orders that nobody has taken since."""
    for cursor in session.scalars(select(Cursor)).all():
        reached = made_at
        if cursor.kind == taking.CURSOR:
            reached = min(taking.reached(cursor.value), made_at)
        elif cursor.kind == collection.CURSOR:
            reached = min(_read_until(channels[cursor.channel_id]) or made_at, made_at)
        cursor.value, cursor.moved_at = f"since:{(reached - BACK).isoformat()}", now


def _read_until(channel: Channel) -> datetime | None:
    """Up to when a channel's orders have been read; before its first collection has ended,
    from when that reads."""
    if channel.collected_at is None and channel.activated_at is not None:
        return channel.activated_at - timedelta(days=channel.reach_back_days)
    return channel.collected_at


def _changed(session: Session, statement: Executable) -> int:
    result = session.execute(statement)
    assert isinstance(result, CursorResult)
    return result.rowcount


def _damaged(path: Path, error: dump.NotADump) -> BackupRefused:
    return BackupRefused(_DAMAGED.format(path=path, why=error))


_NO_FILE = Text(
    "{path} 파일이 없습니다. 파일 이름과 위치를 확인해 주세요.",
    "There is no file {path}: check its name and where it lies.",
)
_DAMAGED = Text(
    "{path} 파일은 온전한 백업이 아닙니다 ({why}). 다른 백업을 골라 주세요.",
    "{path} is not a whole backup ({why}): choose another one.",
)
_NEWER = Text(
    "더 새로운 Hanpan({version}, 데이터베이스 {revision})이 만든 백업입니다. "
    "그 버전 이상을 설치한 뒤 되돌려 주세요.",
    "This backup was made by a newer Hanpan ({version}, database {revision}): "
    "install that version or a later one first.",
)
_NOT_EMPTY = Text(
    "데이터베이스에 이미 내용이 있습니다. 백업으로 바꾸려면 --replace를 붙여 주세요. "
    "지금 내용은 먼저 자동으로 백업합니다.",
    "The database is not empty. Add --replace to put the backup in its place; "
    "what it holds now is backed up first.",
)
_FOREIGN = Text(
    "데이터베이스에 Hanpan의 것이 아니거나 더 새로운 내용이 있습니다. "
    "DATABASE_URL이 맞는지 확인해 주세요.",
    "The database holds something that is not Hanpan's, or a newer one's: check DATABASE_URL.",
)
_RUNNING = Text(
    "이 데이터베이스를 쓰는 한판이 있습니다: {names}. 먼저 Ctrl-C로 (따로 띄웠다면 모든 "
    "프로세스를) 끝내 주세요. 갑자기 꺼진 것이라면 1분 뒤에 다시 실행해 주세요.",
    "A Hanpan works with this database: {names}. End it first, with Ctrl-C (and every process "
    "that runs apart). If it ended by accident, try again a minute later.",
)
