"""What one running Hanpan occupies: its data folder and its ports."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import socket
import stat
import time
from collections.abc import Iterator
from pathlib import Path

from core.contracts.text import Text
from core.settings import Settings

PATIENCE_S = 3.0
"""How long the processes of a killed supervisor may take to give their ports back."""


class Occupied(Exception):
    """Somebody else holds it; `text` says who and what to do."""

    def __init__(self, text: Text) -> None:
        self.text = text
        super().__init__(text.en)


class Running(Occupied):
    """Hanpan itself runs there already; `where` is its address and process, as it is said."""

    def __init__(self, where: str) -> None:
        self.where = where
        super().__init__(_ALREADY.format(where=where))


_ALREADY = Text(
    "이미 실행 중입니다: {where}\n"
    "그 주소를 그대로 쓰면 됩니다. 다시 시작하거나 포트를 바꾸려면 먼저 그 터미널에서 Ctrl-C로 "
    "끝내 주세요.\n"
    "하나 더 띄우려면 데이터 폴더와 포트를 따로 정해 주세요 "
    "(예: HANPAN_DATA=./var2 HANPAN_PORT=8020 HANPAN_PRACTICE_PORT=8120 make run).",
    "Already running: {where}\n"
    "Its address can be used as it is. To start anew, or on another port, end it first: Ctrl-C in "
    "its terminal.\n"
    "For a second one choose a data folder and ports of its own "
    "(for example HANPAN_DATA=./var2 HANPAN_PORT=8020 HANPAN_PRACTICE_PORT=8120 make run).",
)


def data_folder(path: Path) -> None:
    """Make the data folder, or make an old one private. Raises Occupied."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            if not _is_ours_alone(path):
                raise Occupied(_SHARED.format(path=path))
            path.chmod(0o700)
    except OSError as error:
        raise _not_writable(path, error) from error
    data_folder_writable(path)


def _is_ours_alone(path: Path) -> bool:
    """Empty, or a data folder already: what else lies there may be meant for others to read."""
    names = {entry.name for entry in path.iterdir()}
    return not names or bool(names & {"run.lock", "hanpan.db", "keys.json"})


_SHARED = Text(
    "{path} 폴더는 다른 사용자도 볼 수 있고 다른 파일이 들어 있습니다. "
    "Hanpan만 쓰는 폴더를 HANPAN_DATA로 정해 주세요.",
    "The folder {path} can be read by others and holds other files: give Hanpan a folder of its "
    "own with HANPAN_DATA.",
)


def data_folder_writable(path: Path) -> None:
    """See that files can be made in the data folder. Raises Occupied."""
    probe = path / f".probe-{os.getpid()}"
    try:
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise _not_writable(path, error) from error


def _not_writable(path: Path, error: OSError) -> Occupied:
    return Occupied(
        Text(
            f"데이터 폴더 {path}에 쓸 수 없습니다 ({error.strerror}). "
            "다른 폴더를 HANPAN_DATA로 정하거나 권한을 고쳐 주세요.",
            f"The data folder {path} cannot be written ({error.strerror}): name another one "
            "with HANPAN_DATA, or mend its permissions.",
        )
    )


@contextlib.contextmanager
def lock(data: Path, address: str) -> Iterator[None]:
    """Hold the data folder as the one running Hanpan. Raises Running.

    The kernel lets go of it however the process ends.
    """
    descriptor = os.open(data / "run.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _running(descriptor) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps({"pid": os.getpid(), "address": address}).encode(), 0)
        yield
    finally:
        os.close(descriptor)


def held(data: Path) -> bool:
    """Whether a `hanpan run` holds this data folder."""
    try:
        descriptor = os.open(data / "run.lock", os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def is_off(configured: Settings) -> bool:
    """Whether nothing of Hanpan can be at work: without a `REDIS_URL` all of it needs `run`."""
    return configured.redis_url is None and not held(configured.data)


def _running(descriptor: int) -> Running:
    try:
        holder = json.loads(os.pread(descriptor, 4096, 0))
    except ValueError:
        holder = {}  # it has only just started
    return Running(f"{holder.get('address', '…')} (pid {holder.get('pid', '?')})")


def port(setting: str, host: str, number: int, *, patience: float = PATIENCE_S) -> socket.socket:
    """A socket bound to the port, not yet listening. Raises Occupied."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    until = time.monotonic() + patience
    while True:
        made = socket.socket(family, socket.SOCK_STREAM)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            made.bind((host, number))
            return made
        except OSError as error:
            made.close()
            if error.errno != errno.EADDRINUSE or time.monotonic() > until:
                raise Occupied(_taken(setting, host, number, error)) from error
        time.sleep(0.1)


def _taken(setting: str, host: str, number: int, error: OSError) -> Text:
    if error.errno == errno.EADDRINUSE:
        return Text(
            f"{host}의 포트 {number}을(를) 다른 프로그램이 쓰고 있습니다. "
            f"다른 번호를 정해 주세요 (예: {setting}={number + 10}).",
            f"Port {number} of {host} is in use by another program; choose another "
            f"(for example {setting}={number + 10}).",
        )
    return Text(
        f"{host}의 포트 {number}을(를) 열 수 없습니다 ({error.strerror}). "
        f"{setting}과(와) HANPAN_HOST를 확인해 주세요.",
        f"Port {number} of {host} cannot be opened ({error.strerror}); check {setting} and "
        "HANPAN_HOST.",
    )
