"""Sealing, fingerprints, blind indexes and the key file."""

from __future__ import annotations

import json
import os
import stat

import pytest
from sqlalchemy import LargeBinary, delete, select

from core import clock, keys, store, vault
from core.models import Base, Workspace, WorkspaceKey, new_id
from core.sealed import SEALED

PLACE = ("order_line", "buyer", "1")


@pytest.fixture
def other(store_bound):
    """A second workspace."""
    made = new_id()
    with store.write() as session:
        session.add(Workspace(id=made, name="다른 가게", created_at=clock.now()))
        session.flush()
        vault.create_workspace_key(session, made)
    return made


def flip(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def test_what_is_sealed_opens_in_its_place_only(store_bound, other):
    sealed = vault.seal(*PLACE, "홍길동 010-1234-5678".encode())
    assert vault.unseal(*PLACE, sealed).decode() == "홍길동 010-1234-5678"
    assert b"010" not in sealed
    for place in (
        ("order_line", "buyer", "2"),
        ("order_line", "raw", "1"),
        ("channel", "contact", "1"),
    ):
        with pytest.raises(vault.SealBroken):
            vault.unseal(*place, sealed)
    with store.workspace(other), pytest.raises(vault.SealBroken):
        vault.unseal(*PLACE, sealed)


def test_any_changed_byte_breaks_the_seal(store_bound):
    sealed = vault.seal(*PLACE, b"a secret" * 20, compress=True)
    for at in range(len(sealed)):
        with pytest.raises(vault.SealBroken):
            vault.unseal(*PLACE, flip(sealed, at))
    flag = bytes([sealed[0] ^ 0x80]) + sealed[1:]
    for cut in (b"", sealed[:4], sealed[:17], sealed[:-1], sealed + b"x", flag):
        with pytest.raises(vault.SealBroken):
            vault.unseal(*PLACE, cut)


def test_sealing_the_same_twice_never_gives_the_same(store_bound):
    assert len({vault.seal(*PLACE, b"x") for _ in range(1000)}) == 1000


def test_compression_is_used_where_it_helps_and_undone(store_bound):
    raw, noise = b'{"field": "value"}' * 100, os.urandom(500)
    assert len(vault.seal(*PLACE, raw, compress=True)) < len(raw) / 4
    assert len(vault.seal(*PLACE, noise, compress=True)) == len(vault.seal(*PLACE, noise))
    for data in (raw, noise, b""):
        assert vault.unseal(*PLACE, vault.seal(*PLACE, data, compress=True)) == data


def test_json_keeps_its_values_and_is_written_compactly(store_bound):
    value = {"이름": "홍길동", "n": [1, None, True, 2.5]}
    sealed = vault.seal_json(*PLACE, value)
    assert vault.unseal_json(*PLACE, sealed) == value
    assert vault.unseal(*PLACE, sealed).decode() == '{"이름":"홍길동","n":[1,null,true,2.5]}'


def test_a_column_that_nobody_declared_cannot_be_sealed(store_bound):
    with pytest.raises(KeyError):
        vault.seal("order_line", "product_name", "1", b"x")


def test_every_binary_column_is_declared_sealed_and_the_other_way_round():
    binary = {
        (table.name, column.name)
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    }
    declared = {(sealed.table, sealed.column) for sealed in SEALED}
    assert binary - {("workspace_key", "wrapped")} == declared
    for sealed in SEALED:
        assert set(sealed.row) <= set(Base.metadata.tables[sealed.table].columns.keys())


def test_fingerprints_tell_equal_from_different_and_workspaces_apart(store_bound, other):
    mine = vault.fingerprint(b"data")
    assert len(mine) == 32 and mine == vault.fingerprint(b"data") != vault.fingerprint(b"datb")
    with store.workspace(other):
        assert vault.fingerprint(b"data") != mine


def test_a_blind_index_finds_a_value_however_it_is_written(store_bound, other):
    phone = vault.blind("010-1234-5678")
    assert len(phone) == 32
    assert phone == vault.blind(" 010 1234 5678") == vault.blind("０１０１２３４５６７８")
    assert phone != vault.blind("010-1234-5679")
    assert vault.blind("홍 길동") == vault.blind("홍길동") != vault.blind("홍길순")
    assert vault.blind("Kim") == vault.blind("KIM")
    assert vault.blind("x") != vault.fingerprint(b"x")
    with store.workspace(other):
        assert vault.blind("010-1234-5678") != phone


def test_nothing_is_sealed_without_a_workspace_or_for_one_without_keys(store_bound):
    with store.workspace(new_id()), pytest.raises(keys.KeysError):
        vault.seal(*PLACE, b"x")
    vault.unload()
    with pytest.raises(RuntimeError):
        vault.seal(*PLACE, b"x")


def test_keys_serve_within_the_transaction_that_makes_them_and_vanish_with_it(
    store_bound, both_databases
):
    made = new_id()
    with pytest.raises(ZeroDivisionError), store.write() as session:
        session.add(Workspace(id=made, name="x", created_at=clock.now()))
        session.flush()
        vault.create_workspace_key(session, made)
        with store.workspace(made):
            vault.seal(*PLACE, b"x")
        raise ZeroDivisionError
    with store.workspace(made), pytest.raises(keys.KeysError):
        vault.seal(*PLACE, b"x")


def test_another_process_opens_what_this_one_sealed(store_bound, both_databases):
    sealed = vault.seal(*PLACE, b"x")
    fingerprint, blind = vault.fingerprint(b"x"), vault.blind("x")
    vault.load(store_bound.keys_file)
    assert vault.unseal(*PLACE, sealed) == b"x"
    assert (vault.fingerprint(b"x"), vault.blind("x")) == (fingerprint, blind)


def test_a_wrapped_key_moved_to_another_workspace_does_not_open(store_bound, other):
    with store.write() as session:
        mine = session.get(WorkspaceKey, (store_bound.workspace, 1))
        session.get(WorkspaceKey, (other, 1)).wrapped = mine.wrapped
    vault.load(store_bound.keys_file)
    with store.workspace(other), pytest.raises(keys.KeysError):
        vault.seal(*PLACE, b"x")


def test_the_first_start_makes_a_private_key_file(store_bound):
    with store.write() as session:
        session.execute(delete(WorkspaceKey))
    path = store_bound.data / "deep" / "fresh.json"
    vault.start(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    raw = json.loads(path.read_text())
    assert list(raw["keys"]) == [raw["current"]]
    with pytest.raises(FileExistsError):
        keys.create(path)
    before = path.read_bytes()
    vault.start(path)
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == ["fresh.json"]


def test_a_lost_key_file_is_never_replaced_by_a_new_one(store_bound):
    store_bound.keys_file.unlink()
    with pytest.raises(keys.KeysError, match=r"keys\.json is missing"):
        vault.start(store_bound.keys_file)
    assert not store_bound.keys_file.exists()


def test_a_start_without_a_master_key_that_is_needed_names_the_key(store_bound):
    with store.read() as session:
        needed = session.scalars(select(WorkspaceKey.master).distinct()).one()
    store_bound.keys_file.unlink()
    keys.create(store_bound.keys_file)
    with pytest.raises(keys.KeysError, match=f"Master key {needed} is not in"):
        vault.start(store_bound.keys_file)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        '{"current": "a", "keys": {}}',
        '{"current": "a", "keys": {"a": "AAAA"}}',
        '{"current": "a", "keys": {"a": "not base64!"}}',
        '{"current": "a", "keys": ["a"]}',
    ],
)
def test_a_damaged_key_file_is_said_to_be_damaged(tmp_path, content):
    path = tmp_path / "keys.json"
    path.write_text(content)
    with pytest.raises(keys.KeysError, match="cannot be read"):
        keys.read(path)


def test_two_key_files_are_merged_unless_they_disagree():
    one = keys.KeyFile("a", {"a": b"a" * 32})
    two = keys.KeyFile("b", {"a": b"a" * 32, "b": b"b" * 32})
    assert keys.merge(one, two) == keys.KeyFile("a", two.keys)
    with pytest.raises(keys.KeysError):
        keys.merge(one, keys.KeyFile("a", {"a": b"x" * 32}))
