"""Notices: one per cause, by a real mail server, and what stands in the way is said."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import timedelta
from email.message import Message
from email.parser import BytesParser
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope
from sqlalchemy import select

from core import clock, settings, store, work
from core.ledger import drain
from core.models import Channel, Command, Notice, new_id
from core.services import contacts, notices
from core.services.audit import Actor
from tests.core import goods

BY = Actor(None, "시험")


class Box:
    """What arrives at a mail server. `answers` are said instead of taking the next letters."""

    def __init__(self) -> None:
        self.letters: list[tuple[list[str], Message]] = []
        self.answers: list[str] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        """Take a letter, or not."""
        if self.answers:
            return self.answers.pop(0)
        assert isinstance(envelope.content, bytes)
        letter = BytesParser(policy=default).parsebytes(envelope.content)
        self.letters.append((list(envelope.rcpt_tos), letter))
        return "250 OK"


@pytest.fixture
def box(store_bound: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[Box]:
    """A real mail server on this machine, and a Hanpan that knows it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    box = Box()
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    monkeypatch.setenv("HANPAN_SMTP_URL", f"smtp://127.0.0.1:{port}")
    monkeypatch.setenv("HANPAN_MAIL_FROM", "hanpan@shop.example")
    settings.use(None)
    work.begin()
    yield box
    server.stop()
    settings.use(None)


def channel(*, email: str = "owner@shop.example", **facts: Any) -> str:
    """A stored channel with a contact person; returns its id."""
    usual = {
        "id": new_id(),
        "workspace_id": store.current_workspace(),
        "marketplace": "smartstore",
        "practice": True,
        "store": "본점",
        "seller_id": "seller",
        "created_at": clock.now(),
        "state": "needs_you",
        "problem": {"ko": "키가 다릅니다.", "en": "Wrong key."},
    }
    made = Channel(**usual | facts)
    with store.write() as session:
        session.add(made)
    if email:
        contacts.change(made.id, {"email": email}, BY)
    return made.id


def change(channel_id: str, **facts: Any) -> None:
    """Set columns of a channel."""
    with store.write() as session:
        found = session.scalars(select(Channel).where(Channel.id == channel_id)).one()
        for name, value in facts.items():
            setattr(found, name, value)


def told() -> list[Notice]:
    """Every notice, the oldest first."""
    with store.read() as session:
        return list(session.scalars(select(Notice).order_by(Notice.created_at)))


def look() -> None:
    """What the clock does, and the worker after it."""
    notices.look()
    drain.drain("bulk")


def test_an_oversold_sku_is_told_once_until_it_is_healed_and_all_of_them_in_one_letter(
    box: Box,
) -> None:
    shop = goods.channel("본점")
    contacts.change(shop.id, {"email": "owner@shop.example"}, BY)
    short = [goods.sku(code, 1, name=f"보리차 {code}") for code in ("A", "B")]
    for number, sku in enumerate(short, start=1):
        (option,) = goods.listing(shop, str(number))
        goods.match(option, (sku, 1))
        goods.order(shop, f"10{number}", str(number), quantity=1 + number)
    for _ in range(2):
        look()
    assert len(box.letters) == 1, "one letter, however many SKUs"
    assert str(box.letters[0][1]["subject"]).endswith("초과판매")
    notes = {notice.words["name"]: notice for notice in told()}
    assert {name: one.words["n"] for name, one in notes.items()} == {"보리차 A": 1, "보리차 B": 2}
    assert sorted(one.mail for one in notes.values()) == ["sent", "throttled"]
    goods.count(short[0], 9, "more")
    look()
    assert [one.words["name"] for one in told() if one.ended_at is None] == ["보리차 B"]
    goods.order(shop, "109", "1", quantity=20)
    look()
    assert len([one for one in told() if one.words["name"] == "보리차 A"]) == 2, "it is news again"


def test_a_channel_that_breaks_is_mailed_about_once(box: Box) -> None:
    channel()
    for _ in range(3):
        look()
    ((recipients, letter),) = box.letters
    assert recipients == ["owner@shop.example"]
    assert letter["subject"] == "[한판] 본점 채널이 멈췄습니다"
    assert "키가 다릅니다." in letter.get_content()  # type: ignore[attr-defined]
    assert [notice.mail for notice in told()] == ["sent"]


def test_a_channel_that_breaks_again_at_once_is_told_again_and_not_mailed_again(box: Box) -> None:
    broken = channel()
    look()
    change(broken, state="paused")
    look()
    change(broken, state="needs_you")
    look()
    first, second = told()
    assert first.ended_at is not None and second.ended_at is None
    assert (first.mail, second.mail) == ("sent", "throttled")
    assert len(box.letters) == 1


def test_one_that_was_not_mailed_and_still_holds_is_mailed_when_the_quiet_is_over(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = channel()
    look()
    change(broken, state="paused")
    look()
    change(broken, state="needs_you", problem={"ko": "다른 까닭.", "en": "Another reason."})
    look()
    change(broken, problem={"ko": "지금의 까닭.", "en": "The reason of now."})
    now = clock.now()
    for hours in (5, 7, 14):
        monkeypatch.setattr(clock, "now", lambda hours=hours: now + timedelta(hours=hours))
        look()
    assert len(box.letters) == 2
    assert "지금의 까닭." in box.letters[1][1].get_content()  # type: ignore[attr-defined]


def test_a_server_that_takes_nothing_for_hours_is_asked_until_it_does(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel()
    box.answers = ["451 greylisted"] * 20
    now = clock.now()
    notices.look()
    for minutes in range(0, 480, 5):
        monkeypatch.setattr(clock, "now", lambda minutes=minutes: now + timedelta(minutes=minutes))
        drain.drain("bulk")
    assert (len(box.letters), len(told())) == (1, 1)
    assert told()[0].mail == "sent"


def test_a_server_that_never_takes_it_is_given_up_after_a_day_and_a_person_may_ask_again(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel()
    box.answers = ["451 later"] * 500
    now = clock.now()
    notices.look()
    for hours in range(26):
        monkeypatch.setattr(clock, "now", lambda hours=hours: now + timedelta(hours=hours))
        drain.drain("bulk")
    assert [notice.mail for notice in told()] == ["failed"]
    box.answers.clear()
    notices.mail_again(told()[0].id)
    drain.drain("bulk")
    assert [notice.mail for notice in told()] == ["sent"]


def test_the_name_of_a_store_adds_no_header(box: Box) -> None:
    channel(store="본점\r\nBcc: other@shop.example")
    look()
    ((recipients, letter),) = box.letters
    assert recipients == ["owner@shop.example"] and letter["bcc"] is None
    assert letter["subject"].startswith("[한판] 본점 Bcc: other@shop.example")


@pytest.mark.parametrize("email", ["a,b@shop.example", "<a>@shop.example", "a;b@shop.example"])
def test_what_would_be_another_address_or_several_is_none(box: Box, email: str) -> None:
    channel(email=email)
    look()
    assert (box.letters, [notice.mail for notice in told()]) == ([], ["failed"])


def test_nobody_to_tell_and_no_server_are_said(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    channel(email="")
    look()
    monkeypatch.delenv("HANPAN_SMTP_URL")
    settings.use(None)
    channel(store="별점")
    look()
    assert [notice.mail for notice in told()] == ["nobody", "off"]
    assert box.letters == []


def test_a_server_that_is_busy_is_asked_again_one_that_refuses_is_not(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.answers = ["451 later"]
    channel()
    look()
    assert [notice.mail for notice in told()] == ["queued"]
    later = clock.now() + timedelta(minutes=5)
    monkeypatch.setattr(clock, "now", lambda: later)
    drain.drain("bulk")
    assert [notice.mail for notice in told()] == ["sent"]
    box.answers = ["554 never"]
    notices.mail_again(told()[0].id)
    drain.drain("bulk")
    assert [notice.mail for notice in told()] == ["failed"]
    assert len(box.letters) == 1
    with store.read() as session:
        assert set(session.scalars(select(Command.state))) == {"done"}


def test_a_letter_whose_sending_was_cut_off_is_not_sent_twice(box: Box) -> None:
    channel()
    notices.look()
    with store.write() as session:
        notice = session.scalars(select(Notice)).one()
        notice.mail = "sending"
    drain.drain("bulk")
    assert box.letters == []
    assert [notice.mail for notice in told()] == ["cut"], "a person may have it sent again"


@pytest.mark.parametrize(("days", "ahead"), [(31, None), (30, 30), (8, 30), (7, 7), (1, 1), (0, 1)])
def test_keys_that_end_are_told_30_7_and_1_days_ahead(
    box: Box, days: int, ahead: int | None
) -> None:
    ends = clock.now() + timedelta(days=days) - timedelta(minutes=1)
    channel(state="paused", problem=None, expires_at=ends)
    look()
    assert [notice.words["n"] for notice in told()] == ([] if ahead is None else [ahead])


def test_each_stage_of_an_end_is_mailed_although_the_one_before_was_lately(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = clock.now()
    channel(state="paused", problem=None, expires_at=now + timedelta(days=7, hours=1))
    look()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(hours=7))
    look()
    assert [letter["subject"] for _, letter in box.letters] == [
        "[한판] 본점 채널의 키가 30일 안에 끝납니다",
        "[한판] 본점 채널의 키가 7일 안에 끝납니다",
    ]


def test_looking_at_the_list_marks_what_was_told_until_then(box: Box) -> None:
    channel()
    look()
    with store.read() as session:
        assert notices.unseen(session) == 1
    notices.mark_seen()
    with store.read() as session:
        assert notices.unseen(session) == 0
