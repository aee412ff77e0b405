"""Collecting without Hanpan: the same pages, columns and sealing, written straight down.

No ledger, no lease, no journal, no budget, no comparison with what is stored: fetch, parse,
seal, and the driver's own executemany (or `session.merge`, row by row).
"""

from __future__ import annotations

import json
import sqlite3
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg
from sqlalchemy.orm import Session

from bench.installation import Installation
from bench.wire import Line
from core import store, vault
from core.models import OrderLine
from plugins.smartstore.lines import (
    ADDED_PRODUCT,
    CLAIM_KINDS,
    CLAIM_STATES,
    COMMISSIONS,
    PAID_STATES,
    STATES,
)

_TABLE: Any = OrderLine.__table__
COLUMNS: tuple[str, ...] = tuple(column.name for column in _TABLE.c)
_SPACE = uuid.UUID("7f1f0f0e-6d0a-5c1e-9a53-5b6f2f4f7f0a")
_PRAGMAS = ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "cache_size=-16000")
_KEY = "workspace_id, account, order_no, line_no"


@dataclass(frozen=True)
class Place:
    """Whose lines these are, and how a moment is stored (`utc`: naive UTC to column value)."""

    workspace_id: str
    channel_id: str
    account: str
    moment: Callable[[datetime], Any]


def row_of(line: Line, place: Place) -> dict[str, Any]:
    """The columns of one line; ids, states and sealing are those of the collection."""
    change, item = line
    order, product = item["order"], item["productOrder"]
    delivery = item.get("delivery") or {}
    to = product.get("shippingAddress") or {}
    number, order_no = product["productOrderId"], order["orderId"]
    status, confirmed = product["productOrderStatus"], product.get("placeOrderStatus")
    paid = status == "PAYED"
    state = (PAID_STATES[confirmed] if paid else STATES[status]).value
    quantity = product["initialQuantity"]
    sent = delivery.get("sendDate")
    courier = delivery.get("deliveryCompany")
    place_id = "\x1f".join((place.workspace_id, place.account, order_no, number))
    row_id = uuid.uuid5(_SPACE, place_id).hex
    raw = json.dumps(item, ensure_ascii=False).encode()
    name, orderer = to.get("name") or "", order.get("ordererName") or ""
    phone, address = to.get("tel1") or "", to.get("baseAddress") or ""
    told = {
        "orderer_name": orderer,
        "orderer_phone": order.get("ordererTel"),
        "orderer_id": order.get("ordererId"),
        "receiver_name": name,
        "receiver_phone": phone,
        "receiver_phone2": to.get("tel2"),
        "postcode": to.get("zipCode"),
        "address": address,
        "address_detail": to.get("detailedAddress"),
        "message": product.get("shippingMemo"),
    }
    buyer = {key: value for key, value in told.items() if value}
    cancelled, returned = _gone(item, quantity)
    now = place.moment(datetime.now(UTC).replace(tzinfo=None))

    def utc(value: str | None) -> Any:
        if value is None:
            return None
        return place.moment(datetime.fromisoformat(value).astimezone(UTC).replace(tzinfo=None))

    return {
        "workspace_id": place.workspace_id,
        "id": row_id,
        "channel_id": place.channel_id,
        "account": place.account,
        "order_no": order_no,
        "line_no": number,
        "line_key": number,
        "state": state,
        "remote_state": f"{status} {confirmed}" if paid else status,
        "confirm_revision": 1,
        "confirm_state": "confirmed" if state == "confirmed" else "",
        **_claim(product, item),
        "seen_version": int(datetime.fromisoformat(change["lastChangedDate"]).timestamp() * 1000),
        "ordered_at": utc(order["orderDate"]),
        "dated": True,
        "paid_at": utc(order.get("paymentDate")),
        "confirmed_at": utc(product.get("placeOrderDate")) if confirmed == "OK" else None,
        "dispatched_at": utc(sent),
        "dispatch_due": utc(product.get("shippingDueDate")),
        "bundle_no": product.get("packageNumber"),
        "product_no": product["productId"],
        "option_no": product.get("optionCode")
        or (ADDED_PRODUCT if product.get("productClass") == ADDED_PRODUCT else None),
        "product_name": product["productName"][:300],
        "option_text": product.get("productOption"),
        "seller_code": product.get("sellerProductCode") or None,
        "option_code": product.get("optionManageCode") or None,
        "line_class": product.get("productClass"),
        "quantity": quantity,
        "cancelled": cancelled,
        "returned": returned,
        "exchanged": 0,
        "dispatched": quantity - cancelled if sent else 0,
        "unit_price": product["unitPrice"] + product["optionPrice"],
        "amount": product["totalPaymentAmount"],
        "shipping_fee": product.get("deliveryFeeAmount"),
        "commission": sum(product[fee] for fee in COMMISSIONS),
        "settlement": product.get("expectedSettlementAmount"),
        "courier": "cj" if courier == "CJGLS" else courier,
        "invoice_no": delivery.get("trackingNumber"),
        "receiver_mask": name[:1] + "*" * max(1, len(name) - 2) + name[2:][-1:] if name else "",
        "region": " ".join(address.split()[:2])[:40],
        "receiver_index": vault.blind(name) if name else None,
        "orderer_index": vault.blind(orderer) if orderer else None,
        "phone_index": vault.blind(phone) if phone else None,
        "buyer": vault.seal_json("order_line", "buyer", row_id, buyer),
        "raw": vault.seal("order_line", "raw", row_id, raw, compress=True),
        "fingerprint": vault.fingerprint(raw),
        "first_seen_at": now,
        "changed_at": now,
    }


def _claim(product: dict[str, Any], item: dict[str, Any]) -> dict[str, str]:
    told = product.get("claimType")
    if told is None:
        return dict.fromkeys(("claim_kind", "claim_state", "claim_remote", "claim_reason"), "")
    kind, remote = CLAIM_KINDS[told].value, product["claimStatus"]
    return {
        "claim_kind": kind,
        "claim_state": CLAIM_STATES[remote].value,
        "claim_remote": remote,
        "claim_reason": item[kind][f"{kind}Reason"],
    }


def _gone(item: dict[str, Any], quantity: int) -> tuple[int, int]:
    status = item["productOrder"]["productOrderStatus"]
    if status in ("CANCELED", "RETURNED"):
        return (quantity, 0) if status == "CANCELED" else (0, quantity)
    return 0, 0


# -- the ways to store ------------------------------------------------------------------------


@contextmanager
def sqlite_rows(
    installation: Installation, row_of: Callable[[Any, Place], dict[str, Any]] = row_of
) -> Iterator[Callable[[Sequence[Any]], None]]:
    """Store pages by sqlite3's executemany, a transaction each."""
    connection = sqlite3.connect(installation.url.removeprefix("sqlite:///"), isolation_level=None)
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    statement = _statement("?")
    place = _place(installation, lambda moment: moment.isoformat(" ", "microseconds"))

    def keep(page: Sequence[Any]) -> None:
        rows = [tuple(map(row_of(line, place).__getitem__, COLUMNS)) for line in page]
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(statement, rows)
        connection.execute("COMMIT")

    yield keep
    connection.close()


@contextmanager
def postgresql_rows(
    installation: Installation, row_of: Callable[[Any, Place], dict[str, Any]] = row_of
) -> Iterator[Callable[[Sequence[Any]], None]]:
    """Store pages by psycopg's executemany, a transaction each."""
    connection = psycopg.connect(installation.url)
    statement = _statement("%s")
    place = _place(installation, lambda moment: moment)

    def keep(page: Sequence[Any]) -> None:
        rows = [tuple(map(row_of(line, place).__getitem__, COLUMNS)) for line in page]
        with connection.transaction(), connection.cursor() as cursor:
            cursor.executemany(statement, rows)

    yield keep
    connection.close()


@contextmanager
def merged(installation: Installation) -> Iterator[Callable[[Sequence[Line]], None]]:
    """Store pages by `session.merge`, a transaction each."""
    place = _place(installation, lambda moment: moment.replace(tzinfo=UTC))
    engine = store.engine()

    def keep(page: Sequence[Line]) -> None:
        with Session(engine) as session, session.begin():
            for line in page:
                session.merge(OrderLine(**row_of(line, place)))

    yield keep
    engine.dispose()


def _place(installation: Installation, moment: Callable[[datetime], Any]) -> Place:
    account = installation.channel().account
    return Place(installation.workspace_id, installation.channel_id, account, moment)


def _statement(mark: str) -> str:
    values = ", ".join([mark] * len(COLUMNS))
    left = ("workspace_id", "account", "order_no", "line_no", "id", "first_seen_at")
    changed = ", ".join(f"{name} = excluded.{name}" for name in COLUMNS if name not in left)
    return (
        f"INSERT INTO order_line ({', '.join(COLUMNS)}) VALUES ({values}) "
        f"ON CONFLICT ({_KEY}) DO UPDATE SET {changed} "
        "WHERE order_line.fingerprint <> excluded.fingerprint"
    )


def store_all(
    pages: Iterable[Sequence[Line]], keep: Callable[[Sequence[Line]], None], most: int
) -> int:
    """Store page by page until there is no more, or at least `most` lines are; how many were."""
    count = 0
    for page in pages:
        keep(page)
        count += len(page)
        if count >= most:
            break
    return count
