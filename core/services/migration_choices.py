"""What a person chooses of a batch of listings: rows, their SKUs, 재고연동; and that it begins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import queue, store
from core.contracts.text import Text
from core.models import Batch, BatchRow, Sku
from core.services import (
    audit,
    batch_rows,
    batches,
    channels,
    match_edits,
    migration,
    migration_verdicts,
    shipping,
)
from core.services.audit import Actor
from core.services.kind_names import LISTINGS_FILL, LISTINGS_IMPORT
from core.services.migration_slices import AUTO, CHOSEN, NONE
from core.services.outcome import Missing, Wrong

LINKS = (NONE, AUTO)
CHOOSABLE = ("ready", "applying", "filling", "ended")
"""How a batch stands of which something may be chosen, while nobody is at work on it."""

NOTHING = Text(
    "가져올 상품을 선택해 주세요. 문제가 있는 행은 가져오지 않습니다.",
    "Select what to import. Rows with a problem are not imported.",
)
NO_CHOICE = Text("목록에서 선택해 주세요.", "Choose one of the list.")
BROKEN = Text(
    "배송 템플릿에 지금 쓸 수 없는 것이 들어 있습니다. 배송 템플릿에서 고친 뒤 다시 해 주세요.",
    "Something in the shipping template cannot be used any more. Mend it there, then try again.",
)

_ROW: Any = BatchRow.__table__
_IMPORTABLE: Any = (_ROW.c.verdict != migration_verdicts.PROBLEM) & _ROW.c.outcome.in_(
    ("", "refused")
)


def begin(
    batch_id: str,
    numbers: Sequence[int] | None,
    view: str,
    form: Mapping[str, str],
    rows: Mapping[int, Mapping[str, str]],
    actor: Actor,
    *,
    submission: str | None,
) -> str:
    """Have rows imported: those of these numbers, or all of a view; the command's id.

    `form` holds for all of them (`link`, `stock`, `shipping`), `rows` are choices for single rows
    that differ from it. Raises Wrong, and Forbidden where the channel is not set up.
    """
    link, template = form.get("link", ""), form.get("shipping", "")
    if link not in LINKS:
        raise Wrong({"link": NO_CHOICE})
    with store.write() as session:
        batch = _ready(session, batch_id)
        if template:
            _check_template(session, batch, template)
        batch.choices = {
            **batch.choices, "link": link, "stock": form.get("stock") == "1",
            "shipping": template or None,
        }  # fmt: skip
        session.flush()
        _keep_choices(session, batch_id, rows)
        count = _choose(session, batch_id, numbers, view)
        if not count:
            raise Wrong({"": NOTHING})
        command = batches.submit(
            session, LISTINGS_IMPORT, batch, actor, submission, "applying", count
        )
        audit.record(session, "listings.import", actor=actor, subjects=[batch_id])
    queue.ring(command.queue)
    return command.id


def go_on(batch_id: str, actor: Actor) -> str:
    """Go on where an import (or the reading after it) was stopped; the command's id."""
    with store.write() as session:
        batch = batches.get(session, batch_id, alone=True)
        _require_listings(batch)
        if batch.state not in ("applying", "filling") or batches.is_live(session, batch):
            raise Wrong({"": batches.NOT_NOW})
        migration.require_open(session, channels.get(session, str(batch.channel_id)))
        what, outcome = (
            (LISTINGS_IMPORT, "") if batch.state == "applying" else (LISTINGS_FILL, "part")
        )
        left = batch_rows.count(session, batch_id, _ROW.c.chosen & (_ROW.c.outcome == outcome))
        command = batches.submit(session, what, batch, actor, None, batch.state, left)
    queue.ring(command.queue)
    return command.id


def _require_listings(batch: Batch) -> None:
    if batch.kind != batches.LISTINGS:
        raise Missing


def _ready(session: Session, batch_id: str) -> Batch:
    """The batch, alone, where something may be chosen of it now."""
    batch = batches.get(session, batch_id, alone=True)
    _require_listings(batch)
    if batch.state not in CHOOSABLE or batches.is_live(session, batch):
        raise Wrong({"": batches.NOT_NOW})
    migration.require_open(session, channels.get(session, str(batch.channel_id)))
    return batch


def _check_template(session: Session, batch: Batch, template_id: str) -> None:
    views = shipping.of_channel(session, channels.get(session, str(batch.channel_id)))
    found = next((view for view in views if view.row.id == template_id), None)
    if found is None:
        raise Wrong({"shipping": NO_CHOICE})
    if found.problems:
        raise Wrong({"shipping": BROKEN})


def _choose(session: Session, batch_id: str, numbers: Sequence[int] | None, view: str) -> int:
    """Mark the rows that shall be imported now; how many they are."""
    statement = store.update_in(_ROW).where(_ROW.c.batch_id == batch_id)
    session.execute(statement.where(_ROW.c.chosen).values(chosen=False))
    statement = statement.where(_IMPORTABLE)
    chosen = {"chosen": True, "outcome": "", "reason": None}
    if numbers is None:
        session.execute(statement.where(batch_rows.view(view)).values(**chosen))
    else:
        session.execute(statement.where(store.among(_ROW.c.number, numbers)).values(**chosen))
    return batch_rows.count(session, batch_id, _ROW.c.chosen)


# -- single rows -----------------------------------------------------------------------------------


def _keep_choices(session: Session, batch_id: str, rows: Mapping[int, Mapping[str, str]]) -> None:
    query = store.select_in(_ROW, _ROW.c.number, _ROW.c.choices).where(_ROW.c.batch_id == batch_id)
    stored = {
        row.number: dict(row.choices or {})
        for row in store.rows_among(session, query, _ROW.c.number, rows)
    }
    for number, before in stored.items():
        after = _choice(before, rows[number])
        if after != before:
            _set(session, batch_id, number, after)


def _choice(before: Mapping[str, Any], told: Mapping[str, str]) -> dict[str, Any]:
    """A row's choices after what was sent for it; "" is what holds for all."""
    after = dict(before)
    link, stock = told.get("link"), told.get("stock")
    if link in ("", *LINKS):
        after.pop("link", None)
        after.pop("parts", None)
        if link:
            after["link"] = link
    if stock in ("", "0", "1"):
        after.pop("stock", None)
        if stock:
            after["stock"] = stock == "1"
    return after


def _set(session: Session, batch_id: str, number: int, choices: Mapping[str, Any]) -> None:
    session.execute(
        store.update_in(_ROW)
        .where(_ROW.c.batch_id == batch_id, _ROW.c.number == number)
        .values(choices=dict(choices) or None)
    )


def row_of(session: Session, batch_id: str, number: int) -> Any:
    """One row of a batch of listings; Missing when there is none, or it is no listing."""
    query = store.select_in(_ROW).where(_ROW.c.batch_id == batch_id, _ROW.c.number == number)
    found = session.execute(query).one_or_none()
    if found is None or "listing" not in found.values:
        raise Missing
    return found


def choose_skus(
    batch_id: str,
    number: int,
    form: Mapping[str, str],
    parts: Mapping[str, tuple[str, str]],
) -> None:
    """Choose how a row is linked; `parts` are SKU and pieces by option. Raises Wrong.

    `form` are `link` (none, auto, sku, or "" for what holds for all) and `stock`.
    """
    link = form.get("link", "")
    if link not in ("", CHOSEN, *LINKS):
        raise Wrong({"link": NO_CHOICE})
    with store.write() as session:
        _ready(session, batch_id)
        row = row_of(session, batch_id, number)
        after = _choice(row.choices or {}, {**form, "link": "" if link == CHOSEN else link})
        if link == CHOSEN:
            after |= {"link": CHOSEN, "parts": _parts(session, parts)}
        _set(session, batch_id, number, after)


def _parts(session: Session, told: Mapping[str, tuple[str, str]]) -> dict[str, list[list[Any]]]:
    wanted = {option_no: one for option_no, one in told.items() if one[0]}
    skus = set(
        session.scalars(select(Sku.id).where(Sku.id.in_({sku_id for sku_id, _ in wanted.values()})))
    )
    problems: dict[str, Text] = {}
    found: dict[str, list[list[Any]]] = {}
    for option_no, (sku_id, pieces) in wanted.items():
        if sku_id not in skus:
            problems[f"sku-{option_no}"] = NO_CHOICE
        elif not match_edits.pieces_of(pieces):
            most = f"{match_edits.MOST_PIECES:,}"
            problems[f"pieces-{option_no}"] = match_edits.PIECES.format(n=most)
        else:
            found[option_no] = [[sku_id, match_edits.pieces_of(pieces)]]
    if not wanted:
        problems[""] = NO_CHOICE
    if problems:
        raise Wrong(problems)
    return found


def importable(session: Session, batch_id: str, view: str) -> int:
    """How many rows of a view can be imported."""
    return batch_rows.count(session, batch_id, _IMPORTABLE & batch_rows.view(view))
