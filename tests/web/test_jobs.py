"""작업: what runs, waits and ended; a person's word; the calls behind a job, masked."""

from __future__ import annotations

import re

import pytest

from core import clock, store
from core.models import Command, Effect, JournalEntry, OrderLine, new_id
from core.services import audit
from core.vault import seal_json, unseal_json
from tests.web.conftest import Browser
from tests.web.shop import Shop, connect, line, practising

UNCLEAR = {"ko": "처리되었는지 알 수 없습니다.", "en": "It is not clear."}


@pytest.fixture
def shop(owner: Browser) -> Shop:
    """The owner's shop."""
    return Shop()


def state(shop: Shop, command_id: str) -> tuple[str, str]:
    """A command's state and why it is held."""
    [found] = [one for one in shop.commands() if one.id == command_id]
    return found.state, found.held_for


def effects(shop: Shop, command_id: str) -> dict[str, str]:
    """The states of a command's effects, by item."""
    with shop.enter(), store.read() as session:
        rows = session.query(Effect).filter(Effect.command_id == command_id)
        return {row.item: row.state for row in rows}


def head(browser: Browser) -> str:
    """The heading of the page that is shown."""
    assert browser.shown is not None
    return browser.shown.text.partition("<h1>")[2].partition("</h1>")[0]


def actions(shop: Shop) -> list[str]:
    """What the audit chain says, the newest first."""
    with shop.enter(), store.read() as session:
        return [entry.action for entry in audit.entries(session)]


def test_jobs_stand_where_they_belong_with_their_reason(owner: Browser, shop: Shop) -> None:
    here = shop.channel()
    shop.command(here, "held", held_for="switch", progress_total=3)
    shop.command(here, "done", result={"asked": 2, "done": 1, "refused": 1, "reasons": []})
    refused = {"ko": "판매자센터에서 막혔습니다.", "en": "Blocked."}
    shop.command(here, "refused", error_text=refused)
    shop.command(here, "cancelled", cancel_asked="박포장")
    page = owner.open("/jobs")
    assert "연동설정에서 이 연동이 꺼져 있어 기다립니다" in owner.text
    assert "발주확인 1건 · 거절 1건" in owner.text and "판매자센터에서 막혔습니다." in owner.text
    assert "박포장님이 멈췄습니다." in owner.text
    assert "정기 작업" in owner.text and "주문 수집" in owner.text
    tabs = dict(re.findall(r">([^<]+) <span class=\"n[^\"]*\">(\d+)<", page.text))
    ended = {"완료": "0", "일부 되지 않음": "1", "거절": "1", "취소": "1"}
    assert tabs == {"전체": "4", "진행 중": "0", "보류": "1", **ended}
    owner.open("/jobs?state=cancelled")
    assert "박포장님이" in owner.text and "판매자센터에서" not in owner.text
    owner.open("/jobs?state=waiting")
    assert "꺼져 있어" in owner.text and "끝난 작업" not in owner.text
    owner.open("/jobs?kind=template.import")
    assert "판매자센터에서" not in owner.text


def test_a_confirm_counts_as_done_only_when_all_of_it_was(owner: Browser, shop: Shop) -> None:
    here = shop.channel()
    text = {"ko": "본품을 먼저 발주확인해 주세요.", "en": ""}
    result = {"asked": 1, "done": 0, "already": 0, "busy": 0, "changed": 0, "refused": 1}
    reasons = [{"line": new_id(), **text}]
    none = shop.command(here, "done", result={**result, "reasons": reasons})
    part = {**result, "asked": 2, "done": 1, "reasons": reasons}
    some, whole = shop.command(here, "done", result=part), shop.command(here, "done")
    page = owner.open("/jobs")
    tabs = dict(re.findall(r">([^<]+) <span class=\"n[^\"]*\">(\d+)<", page.text))
    assert (tabs["완료"], tabs["일부 되지 않음"], tabs["거절"]) == ("1", "1", "1")
    for view, listed in (("refused", {none}), ("partly", {some}), ("done", {whole})):
        text_ = owner.open(f"/jobs?state={view}").text
        assert (
            set(re.findall(r'<th scope="row" class="full"><a href="/jobs/(\w+)"', text_)) == listed
        )
    owner.open(f"/jobs/{none}")
    assert "일부 되지 않음" not in owner.text and "거절" in head(owner)
    owner.open(f"/jobs/{some}")
    assert "일부 되지 않음" in head(owner)


def test_the_frame_follows_the_work_that_runs(owner: Browser, shop: Shop) -> None:
    job = shop.command(shop.channel(), "running", started_at=clock.now(), progress_total=3)
    page = owner.open("/jobs").text
    assert 'hx-get="/jobs/running" hx-trigger="every 5s, job-ended from:body"' in page
    assert 'id="work" hx-get="/jobs' in page, "the tabs are counted anew when a job ends"
    now = owner.open("/jobs/running").text
    assert f'href="/jobs/{job}"' in now
    assert re.search(r'id="n-jobs" class="n" hx-swap-oob="true">1<', now)
    owner.post(f"/jobs/{job}/cancel")
    with shop.enter(), store.write() as session:
        session.get_one(Command, job).state = "cancelled"
    ended = owner.open("/jobs/running").text
    assert "/jobs/" + job not in ended and "every 5s" not in ended
    assert re.search(r'id="n-jobs"[^>]* hidden><', ended)


def test_a_confirm_names_the_product_of_what_was_refused(owner: Browser, shop: Shop) -> None:
    here = shop.channel()
    shop.keep(here, line(1))
    job = shop.command(here, "done", result={"asked": 1, "done": 0, "refused": 1, "reasons": []})
    shop.effect(job, here, line(1).line_key, "refused", reason=UNCLEAR)
    owner.open(f"/jobs/{job}")
    assert "대나무 도마 1호" in owner.text


def test_chips_name_the_marketplace_and_a_store_only_where_it_is_real(
    owner: Browser, shop: Shop
) -> None:
    shop.channel("본점")
    shop.channel("한판연습상점", practice=True)
    shop.command(shop.channel("셋째"), "done")
    for path in ("/jobs", "/orders?days=7"):
        page = owner.open(path).text
        chips = [
            re.sub(r"<[^>]+>", "", one).split()
            for one in re.findall(r'<a class="facet" .*?</a>', page)
        ]
        names = [" ".join(word for word in chip if not word.isdecimal()) for chip in chips]
        assert [name.removeprefix("스") for name in names] == [
            "스마트스토어 본점",
            "스마트스토어 연습",
            "스마트스토어 셋째",
        ], path


def test_a_confirm_lists_every_line_that_went(owner: Browser, shop: Shop) -> None:
    here = shop.channel()
    found = [line(n) for n in range(1, 54)]
    ids = shop.keep(here, *found)
    job = shop.command(here, "done", result={"asked": 53, "done": 53, "reasons": []})
    for one in found:
        shop.effect(job, here, one.line_key, "done")
    page = owner.open(f"/jobs/{job}").text
    rows = page.partition('id="items-h"')[2].partition("</section>")[0]
    shown = re.findall(r'href="/orders/([0-9a-f]{32})"', rows)
    assert len(shown) == 50 and set(shown) < set(ids)
    assert "대나무 도마 1호" in rows and "나머지 3건" in rows
    assert f"view=confirmed&amp;ch={here.id}" in rows


def test_a_name_of_ours_is_not_told_as_a_code_of_the_marketplace(
    owner: Browser, shop: Shop
) -> None:
    here = shop.channel()
    for code, told in (("Unavailable", False), ("GW.IP_NOT_ALLOWED", True), ("DIED", False)):
        job = shop.command(here, "refused", error_code=code, error_text=UNCLEAR)
        assert (code in owner.open(f"/jobs/{job}").text) is told


def test_what_is_held_leads_to_what_it_waits_for(owner: Browser, shop: Shop) -> None:
    here = shop.channel()
    ways = {
        "switch": f'href="/channels/{here.id}#switches">연동설정 열기',
        "paused": f'href="/channels/{here.id}">채널 열기',
        "plugin": 'href="/plugins">플러그인 보기',
    }
    for reason, link in ways.items():
        held = shop.command(here, "held", held_for=reason)
        assert link in owner.open(f"/jobs/{held}").text
        assert "아직 마켓을 부르지 않았습니다" in owner.text
        assert link in owner.open("/jobs?state=waiting").text


def test_a_shop_without_work_says_what_will_be_there(owner: Browser, shop: Shop) -> None:
    owner.open("/jobs")
    assert "아직 한 작업이 없습니다" in owner.text
    shop.command(shop.channel(), "done")
    owner.open("/jobs")
    assert "아직 한 작업이 없습니다" not in owner.text
    owner.open("/jobs?kind=template.import")
    assert "조건에 맞는 작업이 없습니다" in owner.text


def test_a_refused_job_is_tried_again_and_that_is_logged(owner: Browser, shop: Shop) -> None:
    here = shop.channel()
    [_line] = shop.keep(here, line(1))
    job = shop.command(here, "refused", error_text=UNCLEAR, ended_at=clock.now())
    shop.effect(job, here, line(1).line_key, "refused")
    page = owner.open(f"/jobs/{job}")
    assert f'action="/jobs/{job}/retry"' in page.text
    owner.post(f"/jobs/{job}/retry")
    assert state(shop, job) == ("ready", "") and effects(shop, job) == {line(1).line_key: "planned"}
    assert actions(shop)[0] == "job.retry"
    owner.post(f"/jobs/{job}/retry")
    assert "지금은 다시 시도할 것이 없습니다" in owner.text


@pytest.mark.parametrize(("why", "goes"), [("asks", True), ("parked", True), ("switch", False)])
def test_only_what_waits_for_a_word_goes_on_by_one(
    owner: Browser, shop: Shop, why: str, goes: bool
) -> None:
    job = shop.command(shop.channel(), "held", held_for=why)
    page = owner.open(f"/jobs/{job}")
    assert (f'action="/jobs/{job}/retry"' in page.text) is goes
    owner.post(f"/jobs/{job}/retry")
    assert state(shop, job) == (("ready", "") if goes else ("held", why))


def test_a_waiting_job_is_cancelled_at_once_and_a_running_one_is_asked(
    owner: Browser, shop: Shop
) -> None:
    here = shop.channel()
    waits, runs = shop.command(here, "ready"), shop.command(here, "running")
    for job in (waits, runs):
        owner.open(f"/jobs/{job}")
        owner.post(f"/jobs/{job}/cancel")
    assert state(shop, waits)[0] == "cancelled" and state(shop, runs)[0] == "running"
    [asked] = [one.cancel_asked for one in shop.commands() if one.id == runs]
    assert asked == "김소유" and actions(shop)[:2] == ["job.cancel", "job.cancel"]
    [collect] = shop.commands("orders.collect")
    owner.post(f"/jobs/{collect.id}/cancel")
    assert [one.state for one in shop.commands("orders.collect")] == ["ready"]


def test_a_person_decides_item_by_item_and_the_job_goes_on(owner: Browser, shop: Shop) -> None:
    here = shop.channel()
    lines = shop.keep(here, line(1), line(2), line(3), line(4))
    job = shop.command(here, "review", error_code="REVIEW", error_text=UNCLEAR)
    made = {
        n: shop.effect(job, here, line(n).line_key, "unknown", reason=UNCLEAR) for n in (1, 2, 3)
    }
    shop.effect(job, here, line(4).line_key, "unknown")  # is being read back, needs nobody
    page = owner.open(f"/jobs/{job}")
    assert "결과를 정해 주세요" in owner.text and page.text.count("이미 처리됨") == 3
    page = owner.post(f"/jobs/{job}/decide", {})
    assert page.status_code == 422 and "하나를 선택해 주세요" in owner.text
    page = owner.post(f"/jobs/{job}/decide", {f"v-{made[1]}": "explode"})
    assert page.status_code == 422
    owner.post(f"/jobs/{job}/decide", {f"v-{made[1]}": "done"})
    assert "아직 2건이 남았습니다" in owner.text and state(shop, job)[0] == "review"
    owner.post(f"/jobs/{job}/decide", {f"v-{made[2]}": "again", f"v-{made[3]}": "stop"})
    assert state(shop, job) == ("ready", "")
    keys = [line(n).line_key for n in (1, 2, 3, 4)]
    wanted = ("done", "planned", "refused", "unknown")
    assert effects(shop, job) == dict(zip(keys, wanted, strict=True))
    assert actions(shop)[:2] == ["job.decide", "job.decide"]
    owner.open(f"/orders/{lines[1]}")
    assert "다시 보내기로 정했습니다." in owner.text and "김소유" in owner.text


def test_items_of_another_job_cannot_be_decided_through_this_one(
    owner: Browser, shop: Shop
) -> None:
    here = shop.channel()
    shop.keep(here, line(1), line(2))
    mine, other = shop.command(here, "review"), shop.command(here, "review")
    shop.effect(mine, here, line(1).line_key, "unknown", reason=UNCLEAR)
    foreign = shop.effect(other, here, line(2).line_key, "unknown", reason=UNCLEAR)
    owner.open(f"/jobs/{mine}")
    owner.post(f"/jobs/{mine}/decide", {f"v-{foreign}": "stop"})
    assert effects(shop, other) == {line(2).line_key: "unknown"}
    assert state(shop, mine)[0] == state(shop, other)[0] == "review"


def test_a_card_is_silent_while_nothing_changes_and_reloads_its_page_at_the_end(
    owner: Browser, shop: Shop
) -> None:
    here = shop.channel()
    job = shop.command(here, "running", started_at=clock.now(), progress_total=10, progress_done=4)
    page = owner.open(f"/jobs/{job}")
    poll = re.search(r'hx-get="(/jobs/[^"]+/card\?seen=[^"]+)" hx-trigger="every 1s"', page.text)
    assert poll is not None
    assert owner.open(poll[1]).status_code == 204
    with shop.enter(), store.write() as session:
        command = session.get(Command, job)
        assert command is not None
        command.progress_done, command.changed_at = 5, clock.now()
    headers = {"HX-Request": "true", "HX-Current-URL": f"http://localhost/jobs/{job}"}
    part = owner.open(poll[1], headers=headers)
    assert "<b>5</b> / 10" in part.text and "HX-Refresh" not in part.headers
    with shop.enter(), store.write() as session:
        command = session.get(Command, job)
        assert command is not None
        command.state, command.changed_at, command.ended_at = "done", clock.now(), clock.now()
    part = owner.open(poll[1], headers=headers)
    assert part.headers["HX-Refresh"] == "true" and "hx-trigger" not in part.text
    elsewhere = {"HX-Request": "true", "HX-Current-URL": "http://localhost/jobs"}
    assert "HX-Refresh" not in owner.open(poll[1], headers=elsewhere).headers


def test_the_calls_behind_a_job_are_shown_masked_and_one_at_a_time(owner: Browser) -> None:
    shop = Shop()
    with practising():
        connect(shop)
        [collect] = shop.commands("orders.collect")
        page = owner.open(f"/jobs/{collect.id}")
        calls = re.findall(r'id="call-([0-9a-f]{32})"', page.text)
        assert len(calls) > 2 and "내용 보기" in page.text and "가림" not in page.text
        bodies = [
            owner.open(f"/jobs/{collect.id}/calls/{call}", headers={"HX-Request": "true"}).text
            for call in calls
        ]
    told = " ".join(bodies)
    assert '<span class="hid">가림</span>' in told and "<html" not in told
    page = owner.open(f"/jobs/{collect.id}/calls/{calls[-1]}")  # without script
    assert page.request.path == f"/jobs/{collect.id}" and "<details" in page.text
    assert f'id="call-{calls[-1]}" open' in page.text
    with shop.enter(), store.read() as session:
        rows = session.query(OrderLine).filter(OrderLine.buyer.is_not(None)).all()
        people = [unseal_json("order_line", "buyer", row.id, row.buyer) for row in rows]
    named = {one["receiver_name"] for one in people} | {one["receiver_phone"] for one in people}
    assert len(named) > 5 and not [one for one in named if one in told]


def test_a_call_is_escaped_and_found_only_under_its_own_job(owner: Browser, shop: Shop) -> None:
    here = shop.channel()
    mine, other = shop.command(here, "done"), shop.command(here, "done")
    call = new_id()
    body = {"query": "", "request": "<script>alert(1)</script>", "response": ""}
    with shop.enter(), store.write() as session:
        session.add(
            JournalEntry(
                id=call,
                channel_id=here.id,
                command_id=mine,
                at=clock.now(),
                what="orders.confirm",
                base="external",
                method="POST",
                path="/v1/confirm",
                status=None,
                outcome="unknown",
                milliseconds=8_004.2,
                body=seal_json("journal_entry", "body", call, body),
            )
        )
    htmx = {"HX-Request": "true"}
    part = owner.open(f"/jobs/{mine}/calls/{call}", headers=htmx)
    assert "&lt;script&gt;" in part.text and "<script>" not in part.text
    assert owner.open(f"/jobs/{other}/calls/{call}", headers=htmx).status_code == 404
    owner.open(f"/jobs/{mine}")
    assert "응답 끊김" in owner.text and "8,004 ms" in owner.text


def test_a_job_whose_worker_died_again_and_again_goes_on_or_ends_at_a_word(
    owner: Browser, shop: Shop
) -> None:
    here = shop.channel()
    job = shop.command(here, "review", error_code="DIED", error_text=UNCLEAR)
    page = owner.open(f"/jobs/{job}")
    assert f'action="/jobs/{job}/retry"' in page.text and "/cancel" in page.text
    owner.post(f"/jobs/{job}/retry")
    assert state(shop, job) == ("ready", "")


@pytest.mark.parametrize("kind", ["template.update", "template.create", "channel.verify"])
def test_what_only_the_owner_may_change_only_the_owner_may_try_again(
    owner: Browser, staff: Browser, shop: Shop, kind: str
) -> None:
    job = shop.command(shop.channel(), "refused", kind=kind, ended_at=clock.now())
    for action in ("retry", "cancel", "decide"):
        assert staff.post(f"/jobs/{job}/{action}").status_code == 403
    assert [one.state for one in shop.commands(kind)] == ["refused"]
    owner.post(f"/jobs/{job}/retry")
    assert [one.state for one in shop.commands(kind)] == ["ready"]
