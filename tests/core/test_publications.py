"""What is published for a marketplace: ten minutes, five times, and every fetch is written down."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core import clock, settings, store, vault
from core.ledger import publications
from core.models import Channel, JournalEntry, Publication, new_id

Publish = Callable[[bytes, str, int], str]


def channel(*, practice: bool) -> Channel:
    """A stored channel."""
    made = Channel(
        id=new_id(),
        workspace_id=store.current_workspace(),
        marketplace="smartstore",
        practice=practice,
        store="본점",
        seller_id="seller",
        state="active",
        created_at=clock.now(),
    )
    with store.write() as session:
        session.add(made)
    return made


def publisher(channel: Channel) -> Publish:
    """The `publish` of the channel's host."""
    found = publications.publisher(channel, lambda: None)
    assert found is not None
    return found


def fetch(url: str) -> publications.Published | None:
    """What a marketplace gets at the address."""
    return publications.fetch(url.rpartition("/")[2], address="203.0.114.9", agent="Fetcher")


def test_it_is_given_five_times_and_each_is_in_the_journal(store_bound: object) -> None:
    body = "한글".encode("euc-kr")
    url = publisher(channel(practice=True))(body, "text/xml; charset=euc-kr", 10)
    given = [fetch(url) for _ in range(7)]
    assert [one.content for one in given if one] == [body] * 5
    assert given[0] is not None and given[0].content_type == "text/xml; charset=euc-kr"
    with store.read() as session:
        told = session.scalars(select(JournalEntry).order_by(JournalEntry.at)).all()
        assert [one.status for one in told] == [200] * 5 + [404] * 2
        assert url.rpartition("/")[2] not in str([one.path for one in told])
        body_of = vault.unseal_json("journal_entry", "body", told[0].id, told[0].body)
        assert "203.0.114.9" in body_of["request"]


def test_whoever_asks_on_and_on_fills_no_journal(store_bound: object) -> None:
    url = publisher(channel(practice=True))(b"x", "text/xml", 10)
    for _ in range(30):
        fetch(url)
    with store.read() as session:
        assert len(session.scalars(select(JournalEntry.id)).all()) == publications.NOTED


def test_what_is_taken_away_while_somebody_fetches_it_is_not_found(
    store_bound: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = publisher(channel(practice=True))(b"x", "text/xml", 10)
    write = store.write

    def pruned_first() -> AbstractContextManager[Session]:
        monkeypatch.setattr(store, "write", write)
        with store.all_workspaces(), store.write() as session:
            session.execute(delete(Publication))
        return store.write()

    monkeypatch.setattr(store, "write", pruned_first)
    assert fetch(url) is None


def test_after_its_minutes_it_is_gone(store_bound: object, monkeypatch: pytest.MonkeyPatch) -> None:
    url = publisher(channel(practice=True))(b"x", "text/xml", 600)  # ten are the most
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(minutes=10, seconds=1))
    assert fetch(url) is None
    publications.prune()
    with store.read() as session:
        assert session.scalars(select(Publication.id)).all() == []


def test_a_guess_finds_nothing_and_leaves_nothing(store_bound: object) -> None:
    publisher(channel(practice=True))(b"x", "text/xml", 10)
    assert fetch("https://hanpan.example/published/guess") is None
    with store.read() as session:
        assert session.scalars(select(JournalEntry.id)).all() == []


def test_addresses_cannot_be_guessed_from_each_other(store_bound: object) -> None:
    publish = publisher(channel(practice=True))
    tokens = {publish(b"x", "text/xml", 10).rpartition("/")[2] for _ in range(3)}
    assert len(tokens) == 3 and all(len(token) >= 43 for token in tokens)
    with store.read() as session:
        assert not tokens & set(session.scalars(select(Publication.id)))


def test_a_real_marketplace_reaches_only_the_public_address(
    store_bound: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = channel(practice=False)
    assert publications.publisher(real, lambda: None) is None
    monkeypatch.setenv("HANPAN_PUBLIC_URL", "https://shop.example/")
    settings.use(None)
    url = publisher(real)(b"x", "text/xml", 10)
    assert url.startswith("https://shop.example/published/")
