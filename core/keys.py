"""The key file: the master keys that wrap every workspace's keys, kept apart from the database.

It is JSON, `{"current": id, "keys": {id: base64 of 32 bytes}}`, readable by its owner only. The
current key wraps; all of them unwrap. It changes only by `keys rotate` and by a restore.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12


class KeysError(Exception):
    """The key file is absent, damaged or short of a key; the message says what to do."""


@dataclass(frozen=True)
class KeyFile:
    """What the key file holds."""

    current: str
    keys: dict[str, bytes]


def new_master() -> tuple[str, bytes]:
    """An id and a master key never used before."""
    return uuid.uuid4().hex[:16], secrets.token_bytes(32)


def create(path: Path) -> KeyFile:
    """Make a key file with one key; refuse (FileExistsError) where one exists.

    Of two processes that do so at once one does, and nobody reads half a file.
    """
    name, key = new_master()
    made = KeyFile(name, {name: key})
    beside = _write_beside(path, made)
    try:
        os.link(beside, path)
    finally:
        beside.unlink()
    _sync_folder(path.parent)
    return made


def read(path: Path) -> KeyFile:
    """The key file as it stands now."""
    try:
        raw = json.loads(path.read_bytes())
        keys = {name: base64.b64decode(key, validate=True) for name, key in raw["keys"].items()}
        current = raw["current"]
    except FileNotFoundError as error:
        raise KeysError(
            f"키 파일이 없습니다: {path}. 백업한 키 파일을 그 자리에 두어 주세요. "
            f"(The key file {path} is missing: put its backup there.)"
        ) from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _damaged(path) from error
    if current not in keys or any(len(key) != 32 for key in keys.values()):
        raise _damaged(path)
    return KeyFile(current, keys)


def _damaged(path: Path) -> KeysError:
    return KeysError(
        f"키 파일을 읽을 수 없습니다: {path}. 권한을 확인하거나 백업한 키 파일로 바꿔 주세요. "
        f"(The key file {path} cannot be read: check its permissions or put its backup there.)"
    )


def replace(path: Path, fresh: KeyFile) -> None:
    """Write the key file anew; a reader sees the old or the new one, whole, also after a crash."""
    _write_beside(path, fresh).replace(path)
    _sync_folder(path.parent)


def merge(mine: KeyFile, other: KeyFile) -> KeyFile:
    """Both files' keys, `mine` staying current; refuse when they disagree about a key."""
    for name in mine.keys.keys() & other.keys.keys():
        if mine.keys[name] != other.keys[name]:
            raise KeysError(
                f"두 키 파일의 키 {name}이(가) 서로 다릅니다. 맞는 키 파일을 골라 주세요. "
                f"(The two key files disagree about key {name}: choose the right file.)"
            )
    return KeyFile(mine.current, {**other.keys, **mine.keys})


def require(file: KeyFile, wanted: Iterable[str], path: Path) -> None:
    """Raise KeysError, naming them, when master keys that wrap something are not in the file."""
    missing = sorted(set(wanted) - file.keys.keys())
    if missing:
        names = ", ".join(missing)
        raise KeysError(
            f"키 파일 {path}에 마스터 키 {names}이(가) 없습니다. 백업한 키 파일을 가져와 주세요. "
            f"(Master key {names} is not in {path}: bring back the backup of the key file.)"
        )


def wrap(master: bytes, key: bytes, bound_to: bytes) -> bytes:
    """Seal a key under a master key; it unwraps only where `bound_to` is the same."""
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(master).encrypt(nonce, key, bound_to)


def unwrap(master: bytes, wrapped: bytes, bound_to: bytes) -> bytes:
    """Open a wrapped key."""
    try:
        return AESGCM(master).decrypt(wrapped[:_NONCE], wrapped[_NONCE:], bound_to)
    except InvalidTag as error:
        raise KeysError(
            "작업공간의 키를 열 수 없습니다. 이 설치의 키 파일이 맞는지 확인해 주세요. "
            "(A workspace's key does not open: check that the key file is this installation's.)"
        ) from error


def _write_beside(path: Path, file: KeyFile) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    with os.fdopen(os.open(beside, flags, 0o600), "wb") as handle:
        handle.write(_written(file))
        handle.flush()
        os.fsync(handle.fileno())
    return beside


def _written(file: KeyFile) -> bytes:
    keys = {name: base64.b64encode(key).decode() for name, key in file.keys.items()}
    return json.dumps({"current": file.current, "keys": keys}, indent=1).encode() + b"\n"


def _sync_folder(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
