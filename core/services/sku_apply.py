"""Good rows of a file of SKUs made and changed, some hundred together, each with its outcome."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from core import clock, row_writes, store
from core.contracts.text import Text
from core.models import BatchRow, Product, Sku, new_id
from core.services import (
    catalogue,
    catalogue_list,
    publishing,
    sellable,
    sku_codes,
    sku_columns,
    sku_verdicts,
    stock,
    thumbnails,
)
from core.services.sku_verdicts import NEW
from core.services.stock import Move, Why

MOVED_ON = Text(
    "파일을 읽은 뒤 '{what}' 값이 바뀌어 적용하지 않았습니다. 지금 값: {now}",
    "'{what}' was changed after the file was read, so it was not applied. It is now {now}.",
)
JUST_MADE = Text(
    "파일을 읽은 뒤 같은 코드의 상품이 생겨 적용하지 않았습니다.",
    "A SKU with the same code was made after the file was read, so it was not applied.",
)

_ROW: Any = BatchRow.__table__
_SKU: Any = Sku.__table__
_PRODUCT: Any = Product.__table__
_PLAIN = {
    name: None if _SKU.c[name].default is None else _SKU.c[name].default.arg
    for name in catalogue.CHANGEABLE
    if name not in ("name", "own_code")
}
"""What a SKU is given as it stands in the row, and what it has without that."""

Reasons = dict[int, Text]


def some(
    session: Session, who: str, rows: Sequence[Any], before: Mapping[str, int], first: datetime
) -> dict[str, int]:
    """Apply rows and store their outcomes; the counts so far (added, changed, refused).

    SKUs are made as of `first`, each a little older than that of the row above it: a list of the
    newest shows them in the order of the file.
    """
    sellable.alone(session)
    reasons: Reasons = {}
    skus = {row.number: row.sku_id for row in rows}
    moves: list[Move] = []
    fresh = [row for row in rows if row.verdict == NEW]
    skus |= _make(session, who, fresh, reasons, moves, first)
    _change(session, who, [row for row in rows if row.verdict != NEW], reasons, moves)
    stock.move_all(session, moves)
    counts = Counter(before)
    for row in rows:
        refused = row.number in reasons
        counts["refused" if refused else "added" if row.verdict == NEW else "changed"] += 1
    _note(session, rows, reasons, skus)
    return dict(counts)


def _note(
    session: Session, rows: Sequence[Any], reasons: Reasons, skus: Mapping[int, str | None]
) -> None:
    statement = (
        store.update_in(_ROW)
        .where(_ROW.c.batch_id == rows[0].batch_id, _ROW.c.number == bindparam("at"))
        .values(outcome=bindparam("came"), reason=bindparam("why"), sku_id=bindparam("sku"))
    )
    session.connection().execute(
        statement,
        [
            {
                "at": row.number,
                "came": "refused" if row.number in reasons else "done",
                "why": reasons[row.number].stored() if row.number in reasons else None,
                "sku": skus[row.number],
            }
            for row in rows
        ],
    )


# -- made ------------------------------------------------------------------------------------------


def _make(
    session: Session,
    who: str,
    rows: Sequence[Any],
    reasons: Reasons,
    moves: list[Move],
    first: datetime,
) -> dict[int, str | None]:
    """Make the SKUs of new rows; their ids by row."""
    there = sku_verdicts.known(session, [row.values for row in rows])
    good = []
    for row in rows:
        again = sku_verdicts.judge(row.number, dict(row.values), {}, there)
        if again.verdict == NEW:
            good.append(row)
        else:
            reasons[row.number] = again.reason or JUST_MADE
    products = _products(session, good)
    now = clock.now()
    made: dict[int, str | None] = {}
    skus = []
    for row, code in zip(good, sku_codes.fresh(session, len(good)), strict=True):
        values, sku_id = row.values, new_id()
        told = {name: values.get(name) for name in _PLAIN}
        plain = {name: _PLAIN[name] if one is None else one for name, one in told.items()}
        own_code = values.get("own_code")
        words = catalogue_list.words_of(values["name"], plain["option_name"] or "", own_code, code)
        skus.append(
            plain
            | {
                "id": sku_id,
                "product_id": products[row.number],
                "own_code": own_code,
                "our_code": code,
                "words": words,
                "created_at": first - timedelta(microseconds=row.number),
                "changed_at": now,
            }
        )
        made[row.number] = sku_id
        moves.append(_move(who, row, sku_id, values.get("on_hand") or 0))
    row_writes.insert_rows(session, _SKU, skus)
    thumbnails.want(session, [str(sku["image"] or "") for sku in skus])
    return made


def _products(session: Session, rows: Sequence[Any]) -> dict[int, str]:
    """The product of each row: an option joins the first one of its name, else it is a new one."""
    names = {row.values["name"] for row in rows if row.values.get("option_name")}
    first: dict[str, str] = {}
    query = store.select_in(_PRODUCT).order_by(_PRODUCT.c.created_at, _PRODUCT.c.id)
    for product in store.rows_among(session, query, _PRODUCT.c.name, names):
        first.setdefault(product.name, product.id)
    found: dict[int, str] = {}
    fresh = []
    for row in rows:
        name = row.values["name"]
        joins = first.get(name) if row.values.get("option_name") else None
        if joins is None:
            joins = new_id()
            first.setdefault(name, joins)
            fresh.append({"id": joins, "name": name, "created_at": clock.now()})
        found[row.number] = joins
    row_writes.insert_rows(session, _PRODUCT, fresh)
    return found


# -- changed ---------------------------------------------------------------------------------------


def _change(
    session: Session, who: str, rows: Sequence[Any], reasons: Reasons, moves: list[Move]
) -> None:
    """Make the changes that the preview showed, but what somebody else changed since."""
    held = select(Sku).where(Sku.id.in_([row.sku_id for row in rows])).order_by(Sku.id)
    skus = {sku.id: sku for sku in session.scalars(held.with_for_update())}
    named = select(Product).where(Product.id.in_({sku.product_id for sku in skus.values()}))
    products = {product.id: product for product in session.scalars(named)}
    owners = _owners(session, [(row.changes or {}).get("own_code") for row in rows])
    renamed: set[str] = set()
    published: list[str] = []
    pictured: list[str] = []
    for row in rows:
        sku = skus[row.sku_id]
        product = products[sku.product_id]
        wanted = {name: will for name, (_, will) in (row.changes or {}).items()}
        owner = owners.get(wanted.get("own_code") or "")
        reason = _moved_on(row, sku, product)
        if reason is None and owner is not None and owner.id != sku.id:
            reason = catalogue.taken_by(session, wanted["own_code"], owner)
        if reason is not None:
            reasons[row.number] = reason
            continue
        pieces = wanted.pop("on_hand", None)
        changed = catalogue.give(sku, product, wanted)
        if "name" in changed:
            renamed.add(product.id)
        if catalogue.PUBLISHED.intersection(changed):
            published.append(sku.id)
        if "image" in changed:
            pictured.append(sku.image)
        if pieces is not None:
            moves.append(_move(who, row, sku.id, pieces - sku.on_hand))
    session.flush()
    catalogue.retell(session, [products[product_id] for product_id in sorted(renamed)])
    publishing.refresh(session, sku_ids=published)
    thumbnails.want(session, pictured)


def _owners(session: Session, codes: Sequence[Any]) -> dict[str, Sku]:
    """Who has the own codes that rows want to give, by code."""
    wanted = {code[1] for code in codes if code and code[1]}
    found = store.rows_among(session, select(Sku), _SKU.c.own_code, wanted)
    return {str(sku.own_code): sku for (sku,) in found}


def _moved_on(row: Any, sku: Sku, product: Product) -> Text | None:
    """Why a row is not applied any more: the SKU is not as it was when it was compared."""
    if sku.archived_at is not None:
        return sku_verdicts.PUT_AWAY
    for name, (was, will) in (row.changes or {}).items():
        now = product.name if name == "name" else getattr(sku, name)
        if now not in (was, will):
            label = sku_columns.LABELS[name]
            shown = f"{now:,}" if isinstance(now, int) and not isinstance(now, bool) else str(now)
            return Text(
                MOVED_ON.ko.format(what=label.ko, now=shown),
                MOVED_ON.en.format(what=label.en, now=shown),
            )
    return None


def _move(who: str, row: Any, sku_id: str, by: int) -> Move:
    return Move(
        sku_id=sku_id,
        why=Why.IMPORT,
        key=f"{row.batch_id}:{row.number}",
        who=who,
        on_hand=by,
        detail={"batch": row.batch_id, "row": row.number},
    )
