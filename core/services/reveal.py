"""[보기]: a buyer's data, shown to somebody who says why, and written down before it is shown."""

from __future__ import annotations

from typing import Any

from core import store, vault
from core.contracts.text import Text
from core.models import OrderLine
from core.services import audit
from core.services.audit import Actor
from core.services.outcome import Missing, Wrong

REVEAL = "order.reveal"

REASONS: dict[str, Text] = {
    "delivery": Text("배송 준비와 배송지 확인", "Preparing or checking the delivery"),
    "inquiry": Text("구매자 문의 응대", "Answering the buyer"),
    "claim": Text("취소·반품·교환 처리", "Handling a claim"),
    "courier": Text("택배사와 확인", "Asking the courier"),
    "legal": Text("법령에 따른 요청", "A request required by law"),
}
CHOOSE = Text("보는 사유를 선택해 주세요.", "Choose why you look.")

_LINE: Any = OrderLine.__table__


def buyer(line_id: str, reason: str, actor: Actor) -> dict[str, str]:
    """The buyer's data of a line, by the names of `Buyer`; empty when the line has none.

    The look is recorded, with its reason, in a transaction that ends before anything is opened.
    Raises Wrong without a reason of REASONS, Missing.
    """
    if reason not in REASONS:
        raise Wrong({"reason": CHOOSE})
    with store.write() as session:
        row = session.execute(
            store.select_in(_LINE, _LINE.c.id, _LINE.c.buyer).where(_LINE.c.id == line_id)
        ).first()
        if row is None:
            raise Missing
        said = REASONS[reason].ko
        audit.record(session, REVEAL, actor=actor, subjects=[line_id], reason=said)
    if row.buyer is None:
        return {}
    return dict(vault.unseal_json("order_line", "buyer", row.id, row.buyer))
