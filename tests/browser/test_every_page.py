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


def addresses(page: Page, url: str) -> list[str]:
    """Every page that links lead to from the start page, one of each kind, by crawling."""
    kinds: dict[str, str] = {}
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
        kinds[kind] = path
        found = page.eval_on_selector_all("a[href]", "all => all.map(a => a.getAttribute('href'))")
        waiting += [href for href in found if href.startswith("/") and "/static/" not in href]
    return list(kinds.values())


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_clean_and_readable(
    chromium: Browser, shop: tuple[Installation, dict[str, str]], scheme: str, size: str
) -> None:
    running, cookies = shop
    width, height = SIZES[size]
    context = chromium.new_context(
        locale="ko-KR",
        color_scheme="dark" if scheme == "dark" else "light",
        viewport={"width": width, "height": height},
    )
    context.add_cookies([{"name": n, "value": v, "url": running.url} for n, v in cookies.items()])
    watched = Watched(context.new_page())
    page = watched.page
    paths = addresses(page, running.url)
    assert len(paths) >= 15, paths
    wrong: list[str] = []
    for path in paths:
        page.goto(running.url + path)
        wide = page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
        if wide > 0:
            wrong.append(f"{path}: {wide} px wider than the window")
        page.evaluate(AXE.read_text())
        found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
        for one in found["violations"]:
            if one["impact"] in ("serious", "critical"):
                where = [node["target"] for node in one["nodes"][:3]]
                wrong.append(f"{path}: {one['id']} {json.dumps(where, ensure_ascii=False)}")
    context.close()
    assert wrong == []
    assert watched.complaints == []
