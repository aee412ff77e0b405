"""From the first page to the first confirmed order: by mouse, by keyboard, without script."""

from __future__ import annotations

import sys
import time

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import Installation, Watched
from tests.browser.round import Round, press_keys, type_keys

pytestmark = pytest.mark.xdist_group("browser")
FIRST_VISIT_KB, LATER_KB = 80, 15


def test_a_new_seller_confirms_the_first_order_within_five_minutes(
    chromium: Browser, hanpan: Installation
) -> None:
    context = chromium.new_context(locale="ko-KR", viewport={"width": 1440, "height": 900})
    watched = Watched(context.new_page())
    began = time.monotonic()
    day = Round(watched.page, hanpan)
    day.begin()
    day.practise()
    day.set_up()
    day.collect()
    day.confirm()
    took = time.monotonic() - began
    context.close()
    sys.stdout.write(f"\nfirst confirmed order after {took:.0f} s\n")
    assert took < 300
    assert watched.complaints == []


def test_the_keyboard_alone_does_the_whole_round(chromium: Browser, hanpan: Installation) -> None:
    context = chromium.new_context(locale="ko-KR", viewport={"width": 1440, "height": 900})
    watched = Watched(context.new_page())
    day = Round(watched.page, hanpan, press_keys, type_keys)
    day.begin()
    day.practise()
    day.set_up()
    day.collect()
    day.confirm()
    context.close()
    assert watched.complaints == []


def test_it_works_without_script_on_a_dark_phone(chromium: Browser, hanpan: Installation) -> None:
    context = chromium.new_context(
        locale="ko-KR",
        java_script_enabled=False,
        color_scheme="dark",
        viewport={"width": 360, "height": 740},
    )
    day = Round(context.new_page(), hanpan, script=False)
    day.begin()
    day.practise()
    day.set_up()
    day.collect()
    day.confirm()
    context.close()


def test_pages_are_light(chromium: Browser, hanpan: Installation) -> None:
    context = chromium.new_context(locale="ko-KR")
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    seen: list[tuple[str, float]] = []
    kinds: dict[str, str] = {}
    session.on("Network.responseReceived", lambda e: kinds.update({e["requestId"]: e["type"]}))
    session.on(
        "Network.loadingFinished",
        lambda e: seen.append((kinds.get(e["requestId"], ""), e["encodedDataLength"])),
    )
    day = Round(page, hanpan)
    day.begin()
    seen.clear()
    session.send("Network.clearBrowserCache")
    page.goto(hanpan.url)
    page.wait_for_load_state("networkidle")
    first = sum(size for kind, size in seen if kind != "Font") / 1024
    seen.clear()
    page.goto(hanpan.url + "/channels")
    page.wait_for_load_state("networkidle")
    later = sum(size for kind, size in seen if kind != "Font") / 1024
    context.close()
    sys.stdout.write(f"\nfirst visit {first:.1f} KB, later {later:.1f} KB (without fonts)\n")
    assert 0 < first <= FIRST_VISIT_KB
    assert 0 < later <= LATER_KB
