"""주문: the list and its filters, searches, collecting, 발주확인, one line, and [보기]."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask

from core import clock, store
from core.contracts.order import Claim, ClaimKind, ClaimState, Line, LineState
from core.models import Command
from core.practice.faults import Kind, Rule
from core.services import audit, reveal
from core.services.audit import Actor
from tests.web.conftest import Browser
from tests.web.shop import NAME, PHONE, PLACE, Shop, connect, line, picked, practising
from web.forms import new_submission
from web.pages import users

CANCEL = Claim(kind=ClaimKind.CANCEL, state=ClaimState.REQUESTED)


@pytest.fixture
def shop(owner: Browser) -> Shop:
    """The owner's shop."""
    return Shop()


def submission(browser: Browser) -> str:
    """The mark of the form that is shown."""
    assert browser.shown is not None
    found = re.search(r'name="submission" value="([0-9a-f]{32})"', browser.shown.text)
    assert found is not None
    return found[1]


def total(browser: Browser) -> int:
    """How many lines the dock of the list counts."""
    assert browser.shown is not None
    found = re.search(r'data-total="(\d+)"', browser.shown.text)
    return int(found[1]) if found else 0


# -- the list ---------------------------------------------------------------------------------


def test_a_fresh_shop_is_led_to_its_first_channel(owner: Browser) -> None:
    owner.open("/orders")
    assert "주문을 가져올 판매채널이 없습니다" in owner.text
    assert 'href="/start"' in owner.shown.text  # type: ignore[union-attr]


def test_each_tab_leads_to_as_many_lines_as_it_says(owner: Browser, shop: Shop) -> None:
    here = shop.channel()
    shop.keep(
        here,
        *(line(n) for n in range(1, 6)),
        line(6, claim=CANCEL),
        line(7, state=LineState.CONFIRMED, dispatch_due=clock.now() - timedelta(hours=1)),
        line(8, state=LineState.RETURNED),
    )
    page = owner.open("/orders")
    views = re.search(r'<nav class="views".*?</nav>', page.text, re.S)
    assert views is not None
    tabs = re.findall(r'href="([^"]+)"[^>]*>([^<]+) <span class="n[^"]*">([\d,]+)<', views[0])
    assert len(tabs) == 11
    for href, name, said in tabs:
        owner.open(href.replace("&amp;", "&"))
        assert total(owner) == int(said), name


def test_pages_show_every_line_once_and_lead_back(owner: Browser, shop: Shop) -> None:
    here = shop.channel()
    shop.keep(here, *(line(n) for n in range(1, 121)))
    seen: list[str] = []
    href, said = "/orders", []
    while href:
        page = owner.open(href)
        seen += picked(page.text)
        said.append(re.search(r"\d+–\d+ / \d+", owner.text)[0])  # type: ignore[index]
        found = re.search(r'href="([^"]+)" aria-label="다음 쪽"', page.text)
        href = found[1].replace("&amp;", "&") if found else ""
    assert len(seen) == len(set(seen)) == 120
    assert said == ["1–50 / 120", "51–100 / 120", "101–120 / 120"]
    back = re.search(r'href="([^"]+)" aria-label="이전 쪽"', owner.shown.text)  # type: ignore[union-attr]
    assert back is not None
    page = owner.open(back[1].replace("&amp;", "&"))
    assert list(picked(page.text)) == seen[50:100] and "51–100 / 120" in owner.text


def test_a_filter_that_makes_no_sense_shows_the_list(owner: Browser, shop: Shop) -> None:
    shop.keep(shop.channel(), line(1))
    for wrong in (
        "view=%3Cscript%3E", "days=9999", "days=custom&from=yesterday", "after=1.2", "at=-5",
        "base=zzz&sort=zzz", "s=123", "ch=zzz", "c=9999999999999", "c=" + "9" * 40, "after=9.9",
    ):  # fmt: skip
        page = owner.open(f"/orders?{wrong}")
        assert page.status_code == 200 and total(owner) == 1, wrong
        assert "<script>" not in page.text


def test_own_dates_are_kept_and_turned_round_when_they_are_reversed(
    owner: Browser, shop: Shop
) -> None:
    shop.keep(shop.channel(), line(1), line(3 * 24 * 60))
    day = clock.kst(clock.now()).date()
    page = owner.open(f"/orders?days=custom&from={day}&to={day - timedelta(days=1)}")
    assert f'name="from" value="{day - timedelta(days=1)}"' in page.text
    assert total(owner) == 1


# -- searching --------------------------------------------------------------------------------


def test_a_number_is_searched_by_the_address(owner: Browser, shop: Shop) -> None:
    shop.keep(shop.channel(), line(1), line(2))
    owner.open("/orders")
    page = owner.post("/orders/search", {"find": f" {line(2).order_no} ", "view": "new"})
    assert page.request.full_path == f"/orders?view=new&q={line(2).order_no}"
    assert total(owner) == 1 and line(2).order_no in owner.text


@pytest.mark.parametrize("typed", [NAME, PHONE, PHONE.replace("-", ""), "서울특별시 중구"])
def test_a_personal_search_never_stands_in_an_address(
    owner: Browser, shop: Shop, typed: str
) -> None:
    shop.keep(shop.channel(), line(1), line(2))
    owner.open("/orders")
    page = owner.post("/orders/search", {"find": typed})
    assert re.fullmatch(r"/orders\?s=[0-9a-f]{32}", page.request.full_path)
    assert total(owner) == 2
    assert all("q=" not in href for href in re.findall(r'href="([^"]*)"', page.text))


def test_a_personal_search_by_address_is_not_made(owner: Browser, shop: Shop) -> None:
    shop.keep(shop.channel(), line(1))
    page = owner.open("/orders", query_string={"q": NAME})
    assert page.request.full_path == "/orders?" and "찾기 칸에서" in owner.text


def test_a_personal_search_of_somebody_else_is_not_there(
    owner: Browser, staff: Browser, shop: Shop
) -> None:
    shop.keep(shop.channel(), line(1))
    owner.open("/orders")
    address = owner.post("/orders/search", {"find": NAME}).request.full_path
    page = staff.open(address)
    assert "더 이상 없습니다" in staff.text and total(staff) == 0 and NAME not in page.text


def test_the_search_box_of_the_frame_leads_to_the_list(owner: Browser, shop: Shop) -> None:
    page = owner.open("/me")
    form = re.search(r'<form class="find"[^>]*>', page.text)
    assert form is not None and 'action="/orders/search" method="post"' in form[0]


# -- collecting -------------------------------------------------------------------------------


def test_a_press_of_collect_brings_the_orders_and_says_so(owner: Browser) -> None:
    shop = Shop()
    with practising():
        connect(shop)
        owner.open("/orders")
        before = total(owner)
        page = owner.post("/orders/collect", {"next": "/orders?view=new"})
        assert parse_qs(urlsplit(page.request.full_path).query).keys() == {"view", "c"}
        assert 'id="collecting"' in page.text and "차례를 기다립니다" in owner.text
        shop.drain()
        mark = parse_qs(urlsplit(page.request.full_path).query)["c"][0]
        part = owner.open(f"/orders/collecting?c={mark}")
        assert "주문 수집을 마쳤습니다" in part.text and "hx-trigger" not in part.text
        owner.open("/orders")
        assert total(owner) == before == 40


def test_a_channel_that_could_not_be_collected_is_not_told_as_done(owner: Browser) -> None:
    shop = Shop()
    with practising() as practice:
        connect(shop)
        page = owner.post("/orders/collect", {"next": "/orders"})
        practice.place("smartstore").faults.append(Rule(kind=Kind.REFUSE, times=-1))
        shop.drain()
        mark = parse_qs(urlsplit(page.request.full_path).query)["c"][0]
        part = owner.open(f"/orders/collecting?c={mark}").text
        assert "수집하지 못한 채널이 1곳 있습니다" in part and "job-warn" in part
        assert "마쳤습니다" not in part and "새 주문이 없습니다" not in part


def test_collecting_without_a_channel_says_what_to_do(owner: Browser) -> None:
    owner.post("/orders/collect", {"next": "/orders"})
    assert "지금 수집할 수 있는 채널이 없습니다" in owner.text


# -- confirming -------------------------------------------------------------------------------


def test_a_selection_is_confirmed_once_and_the_job_tells(owner: Browser) -> None:
    shop = Shop()
    with practising() as host:
        connect(shop)
        page = owner.open("/orders?view=new")
        chosen = list(picked(page.text))[:3]
        values = {"line": chosen, "submission": submission(owner), "action": "confirm"}
        page = owner.post("/orders/confirm", values)
        job = page.request.path
        assert re.fullmatch(r"/jobs/[0-9a-f]{32}", job) and "발주확인 3건" in owner.text
        assert owner.post("/orders/confirm", values).request.path == job  # the same press again
        shop.drain()
        owner.open(job)
        assert owner.text.count("발주확인됨") == 3
        ledger = host.place("smartstore").ledger()["lines"]
        keys = [shop.line(one).line_key for one in chosen]
        assert [sum(ledger[key]["confirms"].values()) for key in keys] == [1, 1, 1]
        assert sum(sum(one["confirms"].values()) for one in ledger.values()) == 3
        assert {shop.line(one).state for one in chosen} == {"confirmed"}


def test_twenty_parallel_posts_of_one_form_are_one_command_per_channel(
    app: Flask, owner: Browser, shop: Shop
) -> None:
    here, there = shop.channel("본점"), shop.channel("아울렛")
    chosen = shop.keep(here, line(1), line(2)) + shop.keep(there, line(3))
    owner.open("/orders")
    form = {"csrf_token": owner.token(), "submission": new_submission(), "line": chosen}
    cookie = owner.client.get_cookie("hanpan")
    assert cookie is not None

    def press(_number: int) -> int:
        client = app.test_client()
        client.set_cookie("hanpan", cookie.value)
        return client.post("/orders/confirm", data=form).status_code

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(press, range(20)))
    assert set(answers) == {303}
    assert sorted(c.progress_total or 0 for c in shop.commands()) == [1, 2]


def test_what_is_left_out_is_said_before_anything_goes(owner: Browser, shop: Shop) -> None:
    here, asleep = shop.channel(), shop.channel("아울렛", state="paused")
    chosen = shop.keep(here, line(1), line(2, claim=CANCEL), line(3, state=LineState.SHIPPING))
    chosen += shop.keep(asleep, line(4))
    owner.open("/orders")
    page = owner.post("/orders/confirm", {"line": chosen, "submission": submission(owner)})
    assert page.status_code == 200 and shop.commands() == []
    assert "1건을 발주확인합니다" in owner.text
    for reason in (
        "취소·반품·교환 요청이 있습니다",
        "신규 상태가 아닙니다",
        "채널이 멈춰 있습니다",
    ):
        assert reason in owner.text
    told = re.search(r'name="lines" value="([^"]+)"', page.text)
    assert told is not None
    values = {"lines": told[1], "sure": "1", "submission": submission(owner)}
    page = owner.post("/orders/confirm", values)
    assert page.request.path.startswith("/jobs/")
    assert [c.progress_total for c in shop.commands()] == [1]


def test_all_that_were_found_are_asked_for_first_and_sent_as_they_were_shown(
    owner: Browser, shop: Shop
) -> None:
    here, other = shop.channel(), shop.channel("아울렛")
    shop.keep(here, *(line(n) for n in range(1, 61)))
    shop.keep(other, *(line(n) for n in range(61, 64)))
    owner.open(f"/orders?view=new&ch={here.id}")
    form = {"all": "1", "view": "new", "ch": here.id, "submission": submission(owner)}
    page = owner.post("/orders/confirm", form)
    assert "60건을 발주확인합니다" in owner.text and shop.commands() == []
    told = re.search(r'name="lines" value="([^"]+)"', page.text)
    assert told is not None
    shop.keep(here, line(70))  # arrives between the presses
    owner.post("/orders/confirm", {"lines": told[1], "sure": "1", "submission": submission(owner)})
    assert [c.progress_total for c in shop.commands()] == [60]


def test_nothing_is_confirmed_for_strange_or_missing_values(owner: Browser, shop: Shop) -> None:
    chosen = shop.keep(shop.channel(), line(1))
    owner.open("/orders")
    assert owner.post("/orders/confirm", {"line": chosen}).status_code == 400
    mark = new_submission()
    for values in ({}, {"line": ["zzz", "0" * 32]}, {"lines": "'; DROP TABLE"}, {"only": ""}):
        page = owner.post("/orders/confirm", {"submission": mark, **values})
        assert page.status_code == 200 and not page.request.path.startswith("/jobs/"), values
    assert shop.commands() == []


def test_a_refused_confirm_says_why_under_its_row_and_can_be_sent_again(
    owner: Browser, shop: Shop
) -> None:
    here = shop.channel()
    [chosen] = shop.keep(here, line(1))
    done = shop.command(here, "done")
    reason = {"ko": "주소가 바뀌었습니다.", "en": "The address has changed."}
    shop.effect(done, here, line(1).line_key, "refused", reason=reason, code="104119")
    page = owner.open("/orders?view=refused")
    row = re.search(r'<tr class="why-row fail">.*?</tr>', page.text, re.S)
    assert row is not None and "주소가 바뀌었습니다." in row[0] and "104119" in row[0]
    page = owner.post("/orders/confirm", {"only": chosen, "submission": submission(owner)})
    assert page.request.path.startswith("/jobs/") and len(shop.commands()) == 2


# -- one line, and its buyer ------------------------------------------------------------------


def test_the_button_of_an_order_sends_every_line_that_can_go(owner: Browser, shop: Shop) -> None:
    here = shop.channel()
    order = line(1).order_no
    found = shop.keep(
        here,
        line(1),
        line(2, order_no=order, amount=3_000),
        line(3, order_no=order, state=LineState.CONFIRMED),
        line(4),
    )
    for opened in (found[0], found[1], found[2]):
        page = owner.open(f"/orders/{opened}")
        assert "주문의 신규 2건 발주확인" in owner.text
        sent = re.search(r'name="lines" value="([0-9a-f,]+)"', page.text)
        assert sent is not None and set(sent[1].split(",")) == {found[0], found[1]}
    assert "이 상품주문의 금액" in owner.text and "주문 합계 (상품주문 3건)" in owner.text
    assert "23,000" in owner.text
    owner.post("/orders/confirm", {"lines": sent[1], "submission": submission(owner)})
    [command] = shop.commands()
    assert command.progress_total == 2
    owner.open(f"/orders/{found[3]}")
    assert "주문의 신규" not in owner.text and "주문 합계" not in owner.text


def test_a_refused_line_is_sent_again_with_its_order(owner: Browser, shop: Shop) -> None:
    here = shop.channel()
    one, add_on = line(1), line(2, order_no=line(1).order_no)
    found = shop.keep(here, one, add_on)
    job = shop.command(here, "done")
    shop.effect(job, here, add_on.line_key, "refused", reason={"ko": "본품 먼저", "en": ""})
    page = owner.open(f"/orders/{found[1]}")
    assert "주문의 신규 2건 다시 발주확인" in owner.text
    sent = re.search(r'name="lines" value="([0-9a-f,]+)"', page.text)
    assert sent is not None and set(sent[1].split(",")) == set(found)


def test_a_search_leaves_the_figures_of_the_menu_alone(owner: Browser, shop: Shop) -> None:
    shop.keep(shop.channel(), line(1), line(2))
    page = owner.open(f"/orders?q={line(1).order_no}").text
    assert total(owner) == 1
    assert page.count('주문<span class="n">2</span>') == 2, "in the menu, and in that of the phone"


def test_a_place_is_found_by_one_of_its_words(owner: Browser, shop: Shop) -> None:
    here = shop.channel()
    buyer = replace(line(1).buyer, address="부산광역시 예시구 보기로 3")
    shop.keep(here, line(1), line(2, buyer=buyer))
    for typed, count in (("서울", 1), ("예시구", 1), ("부산", 1), ("시구", 0)):
        owner.open("/orders")
        owner.post("/orders/search", {"find": typed})
        assert total(owner) == count, typed


def test_when_a_collection_has_ended_the_page_says_when(owner: Browser, shop: Shop) -> None:
    here = shop.channel()
    pressed = str(int(clock.now().timestamp() * 1000) - 5_000)
    [collect] = shop.commands("orders.collect")
    with shop.enter(), store.write() as session:
        command = session.get(Command, collect.id)
        assert command is not None
        command.next_at = clock.now().timestamp() + 300
    asking = {"HX-Request": "true", "HX-Current-URL": "http://localhost/orders"}
    answer = owner.open(f"/orders/collecting?c={pressed}", headers=asking)
    assert re.search(r'id="collected" hx-swap-oob="true">최근 수집', answer.text)
    assert "HX-Refresh" not in answer.headers
    today = owner.open(
        f"/orders/collecting?c={pressed}", headers={**asking, "HX-Current-URL": "http://localhost/"}
    )
    assert today.headers["HX-Refresh"] == "true"
    assert here.collected_at is not None


def test_a_line_tells_its_past_and_hides_its_buyer(owner: Browser, shop: Shop) -> None:
    here = shop.channel()
    due = clock.now() + timedelta(hours=3)
    [chosen] = shop.keep(here, line(30, dispatch_due=due, commission=-1, settlement=9_000))
    later = clock.now() + timedelta(seconds=5)
    shop.keep(
        here,
        line(30, state=LineState.SHIPPING, invoice_no="6450", changed_at=later, dispatch_due=due),
    )
    page = owner.open(f"/orders/{chosen}")
    timeline = page.text[page.text.index('<ol class="tl">') :]
    said = re.findall(r"<b>([^<]+)</b>", timeline[: timeline.index("</ol>")])
    assert sorted(said[:2]) == ["배송중", "송장"] and said[2:] == ["수집", "결제 완료", "주문"]
    assert "남**본" in page.text and "서울특별시 중구" in page.text
    for hidden in (NAME, PHONE, "1204", PLACE, "77길"):
        assert hidden not in page.text


def test_a_claim_of_before_the_first_collection_is_told_by_the_line(
    owner: Browser, shop: Shop
) -> None:
    here = shop.channel()
    [chosen] = shop.keep(here, line(30, claim=replace(CANCEL, reason="INTENT_CHANGED")))
    page = owner.open(f"/orders/{chosen}").text
    note = page.partition('class="note note-warn"')[2].partition("</div>")[0]
    assert "취소 요청" in note and "INTENT_CHANGED" in note and "판매자센터에서 답해" in note
    timeline = page.partition('<ol class="tl">')[2].partition("</ol>")[0]
    assert re.findall(r"<b>([^<]+)</b>", timeline)[:2] == ["취소 요청", "수집"]
    done = replace(CANCEL, state=ClaimState.WITHDRAWN)
    later = clock.now() + timedelta(seconds=5)
    shop.keep(here, line(30, claim=done, changed_at=later))
    page = owner.open(f"/orders/{chosen}").text
    assert "note-warn" not in page and "스마트스토어에서 끝난 요청입니다." in page
    assert "처음 수집할 때" not in page and "취소 철회" in page


def test_what_nobody_tells_of_a_line_is_left_open_and_never_a_zero(
    owner: Browser, shop: Shop
) -> None:
    thin = Line(
        order_no="77", line_no="1", line_key="77-1", state=LineState.SHIPPING, settlement=20_152
    )
    [chosen] = shop.keep(shop.channel(), thin)
    row = owner.open("/orders?view=all").text.partition("<tbody>")[2].partition("</tbody>")[0]
    assert "주문일 모름" in row and "상품명 모름" in row
    assert not re.search(r"(?<![,\d])0(원|$|\s)", re.sub(r"<[^>]+>", "", row))
    page = owner.open(f"/orders/{chosen}").text
    money = re.sub(r"<[^>]+>", "", page).partition("상품 금액")[2].partition("주문번호")[0]
    assert "20,152" in money and not re.search(r"(?<![,\d])0", money)
    assert "판매채널이 알려 준 정보가 없습니다." in page
    assert 'name="reason"' not in page and "보면 누가" not in page
    timeline = page.partition('<ol class="tl">')[2].partition("</ol>")[0]
    assert re.findall(r"<b>([^<]+)</b>", timeline) == ["수집"]


def test_a_look_needs_a_reason(owner: Browser, shop: Shop) -> None:
    [chosen] = shop.keep(shop.channel(), line(1))
    owner.open(f"/orders/{chosen}")
    for reason in ("", "curiosity"):
        page = owner.post(f"/orders/{chosen}/reveal", {"reason": reason})
        assert page.status_code == 422 and "보는 사유를 선택해 주세요." in owner.text
        assert NAME not in page.text


def test_a_look_is_shown_once_and_written_down(owner: Browser, staff: Browser, shop: Shop) -> None:
    [chosen, other] = shop.keep(shop.channel(), line(1), line(2))
    staff.open(f"/orders/{chosen}")
    page = staff.post(f"/orders/{chosen}/reveal", {"reason": "inquiry"})
    assert NAME in page.text and PHONE in page.text and PLACE in page.text
    assert page.headers["Cache-Control"] == "no-store"
    page = staff.open(f"/orders/{chosen}")
    assert NAME not in page.text
    with shop.enter(), store.read() as session:
        [entry] = audit.entries(session, action=reveal.REVEAL, subject=chosen)
        assert (entry.user_name, entry.reason) == ("박포장", "구매자 문의 응대")
        assert audit.entries(session, action=reveal.REVEAL, subject=other) == []
        assert NAME not in str(entry.detail) and audit.verify(session) is None


def test_only_an_owner_sees_who_looked_and_why(owner: Browser, staff: Browser, shop: Shop) -> None:
    [chosen, other] = shop.keep(shop.channel(), line(1), line(2))
    owner.open("/users/looks")
    assert "아직 구매자 정보를 본 사람이 없습니다." in owner.text
    staff.open(f"/orders/{chosen}")
    staff.post(f"/orders/{chosen}/reveal", {"reason": "inquiry"})
    owner.open(f"/orders/{other}")
    owner.post(f"/orders/{other}/reveal", {"reason": "claim"})
    owner.open(f"/orders/{chosen}")
    assert "박포장 님이 구매자 정보를 보았습니다" in owner.text and "김소유 님이" not in owner.text
    assert owner.text.count("구매자 문의 응대") == 2, "in the list of reasons, and as a reason"
    assert "님이 구매자 정보를" not in staff.open(f"/orders/{chosen}").text
    page = owner.open("/users/looks")
    rows = page.text.partition("<tbody>")[2].partition("</tbody>")[0].split("<tr>")[1:]
    for row, person, reason, of in zip(
        rows,
        ("김소유", "박포장"),
        ("취소·반품·교환 처리", "구매자 문의 응대"),
        (other, chosen),
        strict=True,
    ):
        assert person in row and reason in row and f'href="/orders/{of}"' in row
        assert "127.0.0.1" in row and NAME not in row
    assert staff.open("/users/looks").status_code == 403


def test_looks_are_told_page_by_page(owner: Browser, shop: Shop) -> None:
    [chosen] = shop.keep(shop.channel(), line(1))
    with shop.enter():
        for _ in range(users.LOOKS + 1):
            reveal.buyer(chosen, "claim", shop.actor)
    page = owner.open("/users/looks").text
    assert page.count("취소·반품·교환 처리") == users.LOOKS
    older = re.search(r'href="(/users/looks\?before=\d+)"', page)
    assert older is not None
    assert owner.open(older[1]).text.count("취소·반품·교환 처리") == 1


def test_a_look_by_htmx_answers_with_the_part_alone(owner: Browser, shop: Shop) -> None:
    [chosen] = shop.keep(shop.channel(), line(1))
    owner.open(f"/orders/{chosen}")
    page = owner.post(
        f"/orders/{chosen}/reveal", {"reason": "claim"}, headers={"HX-Request": "true"}
    )
    assert NAME in page.text and page.text.lstrip().startswith('<section class="tray" id="buyer"')
    assert "<html" not in page.text


def test_a_look_that_cannot_be_written_down_shows_nothing(
    owner: Browser, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    [chosen] = shop.keep(shop.channel(), line(1))

    def broken(*args: object, actor: Actor, **more: object) -> int:
        raise OSError("disk full")

    monkeypatch.setattr(audit, "record", broken)
    with shop.enter(), pytest.raises(OSError, match="disk full"):
        reveal.buyer(chosen, "claim", shop.actor)
