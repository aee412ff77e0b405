"""The product service: the list, one product with its options, and their state and pieces (§2)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hanpan.api import Request, World, seen, shelves
from plugins.interpark.sandbox.lines import Row
from plugins.interpark.sandbox.listings import (
    DELETED,
    NAMES,
    ON_SALE,
    PAUSED,
    SOLD_OUT,
    STOPPED,
    change,
    listings,
    shown,
    status_of,
)
from plugins.interpark.sandbox.wire import Refusal, elements, now_of

ROWS = 50
"""Rows of a page; no source tells how many there are (§11)."""
MOST = 99_999
WRITABLE = (ON_SALE, SOLD_OUT, STOPPED, PAUSED, "09", DELETED)
_GROUP = re.compile(r"\{([^{}]*)\}")
_PARTS = re.compile(
    r"(?P<name>[^{}<>\\'\"^|/]+?)(?:<(?P<lower>[^<>]*)>)?수량<(?P<qty>[^<>]*)>"
    r"추가금액<(?P<extra>[^<>]*)>옵션코드<(?P<code>[^<>]*)>사용여부<(?P<used>[^<>]*)>"
)
"""A group of the option text (§2.3)."""


@dataclass(frozen=True)
class Method:
    """What a `_method` answers, which pair it is for, and whether it fetches data from us."""

    pair: str
    answer: Callable[[World, Request, dict[str, str] | None], str]
    fetches: bool = False


def listed(world: World, call: Request, item: dict[str, str] | None) -> str:
    """GetProductInquiryForAPI: a page of one state, without a total."""
    state, page = call.one("saleStatTp"), call.one("locNo")
    if state not in NAMES:
        raise Refusal("000", "판매상태 값이 올바르지 않습니다. 'saleStatTp'")
    if not page.isdecimal() or not int(page):
        raise Refusal("000", "1 이상의 숫자여야 합니다. 'locNo'")
    found = [one for one in shown(world) if status_of(one) == state]
    first = (int(page) - 1) * ROWS
    return "".join(
        f"<item>{elements({**_head(one), 'dispNo': '001710100100', 'givePointYn': 'N'})}</item>"
        for one in found[first : first + ROWS]
    )


def one(world: World, call: Request, item: dict[str, str] | None) -> str:
    """GetPrdSaleQtyForAPI: the product, then its options (§2.4)."""
    found = seen(_known(world, call.one("prdNo")), now_of(world))
    if found is None or found["status"] == DELETED:
        raise Refusal("000", "존재하지 않는 상품번호")
    options = {key: row for key, row in found["rows"].items() if key}
    head = {
        **_head(found),
        "salePossRestQty": shelves.pieces_of(found),
        "optStkMgtYn": "Y" if options else "N",
    }
    told: list[dict[str, Any]] = [head]
    for key, row in options.items():
        told.append(
            {
                "prdNo": key,
                "prdNm": row["name"],
                "saleUnitcost": found["price"] + row["extra"],
                "saleStatTp": ON_SALE if row["used"] else STOPPED,
                "externalPrdNo": row["code"],
                "saleLmtQty": row["qty"] + row["sold"],
                "salePossRestQty": row["qty"],
            }
        )
    return "".join(f"<item>{elements(row)}</item>" for row in told)


def _head(one: Row) -> dict[str, Any]:
    sold = sum(row["sold"] for row in one["rows"].values())
    return {
        "prdNo": one["number"],
        "prdNm": one["name"],
        "saleUnitcost": one["price"],
        "saleStatTp": status_of(one),
        "externalPrdNo": one["code"],
        "saleLmtQty": shelves.pieces_of(one) + sold,
    }


def update(world: World, call: Request, item: dict[str, str] | None) -> str:
    """UpdateProductAPIStatTpQty: state and pieces. An option that the text leaves out is gone."""
    given = item or {}
    unknown = set(given) - {"prdNo", "saleStatTp", "prdOption", "saleLmtQty"}
    if unknown:
        raise Refusal("000", f"알 수 없는 항목 '{min(unknown)}'")
    listing = _known(world, given.get("prdNo", ""))
    if listing["status"] == DELETED:
        raise Refusal("000", "존재하지 않는 상품번호")
    if listing["status"] == "10":
        raise Refusal(
            "000",
            "판매금지, TNS판매금지 상태의 상품은 상품정보수정이 불가능합니다.",
        )
    state = given.get("saleStatTp", "")
    if state not in WRITABLE:
        raise Refusal("000", "판매상태 값이 올바르지 않습니다. 'saleStatTp'")
    facts: Row = {"status": ON_SALE if state == SOLD_OUT else state}
    what = "status"
    if "prdOption" in given or "saleLmtQty" in given:
        facts["rows"] = _rows(listing, given)
        what = "stock"
    elif state == ON_SALE and not shelves.pieces_of(listing):
        raise Refusal("000", "판매수량이 없는 상품은 판매중으로 바꿀 수 없습니다. 'saleStatTp'")
    change(world, listing, writes=shelves.written(listing, what), **facts)
    world.record(f"listing_{what}", listing["number"])
    told = {name: listing[ours] for name, ours in (("prdNm", "name"), ("originPrdNo", "code"))}
    return f"<success>{elements({'prdNo': listing['number'], **told})}</success>"


def _rows(listing: Row, given: dict[str, str]) -> dict[str, Row]:
    options = {row["name"]: key for key, row in listing["rows"].items() if key}
    if not options:
        if "prdOption" in given:
            raise Refusal("000", "옵션이 없는 상품입니다. 'prdOption'")
        return shelves.with_pieces(listing, {"": _pieces(given["saleLmtQty"], "saleLmtQty")})
    if "prdOption" not in given:
        raise Refusal("000", "옵션별 재고를 사용하는 상품입니다. 'saleLmtQty'")
    told = read_options(given["prdOption"])
    if set(told) - set(options):
        raise Refusal("000", "등록되지 않은 옵션입니다. 'prdOption'")
    if not any(row["used"] and not row["extra"] for row in told.values()):
        raise Refusal("000", "추가금액이 0인 옵션이 하나 이상 있어야 합니다. 'prdOption'")
    return {options[name]: {**listing["rows"][options[name]], **row} for name, row in told.items()}


def read_options(text: str) -> dict[str, Row]:
    """The option text by option name. Raises Refusal where it is not as §2.3 has it."""
    groups = _GROUP.findall(text)
    if not groups or "".join(f"{{{group}}}" for group in groups) != text:
        raise Refusal("000", "옵션 형식이 올바르지 않습니다. 'prdOption'")
    found: dict[str, Row] = {}
    for group in groups:
        parts = _PARTS.fullmatch(group)
        if parts is None:
            raise Refusal("000", "옵션 형식이 올바르지 않습니다. 'prdOption'")
        lower = parts["lower"].split(",") if parts["lower"] is not None else [""]
        columns = [parts[name].split(",") for name in ("qty", "extra", "code", "used")]
        if any(len(column) != len(lower) for column in columns):
            raise Refusal("000", "옵션 값의 개수가 서로 다릅니다. 'prdOption'")
        for name, qty, extra, code, used in zip(lower, *columns, strict=True):
            if not re.fullmatch(r"-?[0-9]+", extra) or used not in ("Y", "N"):
                raise Refusal("000", "추가금액, 사용여부를 확인해 주세요. 'prdOption'")
            whole = f"{parts['name']}/{name}" if name else parts["name"]
            found[whole] = {
                "qty": _pieces(qty, "prdOption"), "extra": int(extra), "code": code,
                "used": used == "Y",
            }  # fmt: skip
    return found


def _pieces(text: str, name: str) -> int:
    if not text.isdecimal() or int(text) > MOST:
        raise Refusal("000", f"수량은 0~{MOST} 사이여야 합니다. '{name}'")
    return int(text)


def _known(world: World, number: str) -> Row:
    found = listings(world).get(number)
    if found is None:
        raise Refusal("000", "해당 업체의 상품이 아님 'prdNo'")
    return found


METHODS: dict[str, Method] = {
    "GetProductInquiryForAPI": Method("product_get", listed),
    "GetPrdSaleQtyForAPI": Method("product_stock_get", one),
    "UpdateProductAPIStatTpQty": Method("product_stock_update", update, fetches=True),
}
