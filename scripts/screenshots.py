"""Makes docs/pictures from a Hanpan on an empty folder: `python -m scripts.screenshots`.

A week of the practice marketplace passes by its clock, so that the pages have something to show.
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, ViewportSize, expect, sync_playwright

from hanpan.api import WARES, code_of
from tests.browser.conftest import ARGUMENTS, Installation, chromium_path, installation, until
from tests.browser.round import OWNER, STEPS, Round
from tests.browser.test_migration import find, give, import_all, view
from tests.core.sheets import delimited

PICTURES = Path(__file__).parent.parent / "docs" / "pictures"
DESK: ViewportSize = {"width": 1440, "height": 840}
PHONE: ViewportSize = {"width": 360, "height": 740}
LARGEST = 250_000
WEEK_S = 7 * 24 * 3600
LAG_S = 15 * 60
"""What has changed a moment ago may be left to the next collection: this is long enough ago."""
FAST = {"per_second": 200, "burst": 400}


def main() -> int:
    """Write every picture; 1 when one is too large."""
    PICTURES.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        installation(Path(folder) / "data") as shop,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=ARGUMENTS)
        context = browser.new_context(locale="ko-KR", viewport=DESK, color_scheme="light")
        page = context.new_page()
        page.set_default_timeout(60_000)
        pass_a_week(page, shop)
        take_all(page, shop)
        phone = browser.new_context(
            locale="ko-KR",
            viewport=PHONE,
            color_scheme="dark",
            device_scale_factor=2,
            storage_state=context.storage_state(),
        ).new_page()
        phone.goto(shop.url)
        save(phone, "today-phone-dark")
        browser.close()
    large = [path.name for path in PICTURES.glob("*.png") if path.stat().st_size > LARGEST]
    sys.stdout.write(f"too large: {', '.join(large)}\n" if large else "")
    return 1 if large else 0


def pass_a_week(page: Page, shop: Installation) -> None:
    """The first day a week ago, and the orders since then."""
    shop.world("clock", mode="both", seconds=-WEEK_S)
    shop.world("seed", size="small", orders=90, days=7, products=len(WARES), limits=FAST)
    day = Round(page, shop)
    day.begin()
    day.practise()
    day.set_up()
    shop.world("clock", mode="both", seconds=WEEK_S - LAG_S)
    let_it_happen(shop)
    shop.world("clock", mode="both", to="now")
    until(lambda: is_today(page, shop), "the day is today again")
    log_in(page, shop)
    collect(page, shop)
    add_skus(page, shop)
    import_listings(page, shop)


def let_it_happen(shop: Installation) -> None:
    """Orders come in all week, and what is old is on its way or has arrived."""
    lines = shop.world("ledger")["lines"]
    old = [key for key, line in lines.items() if line["status"] == "PAYED" and not line["claim"]]
    for number in range(64):
        ago = 20 + 137 * number + 41 * (number % 6)
        made = shop.world("act", act="new_order", minutes_ago=ago, lines=1 + (number % 9 == 4))
        keys = made["result"][0]["lines"]
        if number >= 30:
            old += keys
        elif number >= 21:
            shop.world("act", act="confirm_elsewhere", lines=keys)
    shop.world("act", act="dispatch_elsewhere", lines=old)
    shop.world("act", act="deliver", lines=old[:-20])
    shop.world("act", act="decide", lines=old[:20])


def is_today(page: Page, shop: Installation) -> bool:
    """Whether the web knows that the clock was moved back; a login of before that ends."""
    page.goto(f"{shop.url}/login")
    return not page.get_by_text("연습 시계").is_visible()


def log_in(page: Page, shop: Installation) -> None:
    """Come in anew: the session of a week ago has ended."""
    page.context.clear_cookies()
    page.goto(f"{shop.url}/login")
    page.locator("input[name=login]").fill(OWNER["login"])
    page.locator("input[name=password]").fill(OWNER["password"])
    page.locator("form:has(input[name=password]) button[type=submit]").first.click()
    expect(page).to_have_url(f"{shop.url}/")


def collect(page: Page, shop: Installation) -> None:
    """Collect by hand, and see it end."""
    page.goto(shop.url)
    page.get_by_role("button", name="주문 수집").first.click()
    expect(page.get_by_text("주문 수집을 마쳤습니다").first).to_be_visible()


def add_skus(page: Page, shop: Installation) -> None:
    """What the practice shops sell, as the seller's own file of SKUs."""
    table: list[tuple[str, ...]] = [
        ("상품명", "옵션명", "자체상품코드", "판매가", "재고", "안전재고")
    ]
    for number, ware in enumerate(WARES, start=1):
        for at, option in enumerate(ware.options or ("",)):
            code = code_of(number, at + 1) if option else code_of(number)
            pieces = (number * 13 + at * 7) % 60 + 8
            told = (ware.name, option, code, str(ware.price + 1000 * at), str(pieces), "2")
            table.append(told)
    page.goto(f"{shop.url}/skus/files")
    give(page, "file", "상품 목록.csv", delimited(table).encode())
    page.get_by_role("button", name="올리고 미리보기").click()
    page.get_by_role("button", name=re.compile("행 적용하기")).click()
    expect(page.get_by_text("행을 적용했습니다")).to_be_visible()


def import_listings(page: Page, shop: Installation) -> None:
    """All that the practice shop has, matched by its codes; the preview is a picture."""
    page.goto(f"{shop.url}/listings/import")
    page.locator("tr", has_text="스마트스토어").get_by_role("link", name="가져오기").click()
    find(page)
    expect(view(page, "SKU 찾음")).not_to_have_text("0")
    page.locator("select#stock").select_option("1")
    save(page, "import")
    import_all(page)


def take_all(page: Page, shop: Installation) -> None:
    """The pages on a desk."""
    page.goto(f"{shop.url}/skus")
    page.locator("table.tbl tbody th a").first.click()
    save(page, "sku")
    page.goto(f"{shop.url}/orders?view=new")
    boxes = page.locator("table.grid tbody tr[data-can=confirm] input[type=checkbox]")
    picked = [boxes.nth(number) for number in range(6)]
    for box in picked:
        box.check()
    save(page, "orders")
    cancel_one(page, shop)
    page.get_by_role("button", name="발주확인").last.click()
    expect(page.get_by_text("발주확인됨").first).to_be_visible()
    page.reload()
    page.locator("#calls details summary").first.click()
    expect(page.locator("#calls details pre").first).to_contain_text("productOrder")
    save(page, "job")
    page.goto(f"{shop.url}/channels")
    page.locator("table a.name").first.click()
    expect(page.get_by_text(f"{len(STEPS) + 1}단계 완료")).to_be_visible()
    save(page, "channel")
    page.locator("#step-4").get_by_role("link", name="건 보기").click()
    page.get_by_role("link", name="냉장 묶음 수정").click()
    page.locator("input[name=area2_fee]").fill("4000")
    page.locator("input[name=area3_fee]").fill("7000")
    page.get_by_role("button", name="다음").click()
    expect(page.get_by_text("아직 보내지 않았습니다")).to_be_visible()
    save(page, "template")
    page.goto(shop.url)
    save(page, "today")


def cancel_one(page: Page, shop: Installation) -> None:
    """A buyer cancels before the press: one confirm will be refused."""
    order = page.locator("table.grid tbody tr:has(input:checked) td.c-no a").nth(2).inner_text()
    found = shop.world("ledger")["lines"].items()
    (line, *_) = [key for key, line in found if line["order"] == order]
    shop.world("act", act="buyer_cancels", line=line)


def save(page: Page, name: str) -> None:
    """What the window shows, with nothing under the mouse."""
    page.wait_for_load_state("networkidle")
    page.evaluate("document.activeElement.blur()")
    page.mouse.move(0, 0)
    page.screenshot(path=PICTURES / f"{name}.png", animations="disabled")


if __name__ == "__main__":
    sys.exit(main())
