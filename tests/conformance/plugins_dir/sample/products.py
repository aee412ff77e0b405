"""Listings of Beta: a search in pages, whole listings, changes that send a listing back whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from hanpan.api import (
    UNCHANGED,
    Column,
    ColumnKind,
    ContractError,
    Field,
    Listing,
    ListingOption,
    MigrationParser,
    NotFound,
    Page,
    ProductSync,
    Result,
    SaleState,
    Search,
    Text,
    Values,
    end_of,
    fulfilled,
    listing_rows,
    listing_write,
    take,
    told_cells,
)

KEY = "beta"
STATES = {"on": SaleState.ON_SALE, "off": SaleState.STOPPED}
GONE = Text("베타마켓에 없는 상품입니다.", "Beta has no such product.")
NOT_SO = Text("베타마켓이 받지 않는 값입니다.", "Beta does not take this value.")
MOST = 100_000_000
SENT = ("name", "code", "price", "state", "shown", "ends", "memo")
ROW = ("id", "text", "pieces")
"""What a product, and a row of its options, is replaced by: what is left out would be erased."""


def listing(told: Mapping[str, Any]) -> Listing:
    """Beta's product as one of ours."""
    price = told.get("price")
    if not take(told, "options"):
        raise ContractError(detail="a product without a row")
    return Listing(
        product_no=str(take(told, "no")),
        name=str(told.get("name") or "") or UNCHANGED,
        code=str(told.get("code") or ""),
        state=STATES.get(str(told.get("state")), SaleState.UNKNOWN),
        remote_state=str(told.get("state")),
        displayed=told.get("shown", UNCHANGED),
        price=price if isinstance(price, int) else UNCHANGED,
        sale_ends=_end(told["ends"]) if "ends" in told else UNCHANGED,
        options=[_option(one) for one in take(told, "options")],
        raw=told,
    )


def _end(told: Any) -> datetime | None:
    return None if told is None else datetime.fromisoformat(str(told))


def _option(told: Mapping[str, Any]) -> ListingOption:
    pieces = told.get("pieces")
    return ListingOption(
        option_no=str(take(told, "id")),
        name=str(told.get("text") or ""),
        stock=pieces if isinstance(pieces, int) else UNCHANGED,
    )


def pages(client: Any, values: Values, cursor: str) -> Page[Listing]:
    """One page of the products whose name holds a word."""
    if not (cursor or "1").isdecimal():
        raise ContractError(detail=f"a cursor that is none: {cursor[:80]!r}")
    page = int(cursor or "1")
    told = client.products(values.get("word") or "", page)
    found = [listing(one) for one in take(told, "products")]
    return Page(found, str(page + 1), more=page < int(take(told, "pages")))


def get(client: Any, numbers: Sequence[str]) -> list[Listing]:
    """Whole listings; what is gone is absent."""
    found = []
    for number in numbers:
        try:
            found.append(listing(client.product(number)))
        except NotFound:
            continue
    return found


def saved(client: Any, number: str, told: Mapping[str, Any], **changed: Any) -> Result:
    """Send the product back with something changed. Raises ContractError where it was not told
    whole: what is not sent is erased."""
    options = [{name: take(row, name) for name in ROW} for row in take(told, "options")]
    whole = {name: take(told, name) for name in SENT} | {"options": options}
    client.save_product(number, {**whole, **changed})
    return Result(number)


def price(client: Any, number: str, values: Values) -> Result:
    """Another price."""
    if not 0 < values["price"] < MOST:
        return Result(number, NOT_SO, "PRICE")
    return saved(client, number, client.product(number), price=values["price"])


def stock(client: Any, number: str, values: Values) -> Result:
    """Pieces by option; the others keep theirs."""
    told, wanted = client.product(number), values["options"]
    rows = [{name: take(row, name) for name in ROW} for row in take(told, "options")]
    if set(wanted) - {str(row["id"]) for row in rows}:
        return Result(number, NOT_SO, "OPTION")
    for row in rows:
        row["pieces"] = wanted.get(row["id"], row["pieces"])
    return saved(client, number, told, options=rows)


def status(client: Any, number: str, values: Values) -> Result:
    """On sale, or not."""
    state = "on" if values["on_sale"] else "off"
    return saved(client, number, client.product(number), state=state)


def extend(client: Any, number: str, values: Values) -> Result:
    """Sold to the end of a day, where it would end before."""
    told, last = client.product(number), end_of(date.fromisoformat(values["until"]))
    ends = _end(take(told, "ends"))
    if ends is None or ends >= last:
        return Result(number)
    return saved(client, number, told, ends=last.isoformat())


def write(
    change: Callable[[Any, str, Values], Result], holds: Callable[[Listing, Values], bool]
) -> Any:
    """A change, read back by the listing."""
    return listing_write(change, holds, get=get, gone=GONE)


SYNC = ProductSync(
    marketplace=KEY,
    search=Search(
        fields=(Field(name="word", label=Text("상품명", "Name"), required=False),), pages=pages
    ),
    get=get,
    price=write(price, fulfilled.price),
    stock=write(stock, fulfilled.stock),
    status=write(status, fulfilled.status),
    extend=write(extend, fulfilled.extend),
    extend_days=(30,),
    why_not={"display": Text("베타마켓에는 진열이 없습니다.", "Beta has no display.")},
)

COLUMNS = (
    Column(
        name="product_no",
        label=Text("상품번호", "Product number"),
        headers=("상품번호",),
        kind=ColumnKind.CODE,
        required=True,
    ),
    Column(name="name", label=Text("상품명", "Name"), headers=("상품명",)),
    Column(
        name="price",
        label=Text("판매가", "Price"),
        headers=("판매가",),
        kind=ColumnKind.WON,
    ),
)


def row(number: str, values: Mapping[str, Any]) -> Listing:
    """What the columns tell."""
    return Listing(
        product_no=number,
        name=values.get("name") or UNCHANGED,
        price=UNCHANGED if values.get("price") is None else values["price"],
        raw=told_cells(COLUMNS, values),
    )


PARSER = MigrationParser(
    marketplace=KEY,
    key="list",
    label=Text("베타마켓 상품목록", "Product list of Beta"),
    how=Text("판매자센터에서 엑셀로 받아 주세요.", "Download it in the seller centre."),
    columns=COLUMNS,
    rows=listing_rows(COLUMNS, row),
)
