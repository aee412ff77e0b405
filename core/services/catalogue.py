"""The seller's SKUs: made, changed, put away, counted; no change overwrites an unseen one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core import clock, store
from core.contracts.text import Text
from core.fields import Values, clean
from core.models import Product, Sku, new_id
from core.services import (
    audit,
    catalogue_list,
    publishing,
    runple,
    sellable,
    sku_codes,
    sku_fields,
    stock,
    thumbnails,
)
from core.services.audit import Actor
from core.services.outcome import Missing, Wrong
from core.services.stock import Why

_SKU: Any = Sku.__table__

CHANGED_BY_OTHERS = Text(
    "그사이 다른 사람이 이 상품을 바꿨습니다. 지금 값을 확인하고 다시 저장해 주세요.",
    "Somebody else changed it meanwhile. Look at the present values and save again.",
)
MOVED = Text(
    "그사이 재고가 {now}개로 바뀌었습니다. 다시 세어 넣어 주세요.",
    "The stock has become {now} meanwhile. Count again.",
)
JUST_TAKEN = Text(
    "'{code}' 코드를 방금 다른 상품에 썼습니다. 다른 코드를 넣어 주세요.",
    "'{code}' has just been given to another SKU. Give another one.",
)
TAKEN = Text(
    "'{code}' 코드는 '{name}' ({our_code})에서 쓰고 있습니다. 다른 코드를 넣어 주세요.",
    "'{code}' is the code of {name} ({our_code}). Give another one.",
)


# -- one SKU ---------------------------------------------------------------------------------------


def create(
    raw: Values, actor: Actor, *, beside: str | None = None, submission: str | None = None
) -> str:
    """Make a SKU from a form, as an option of `beside`'s product or of a new one; its id.

    A submission becomes the id, so that pressing twice makes one. Raises Wrong, and Missing where
    `beside` is not there.
    """
    with _writing(raw.get("own_code")) as session:
        sellable.alone(session)
        if session.scalar(select(Sku.id).where(Sku.id == submission)) is not None:
            return str(submission)
        cleaned = clean(sku_fields.form(new=True, with_runple=runple.is_used(session)), raw)
        problems = dict(cleaned.problems)
        values = cleaned.values
        values["own_code"] = sku_codes.tidy(values.get("own_code") or "") or None
        _refuse_taken(session, values["own_code"], None, problems)
        if problems:
            raise Wrong(problems)
        product_id = get(session, beside).product_id if beside else None
        if product_id is not None:
            _rename(session, product_id, values["name"])
        row_id = add(session, values, product_id=product_id, named=submission)
        pieces = values.get("on_hand") or 0
        stock.count(session, row_id, pieces, Why.MANUAL, who=actor.name, key="first")
        audit.record(session, "sku.create", actor=actor, subjects=[row_id])
    return row_id


def get(session: Session, sku_id: str, *, alone: bool = False) -> Sku:
    """The SKU with this id; Missing when there is none. `alone` holds its row."""
    query = select(Sku).where(Sku.id == sku_id)
    found = session.scalar(query.with_for_update(key_share=True) if alone else query)
    if found is None:
        raise Missing
    return found


def add(
    session: Session,
    values: Values,
    *,
    product_id: str | None = None,
    our_code: str | None = None,
    named: str | None = None,
) -> str:
    """Keep a SKU with checked values and no stock, within the caller's transaction; its id."""
    now, row_id = clock.now(), named or new_id()
    if product_id is None:
        product_id = new_id()
        session.add(Product(id=product_id, name=values["name"], created_at=now))
        session.flush()
    told = {name: values[name] for name in _PLAIN if values.get(name) is not None}
    code = our_code or sku_codes.fresh(session)[0]
    sku = Sku(
        id=row_id,
        product_id=product_id,
        own_code=values.get("own_code"),
        our_code=code,
        words=catalogue_list.words_of(
            values["name"], values.get("option_name") or "", values.get("own_code"), code
        ),
        created_at=now,
        changed_at=now,
        **told,
    )
    session.add(sku)
    session.flush()
    thumbnails.want(session, [sku.image])
    return row_id


_PLAIN = (
    "option_name",
    "price",
    "cost",
    "buffer",
    "on_sale",
    "displayed",
    "runple",
    "image",
    "memo",
)
CHANGEABLE = ("name", "own_code", *_PLAIN)
"""What a change may name; stock changes by movements only."""
PUBLISHED = {"buffer", "on_sale", "displayed"}
"""What linked listings follow, beside the stock."""


def change(sku_id: str, raw: Values, actor: Actor, *, revision: int) -> None:
    """Change a SKU by a form that showed its `revision`. Raises Wrong and Missing."""
    with _writing(raw.get("own_code")) as session:
        sellable.alone(session)
        sku = get(session, sku_id, alone=True)
        cleaned = clean(sku_fields.form(new=False, with_runple=runple.is_used(session)), raw)
        problems = dict(cleaned.problems)
        values = cleaned.values
        values["own_code"] = sku_codes.tidy(values.get("own_code") or "") or None
        _refuse_taken(session, values["own_code"], sku_id, problems)
        if sku.revision != revision:
            problems[""] = CHANGED_BY_OTHERS
        if problems:
            raise Wrong(problems)
        changed = update(session, sku, values)
        if PUBLISHED.intersection(changed):
            publishing.refresh(session, sku_ids=[sku_id])
        if changed:
            audit.record(
                session, "sku.change", actor=actor, subjects=[sku_id], detail={"fields": changed}
            )


def update(session: Session, sku: Sku, values: Values) -> list[str]:
    """Give a held SKU checked values, within the caller's transaction; names of what changed.

    What is published follows where one of PUBLISHED changed: that is the caller's to see to.
    """
    product = session.get_one(Product, sku.product_id)
    changed = give(sku, product, values)
    if "name" in changed:
        retell(session, [product])
    if "image" in changed:
        thumbnails.want(session, [sku.image])
    session.flush()
    return changed


def give(sku: Sku, product: Product, values: Values) -> list[str]:
    """Set what of CHANGEABLE is among these values; names of what changed."""
    changed = []
    for name in CHANGEABLE:
        of = product if name == "name" else sku
        if name in values and getattr(of, name) != values[name]:
            setattr(of, name, values[name])
            changed.append(name)
    if changed:
        sku.revision += 1
        sku.changed_at = clock.now()
        sku.words = _words(sku, product)
    return changed


def _rename(session: Session, product_id: str, name: str) -> None:
    product = session.get_one(Product, product_id)
    if product.name != name:
        product.name = name
        retell(session, [product])


def retell(session: Session, products: Sequence[Product]) -> None:
    """Let every option of renamed products be found by the new name."""
    named = {product.id: product for product in products}
    for sku in session.scalars(select(Sku).where(Sku.product_id.in_(named))) if named else ():
        words = _words(sku, named[sku.product_id])
        if sku.words != words:
            sku.words = words
            sku.revision += 1
    session.flush()


def _words(sku: Sku, product: Product) -> str:
    return catalogue_list.words_of(product.name, sku.option_name, sku.own_code, sku.our_code)


@contextmanager
def _writing(code: str | None) -> Iterator[Session]:
    """A write in which somebody else may be faster to use the same code (PostgreSQL)."""
    try:
        with store.write() as session:
            yield session
    except IntegrityError as error:
        if "own_code" not in str(error.orig):
            raise
        raise Wrong({"own_code": JUST_TAKEN.format(code=code or "")}) from error


def _refuse_taken(
    session: Session, code: str | None, but: str | None, problems: dict[str, Text]
) -> None:
    if code is None or "own_code" in problems:
        return
    taken = select(Sku).where(Sku.own_code == code, Sku.id != (but or ""))
    other = session.scalar(taken)
    if other is not None:
        problems["own_code"] = taken_by(session, code, other)


def taken_by(session: Session, code: str, other: Sku) -> Text:
    """Says which SKU has the code."""
    product = session.get_one(Product, other.product_id)
    name = f"{product.name} {other.option_name}".strip()
    return TAKEN.format(code=code, name=name, our_code=other.our_code)


def archive(sku_ids: Sequence[str], actor: Actor, *, away: bool = True) -> int:
    """Put SKUs away, or take them out again; how many that was news for.

    One that is put away is no longer sold: linked listings follow.
    """
    changed: list[str] = []
    with store.write() as session:
        sellable.alone(session)
        query = select(Sku).order_by(Sku.id).with_for_update(key_share=True)
        for (sku,) in store.rows_among(session, query, _SKU.c.id, sku_ids):
            if (sku.archived_at is not None) != away:
                sku.archived_at = clock.now() if away else None
                sku.changed_at = clock.now()
                sku.revision += 1
                changed.append(sku.id)
        if changed:
            session.flush()
            publishing.refresh(session, sku_ids=changed)
            action = "sku.archive" if away else "sku.revive"
            audit.record(session, action, actor=actor, subjects=changed[:50])
    return len(changed)


COUNTED = {why.value: why for why in (Why.MANUAL, Why.CORRECTION)}
"""Why a person says anew how many there are."""
NO_REASON = Text("이유를 골라 주세요.", "Choose why.")


def count_stock(sku_id: str, raw: Values, actor: Actor, *, seen: int, key: str) -> bool:
    """A person counted a SKU of which the page said `seen`; once per `key`. Raises Wrong."""
    with store.write() as session:
        sellable.alone(session)
        sku = get(session, sku_id, alone=True)
        cleaned = clean([sku_fields.ON_HAND], raw)
        why = COUNTED.get(raw.get("why", Why.MANUAL.value))
        if why is None:
            cleaned.problems["why"] = NO_REASON
        if cleaned.problems or why is None:
            raise Wrong(cleaned.problems)
        if sku.on_hand != seen and sku.on_hand != cleaned.values["on_hand"]:
            raise Wrong({"on_hand": MOVED.format(now=f"{sku.on_hand:,}")})
        pieces = cleaned.values["on_hand"]
        return stock.count(session, sku_id, pieces, why, who=actor.name, key=key)


def take_back(sku_id: str, raw: Values, actor: Actor, *, key: str) -> bool:
    """Pieces came back from a buyer and can be sold again; once per `key`. Raises Wrong."""
    with store.write() as session:
        get(session, sku_id)
        cleaned = clean([sku_fields.RETURNED], raw)
        if cleaned.problems:
            raise Wrong(cleaned.problems)
        pieces = cleaned.values["returned"]
        return stock.move(session, sku_id, Why.RETURN, key=key, who=actor.name, on_hand=pieces)
