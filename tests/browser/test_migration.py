"""상품 가져오기 as a person does it: files of every kind and a whole shop become listings."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable, Sequence
from typing import Any

import httpx
import openpyxl
import pytest
from playwright.sync_api import Browser, Page, expect

from core import registry
from tests.browser.conftest import Installation, Watched
from tests.browser.round import Round
from tests.browser.test_every_marketplace import set_up
from tests.browser.test_every_page import AXE, wrong_here
from tests.core import sheets

pytestmark = pytest.mark.xdist_group("browser")

SOAK = os.environ.get("HANPAN_SOAK") == "1"
PRODUCTS = 1_000 if SOAK else 60
ROWS = 1_000 if SOAK else 20
FEW = 1_000 if SOAK else 6
"""Rows of the kinds of file after the first one."""
SLOWEST_MS = 60_000

Table = Sequence[Sequence[Any]]
KINDS: dict[str, Callable[[Table], bytes]] = {
    "xlsx": sheets.xlsx,
    "xls": sheets.xls,
    "html.xls": lambda table: sheets.html(table).encode("euc-kr"),
    "xml.xls": lambda table: sheets.spreadsheetml(table).encode(),
    "cp949.csv": lambda table: sheets.delimited(table).encode("cp949"),
    "utf-8.csv": lambda table: sheets.delimited(table).encode("utf-8-sig"),
    "utf-16.tsv": lambda table: sheets.delimited(table, "\t").encode("utf-16"),
}
TRIED = tuple(KINDS) if SOAK else ("xlsx", "html.xls", "cp949.csv")
"""The other kinds become listings in tests/core/test_migration.py."""


def test_files_of_every_kind_and_a_shop_become_matched_listings(
    chromium: Browser, hanpan: Installation
) -> None:
    context = chromium.new_context(locale="ko-KR", viewport={"width": 1440, "height": 900})
    context.set_default_timeout(SLOWEST_MS)
    expect.set_options(timeout=SLOWEST_MS)
    watched = Watched(context.new_page())
    page = watched.page
    page.set_default_timeout(SLOWEST_MS)
    hanpan.world("seed", size="small", orders=0, products=PRODUCTS)
    hanpan.world("act", act="set_limits", per_second=500)
    shelf = exported(hanpan)
    day = Round(page, hanpan)
    day.begin()
    add_skus(page, hanpan.url, shelf)
    page.goto(f"{hanpan.url}/start")
    day.practise()
    day.set_up()
    a_shop(page, hanpan)
    set_up(page, hanpan.url, registry.load().marketplaces["eleven_st"])
    files(page, hanpan.url, shelf)
    context.close()
    expect.set_options(timeout=5_000)
    assert watched.complaints == []


def exported(hanpan: Installation) -> Table:
    """What the seller office of the other practice shop gives of its listings."""
    world = f"http://127.0.0.1:{hanpan.practice_port}/eleven_st/_world"
    products = ROWS + FEW * (len(TRIED) - 1)
    httpx.post(f"{world}/seed", json={"size": "small", "orders": 0, "products": products})
    httpx.post(f"{world}/act", json={"act": "set_limits", "per_second": 500})
    book = openpyxl.load_workbook(io.BytesIO(httpx.get(f"{world}/export").content)).active
    _title, *rows = [["" if cell is None else str(cell) for cell in row] for row in book.values]
    assert len(rows) == products + 1
    return rows


def add_skus(page: Page, url: str, shelf: Table) -> None:
    """A catalogue that some of the listings are made of, by its own file."""
    code = shelf[0].index("판매자 상품코드")
    table = [("상품명", "자체상품코드", "판매가", "재고")]
    mine = enumerate(shelf[1 : ROWS + 1 : 2])
    table += [(f"우리 상품 {at}", row[code], "1000", "5") for at, row in mine]
    page.goto(f"{url}/skus/files")
    give(page, "file", "skus.csv", sheets.delimited(table).encode())
    page.get_by_role("button", name="올리고 미리보기").click()
    page.get_by_role("button", name=re.compile("행 적용하기")).click()
    expect(page.get_by_text(f"{ROWS // 2:,}행을 적용했습니다.")).to_be_visible()


def give(page: Page, name: str, file_name: str, data: bytes) -> None:
    """Choose a file."""
    chosen = {"name": file_name, "mimeType": "application/octet-stream", "buffer": data}
    page.locator(f"input[type=file][name={name}]").first.set_input_files([chosen])  # type: ignore[list-item]


def a_shop(page: Page, hanpan: Installation) -> None:
    """Everything that the practice shop sells, found by a search; and one change of it."""
    page.goto(f"{hanpan.url}/listings/import")
    page.locator("tr", has_text="스마트스토어").get_by_role("link", name="가져오기").click()
    search = page.url
    find(page)
    expect(view(page, "새 상품")).to_have_text(f"{PRODUCTS:,}")
    preview_is_clean(page)
    import_all(page)
    there = hanpan.world("ledger")["listings"]
    listed(page, hanpan.url, PRODUCTS)
    page.goto(search)
    find(page)
    expect(view(page, "이미 있음")).to_have_text(f"{PRODUCTS:,}")
    import_all(page)
    expect(page.get_by_text("이미 그대로 있어 바뀐 것이 없습니다")).to_be_visible()
    number = sorted(there)[0]
    hanpan.world("act", act="edit_listing", product_no=number, price=77_700)
    page.goto(f"{hanpan.url}/listings?q={number}")
    page.locator("table.grid .c-prod a").first.click()
    page.get_by_role("button", name="동기화").click()
    expect(page.get_by_text("77,700").first).to_be_visible()


def files(page: Page, url: str, shelf: Table) -> None:
    """A file of each kind, the first of them twice."""
    page.goto(f"{url}/listings/import")
    page.locator("tr", has_text="11번가").get_by_role("link", name="가져오기").click()
    ways, total, (head, *rest) = page.url, 0, shelf
    for number, kind in enumerate(TRIED):
        make = KINDS[kind]
        rows = ROWS if not number else FEW
        table, rest = [head, *rest[:rows]], rest[rows:]
        total += rows
        preview(page, ways, kind, make(table), new=rows)
        import_all(page)
        if not number:
            expect(view(page, "SKU 찾음")).to_have_text(f"{ROWS // 2:,}")
            preview(page, ways, kind, make(table), here=rows)
            import_all(page)
            expect(page.get_by_text("이미 그대로 있어 바뀐 것이 없습니다")).to_be_visible()
    listed(page, url, PRODUCTS + total)


def preview(page: Page, ways: str, kind: str, data: bytes, *, new: int = 0, here: int = 0) -> None:
    """Upload a file and see what it says."""
    page.goto(ways)
    give(page, "file", f"상품.{kind}", data)
    page.get_by_role("button", name="가져올 상품 확인하기").first.click()
    expect(view(page, "새 상품")).to_have_text(f"{new:,}")
    expect(view(page, "이미 있음")).to_have_text(f"{here:,}")


def find(page: Page) -> None:
    """Search for everything."""
    page.locator("form[action$='/search']").get_by_role("button").click()
    expect(page).to_have_url(re.compile(r"/listings/import/[0-9a-f]{32}$"))


def view(page: Page, label: str) -> Any:
    """The count of a view of the preview."""
    return page.locator("nav.views a", has_text=label).locator(".n")


def import_all(page: Page) -> None:
    """Choose everything that was found, and press."""
    page.locator("[data-pick-all]").check()
    everything = page.locator(".dock [name=all]")
    if everything.count():
        everything.check()
    page.locator(".dock [data-act=import]").click()
    expect(
        page.get_by_text(re.compile("개를 가져왔습니다|바뀐 것이 없습니다")).first
    ).to_be_visible()


def listed(page: Page, url: str, count: int) -> None:
    """So many listings are on the board."""
    page.goto(f"{url}/listings")
    expect(page.get_by_text(f"{count:,}개").first).to_be_visible()


def preview_is_clean(page: Page) -> None:
    """The preview and the page of one of its rows, as every page is looked at."""
    address = page.url
    row = page.locator("a", has_text="SKU 선택").first.evaluate("link => link.href")
    for opened in (address, row):
        page.goto(opened)
        page.evaluate(AXE.read_text())
        for width in (1440, 360):
            page.set_viewport_size({"width": width, "height": 900})
            assert wrong_here(page, f"{opened} {width}", only_colours=False) == []
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(address)
