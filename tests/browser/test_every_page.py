"""Every page, light and dark, on a desk and on a phone: nothing to complain about."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import Installation, Watched, installation
from tests.browser.round import Round

pytestmark = pytest.mark.xdist_group("browser")
AXE = Path(__file__).parent / "vendor" / "axe-core-4.14.1" / "axe.min.js"
SIZES = {"desk": (1440, 900), "phone": (360, 740)}


@pytest.fixture(scope="module")
def shop(
    chromium: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Installation, dict[str, str]]]:
    """An installation after its first day, and the owner's cookie."""
    with installation(tmp_path_factory.mktemp("every") / "data") as running:
        context = chromium.new_context(locale="ko-KR")
        day = Round(context.new_page(), running)
        day.begin()
        day.practise()
        day.set_up()
        day.collect()
        day.confirm()
        cookies = {c["name"]: c["value"] for c in context.cookies()}
        context.close()
        yield running, cookies


def pages(page: Page, url: str) -> Iterator[str]:
    """Open every page that links lead to from the start page, one of each kind."""
    kinds: set[str] = set()
    waiting = ["/", "/start", "/channels/choose"]
    while waiting:
        path = waiting.pop(0)
        kind = re.sub(r"[0-9a-f]{32}", "<id>", path.partition("?")[0].partition("#")[0])
        if kind in kinds:
            continue
        answer = page.goto(url + path)
        if (
            answer is None
            or answer.status != 200
            or "text/html" not in answer.headers["content-type"]
        ):
            continue
        kinds.add(kind)
        found = page.eval_on_selector_all("a[href]", "all => all.map(a => a.getAttribute('href'))")
        waiting += [href for href in found if href.startswith("/") and "/static/" not in href]
        yield path


def wrong_here(page: Page, how: str, *, only_colours: bool) -> list[str]:
    """What is wrong with the page as it stands; nothing but colours differs between schemes."""
    found = []
    wide = page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
    if wide > 0:
        found.append(f"{how}: {wide} px wider than the window")
    rules = {"runOnly": ["color-contrast", "link-in-text-block"]} if only_colours else {}
    told = page.evaluate(
        "rules => axe.run(document, {resultTypes: ['violations'], ...rules})", rules
    )
    for one in told["violations"]:
        if one["impact"] in ("serious", "critical"):
            where = [node["target"] for node in one["nodes"][:3]]
            found.append(f"{how}: {one['id']} {json.dumps(where, ensure_ascii=False)}")
    return found


def test_every_page_is_clean_and_readable(
    chromium: Browser, shop: tuple[Installation, dict[str, str]]
) -> None:
    running, cookies = shop
    context = chromium.new_context(locale="ko-KR")
    context.add_cookies([{"name": n, "value": v, "url": running.url} for n, v in cookies.items()])
    watched = Watched(context.new_page())
    page = watched.page
    seen = 0
    wrong: list[str] = []
    for path in pages(page, running.url):
        seen += 1
        page.evaluate(AXE.read_text())
        for size, (width, height) in SIZES.items():
            page.set_viewport_size({"width": width, "height": height})
            page.emulate_media(color_scheme="light")
            wrong += wrong_here(page, f"{path} light {size}", only_colours=False)
            page.emulate_media(color_scheme="dark")
            wrong += wrong_here(page, f"{path} dark {size}", only_colours=True)
    context.close()
    assert seen >= 15
    assert wrong == [], "\n".join(wrong)
    assert watched.complaints == []
