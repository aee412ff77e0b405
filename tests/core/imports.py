"""Batches of listings for tests: a channel that is set up, files, and what came of them."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from core import clock, registry, store, vault
from core.ledger import drain
from core.models import (
    Batch,
    Channel,
    Command,
    Listing,
    ListingOption,
    Template,
    TemplateFetch,
    new_id,
)
from core.services import batch_rows, batches, migration, migration_choices
from core.services.audit import Actor
from tests.core import goods, sheets

BY = Actor(None, "시험")
HEAD = ("상품번호", "상품명", "판매가", "재고수량", "판매상태", "판매자상품코드")
PARSER = "seller_office"


def channel(name: str = "본점", market: str = "eleven_st", **changed: Any) -> Channel:
    """A channel whose setup is done."""
    now = clock.now()
    made = goods.channel(name, marketplace=market, verified_at=now, identity=name, **changed)
    with store.write() as session:
        for step in registry.current().marketplaces[market].setup[1:]:
            row_id = new_id()
            values = vault.seal_json("template", "values", row_id, {})
            session.add(
                Template(
                    id=row_id, channel_id=made.id, type=step.target, remote_id="1", title="하나",
                    values=values, fingerprint="", seen_at=now,
                )
            )  # fmt: skip
            session.add(
                TemplateFetch(channel_id=made.id, type=step.target, fetched_at=now, found={})
            )
    return made


def row(number: int, **changed: Any) -> list[Any]:
    """A line of the file."""
    told = {
        "no": f"{1000 + number}", "name": f"상품 {number}", "price": 1000 + number, "stock": 5,
        "state": "판매중", "code": f"C-{number}",
    }  # fmt: skip
    return list((told | changed).values())


def csv(*rows: Sequence[Any], head: Sequence[str] = HEAD) -> bytes:
    """The file as CSV."""
    return sheets.delimited([head, *rows]).encode()


def upload(to: Channel, data: bytes, name: str = "상품.csv", parser: str = PARSER) -> str:
    """A file, read; its batch."""
    made = migration.submit_file(to.id, parser, io.BytesIO(data), name, BY, submission=new_id())
    drain.drain("bulk")
    return made


def batch(batch_id: str) -> Batch:
    """The batch as it stands."""
    with store.read() as session:
        return batches.get(session, batch_id)


def counts(batch_id: str) -> dict[str, int]:
    """How many rows each view shows, where it shows any."""
    with store.read() as session:
        found = batch_rows.counts(session, batch_id, batch_rows.LISTING_VIEWS)
    return {name: count for name, count in found.items() if count}


def rows(batch_id: str, view: str = "") -> dict[int, Any]:
    """The rows of a view by number."""
    with store.read() as session:
        found = batch_rows.rows(session, batch_id, view, limit=10_000).rows
    return {one.number: one for one in found}


def reason(batch_id: str, number: int) -> str:
    """Why a row is a problem."""
    return str((rows(batch_id)[number].reason or {}).get("ko", ""))


def begin(
    batch_id: str,
    numbers: Sequence[int] | None = None,
    view: str = "",
    own: Mapping[int, Mapping[str, str]] | None = None,
    **form: str,
) -> str:
    """Have rows imported: these, or all of a view."""
    told = {"link": "auto", "stock": "", **form}
    return migration_choices.begin(
        batch_id, numbers, view, told, own or {}, BY, submission=new_id()
    )


def import_(batch_id: str, **more: Any) -> dict[str, int]:
    """Have rows imported and wait for it; what the command counted."""
    made = begin(batch_id, **more)
    drain.drain("bulk")
    with store.read() as session:
        return dict(session.get_one(Command, made).result or {})


def listings() -> dict[str, Any]:
    """Every listing by its number."""
    with store.read() as session:
        return {one.product_no: one for one in session.scalars(select(Listing))}


def options() -> dict[tuple[str, str], Any]:
    """Every option by the numbers of its listing and its own."""
    with store.read() as session:
        named = {one.id: one.product_no for one in session.scalars(select(Listing))}
        return {
            (named[one.listing_id], one.option_no): one
            for one in session.scalars(select(ListingOption))
        }
