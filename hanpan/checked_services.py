"""The checks of `hanpan doctor` that ask the database, Redis, and who listens there."""

from __future__ import annotations

import stat
import time
from collections.abc import Iterator
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from core import clock, keys, queue, schema, store, vault
from core.contracts.text import Text
from core.models import Heartbeat, Workspace
from core.services import audit
from core.settings import Settings
from hanpan import occupancy, redis_server
from hanpan.checked_channels import channels_that_wait
from hanpan.cli.clock import HEARTBEAT, beats_within
from hanpan.finding import ERROR, OK, WARNING, Finding, wrong

SKEW_S = 5.0

QUEUES = {
    "urgent": Text("누른 작업", "what people press"),
    "sync": Text("주문 수집", "collecting orders"),
    "bulk": Text("오래 걸리는 작업", "long work"),
}
"""What is worked on in each queue, for people."""


def database(configured: Settings) -> Iterator[Finding]:
    """The database: there, of our revision, writable; then keys, audit chain, clock."""
    path = Path(configured.database_url.removeprefix("sqlite:///"))
    if configured.database_url.startswith("sqlite") and not path.exists():
        yield Finding(
            "database",
            WARNING,
            Text("데이터베이스가 아직 없습니다.", "There is no database yet."),
        )
        return
    engine = store.make_engine(configured.database_url)
    store.bind(engine)
    try:
        schema.check(engine)
        with Session(engine.execution_options(immediate=True)) as session:
            session.add(Heartbeat(name=f"doctor {time.time_ns()}", at=clock.now(), detail={}))
            session.flush()
            session.rollback()
    except schema.WrongRevision as error:
        yield wrong("database", str(error), str(error))
        return
    except SQLAlchemyError as error:
        kind = type(getattr(error, "orig", None) or error).__name__
        yield wrong(
            "database",
            f"데이터베이스를 읽거나 쓸 수 없습니다 ({kind}). 실행 중인지, 디스크에 공간이 있는지, "
            "DATABASE_URL이 맞는지 확인해 주세요.",
            f"The database cannot be read or written ({kind}). See that it runs, that there is "
            "room on the disk, and check DATABASE_URL.",
        )
        return
    with engine.connect() as connection:
        ahead = float(connection.scalar(select(store.db_now())) or 0.0) - time.time()
    yield from _skew("database", Text("데이터베이스", "the database"), ahead)
    yield Finding(
        "database",
        OK,
        Text(
            f"{engine.dialect.name}, 판 {schema.head()}",
            f"{engine.dialect.name}, revision {schema.head()}",
        ),
    )
    yield from _keys(configured)
    yield from _audit()
    off = occupancy.is_off(configured)
    if not off:
        yield from _clock_process()
    yield from channels_that_wait(off=off)


def _keys(configured: Settings) -> Iterator[Finding]:
    path = configured.keys_file
    try:
        vault.load(path)
        vault.check()
    except keys.KeysError as error:
        yield wrong("keys", str(error), str(error))
        return
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        yield wrong(
            "keys",
            f"다른 사용자가 키 파일을 읽을 수 있습니다. chmod 600 {path}을 실행해 주세요.",
            f"Other users can read the key file: run chmod 600 {path}.",
        )
        return
    yield Finding("keys", OK, Text(str(path), str(path)))


def _audit() -> Iterator[Finding]:
    """Each workspace's audit chain, read from its beginning."""
    with store.read() as session:
        workspaces = session.execute(select(Workspace.id, Workspace.name)).all()
    broken = []
    for workspace_id, name in workspaces:
        with store.workspace(workspace_id), store.read() as session:
            number = audit.verify(session)
        if number is not None:
            broken.append((name, number))
    for name, number in broken:
        yield wrong(
            "audit",
            f"{name}의 감사 기록이 {number}번에서 끊겼습니다. 한판 밖에서 바뀌거나 지워졌습니다. "
            "데이터베이스에 접근할 수 있는 사람을 확인하고, 이전 백업과 비교해 주세요.",
            f"The audit chain of {name} breaks at entry {number}: it was changed or removed from "
            "outside of Hanpan. See who can reach the database, and compare an earlier backup.",
        )
    if not broken:
        yield Finding("audit", OK, Text("감사 기록이 온전합니다.", "The audit chain is whole."))


def _clock_process() -> Iterator[Finding]:
    with store.read() as session:
        beat = session.get(Heartbeat, HEARTBEAT)
    if beat is None or clock.now() - beat.at > beats_within():
        yield wrong(
            "clock",
            "때가 된 작업을 시작하게 하는 프로세스가 돌고 있지 않습니다. make run 또는 "
            "hanpan clock을 실행해 주세요.",
            "No clock process is running: start make run, or hanpan clock.",
        )
    else:
        yield Finding(
            "clock",
            OK,
            Text("때가 된 작업을 시작하게 합니다 (clock).", "Due work is started (clock)."),
        )


def redis(configured: Settings) -> Iterator[Finding]:
    """Redis: there, new enough, keeping what it is given; then the workers.

    One that `hanpan run` starts is not missed while that is off.
    """
    if occupancy.is_off(configured):
        return
    own = configured.redis_url is None
    if own and not configured.redis_socket.exists():
        yield wrong(
            "redis",
            "한판의 Redis가 돌고 있지 않습니다. Ctrl-C로 한판을 끝내고 make run을 다시 실행해 "
            "주세요.",
            "Hanpan's own Redis is not running: end Hanpan with Ctrl-C and start make run again.",
        )
        return
    trouble = redis_server.trouble(configured.redis)
    if trouble is not None:
        yield Finding("redis", ERROR, trouble)
        return
    with Redis.from_url(configured.redis, socket_timeout=2, socket_connect_timeout=2) as client:
        version = client.info("server")["redis_version"]
        yield Finding("redis", OK, Text(f"Redis {version}", f"Redis {version}"))
        seconds, micros = client.time()
        yield from _skew("redis", Text("Redis", "Redis"), seconds + micros / 1e6 - time.time())
        yield from _redis_keeps(client)
    yield from _workers()


def _redis_keeps(client: Redis) -> Iterator[Finding]:
    try:
        found = {**client.config_get("appendonly"), **client.config_get("maxmemory-policy")}
    except RedisError:
        return  # a managed Redis that does not tell
    kept = {_plain(name): _plain(value) for name, value in found.items()}
    if kept.get("appendonly") == "no":
        yield Finding(
            "redis",
            WARNING,
            Text(
                "Redis가 AOF 없이 돌고 있습니다. 다시 시작되면 작업이 다음 확인(30초)까지 "
                "늦어집니다. appendonly yes를 권합니다.",
                "Redis keeps no AOF: after its restart work waits for the next sweep (30 s). "
                "appendonly yes is better.",
            ),
        )
    if kept.get("maxmemory-policy", "noeviction") != "noeviction":
        yield wrong(
            "redis",
            "Redis가 메모리가 모자라면 작업 신호를 버립니다. maxmemory-policy noeviction으로 "
            "바꿔 주세요.",
            "Redis evicts keys when memory is short: set maxmemory-policy noeviction.",
        )


def _plain(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _workers() -> Iterator[Finding]:
    for name, count in queue.listening().items():
        what = QUEUES[name]
        if count:
            yield Finding(
                "worker",
                OK,
                Text(f"{what.ko} ({name}): {count}개", f"{what.en} ({name}): {count} at work"),
            )
        else:
            yield wrong(
                "worker",
                f"{what.ko}({name})을 처리하는 프로세스가 없습니다. make run 또는 "
                f"hanpan worker {name}을(를) 실행해 주세요.",
                f"Nothing works on {what.en} ({name}): start make run, or hanpan worker {name}.",
            )


def _skew(about: str, whose: Text, ahead: float) -> Iterator[Finding]:
    if abs(ahead) > SKEW_S:
        yield Finding(
            about,
            WARNING,
            Text(
                f"{whose.ko}의 시계가 이 컴퓨터와 {ahead:+.0f}초 다릅니다. 시간 동기화(NTP)를 "
                "켜 주세요.",
                f"The clock of {whose.en} differs from this machine's by {ahead:+.0f} s; turn on "
                "time synchronisation (NTP).",
            ),
        )
