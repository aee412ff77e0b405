"""상품: the list, one SKU, the forms, changing in the list, and files in and out by the pages."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import Any

import pytest

from core import store
from core.services import catalogue, catalogue_list, stock
from core.services.catalogue_list import Wanted
from core.services.stock import Why
from tests.core import sheets
from tests.web.conftest import Browser
from tests.web.shop import Shop

HEAD = ("상품명", "옵션명", "자체상품코드", "판매가", "재고")


@pytest.fixture
def shop(owner: Browser) -> Shop:
    return Shop()


def make(shop: Shop, **changed: str) -> str:
    told = {"name": "보리차", "price": "1000", "on_hand": "5", "buffer": "0"}
    with shop.enter():
        return catalogue.create({**told, "on_sale": "1", "displayed": "1", **changed}, shop.actor)


def get(shop: Shop, sku_id: str) -> Any:
    with shop.enter(), store.read() as session:
        return catalogue_list.get(session, sku_id)


def every(shop: Shop) -> list[Any]:
    with shop.enter(), store.read() as session:
        return list(catalogue_list.each(session, Wanted()))


def told(browser: Browser) -> str:
    return re.sub(r"\s+", " ", browser.text)


def status(browser: Browser) -> int:
    assert browser.shown is not None
    return browser.shown.status_code


def fields(browser: Browser, action: str) -> dict[str, str]:
    """What the form with this action holds, as a browser without script would send it."""
    assert browser.shown is not None
    found = re.search(
        rf'<form[^>]*action="{re.escape(action)}".*?</form>', browser.shown.text, re.DOTALL
    )
    assert found is not None, action
    values: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", found[0]):
        of = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if of.get("type") in ("checkbox", "radio", "file") and " checked" not in tag:
            continue
        if "name" in of:
            values[of["name"]] = of.get("value", "")
    for name, inside in re.findall(r'<select[^>]*name="([^"]*)".*?>(.*?)</select>', found[0], re.S):
        chosen = re.search(r'value="([^"]*)" selected', inside)
        values[name] = chosen[1] if chosen else ""
    return values


# -- the list -------------------------------------------------------------------------------------


def test_without_skus_the_page_says_what_to_do(owner: Browser, shop: Shop) -> None:
    owner.open("/skus")
    assert "아직 등록한 상품이 없습니다" in told(owner)
    assert owner.shown is not None and 'href="/skus/files"' in owner.shown.text
    owner.open("/")
    assert owner.shown is not None and 'href="/skus"' in owner.shown.text


def test_the_list_shows_stock_and_what_of_it_can_be_sold(owner: Browser, shop: Shop) -> None:
    sku = make(shop, option_name="100개", own_code="B-1", on_hand="10", buffer="2")
    with shop.enter(), store.write() as session:
        stock.move(session, sku, Why.ORDER, key="1", who="한판", reserved=3)
    owner.open("/skus")
    page = told(owner)
    assert all(word in page for word in ("보리차", "100개", "B-1", get(shop, sku).our_code))
    assert re.search(r"1,000 10 3 2 5", page)
    with shop.enter(), store.write() as session:
        stock.move(session, sku, Why.ORDER, key="2", who="한판", reserved=9)
    owner.open("/skus?view=short")
    assert "초과판매 2" in told(owner)


def test_the_list_is_searched_filtered_and_turned_by_its_address(
    owner: Browser, shop: Shop
) -> None:
    for number in range(60):
        make(shop, name=f"상품 {number:02}", own_code=f"C-{number:02}")
    owner.open("/skus?sort=name")
    assert "상품 49" in told(owner) and "상품 50" not in told(owner)
    assert owner.shown is not None
    following = re.search(r'href="([^"]*after=[^"]*)"[^>]*aria-label="다음 쪽"', owner.shown.text)
    assert following is not None
    owner.open(following[1].replace("&amp;", "&"))
    assert "상품 50" in told(owner) and "51–60 / 60" in told(owner)
    owner.open("/skus?q=c-07")
    assert "상품 07" in told(owner) and "상품 08" not in told(owner)
    owner.open("/skus?q=없는말")
    assert "조건에 맞는 상품이 없습니다" in told(owner)
    owner.open("/skus?view=nonsense&sort=nonsense&after=x&at=x&edit=x")
    assert status(owner) == 200


# -- forms ----------------------------------------------------------------------------------------


def test_a_sku_is_made_shown_changed_put_away_and_taken_out(owner: Browser, shop: Shop) -> None:
    owner.open("/skus/new")
    sent = fields(owner, "/skus/new") | {
        "name": "보리차",
        "price": "12,000",
        "on_hand": "7",
        "own_code": "B-1",
    }
    for _ in range(2):
        owner.post("/skus/new", sent)
        assert "상품을 등록했습니다" in told(owner) and "B-1" in told(owner)
    (sku,) = every(shop)
    assert (sku.price, sku.on_hand, sku.on_sale, sku.displayed) == (12000, 7, True, True)
    owner.open(f"/skus/{sku.id}/edit")
    owner.post(f"/skus/{sku.id}/edit", fields(owner, f"/skus/{sku.id}/edit") | {"name": "옥수수차"})
    assert "저장했습니다" in told(owner) and "옥수수차" in told(owner)
    owner.post(f"/skus/{sku.id}/archive")
    assert "다시 꺼내기" in told(owner)
    owner.open("/skus")
    assert "옥수수차" not in told(owner)
    owner.post(f"/skus/{sku.id}/revive")
    assert get(shop, sku.id).archived_at is None


def test_a_refused_form_comes_back_with_what_was_typed_and_why(owner: Browser, shop: Shop) -> None:
    make(shop, own_code="B-1", name="먼저 있던 차")
    owner.open("/skus/new")
    owner.post("/skus/new", {"name": "새 차", "own_code": "B-1", "price": "비쌈", "on_hand": "1"})
    assert status(owner) == 422
    assert "먼저 있던 차" in told(owner) and "숫자만 넣어 주세요" in told(owner)
    assert owner.shown is not None and 'value="새 차"' in owner.shown.text
    assert len(every(shop)) == 1


def test_of_two_people_who_change_one_sku_the_second_is_told(
    owner: Browser, staff: Browser, shop: Shop
) -> None:
    sku = make(shop)
    address = f"/skus/{sku}/edit"
    for browser in (owner, staff):
        browser.open(address)
    first, second = (fields(browser, address) for browser in (owner, staff))
    owner.post(address, first | {"price": "2000"})
    staff.post(address, second | {"price": "3000"})
    assert status(staff) == 422 and "그사이 다른 사람이" in told(staff)
    assert re.search("지금 저장된 값 판매가 2,000 ", told(staff))
    assert get(shop, sku).price == 2000
    staff.post(address, fields(staff, address))
    assert get(shop, sku).price == 3000, "having seen it, the person may save"


def test_an_option_is_added_to_its_product(owner: Browser, shop: Shop) -> None:
    sku = make(shop, option_name="100개")
    owner.open(f"/skus/new?of={sku}")
    sent = fields(owner, "/skus/new")
    assert sent["name"] == "보리차"
    owner.post("/skus/new", sent | {"option_name": "200개"})
    assert "100개" in told(owner)
    assert len({one.product_id for one in every(shop)}) == 1
    owner.open("/skus/new?of=" + "0" * 32)
    assert status(owner) == 404


def test_stock_is_counted_once_and_its_history_says_who(owner: Browser, shop: Shop) -> None:
    sku = make(shop)
    owner.open(f"/skus/{sku}")
    sent = fields(owner, f"/skus/{sku}/count") | {"on_hand": "9"}
    for _ in range(2):
        owner.post(f"/skus/{sku}/count", sent)
    assert "+4" in told(owner) and "남은 9" in told(owner)
    owner.post(f"/skus/{sku}/count", sent | {"submission": "0" * 32, "on_hand": "1"})
    assert status(owner) == 422 and "9개로 바뀌었습니다" in told(owner)
    owner.post(f"/skus/{sku}/count", sent | {"submission": "0" * 32, "seen": "--9"})
    assert status(owner) < 500
    assert get(shop, sku).on_hand == 9


def test_runple_is_the_owners_to_switch_and_shown_only_then(
    owner: Browser, staff: Browser, shop: Shop
) -> None:
    make(shop)
    staff.open("/skus")
    assert "런플" not in told(staff)
    staff.post("/skus/runple", {"on": "1"})
    assert status(staff) == 403
    owner.open("/skus/new")
    assert "런플" not in told(owner)
    owner.post("/skus/runple", {"on": "1"})
    owner.open("/skus/new")
    assert "런플상품" in told(owner)


# -- in the list ----------------------------------------------------------------------------------


def test_the_list_is_changed_in_its_rows_without_script(owner: Browser, shop: Shop) -> None:
    first, second = make(shop, name="하나"), make(shop, name="둘")
    owner.open("/skus?edit=1")
    sent = fields(owner, "/skus/edits")
    sent |= {f"f-price-{first}": "2,500", f"f-on_sale-{first}": "", f"f-on_hand-{first}": "8"}
    owner.post("/skus/edits", {**sent, "sku": [first, second]})
    assert "상품 1개를 저장했습니다" in told(owner)
    sku = get(shop, first)
    assert (sku.price, sku.on_sale, sku.on_hand, sku.displayed) == (2500, False, 8, True)
    assert get(shop, second).revision == 1


def test_a_wrong_row_comes_back_typed_with_why_and_the_others_are_kept(
    owner: Browser, shop: Shop
) -> None:
    first, second = make(shop, name="하나"), make(shop, name="둘")
    owner.open("/skus?edit=1")
    sent = fields(owner, "/skus/edits")
    sent |= {f"f-price-{first}": "비쌈", f"f-price-{second}": "2500"}
    owner.post("/skus/edits", {**sent, "sku": [first, second]})
    assert status(owner) == 422
    assert "숫자만 넣어 주세요" in told(owner)
    assert owner.shown is not None and 'value="비쌈"' in owner.shown.text
    assert (get(shop, first).price, get(shop, second).price) == (1000, 2500)


# -- files ----------------------------------------------------------------------------------------


def send(browser: Browser, data: bytes, name: str = "상품.csv") -> str:
    """Upload a file by the form; the address of its page."""
    browser.open("/skus/files")
    parts = [
        f'--xx\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'
        for field, value in fields(browser, "/skus/upload").items()
    ]
    head = f'--xx\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    browser.shown = browser.client.post(
        "/skus/upload",
        data="".join((*parts, head)).encode() + data + b"\r\n--xx--\r\n",
        content_type="multipart/form-data; boundary=xx",
        follow_redirects=True,
    )
    return browser.shown.request.path


def csv(*rows: Sequence[Any]) -> bytes:
    return sheets.delimited([HEAD, *rows]).encode()


def test_a_file_is_uploaded_looked_at_applied_and_its_bad_rows_come_back(
    staff: Browser, shop: Shop
) -> None:
    address = send(staff, csv(("차", "빨강", "A", "100", "3"), ("차", "파랑", "B", "-1", "")))
    assert "상품 파일 읽기" in told(staff), "the job card"
    shop.drain("bulk")
    staff.open(address)
    page = told(staff)
    assert "이렇게 읽었습니다" in page and "0보다 작은 값입니다" in page
    assert "새 상품 1" in page and "문제 있음 1" in page
    assert every(shop) == []
    staff.open(f"{address}?view=problem")
    assert "파랑" in told(staff) and "빨강" not in told(staff)
    staff.post(f"{address}/apply")
    shop.drain("bulk")
    staff.open(address)
    assert "1행을 적용했습니다. 1행은 적용하지 않았습니다." in told(staff)
    assert [one.own_code for one in every(shop)] == ["A"]
    staff.post(f"{address}/back")
    shop.drain("bulk")
    staff.open(address)
    assert staff.shown is not None
    link = re.search(r'href="(/skus/exports/[^"]+)"', staff.shown.text)
    assert link is not None
    file = staff.open(link[1], buffered=True)
    assert file.data[:2] == b"PK"
    assert "attachment" in file.headers["Content-Disposition"]
    staff.open("/skus/files")
    assert "상품.csv" in told(staff) and "적용됨" in told(staff)


def test_what_was_found_is_exported_and_offered_when_it_is_there(
    owner: Browser, shop: Shop
) -> None:
    make(shop)
    owner.open("/skus?q=보리")
    owner.post("/skus/export", fields(owner, "/skus/export"))
    assert "상품 엑셀 만들기" in told(owner)
    shop.drain("bulk")
    owner.open("/skus")
    assert owner.shown is not None
    link = re.search(r'href="(/skus/exports/[^"]+)"', owner.shown.text)
    assert link is not None
    assert owner.open(link[1], buffered=True).data[:2] == b"PK"


def test_an_upload_without_a_file_or_of_none_says_why(owner: Browser, shop: Shop) -> None:
    owner.open("/skus/files")
    owner.post("/skus/upload", fields(owner, "/skus/upload"))
    assert status(owner) == 422 and "올릴 파일을 선택해 주세요" in told(owner)
    address = send(owner, b"\x89PNG\r\n\x1a\n" + b"0" * 100, "상품.xlsx")
    shop.drain("bulk")
    owner.open(address)
    assert "파일을 읽지 못했습니다" in told(owner) and "표 파일이 아니라" in told(owner)


def test_an_upload_may_be_larger_than_a_form_and_nothing_else_may(
    owner: Browser, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = csv(("차", "", "A", "100", "3")) + b"x" * 2_000_000
    address = send(owner, large)
    assert address.startswith("/skus/files/")
    owner.post("/skus/export", {"q": "x" * 1_100_000})
    assert status(owner) == 413
    monkeypatch.setattr("core.files.limits.MOST_BYTES", 1_000_000)
    send(owner, large)
    assert status(owner) == 422 and "MB보다 큽니다" in told(owner)
    send(owner, b"x" * 3_000_000)
    assert status(owner) == 413


def test_an_upload_needs_the_token_of_the_page(owner: Browser, shop: Shop) -> None:
    owner.open("/skus/files")
    sent: dict[str, Any] = fields(owner, "/skus/upload")
    sent |= {"csrf_token": "", "file": (io.BytesIO(csv()), "a.csv")}
    owner.post("/skus/upload", sent, content_type="multipart/form-data")
    assert status(owner) == 400


def test_columns_that_were_not_found_are_chosen_on_the_page(owner: Browser, shop: Shop) -> None:
    data = sheets.delimited([("품목", "번호", "단가"), ("차", "A", "100")]).encode()
    address = send(owner, data)
    shop.drain("bulk")
    owner.open(address)
    assert "어느 열이 무엇인지 골라 주세요" in told(owner)
    sent = fields(owner, f"{address}/columns")
    owner.post(f"{address}/columns", sent | {"c-2": "price"})
    assert status(owner) == 422 and "하나는 골라 주세요" in told(owner)
    owner.post(f"{address}/columns", sent | {"c-0": "name", "c-1": "own_code", "c-2": "price"})
    shop.drain("bulk")
    owner.open(address)
    assert "1행 적용하기" in told(owner)


def test_what_was_stopped_can_be_gone_on_with(owner: Browser, shop: Shop) -> None:
    address = send(owner, csv(("차", "", "A", "100", "3")))
    (command,) = shop.commands("catalogue.read")
    owner.post(f"/jobs/{command.id}/cancel")
    owner.open(address)
    assert "도중에 멈췄습니다" in told(owner)
    owner.post(f"{address}/read")
    shop.drain("bulk")
    owner.open(address)
    assert "1행 적용하기" in told(owner)
