"""Listings found at the marketplace, stored page by page: by conditions, or by their numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from core import clock, listing_shape, registry, row_writes, store
from core.contracts.page import Page
from core.contracts.product import ProductSync
from core.contracts.text import Text
from core.errors import ContractError
from core.files import limits, listed
from core.ledger.run import Run
from core.models import Batch, BatchRow
from core.services import batch_reading
from core.services.migration import NUMBERS, POINT
from core.services.migration_verdicts import Judge, Row

NOT_THERE = Text(
    "판매채널에 없는 상품번호입니다. 번호를 확인해 주세요.",
    "The marketplace has no product of this number. Look at the number.",
)
NO_CODE = Text(
    "판매채널에 이 판매자 상품코드({code})의 상품이 없습니다. 코드를 확인해 주세요.",
    "The marketplace has no product with the seller code {code}. Look at the code.",
)

_BATCH: Any = Batch.__table__
_ROW: Any = BatchRow.__table__


def search(run: Run) -> None:
    """Store what is found, page by page, from where an earlier slice stopped."""
    batch = batch_reading.begin(run)
    if batch is None:
        return
    with store.read() as session:
        keys = store.select_in(_ROW, _ROW.c.key, _ROW.c.number).where(_ROW.c.batch_id == batch.id)
        seen = {row.key: int(row.number) for row in session.execute(keys)}
    sync = registry.current().products.get(run.channel.marketplace)
    if sync is None:
        raise ContractError(detail=f"{run.channel.marketplace} has no listings to search")
    told = dict(batch.told or {"cursor": "", "asked": 0, "more": True})
    judge = Judge(batch.id, run.channel, batch.created_at)
    number = max(seen.values(), default=0)
    while told["more"] and number < limits.MOST_ROWS:
        page = _page(run, sync, batch.choices, told)
        rows = [
            Row(number + at, **fields)
            for at, fields in enumerate(_fresh(page.items, seen), start=1)
        ]
        number += len(rows)
        told = _moved(told, page)
        if not told["more"]:
            absent = _absent(sync, batch, page.items, seen)
            rows += [Row(number + at, **fields) for at, fields in enumerate(absent, start=1)]
            number += len(absent)
        with store.read() as session:
            stored = judge.rows(session, rows)

        def keep(session: Session, stored: Any = stored, told: Any = told) -> None:
            row_writes.insert_many(session, _ROW, stored)
            session.execute(
                store.update_in(_BATCH)
                .where(_BATCH.c.id == batch.id)
                .values(told=told, changed_at=clock.now())
            )

        run.commit(f"{POINT}.page", keep, done=number, total=page.total)
    run.result = {"found": number}
    batch_reading.end(run, batch, POINT, {"state": "ready", "problem": None})


def _moved(told: Mapping[str, Any], page: Page[Any]) -> dict[str, Any]:
    if page.more and page.cursor == told["cursor"]:
        raise ContractError(detail="the search does not end")
    return {"cursor": page.cursor, "more": page.more, "asked": told["asked"] + 1}


def _page(
    run: Run, sync: ProductSync, choices: Mapping[str, Any], told: Mapping[str, Any]
) -> Page[Any]:
    """The next page: items are the fields of a `Row`."""
    if choices["way"] == NUMBERS:
        return _by_number(run, sync, choices["numbers"], int(told["cursor"] or 0))
    if sync.search is None:
        raise ContractError(detail=f"{run.channel.marketplace} has no search of listings")
    page = run.call("listings.search", sync.search.pages, choices["values"], told["cursor"])
    found = listing_shape.page("listings.search", page)
    rows = [{"listing": listed.plain_of(one)} for one in found.items]
    return Page(rows, found.cursor, found.more, found.total)


def _by_number(run: Run, sync: ProductSync, numbers: Sequence[str], start: int) -> Page[Any]:
    if sync.get is None:
        raise ContractError(detail=f"{run.channel.marketplace} reads no listings by number")
    some = numbers[start : start + sync.at_once]
    read = listing_shape.told("listings.get", run.call("listings.get", sync.get, some))
    found = {one.product_no: one for one in read}
    rows: list[dict[str, Any]] = [
        {"listing": listed.plain_of(found[number]), "whole": True}
        if number in found
        else {
            "listing": {"product_no": number},
            "problem": NOT_THERE.stored(),
        }
        for number in some
    ]
    after = start + len(some)
    return Page(rows, str(after), after < len(numbers), len(numbers))


def _absent(
    sync: ProductSync, batch: Batch, last: Sequence[Any], seen: Mapping[str, int]
) -> list[dict[str, Any]]:
    """What was asked for one by one and no page told, as rows with the reason. The `last` page is
    not stored yet."""
    search, values = sync.search, batch.choices.get("values")
    if search is None or search.asked is None or values is None:
        return []
    none: Mapping[str, Sequence[str]] = {}
    asked = registry.guarded(search.asked, values, default=none)
    rows: list[dict[str, Any]] = [
        {"listing": {"product_no": number}, "problem": NOT_THERE.stored()}
        for number in dict.fromkeys(asked.get("product_no", ()))
        if number not in seen
    ]
    codes = asked.get("code", ())
    if codes:
        there = {_same(fields["listing"].get("code")) for fields in last} | _stored_codes(batch)
        rows += [
            {
                "listing": {"product_no": "", "code": code},
                "problem": NO_CODE.format(code=code).stored(),
            }
            for code in codes
            if _same(code) not in there
        ]
    return rows


def _stored_codes(batch: Batch) -> set[str]:
    with store.read() as session:
        query = store.select_in(_ROW, _ROW.c["values"]).where(_ROW.c.batch_id == batch.id)
        return {_same(told["listing"].get("code")) for told in session.scalars(query)}


def _same(code: Any) -> str:
    """A code as it is compared: marketplaces take no notice of case."""
    return str(code or "").strip().casefold()


def _fresh(items: Sequence[Any], seen: dict[str, int]) -> list[dict[str, Any]]:
    """Those that no page before told: a list that moves while it is read tells some twice."""
    fresh = []
    for fields in items:
        number = str(fields["listing"]["product_no"])
        if number not in seen:
            seen[number] = 0
            fresh.append(fields)
    return fresh
