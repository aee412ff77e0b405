"""What is written of a product: price, stock, state, display, sale period (§6.2–§6.4).

Every write but that of prices reads the product first: what may be sent hangs on how it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from hanpan.api import (
    KST,
    Item,
    MarketplaceError,
    NotFound,
    Rejected,
    Result,
    Text,
    Values,
    moment_of,
    part,
    take,
    whole,
    would_vanish,
)
from plugins.smartstore.client import Smartstore, at
from plugins.smartstore.listings import (
    HIDDEN,
    KEPT,
    OUT_OF_STOCK,
    REPLACEABLE,
    SALE,
    SHOWN,
    STATE_WORDS,
    SUSPENDED,
    WAITING,
    channel_name,
    counted,
    option_rows,
    replacement,
)
from plugins.smartstore.search import rows_of

GONE = Text(
    "네이버에 없는 상품입니다. 삭제되었는지 판매자센터에서 확인해 주세요.",
    "Naver has no such product. See in the seller centre whether it was deleted.",
)
OPTIONS_CHANGED = Text(
    "옵션이 판매자센터에서 바뀌었습니다. 상품을 [동기화]한 뒤 다시 해 주세요.",
    "Its options have changed in the seller centre. Sync the listing, then try again.",
)
NOT_COUNTED = Text(
    "옵션별 재고 관리를 쓰지 않는 상품입니다. 판매자센터에서 옵션 재고 관리를 켠 뒤 다시 해 "
    "주세요.",
    "It does not keep stock by option. Switch that on in the seller centre, then try again.",
)
NEEDS_STOCK = Text(
    "품절된 상품은 재고를 넣으면 판매중으로 바뀝니다. 재고를 먼저 넣어 주세요.",
    "A sold-out product goes on sale when it has stock. Give it stock first.",
)
OTHER_STATE = Text(
    "지금 상태({state})에서는 바꿀 수 없습니다. 판매자센터에서 확인해 주세요.",
    "It cannot be changed in its state ({state}). Look at it in the seller centre.",
)
WOULD_LOSE = Text(
    "네이버는 전시상태만 바꾸는 API가 없어 상품 전체를 다시 저장해야 하는데, 그러면 "
    "{fields} 항목이 지워집니다. 판매자센터에서 바꿔 주세요.",
    "Naver can change the display only by saving the whole product anew, and that would erase "
    "{fields}. Change it in the seller centre.",
)
NAMED = 3
"""Fields that a refusal names; the others are counted."""


@dataclass(frozen=True)
class Standing:
    """A product as it stands before a write: its origin number and all of it."""

    product_no: str
    origin_no: str
    channel: str
    detail: Mapping[str, Any]

    @property
    def origin(self) -> Mapping[str, Any]:
        """The originProduct."""
        return part(self.detail, "originProduct")

    @property
    def status(self) -> str:
        """Its statusType."""
        return str(self.origin.get("statusType") or "")


def _standing(client: Smartstore, product_no: str) -> Standing:
    """Raises NotFound."""
    row = rows_of(client, [product_no]).get(product_no)
    if row is None:
        raise NotFound(GONE, code="NOT_FOUND")
    detail = client.product(product_no)
    return Standing(
        product_no, str(take(row, "originProductNo")), channel_name(detail, row), detail
    )


# -- one product at a time ----------------------------------------------------------------------

Change = Callable[[Smartstore, Standing, Values], Text | None]
"""Makes a standing product what the values say; a reason where it cannot."""


def each(change: Change) -> Callable[[Smartstore, Sequence[Item]], list[Result]]:
    """A send that changes one product after the other; refusals of one are its Result."""

    def send(client: Smartstore, items: Sequence[Item]) -> list[Result]:
        return [_result(client, item, change) for item in items]

    return send


def _result(client: Smartstore, item: Item, change: Change) -> Result:
    try:
        reason = change(client, _standing(client, item.key), item.values)
    except NotFound:
        return Result(item.key, GONE, "NOT_FOUND")
    except Rejected as error:
        return Result(item.key, error.text, error.code)
    return Result(item.key, reason)


def set_stock(client: Smartstore, product: Standing, values: Values) -> Text | None:
    """Stock by option (§6.3), or of the product where it has none (§6.4)."""
    wanted = {str(number): int(pieces) for number, pieces in values["options"].items()}
    name, rows = option_rows(product.origin)
    if set(wanted) - ({str(row.get("id")) for row in rows} or {""}):
        return OPTIONS_CHANGED
    if not rows:
        if wanted:
            _set_plain_stock(client, product, wanted[""])
        return None
    if not counted(product.origin):
        return NOT_COUNTED
    # Every row is sent, with what it has: a stock or price left out is saved as 0 (§6.3).
    priced = name == "optionCombinations"
    sent = [_option_row(row, wanted, priced) for row in rows]
    after = client.save_options(product.origin_no, {name: sent, "useStockManagement": True})
    status = after.get("statusType") if isinstance(after, Mapping) else product.status
    total = sum(row["stockQuantity"] for row in sent)
    if total and status == OUT_OF_STOCK:
        client.change_status(product.origin_no, SALE, total)
    return None


def _option_row(row: Mapping[str, Any], wanted: Mapping[str, int], priced: bool) -> dict[str, Any]:
    """Raises ContractError where a row of a kind with prices tells none: it would be lost."""
    stock = wanted.get(str(row.get("id")), whole(row.get("stockQuantity")) or 0)
    sent = {"id": row.get("id"), "stockQuantity": stock, "usable": row.get("usable") is not False}
    price = take(row, "price") if priced else None
    return sent | ({"price": price} if price is not None else {})


def _set_plain_stock(client: Smartstore, product: Standing, pieces: int) -> None:
    if product.status == OUT_OF_STOCK:
        if pieces:
            client.change_status(product.origin_no, SALE, pieces)
    elif product.status == SALE and not pieces:
        client.change_status(product.origin_no, OUT_OF_STOCK)
    else:
        client.save_figures([_figure(product.origin_no, "STOCK", stockQuantity=pieces)])


_BECOMES = {SALE: (SUSPENDED,), SUSPENDED: (SALE, OUT_OF_STOCK, WAITING)}


def set_status(client: Smartstore, product: Standing, values: Values) -> Text | None:
    """판매중 or 판매중지 (§6.4)."""
    target = SALE if values["on_sale"] else SUSPENDED
    if product.status == target:
        return None
    if product.status not in _BECOMES[target]:
        return NEEDS_STOCK if product.status == OUT_OF_STOCK else _other_state(product)
    client.change_status(product.origin_no, target)
    return None


def set_display(client: Smartstore, product: Standing, values: Values) -> Text | None:
    """전시중 or 전시중지: the whole product is saved anew, unless that would lose a field."""
    target = SHOWN if values["displayed"] else HIDDEN
    channel = part(product.detail, product.channel)
    if channel.get("channelProductDisplayStatusType") == target:
        return None
    if product.status not in REPLACEABLE:
        return _other_state(product)
    name, rows = option_rows(product.origin)
    if name == "optionCombinations":
        _ = [take(row, "price") for row in rows]  # one that is not told would be saved as 0
    saved = replacement(product.detail)
    stands = {name: product.detail[name] for name in saved}
    lost = [path for path in would_vanish(stands, saved) if path not in KEPT]
    if lost:
        more = f" (+{len(lost) - NAMED})" if len(lost) > NAMED else ""
        return WOULD_LOSE.format(fields=", ".join(lost[:NAMED]) + more)
    saved[product.channel] = {
        **take(saved, product.channel),
        "channelProductDisplayStatusType": target,
    }
    client.replace_product(product.product_no, saved)
    return None


def extend(client: Smartstore, product: Standing, values: Values) -> Text | None:
    """Let it be sold to the end of the day `until`; never shorter than it is (§6.4)."""
    ends = moment_of(product.origin.get("saleEndDate"))
    last = last_minute(values["until"])
    if ends is None or ends >= last:
        return None
    if product.status not in REPLACEABLE:
        return _other_state(product)
    period = {"saleEndDate": at(last)}
    starts = product.origin.get("saleStartDate")
    if starts:
        # What a write leaves out may be erased (§6.2).
        period["saleStartDate"] = starts
    client.save_period(product.origin_no, period)
    return None


def last_minute(day: Any) -> datetime:
    """The end of a day (ISO) in Korea: a sale ends at minute 59 only (§6.2)."""
    return datetime.combine(date.fromisoformat(str(day)[:10]), time(23, 59), KST)


def _other_state(product: Standing) -> Text:
    return OTHER_STATE.format(state=STATE_WORDS.get(product.status, product.status))


# -- prices, several at once --------------------------------------------------------------------


def send_prices(client: Smartstore, items: Sequence[Item]) -> list[Result]:
    """판매가 of up to 20 products, each its own; nothing else of them is touched (§6.4)."""
    rows = rows_of(client, [item.key for item in items])
    gone = [Result(item.key, GONE, "NOT_FOUND") for item in items if item.key not in rows]
    known = [item for item in items if item.key in rows]
    if not known:
        return gone
    try:
        return gone + _send_prices(client, known, rows)
    except (NotFound, Rejected) as error:
        if len(known) == 1:
            return [*gone, _refused(known[0], error)]
        # One bad price refuses them all: alone, each has its own answer.
        return gone + _one_by_one(client, known, rows)


def _send_prices(
    client: Smartstore, items: Sequence[Item], rows: Mapping[str, Mapping[str, Any]]
) -> list[Result]:
    client.save_figures(
        [
            _figure(
                take(rows[item.key], "originProductNo"),
                "SALE_PRICE",
                productSalePrice={"salePrice": int(item.values["price"])},
            )
            for item in items
        ]
    )
    return [Result(item.key) for item in items]


def _one_by_one(
    client: Smartstore, items: Sequence[Item], rows: Mapping[str, Mapping[str, Any]]
) -> list[Result]:
    results: list[Result] = []
    for item in items:
        try:
            results += _send_prices(client, [item], rows)
        except (NotFound, Rejected) as error:
            results.append(_refused(item, error))
        except MarketplaceError:
            # What is done must not be told as "nothing was sent": the rest is read back.
            break
    return results


def _refused(item: Item, error: NotFound | Rejected) -> Result:
    gone = isinstance(error, NotFound)
    return Result(item.key, GONE if gone else error.text, error.code or "NOT_FOUND")


def _figure(origin_no: Any, kind: str, **figure: Any) -> dict[str, Any]:
    return {"originProductNo": int(origin_no), "multiUpdateTypes": [kind], **figure}
