"""The audit chain, on both databases."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import text

from core import clock, store
from core.models import AuditEntry, Workspace, new_id
from core.services import audit
from core.services.audit import Actor

OWNER = Actor("a" * 32, "주인", "192.0.2.7")
CLOCK = Actor(None, "clock")

pytestmark = pytest.mark.usefixtures("store_bound", "both_databases")


def record(action="line.view", **more):
    with store.write() as session:
        return audit.record(session, action, actor=OWNER, **more)


def verify():
    with store.read() as session:
        return audit.verify(session)


def entries(**wanted):
    with store.read() as session:
        return audit.entries(session, **wanted)


def prune():
    with store.write() as session:
        return audit.prune(session, CLOCK)


def tamper(statement, **values):
    with store.write() as session:
        session.execute(text(statement), values)


def test_an_entry_says_who_did_what_to_whom_why_and_from_where():
    number = record(subjects=["b" * 32], reason="배송 문의", detail={"lines": 1, "of": ["가", 2.5]})
    (entry,) = entries()
    assert number == entry.number == 1
    assert (entry.user_id, entry.user_name, entry.address) == (OWNER.id, "주인", "192.0.2.7")
    assert (entry.action, entry.subjects, entry.reason) == ("line.view", ["b" * 32], "배송 문의")
    assert entry.detail == {"lines": 1, "of": ["가", 2.5]}
    assert verify() is None


def test_an_entry_is_undone_with_the_transaction_it_belongs_to():
    record()
    with pytest.raises(ZeroDivisionError), store.write() as session:
        audit.record(session, "undone", actor=OWNER)
        raise ZeroDivisionError
    record()
    assert [entry.number for entry in entries()] == [2, 1]
    assert verify() is None


@pytest.mark.parametrize(
    ("statement", "broken"),
    [
        ("UPDATE audit_entry SET reason = 'nothing' WHERE number = 3", 3),
        ("UPDATE audit_entry SET user_name = '' WHERE number = 5", 5),
        ("UPDATE audit_entry SET subjects = '[]' WHERE number = 1", 1),
        ("DELETE FROM audit_entry WHERE number = 4", 4),
        ("DELETE FROM audit_entry WHERE number < 3", 1),
        ("UPDATE audit_entry SET number = 9 WHERE number = 2", 2),
        ("UPDATE audit_entry SET action = 'audit.anchor' WHERE number = 1", 1),
        ("UPDATE audit_entry SET digest = previous WHERE number = 5", 5),
    ],
)
def test_whatever_is_changed_or_removed_breaks_the_chain_there(statement, broken):
    for number in range(5):
        record(subjects=[f"{number:032x}"], reason="why")
    assert verify() is None
    tamper(statement)
    assert verify() == broken


def test_an_entry_that_was_rewritten_with_its_digest_breaks_the_next_one():
    for _ in range(3):
        record()
    with store.write() as session:
        entry = audit.entries(session, before=3, limit=1)[0]
        entry.reason = "another story"
        entry.digest = audit._digest(entry)
    assert verify() == 3


def test_many_who_record_at_the_same_moment_make_one_chain(store_bound):
    barrier = threading.Barrier(6)

    def work():
        barrier.wait()
        with store.workspace(store_bound.workspace):
            for _ in range(5):
                record()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(entry.number for entry in entries()) == list(range(1, 31))
    assert verify() is None


def test_entries_are_found_by_action_person_subject_and_page():
    record("line.view", subjects=["b" * 32, "c" * 32])
    record("line.view", subjects=["c" * 32])
    record("export")
    assert [entry.number for entry in entries(subject="c" * 32)] == [2, 1]
    assert [entry.number for entry in entries(subject="b" * 32)] == [1]
    assert [entry.number for entry in entries(subject="%")] == []
    assert [entry.number for entry in entries(action="export")] == [3]
    assert [entry.number for entry in entries(before=3, limit=1)] == [2]
    assert entries(user_id="0" * 32) == []


def test_each_workspace_has_a_chain_of_its_own():
    record()
    other = new_id()
    with store.workspace(other):
        with store.write() as session:
            session.add(Workspace(id=other, name="다른 가게", created_at=clock.now()))
        assert entries() == []
        assert record() == 1
        tamper("UPDATE audit_entry SET reason = 'x' WHERE workspace_id = :id", id=other)
        assert verify() == 1
    assert verify() is None


@pytest.fixture
def two_years(monkeypatch):
    """Five entries, the first two of which are too old to keep; the second workspace's too."""
    real = clock.now
    other = new_id()
    for days, count in ((800, 2), (100, 3)):
        monkeypatch.setattr(clock, "now", lambda days=days: real() - timedelta(days=days))
        for _ in range(count):
            record(subjects=["b" * 32], reason="why")
        with store.workspace(other), store.write() as session:
            if days == 800:
                session.add(Workspace(id=other, name="다른 가게", created_at=clock.now()))
                session.flush()
            audit.record(session, "other", actor=OWNER)
    monkeypatch.setattr(clock, "now", real)
    return other


def test_what_is_older_than_two_years_goes_and_the_chain_still_holds(two_years):
    assert prune() == 1
    kept = entries()
    assert [entry.number for entry in kept] == [6, 5, 4, 3, 2]
    assert kept[0].action == "audit.pruned"
    anchor = kept[-1]
    assert (anchor.action, anchor.user_id, anchor.reason) == ("audit.anchor", None, "")
    assert (anchor.subjects, anchor.address) == ([], "")
    assert verify() is None
    record()
    assert verify() is None
    assert prune() == 0
    with store.workspace(two_years):
        assert len(entries()) == 2 and verify() is None


def test_a_pruned_chain_can_be_pruned_again(two_years, monkeypatch):
    prune()
    real = clock.now
    monkeypatch.setattr(clock, "now", lambda: real() + timedelta(days=700))
    assert prune() == 3
    assert [entry.number for entry in entries()] == [7, 6, 5]
    assert verify() is None


def test_a_chain_whose_entries_are_all_too_old_keeps_its_end(two_years, monkeypatch):
    real = clock.now
    monkeypatch.setattr(clock, "now", lambda: real() + timedelta(days=2000))
    assert prune() == 4
    assert [entry.number for entry in entries()] == [6, 5]
    assert verify() is None


def test_a_forged_anchor_is_found(two_years):
    prune()
    tamper("UPDATE audit_entry SET digest = previous WHERE number = 2")
    assert verify() == 3
    tamper("DELETE FROM audit_entry WHERE number = 2")
    tamper("UPDATE audit_entry SET action = 'audit.anchor' WHERE number = 3")
    assert verify() == 3


def test_nothing_recent_is_ever_pruned():
    record()
    assert prune() == 0
    with store.read() as session:
        assert session.get(AuditEntry, (store.current_workspace(), 1)).action == "line.view"
