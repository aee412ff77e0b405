"""Sealing: AES-256-GCM under the current workspace's keys, fingerprints and blind indexes.

A sealed value is `version | key number (uint32) | nonce (12) | ciphertext and tag`. The version's
high bit says that the plaintext was compressed. It is bound to its table, column, workspace and
row id: moved anywhere else it does not open. Keys are unwrapped once per process and workspace.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import threading
import time
import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import zstandard
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import event, select, text
from sqlalchemy.orm import Session

from core import clock, keys, store
from core.models import WorkspaceKey
from core.sealed import FILES, SEALED

INDEX_NUMBER = 0
_VERSION, _COMPRESSED = 0x01, 0x80
_HEAD, _BODY = 5, 17
_FRESH_S = 30.0  # how long a process may go on sealing with a data key that was superseded
_LOCK = 0x6B657973  # "keys": the key file and the wrapped keys change under this one lock

_COLUMNS = frozenset([*((sealed.table, sealed.column) for sealed in SEALED), *FILES])
_NOT_MEANT = str.maketrans("", "", "-–‐()")
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class _Packer(threading.local):
    """Compresses; one for each thread, kept because making one costs more than using it."""

    def __init__(self) -> None:
        self.pack = zstandard.ZstdCompressor(level=1).compress


_packer = _Packer()


class SealBroken(Exception):
    """A sealed value does not open: changed, moved from another row, or its key is gone."""


class _Ring:
    """The unwrapped keys of one workspace, ready to use."""

    __slots__ = ("blind_key", "ciphers", "fingerprint_key", "heads", "places", "read_at", "sealing")

    def __init__(self, workspace_id: str, rows: list[WorkspaceKey], file: keys.KeyFile) -> None:
        self.ciphers: dict[bytes, AESGCM] = {}
        self.places = {
            place: f"{place[0]}|{place[1]}|{workspace_id}|".encode() for place in _COLUMNS
        }
        self.read_at = time.monotonic()
        for row in rows:
            key = keys.unwrap(file.keys[row.master], row.wrapped, bound_to(row))
            if row.purpose == "index":
                self.fingerprint_key = _derive(key, b"fingerprint")
                self.blind_key = _derive(key, b"blind")
                continue
            number = row.number.to_bytes(4, "big")
            self.ciphers[number] = AESGCM(key)
            if row.current:
                self.sealing = self.ciphers[number]
                self.heads = (
                    bytes([_VERSION]) + number,
                    bytes([_VERSION | _COMPRESSED]) + number,
                )


_path: Path | None = None
_file: keys.KeyFile | None = None
_rings: dict[str, _Ring] = {}


def load(path: Path) -> None:
    """Use this key file from now on, in this process."""
    global _path, _file
    _file, _path = keys.read(path), path
    _rings.clear()


def unload() -> None:
    """Forget every key of this process."""
    global _path, _file
    _file = _path = None
    _rings.clear()


def start(path: Path) -> None:
    """Load the key file, made first where the database has no wrapped key yet; then `check`."""
    with store.read() as session:
        wrapped = session.scalars(select(WorkspaceKey.master).limit(1)).first()
    if wrapped is None and not path.exists():
        with suppress(FileExistsError):  # another process of ours was quicker
            keys.create(path)
    load(path)
    check()


def check() -> None:
    """Raise KeysError, naming the key, when the key file lacks one that wraps something."""
    with store.read() as session:
        wanted = session.scalars(select(WorkspaceKey.master).distinct()).all()
    keys.require(_loaded(), wanted, key_path())


def key_path() -> Path:
    """The key file of this process."""
    if _path is None:
        raise RuntimeError("no key file is loaded: call core.vault.load first")
    return _path


def seal(table: str, column: str, row_id: str, data: bytes, *, compress: bool = False) -> bytes:
    """Seal `data` for this place in the current workspace; `compress` it first where that helps."""
    ring = _ring()
    head = ring.heads[0]
    if compress:
        packed = _packer.pack(data)
        if len(packed) < len(data):
            head, data = ring.heads[1], packed
    return _close(ring, head, table, column, row_id, data)


def unseal(table: str, column: str, row_id: str, sealed: bytes) -> bytes:
    """Open what was sealed for this place; raise SealBroken when it does not open."""
    data = _open(table, column, row_id, sealed)
    return zstandard.decompress(data) if sealed[0] & _COMPRESSED else data


def reseal(table: str, column: str, row_id: str, sealed: bytes) -> bytes:
    """The same under the current data key."""
    ring, data = _ring(), _open(table, column, row_id, sealed)
    return _close(ring, ring.heads[sealed[0] >> 7], table, column, row_id, data)


def _open(table: str, column: str, row_id: str, sealed: bytes) -> bytes:
    head = sealed[:_HEAD]
    ring = _ring()
    cipher = ring.ciphers.get(head[1:])
    if cipher is None:
        ring = _read_ring(store.current_workspace())  # made by another process since
        cipher = ring.ciphers.get(head[1:])
    if cipher is None or head[0] & ~_COMPRESSED != _VERSION:
        raise SealBroken(f"{table}.{column} of {row_id}: no key for it")
    place = head + ring.places[table, column] + row_id.encode()
    try:
        return cipher.decrypt(sealed[_HEAD:_BODY], sealed[_BODY:], place)
    except (InvalidTag, ValueError) as error:
        raise SealBroken(f"{table}.{column} of {row_id}: it was changed or moved") from error


def _close(ring: _Ring, head: bytes, table: str, column: str, row_id: str, data: bytes) -> bytes:
    nonce = os.urandom(12)
    place = head + ring.places[table, column] + row_id.encode()
    return head + nonce + ring.sealing.encrypt(nonce, data, place)


def seal_json(table: str, column: str, row_id: str, value: Any, *, compress: bool = False) -> bytes:
    """Seal a value that JSON can hold."""
    return seal(table, column, row_id, _encode(value).encode(), compress=compress)


def unseal_json(table: str, column: str, row_id: str, sealed: bytes) -> Any:
    """Open what `seal_json` sealed."""
    return json.loads(unseal(table, column, row_id, sealed))


def fingerprint(data: bytes) -> str:
    """A keyed digest, 32 hex digits: equal in one workspace exactly where the data is."""
    return hashlib.blake2b(data, digest_size=16, key=_ring().fingerprint_key).hexdigest()


def blind(value: str) -> str:
    """A keyed digest of the whole value as people mean it, 32 hex digits.

    Case, width, spaces, hyphens and brackets do not count: 010-1234-5678 is 01012345678.
    """
    meant = unicodedata.normalize("NFKC", value).casefold()
    meant = "".join(meant.translate(_NOT_MEANT).split())
    return hashlib.blake2b(meant.encode(), digest_size=16, key=_ring().blind_key).hexdigest()


def create_workspace_key(session: Session, workspace_id: str) -> None:
    """Give a new workspace its index key and first data key, in the caller's transaction.

    They serve within that transaction already, and are forgotten when it is rolled back.
    """
    file = lock_file(session)
    index, data = secrets.token_bytes(32), secrets.token_bytes(32)
    rows = [
        wrapped(file, workspace_id, INDEX_NUMBER, "index", index),
        wrapped(file, workspace_id, 1, "data", data),
    ]
    session.add_all(rows)
    session.flush()
    _rings[workspace_id] = _Ring(workspace_id, rows, file)
    event.listen(session, "after_rollback", lambda _: forget(workspace_id), once=True)


def wrapped(
    file: keys.KeyFile, workspace_id: str, number: int, purpose: str, key: bytes
) -> WorkspaceKey:
    """A row that holds `key` under the file's current master key; a data key becomes current."""
    row = WorkspaceKey(
        workspace_id=workspace_id,
        number=number,
        purpose=purpose,
        master=file.current,
        current=purpose == "data",
        created_at=clock.now(),
    )
    row.wrapped = keys.wrap(file.keys[file.current], key, bound_to(row))
    return row


def bound_to(row: WorkspaceKey) -> bytes:
    """What a wrapped key is bound to: it opens as no other key of no other workspace."""
    return f"workspace_key|{row.workspace_id}|{row.number}|{row.purpose}".encode()


def lock_file(session: Session) -> keys.KeyFile:
    """Until the transaction ends nobody else changes keys; return the key file as it stands now.

    On SQLite the write transaction itself is that lock.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    return _reread()


def forget(workspace_id: str) -> None:
    """Read the workspace's keys anew when they are next needed."""
    _rings.pop(workspace_id, None)


def _loaded() -> keys.KeyFile:
    if _file is None:
        raise RuntimeError("no key file is loaded: call core.vault.load first")
    return _file


def _reread() -> keys.KeyFile:
    global _file
    _file = keys.read(key_path())
    return _file


def _ring() -> _Ring:
    mine = store.current_workspace()
    ring = _rings.get(mine)
    if ring is None or time.monotonic() - ring.read_at > _FRESH_S:
        return _read_ring(mine)
    return ring


def wrapped_keys(workspace_id: str) -> Sequence[WorkspaceKey]:
    """The keys of a workspace as they are stored."""
    with store.read() as session:
        return session.scalars(
            select(WorkspaceKey).where(WorkspaceKey.workspace_id == workspace_id)
        ).all()


def _read_ring(workspace_id: str) -> _Ring:
    rows = wrapped_keys(workspace_id)
    if not rows:
        raise keys.KeysError(f"workspace {workspace_id} has no keys")
    wanted = {row.master for row in rows}
    file = _loaded()
    if not wanted <= file.keys.keys():
        file = _reread()  # another process rotated the keys
        keys.require(file, wanted, key_path())
    _rings[workspace_id] = ring = _Ring(workspace_id, list(rows), file)
    return ring


def _derive(key: bytes, purpose: bytes) -> bytes:
    return HKDF(hashes.SHA256(), 32, salt=None, info=b"hanpan " + purpose).derive(key)
