"""What each marketplace offers, as data: for the documents, and for the page that adds a channel.

Everything is derived from what plugins declare: an operation is there, or it is not and says why;
one that no source confirms is marked 확인 안 됨 (assumed).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.contracts.form import Approval
from core.contracts.marketplace import Marketplace, Sunset
from core.contracts.order import OrderSync
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
    orders: Row
    approval: Approval | None
    sunset: Sunset | None

    def cells(self) -> Iterator[Cell]:
        """Every operation, offered or not."""
        for row in (*self.templates, self.orders):
            yield from row.cells

    def names(self) -> set[str]:
        """Every call that there is: what is offered, the check of the keys, the readings back."""
        offered = {cell.operation for cell in self.cells() if cell.offered}
        return {VERIFY} | offered | {f"{name}.readback" for name in offered & {CONFIRM, TAKE}}


def support(known: Registry, marketplace: str) -> Support:
    """What the marketplace offers. Raises KeyError for one that no plugin declares."""
    market = known.marketplaces[marketplace]
    form = known.forms.get(marketplace)
    return Support(
        marketplace=marketplace,
        label=market.label,
        templates=[_template(market, one) for one in known.templates_of(marketplace)],
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
