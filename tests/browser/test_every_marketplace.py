"""A new seller sets up a practice channel of every marketplace, each in its own order."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from core import registry
from core.contracts.marketplace import Marketplace
from tests.browser.conftest import Installation, Watched
from tests.browser.round import Round

pytestmark = pytest.mark.xdist_group("browser")
SLOWEST_MS = 60_000


def test_every_marketplace_is_set_up_in_its_order_and_no_step_is_skipped(
    chromium: Browser, hanpan: Installation
) -> None:
    context = chromium.new_context(locale="ko-KR", viewport={"width": 1440, "height": 900})
    context.set_default_timeout(SLOWEST_MS)
    expect.set_options(timeout=SLOWEST_MS)
    watched = Watched(context.new_page())
    Round(watched.page, hanpan).begin()
    markets = list(registry.load().marketplaces.values())
    for market in markets:
        set_up(watched.page, hanpan.url, market)
    watched.page.goto(f"{hanpan.url}/channels")
    expect(watched.page.get_by_text(f"연결됨 {len(markets)}")).to_be_visible()
    context.close()
    expect.set_options(timeout=5_000)
    assert watched.complaints == []


def set_up(page: Page, url: str, market: Marketplace) -> None:
    """Add the practice channel and import what each step wants, in the order of the marketplace."""
    known = registry.load()
    titles = [
        known.templates[market.key, step.target].label.ko for step in market.setup if step.target
    ]
    page.goto(f"{url}/channels/choose")
    row = page.locator(
        "tr", has=page.get_by_role("button", name="연습하기"), has_text=market.label.ko
    )
    row.get_by_role("button", name="연습하기").click()
    expect(page).to_have_url(re.compile(r"/channels/[0-9a-f]{32}$"))
    channel = page.url
    expect(page.get_by_text(f"{len(titles) + 1}단계 중 1단계 완료")).to_be_visible()
    for number, (step, title) in enumerate(
        zip([step for step in market.setup if step.target], titles, strict=True), start=2
    ):
        for ahead, later in list(enumerate(market.setup, start=1))[number:]:
            locked = page.locator(f"#step-{ahead}")
            expect(locked).to_contain_text(f"‘{title}’ 단계를 마치면 할 수 있습니다.")
            expect(locked.get_by_role("link", name=f"{number}단계로 가기")).to_have_attribute(
                "href", f"#step-{number}"
            )
            page.goto(f"{channel}/templates/{later.target}")
            expect(page.get_by_role("link", name=f"{number}단계로 가기")).to_be_visible()
            expect(page.get_by_role("button", name="가져오기")).to_have_count(0)
            page.goto(channel)
        page.locator(f"#step-{number}").get_by_role("button", name=f"{title} 가져오기").click()
        expect(page.get_by_text(f"{len(titles) + 1}단계 중 {number}단계 완료")).to_be_visible()
        page.goto(f"{channel}/templates/{step.target}")
        expect(page.get_by_text("방금 가져옴")).to_be_visible()
        page.goto(channel)


@pytest.mark.parametrize("script", [True, False])
def test_an_address_is_searched_chosen_and_kept_with_what_was_typed(
    chromium: Browser, hanpan: Installation, script: bool
) -> None:
    known = registry.load()
    (market, kind), template = next(
        (key, one) for key, one in known.templates.items() if one.lookups
    )
    context = chromium.new_context(
        locale="ko-KR", viewport={"width": 360, "height": 740}, java_script_enabled=script
    )
    context.set_default_timeout(SLOWEST_MS)
    expect.set_options(timeout=SLOWEST_MS)
    watched = Watched(context.new_page())
    page = watched.page
    day = Round(page, hanpan, script=script)
    day.begin()
    set_up_first_step(day, known.marketplaces[market])
    page.goto(f"{page.url.partition('#')[0]}/templates/{kind}/new")
    name = next(field.name for field in template.fields if field.kind.value == "text")
    page.locator(f"input[name={name}]").fill("새 창고")
    (looked_up,) = template.lookups
    page.locator(f"input[name=find-{looked_up}]").fill("보기로")
    if script:
        page.locator(f"input[name=find-{looked_up}]").press("Enter")
    else:
        page.get_by_role("button", name="찾기", exact=True).click()
    hit = page.locator(".hits button").first
    expect(hit).to_be_visible()  # without script too: the page looks again by itself
    label = hit.inner_text()
    hit.click()
    expect(page.locator(".picked")).to_contain_text(label)
    expect(page.locator(f"input[name={name}]")).to_have_value("새 창고")
    assert page.locator(f"input[type=hidden][name={looked_up}]").input_value()
    context.close()
    expect.set_options(timeout=5_000)
    assert watched.complaints == []


def set_up_first_step(day: Round, market: Marketplace) -> None:
    """Add the practice channel and import its first template type; ends on the channel's page."""
    page = day.page
    page.goto(f"{day.shop.url}/channels/choose")
    row = page.locator(
        "tr", has=page.get_by_role("button", name="연습하기"), has_text=market.label.ko
    )
    row.get_by_role("button", name="연습하기").click()
    title = registry.load().templates[market.key, market.setup[1].target].label.ko
    button = page.get_by_role("button", name=f"{title} 가져오기")
    day.wait_for(button)
    button.click()
    day.wait_for(page.get_by_text(f"{len(market.setup)}단계 중 2단계 완료"))
