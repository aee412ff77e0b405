"""알림: what holds first, whether it was mailed and if not why, and marking as seen by a press."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from core import clock, settings, store
from core.models import Channel, Notice
from core.services import channels, contacts, notices
from tests.web.conftest import Browser
from tests.web.shop import Shop


@pytest.fixture
def shop(owner: Browser) -> Shop:
    return Shop()


def broken(shop: Shop, name: str = "본점") -> Channel:
    """A channel that has stopped, noticed."""
    problem = {"ko": "키가 거절되었습니다.", "en": "The key was refused.", "code": ""}
    made = shop.channel(name, state="needs_you", problem=problem)
    notices.look()
    return made


def all_of(shop: Shop) -> list[Notice]:
    with shop.enter(), store.read() as session:
        return list(session.scalars(select(Notice).order_by(Notice.created_at)))


def change(shop: Shop, **values: object) -> None:
    with shop.enter(), store.write() as session:
        for notice in session.scalars(select(Notice)):
            for name, value in values.items():
                setattr(notice, name, value)


def told(browser: Browser) -> str:
    return re.sub(r"\s+", " ", browser.text)


def with_mail(shop: Shop, of: Channel | None = None) -> None:
    found = settings.current()
    settings.use(replace(found, smtp_url="smtp://127.0.0.1:9", mail_from="hanpan@shop.example"))
    if of is not None:
        with shop.enter():
            contacts.change(of.id, {"email": "desk@shop.example"}, shop.actor)


def test_without_notices_the_page_says_what_will_appear(owner: Browser, shop: Shop) -> None:
    owner.open("/notices")
    assert "아직 알림이 없습니다" in told(owner)
    assert "모두 확인했습니다" not in told(owner)


def test_without_a_mail_server_the_page_says_so_and_what_to_set(owner: Browser, shop: Shop) -> None:
    broken(shop)
    owner.open("/notices")
    assert "메일로는 보내지 않습니다" in told(owner)
    assert "HANPAN_SMTP_URL=" in told(owner) and "HANPAN_MAIL_FROM=" in told(owner)
    assert "메일 안 보냄 메일 서버를 정하지 않았습니다." in told(owner)
    assert "메일로 보내기" not in told(owner)
    with_mail(shop)
    owner.open("/notices")
    assert "HANPAN_SMTP_URL" not in told(owner)


def test_what_holds_is_told_first_and_what_is_over_apart_from_it(
    owner: Browser, shop: Shop
) -> None:
    first = broken(shop, "가게 하나")
    change(shop, created_at=clock.now() + timedelta(minutes=1))
    with shop.enter(), store.write() as session:
        channels.get(session, first.id).state = "paused"
    broken(shop, "가게 둘")
    owner.open("/notices")
    said = told(owner)
    assert "가게 둘 채널이 멈췄습니다" in said and "키가 거절되었습니다." in said
    assert said.index("가게 둘") < said.index("지난 알림") < said.index("가게 하나")


def test_looking_changes_nothing_and_the_press_marks_what_was_shown(
    owner: Browser, shop: Shop
) -> None:
    broken(shop, "가게 하나")
    page = owner.open("/notices").text
    assert 'class="n n-bad">새 1' in page
    assert '<span class="vh">알림 </span><span class="n">1</span>' in page, "on top of a phone"
    owner.open("/notices")
    assert [one.seen_at for one in all_of(shop)] == [None]
    until = re.findall(r'name="until" value="(\d+)"', page)[0]
    broken(shop, "가게 둘")
    owner.post("/notices/seen", {"until": until})
    assert [one.seen_at is None for one in all_of(shop)] == [False, True], "not what came since"
    owner.open("/notices")
    assert 'class="n n-bad">새 1' in owner.shown.text
    owner.post("/notices/seen", {"until": "nonsense"})
    assert all(one.seen_at for one in all_of(shop))


@pytest.mark.parametrize(
    ("mail", "word"),
    [
        ("sent", "메일 보냄"),
        ("queued", "보낼 차례를 기다립니다"),
        ("sending", "보내는 중"),
        ("failed", "보내지 못함 메일 서버가 받지 않았습니다."),
        ("nobody", "받을 사람 없음 담당자 이메일을 넣어 주세요."),
        ("throttled", "같은 알림을 방금 보내서 다시 보내지 않았습니다."),
    ],
)
def test_each_says_whether_it_was_mailed_and_if_not_why(
    owner: Browser, shop: Shop, mail: str, word: str
) -> None:
    with_mail(shop, broken(shop))
    change(shop, mail=mail, mailed_at=clock.now())
    owner.open("/notices")
    assert word in told(owner)
    assert "desk@shop.example" not in owner.shown.text
    assert ("d***@shop.example" in told(owner)) == (mail == "sent")
    again = "다시 보내기" in told(owner) or "메일로 보내기" in told(owner)
    assert again == (mail not in ("queued", "sending"))


def test_mailing_again_is_the_owners_and_makes_one_job(
    owner: Browser, staff: Browser, shop: Shop
) -> None:
    with_mail(shop, broken(shop))
    (notice,) = all_of(shop)
    staff.open("/notices")
    assert "메일로 보내기" not in told(staff) and "본점 채널이 멈췄습니다" in told(staff)
    assert staff.post(f"/notices/{notice.id}/mail").status_code == 403
    owner.open("/notices")
    for _ in range(3):
        owner.post(f"/notices/{notice.id}/mail")
    assert len(shop.commands("notice.mail")) == 1
    assert "보낼 차례를 기다립니다" in told(owner)
    owner.open("/jobs")
    assert owner.shown.status_code == 200


def test_mailing_without_a_server_is_said_and_makes_no_job(owner: Browser, shop: Shop) -> None:
    broken(shop)
    (notice,) = all_of(shop)
    owner.post(f"/notices/{notice.id}/mail")
    assert "메일 서버를 정하지 않아 보내지 않았습니다." in told(owner)
    assert shop.commands("notice.mail") == []
