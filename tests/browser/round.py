"""The first day of a seller, step by step; how a control is pressed is up to the caller."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Installation, until

OWNER = {
    "workspace": "고요상회",
    "name": "박담당",
    "login": "owner@shop.example",
    "password": "바다가 보이는 창고 12",
}

Press = Callable[[Page, Locator], None]
Type = Callable[[Page, Locator, str], None]
MARKETPLACE = "smartstore"
STEPS = ("주소지", "오늘출발 기준정보", "묶음배송그룹")


def click(page: Page, control: Locator) -> None:
    """Press with the mouse."""
    control.click()


def fill(page: Page, control: Locator, text: str) -> None:
    """Put text into an input."""
    control.fill(text)


def tab_to(page: Page, control: Locator) -> None:
    """Reach a control by the Tab key alone, from where the focus is."""
    expect(control).to_be_visible()
    for _ in range(150):
        if control.evaluate("one => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not reach {control}")


def press_keys(page: Page, control: Locator) -> None:
    """Press by keyboard: Space for boxes, Enter for everything else."""
    tab_to(page, control)
    is_box = control.evaluate("one => one.type === 'checkbox'")
    page.keyboard.press("Space" if is_box else "Enter")


def type_keys(page: Page, control: Locator, text: str) -> None:
    """Type by keyboard."""
    tab_to(page, control)
    page.keyboard.type(text)


class Round:
    """One seller at one page."""

    def __init__(
        self,
        page: Page,
        shop: Installation,
        press: Press = click,
        type_: Type = fill,
        *,
        script: bool = True,
    ) -> None:
        self.page, self.shop, self.press, self.type = page, shop, press, type_
        self.script = script
        self.fresh: list[str] = []

    def begin(self) -> None:
        """Make the owner's account."""
        self.page.goto(self.shop.first)
        for name, text in OWNER.items():
            self.type(self.page, self.page.locator(f"input[name={name}]"), text)
        self.press(self.page, self.page.get_by_role("button", name="계정 만들기"))
        expect(self.page).to_have_url(re.compile(r"/start"))

    def practise(self) -> None:
        """Choose the practice channel and see it connected."""
        offered = self.page.locator("select[name=marketplace]")
        if self.press is press_keys:
            tab_to(self.page, offered)
            while offered.input_value() != MARKETPLACE:
                self.page.keyboard.press("ArrowDown")
        else:
            offered.select_option(MARKETPLACE)
        self.press(self.page, self.page.get_by_role("button", name="연습 채널로 시작하기"))
        expect(self.page).to_have_url(re.compile(r"/channels/[0-9a-f]{32}"))

    def set_up(self) -> None:
        """Import what each step wants, in the order of the marketplace."""
        for number, step in enumerate(STEPS, start=2):
            button = self.page.get_by_role("button", name=f"{step} 가져오기")
            self.wait_for(button)
            self.press(self.page, button)
            self.wait_for(self.page.get_by_text(f"4단계 중 {number}단계 완료"))

    def collect(self) -> None:
        """Three orders come in; collect by hand and see them."""
        told = self.shop.world("act", act="new_order", orders=3, goods=0, minutes_ago=1)
        self.fresh = [order["order"] for order in told["result"]]
        self.page.goto(self.shop.url)
        self.press(self.page, self.page.get_by_role("button", name=re.compile("^주문 수집")))
        self.wait_for(self.page.get_by_text("주문 수집을 마쳤습니다"))

    def confirm(self) -> None:
        """Select the three and confirm them; the marketplace's ledger must agree."""
        self.page.goto(self.shop.url + "/orders?view=new")
        for order in reversed(self.fresh):
            row = self.page.locator("table.grid tbody tr", has_text=order)
            self.press(self.page, row.locator("input[type=checkbox]").first)
        self.press(self.page, self.page.get_by_role("button", name=re.compile("발주확인")).last)
        expect(self.page).to_have_url(re.compile(r"/jobs/[0-9a-f]{32}"))
        self.wait_for(self.page.get_by_text("발주확인됨"))
        assert self.confirmed() == len(self.fresh)

    def confirmed(self) -> int:
        """Lines that the practice marketplace has as confirmed by us; each at most once."""
        lines = self.shop.world("ledger")["lines"].values()
        times = [count for line in lines for count in line["confirms"].values()]
        assert all(count == 1 for count in times)
        return len(times)

    def wait_for(self, wanted: Locator) -> None:
        """Wait for something to show; a page without script is looked at anew."""
        if self.script:
            expect(wanted.first).to_be_visible(timeout=30_000)
            return
        until(lambda: self._again(wanted), f"{wanted} on {self.page.url}")

    def _again(self, wanted: Locator) -> bool:
        if wanted.first.is_visible():
            return True
        self.page.goto(self.page.url.partition("#")[0])
        return wanted.first.is_visible()
