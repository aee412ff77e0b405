"""What each marketplace offers, as data: for the documents, and for the page that adds a channel.

Everything is derived from what plugins declare: an operation is there, or it is not and says why;
one that no source confirms is marked 확인 안 됨 (assumed).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from core.contracts.form import Approval
from core.contracts.marketplace import Marketplace, Sunset
from core.contracts.order import OrderSync
from core.contracts.product import WRITES, ProductSync
from core.contracts.template import Capability, TemplateType
from core.contracts.text import Text
from core.registry import Registry

VERIFY = "channel.verify"
COLLECT, GET, CLAIMS = "orders.changes", "orders.get", "orders.claims"
CONFIRM, TAKE = "orders.confirm", "orders.take_new"

ORDERS: tuple[tuple[str, Text], ...] = (
    (COLLECT, Text("주문 수집", "Collect orders")),
    (GET, Text("주문 다시 읽기", "Read lines again")),
    (CONFIRM, Text("발주확인", "Confirm")),
    (TAKE, Text("신규주문 가져오기 (발주확인됨)", "Take new orders (confirms them)")),
    (CLAIMS, Text("취소·반품·교환 읽기", "Read cancels, returns, exchanges")),
)
LISTINGS: tuple[tuple[str, Text], ...] = (
    ("listing.search", Text("상품 찾기", "Search")),
    ("listing.get", Text("번호로 읽기", "Read")),
    ("listing.price", Text("판매가", "Price")),
    ("listing.stock", Text("재고", "Stock")),
    ("listing.status", Text("판매상태", "State")),
    ("listing.display", Text("진열", "Display")),
    ("listing.extend", Text("판매기간 연장", "Extend")),
    ("listing.files", Text("엑셀로 가져오기", "Import files")),
)
"""The parts of a `ProductSync` by their names there, and the parsers of files."""
CAPABILITIES: tuple[tuple[Capability, Text], ...] = (
    (Capability.IMPORT, Text("가져오기", "Import")),
    (Capability.CREATE, Text("등록", "Create")),
    (Capability.UPDATE, Text("수정", "Change")),
    (Capability.DELETE, Text("삭제", "Delete")),
)
BY_TAKING = Text(
    "신규주문 가져오기가 발주확인을 겸합니다.",
    "Taking new orders confirms them.",
)
BY_CONFIRMING = Text(
    "새 주문은 주문 수집에 함께 들어옵니다.",
    "New orders come with the collection.",
)
BY_SEARCH = Text(
    "상품 찾기로 모두 가져오므로 파일이 필요 없습니다.",
    "The search brings everything: no file is needed.",
)
NOT_SAID = Text("판매채널이 제공하지 않는 기능입니다.", "The marketplace does not offer it.")


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One operation. `why_not` says why it is not offered; `assumed` why it is 확인 안 됨."""

    operation: str
    label: Text
    offered: bool
    why_not: Text | None = None
    assumed: Text | None = None
    needs: Sequence[str] = ()
    """Fields of the credentials form without which a channel does not have it."""

    @property
    def mark(self) -> str:
        """✓ offered, ? offered and not confirmed by a source, – not offered."""
        if not self.offered:
            return "–"
        return "?" if self.assumed is not None else "✓"


@dataclass(frozen=True, kw_only=True)
class Row:
    """What can be done with one template type, in the order of CAPABILITIES; or with orders."""

    key: str
    label: Text
    cells: Sequence[Cell]


@dataclass(frozen=True, kw_only=True)
class Support:
    """What one marketplace offers."""

    marketplace: str
    label: Text
    templates: Sequence[Row]
    listings: Row
    orders: Row
    approval: Approval | None
    sunset: Sunset | None

    def cells(self) -> Iterator[Cell]:
        """Every operation, offered or not."""
        for row in (*self.templates, self.listings, self.orders):
            yield from row.cells

    def names(self) -> set[str]:
        """Every call that there is: what is offered, the check of the keys, the readings back."""
        offered = {cell.operation for cell in self.cells() if cell.offered}
        written = {CONFIRM, TAKE, *(f"listing.{name}" for name in WRITES)}
        return {VERIFY} | offered | {f"{name}.readback" for name in offered & written}


def support(known: Registry, marketplace: str) -> Support:
    """What the marketplace offers. Raises KeyError for one that no plugin declares."""
    market = known.marketplaces[marketplace]
    form = known.forms.get(marketplace)
    return Support(
        marketplace=marketplace,
        label=market.label,
        templates=[_template(market, one) for one in known.templates_of(marketplace)],
        listings=_listings(known, market),
        orders=_orders(market, known.orders.get(marketplace)),
        approval=form.approval if form is not None else None,
        sunset=market.sunset,
    )


def _template(market: Marketplace, template: TemplateType) -> Row:
    cells = []
    for capability, label in CAPABILITIES:
        name = f"template.{template.key}.{capability.value}"
        offered = capability in template.capabilities
        cells.append(
            Cell(
                operation=name,
                label=label,
                offered=offered,
                why_not=None if offered else (template.why_not or {}).get(capability, NOT_SAID),
                assumed=_assumed(market, name),
                needs=tuple(template.needs.get(capability, ())),
            )
        )
    return Row(key=template.key, label=template.label, cells=cells)


def _listings(known: Registry, market: Marketplace) -> Row:
    sync = known.products.get(market.key)
    files = any(key == market.key for key, _ in known.parsers)
    cells = []
    for name, label in LISTINGS:
        part = name.removeprefix("listing.")
        offered = files if part == "files" else getattr(sync, part, None) is not None
        why_not = _why_not(sync).get(part, NOT_SAID)
        cells.append(
            Cell(
                operation=name,
                label=label,
                offered=offered,
                why_not=None if offered else why_not,
                assumed=_assumed(market, name),
                needs=tuple(sync.needs.get(part, ())) if sync is not None else (),
            )
        )
    return Row(key="listings", label=Text("상품", "Listings"), cells=cells)


def _why_not(sync: ProductSync | None) -> Mapping[str, Text]:
    """Reasons by part; files are what there is instead of a search."""
    by_search = {} if sync is None or sync.search is None else {"files": BY_SEARCH}
    return by_search | dict(sync.why_not if sync is not None else {})


def _orders(market: Marketplace, sync: OrderSync | None) -> Row:
    offered = {
        COLLECT: sync is not None,
        GET: sync is not None,
        CONFIRM: sync is not None and sync.confirm is not None,
        TAKE: sync is not None and sync.take_new is not None,
        CLAIMS: sync is not None,
    }
    reasons = {CONFIRM: BY_TAKING, TAKE: BY_CONFIRMING} if sync is not None else {}
    cells = [
        Cell(
            operation=name,
            label=label,
            offered=offered[name],
            why_not=None if offered[name] else _why(reasons, offered, name),
            assumed=_assumed(market, name),
        )
        for name, label in ORDERS
    ]
    return Row(key="orders", label=Text("주문", "Orders"), cells=cells)


def _why(reasons: dict[str, Text], offered: dict[str, bool], name: str) -> Text:
    """Why there is no confirm, or no taking: the other one does it; or there is neither."""
    other = {CONFIRM: TAKE, TAKE: CONFIRM}.get(name, "")
    return reasons.get(name, NOT_SAID) if offered.get(other) else NOT_SAID


def _assumed(market: Marketplace, name: str) -> Text | None:
    return next((one.text for one in market.assumed if name in one.calls), None)
