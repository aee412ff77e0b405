"""A plugin's own pages, written straight down: no ledger, no comparison, no news.

What is left is what no collection can do without: the plugin's fetching and parsing, sealing,
and the driver's executemany.
"""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.byhand import Place
from bench.practice import DAYS, Practice
from core import clock, registry, vault
from core.contracts.order import Buyer, Line
from core.contracts.page import UNCHANGED
from core.host import Host
from core.http import Http
from core.models import OrderLine
from core.network import transport

_TABLE: Any = OrderLine.__table__
_SPACE = uuid.UUID("7f1f0f0e-6d0a-5c1e-9a53-5b6f2f4f7f0a")
_TIMES = ("ordered_at", "paid_at", "confirmed_at", "dispatched_at", "dispatch_due")
_TAKEN = (
    "remote_state", "bundle_no", "product_no", "option_no", "product_name", "option_text",
    "seller_code", "option_code", "line_class", "quantity", "cancelled", "returned", "exchanged",
    "dispatched", "unit_price", "amount", "shipping_fee", "commission", "settlement", "courier",
    "invoice_no",
)  # fmt: skip
_NUMBERS = {name for name in _TAKEN if _TABLE.c[name].type.python_type is int}


class Free:
    """A gate that lets everything through and writes nothing down."""

    def before(self, bucket: str, *, write: bool) -> float:
        """No budget, and time enough."""
        return 30.0

    def after(self, call: Any) -> None:
        """No journal."""

    def learn(self, bucket: str, **told: Any) -> None:
        """Nothing to learn."""


class Forgetful:
    """`host.memory` of one process."""

    def __init__(self) -> None:
        self._kept: dict[str, str] = {}

    def get(self, key: str) -> str | None:
        """What was kept."""
        return self._kept.get(key)

    def set(self, key: str, value: str, *, seconds: float) -> None:
        """Keep it for good."""
        self._kept[key] = value

    def pop(self, key: str) -> None:
        """Let it go."""
        self._kept.pop(key, None)


def pages(practice: Practice) -> Iterator[Sequence[Line]]:
    """Every page of the world, as the plugin reads it."""
    known = registry.current()
    market, form = known.marketplaces[practice.market], known.forms[practice.market]
    sync = known.orders[practice.market]
    wire = transport(private=True)
    base = f"http://127.0.0.1:{practice.port}/{market.key}"
    host = Host(
        http={name: Http(name, f"{base}/{name}", Free(), transport=wire) for name in market.bases},
        memory=Forgetful(),
        now=clock.now,
        log=logging.getLogger("bench"),
    )
    client = form.connect(practice.world("credentials"), host)
    cursor, more = sync.start(clock.now() - timedelta(days=DAYS + 1)), True
    while more:
        page = sync.changes(client, cursor)
        yield page.items
        cursor, more = page.cursor, page.more
    wire.close()


def row_of(line: Line, place: Place) -> dict[str, Any]:
    """The columns of a line; ids, states and sealing are those of the collection."""
    row_id = uuid.uuid5(
        _SPACE, "\x1f".join((place.workspace_id, place.account, line.order_no, line.line_no))
    ).hex
    buyer = line.buyer if isinstance(line.buyer, Buyer) else Buyer()
    told = {name: value for name, value in vars(buyer).items() if value}
    raw = line.raw if isinstance(line.raw, str) else json.dumps(line.raw, default=str)
    now = datetime.now(UTC)
    facts: dict[str, Any] = {
        name: (0 if name in _NUMBERS else "")
        if getattr(line, name) is UNCHANGED
        else getattr(line, name)
        for name in _TAKEN
    }
    for name in _TIMES:
        value = getattr(line, name)
        facts[name] = place.moment(_naive(value)) if isinstance(value, datetime) else None
    state = getattr(line.state, "value", "unknown")
    return facts | {
        "workspace_id": place.workspace_id,
        "id": row_id,
        "channel_id": place.channel_id,
        "account": place.account,
        "order_no": line.order_no,
        "line_no": line.line_no,
        "line_key": line.line_key,
        "state": state,
        "confirm_revision": 1,
        "confirm_state": "confirmed" if state == "confirmed" else "",
        "claim_kind": "", "claim_state": "", "claim_remote": "", "claim_reason": "",
        "seen_version": int((line.changed_at or now).timestamp() * 1000),
        "ordered_at": facts["ordered_at"] or place.moment(_naive(now)),
        "dated": True,
        "receiver_mask": buyer.receiver_name[:1],
        "region": " ".join(buyer.address.split()[:2])[:40],
        "receiver_index": vault.blind(buyer.receiver_name) if buyer.receiver_name else None,
        "orderer_index": vault.blind(buyer.orderer_name) if buyer.orderer_name else None,
        "phone_index": vault.blind(buyer.receiver_phone) if buyer.receiver_phone else None,
        "buyer": vault.seal_json("order_line", "buyer", row_id, told),
        "raw": vault.seal("order_line", "raw", row_id, raw.encode(), compress=True),
        "fingerprint": vault.fingerprint(raw.encode()),
        "first_seen_at": place.moment(_naive(now)),
        "changed_at": place.moment(_naive(now)),
    }  # fmt: skip


def _naive(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)
