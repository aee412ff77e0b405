"""The order board: every query behind the list of lines and its facets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    and_,
    false,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import Session

from core import clock, store
from core.contracts.order import LineState
from core.models import Effect, LineEvent, OrderLine
from core.services import keyset, oversold
from core.services.keyset import Slice
from core.services.kind_names import CONFIRM
from core.services.line_state import CLAIM_OPEN, CONFIRMABLE, DISPATCHABLE
from core.services.searches import Find

CAP = 10_000
"""Nobody reads further: a count ends here, and says so."""
BULK = 5_000
"""So many lines go with one press of "all that were found"."""

_LINE: Any = OrderLine.__table__
_EFFECT: Any = Effect.__table__
_EVENT: Any = LineEvent.__table__
_HEAVY = ("buyer", "raw", "fingerprint", "receiver_index", "orderer_index", "phone_index")
_SHOWN = [column for column in _LINE.c if column.name not in _HEAVY]

BASES = {"ordered": _LINE.c.ordered_at, "paid": _LINE.c.paid_at, "seen": _LINE.c.first_seen_at}
SORTS = ("", "old", "due")
ENDS = (LineState.CANCELLED.value, LineState.RETURNED.value, LineState.EXCHANGED.value)
STATES = ("waiting_payment", "new", "confirmed", "shipping", "delivered", "decided")
VIEWS = ("", *STATES, "ended", "due", "claims", "refused", "checking", "oversold")

_FAR = datetime(9999, 1, 1, tzinfo=UTC)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Filter:
    """What a list shows. `view` is one of VIEWS; `since` and `until` are days in Korea."""

    view: str = ""
    channel: str = ""
    base: str = "ordered"
    since: date | None = None
    until: date | None = None
    find: Find | None = None
    sort: str = ""


# -- what is wanted --------------------------------------------------------------------------------


def _where(wanted: Filter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [view(wanted.view)]
    if wanted.channel:
        found.append(_LINE.c.channel_id == wanted.channel)
    base = BASES[wanted.base]
    if wanted.since is not None:
        found.append(base >= midnight(wanted.since))
    if wanted.until is not None:
        found.append(base < midnight(wanted.until + timedelta(days=1)))
    if wanted.find is not None:
        found.append(_found(wanted.find))
    return found


def midnight(day: date) -> datetime:
    """When a day begins in Korea."""
    return datetime.combine(day, time(), clock.KST)


def today() -> date:
    """The day that it is in Korea."""
    return clock.kst(clock.now()).date()


def view(name: str) -> Any:
    """The condition that a view stands for; anything else is all of them."""
    if name in STATES:
        return _LINE.c.state == name
    if name == "ended":
        return _LINE.c.state.in_(ENDS)
    if name == "claims":
        return CLAIM_OPEN
    if name == "due":
        return and_(DISPATCHABLE, _LINE.c.dispatch_due < midnight(today() + timedelta(days=1)))
    if name in ("refused", "checking"):
        state = "refused" if name == "refused" else "unknown"
        return and_(_LINE.c.state == LineState.NEW.value, _has_confirm(state))
    if name == "oversold":
        return _LINE.c.id.in_(oversold.line_ids())
    return true()


def _has_confirm(state: str) -> ColumnElement[bool]:
    """The line's confirm, in its present revision, stands on `state`."""
    return (
        select(_EFFECT.c.id)
        .where(
            _EFFECT.c.workspace_id == _LINE.c.workspace_id,
            _EFFECT.c.channel_id == _LINE.c.channel_id,
            _EFFECT.c.operation == CONFIRM,
            _EFFECT.c.item == _LINE.c.line_key,
            _EFFECT.c.revision == _LINE.c.confirm_revision,
            _EFFECT.c.state == state,
        )
        .exists()
    )


def _found(find: Find) -> ColumnElement[bool]:
    either: list[ColumnElement[bool]] = []
    if find.numbers:
        names = ("order_no", "line_no", "bundle_no", "product_no", "invoice_no", "seller_code")
        either += [_LINE.c[name].in_(find.numbers) for name in names]
    if find.words:
        told = ("product_name", "option_text", "seller_code")
        either += [_LINE.c[name].icontains(find.words, autoescape=True) for name in told]
        place = literal(" ").concat(_LINE.c.region)  # the beginning of any of its words
        either.append(place.contains(f" {find.words}", autoescape=True))
    if find.name:
        either += [_LINE.c.receiver_index == find.name, _LINE.c.orderer_index == find.name]
    if find.phone:
        either.append(_LINE.c.phone_index == find.phone)
    if find.region:
        either.append(_LINE.c.region.startswith(find.region, autoescape=True))
    return or_(false(), *either)


# -- the list --------------------------------------------------------------------------------------


def page(
    session: Session, wanted: Filter, *, after: str = "", before: str = "", limit: int = 50
) -> Slice:
    """One page after or before a cursor; a cursor that is none begins at the top."""
    key, down = _order(wanted.sort)
    back = not after and _cursor(before) is not None
    found = _cursor(before if back else after)
    query = store.select_in(_LINE, *_SHOWN).where(*_where(wanted))
    return keyset.page(
        session, query, key, _LINE.c.id, up=not down, edge=found, back=back, limit=limit,
        cursor=lambda row: _cursor_of(row, wanted.sort),
    )  # fmt: skip


def _order(sort: str) -> tuple[Any, bool]:
    """The sorting column, and whether it runs down."""
    if sort == "due":
        return func.coalesce(_LINE.c.dispatch_due, literal(_FAR, _LINE.c.dispatch_due.type)), False
    return _LINE.c.ordered_at, sort != "old"


def _cursor_of(row: Any, sort: str) -> str:
    moment = (row.dispatch_due or _FAR) if sort == "due" else row.ordered_at
    return f"{(moment - _EPOCH) // timedelta(microseconds=1)}.{row.id}"


def _cursor(text_: str) -> tuple[datetime, str] | None:
    match = re.fullmatch(r"(\d{1,18})\.([0-9a-f]{32})", text_)
    if match is None or int(match[1]) > (_FAR - _EPOCH) // timedelta(microseconds=1):
        return None
    return _EPOCH + timedelta(microseconds=int(match[1])), match[2]


def ids(session: Session, wanted: Filter, limit: int = BULK) -> list[str]:
    """The ids of everything that was found, the oldest first, at most `limit`."""
    query = store.select_in(_LINE, _LINE.c.id).where(*_where(wanted))
    return list(session.scalars(query.order_by(_LINE.c.ordered_at, _LINE.c.id).limit(limit)))


def by_id(session: Session, line_ids: Sequence[str]) -> dict[str, Any]:
    """Lines by their ids."""
    query = store.select_in(_LINE, *_SHOWN)
    return {row.id: row for row in store.rows_among(session, query, _LINE.c.id, line_ids)}


def chosen(session: Session, line_ids: Sequence[str]) -> list[OrderLine]:
    """The lines that somebody picked, however many, whole and the oldest first."""
    found = store.rows_among(session, select(OrderLine), _LINE.c.id, line_ids)
    lines = (line for (line,) in found)
    return sorted(lines, key=lambda line: (line.ordered_at, line.order_no, line.line_no))


def by_key(session: Session, channel_id: str, keys: Sequence[str]) -> dict[str, Any]:
    """Lines of a channel by `line_key`."""
    query = store.select_in(_LINE, *_SHOWN).where(_LINE.c.channel_id == channel_id)
    return {row.line_key: row for row in store.rows_among(session, query, _LINE.c.line_key, keys)}


def together(session: Session, line: Any) -> list[Any]:
    """The lines of the same order, and those that are sent in the same bundle."""
    same = and_(_LINE.c.account == line.account, _LINE.c.order_no == line.order_no)
    if line.bundle_no:
        bundle = and_(_LINE.c.channel_id == line.channel_id, _LINE.c.bundle_no == line.bundle_no)
        same = or_(same, bundle)
    query = store.select_in(_LINE, *_SHOWN).where(same)
    return list(session.execute(query.order_by(_LINE.c.order_no, _LINE.c.line_no).limit(200)))


def confirms(session: Session, rows: Iterable[Any]) -> dict[str, Any]:
    """The confirm that was wanted for each line in its present revision, by the line's id."""
    keyed = {(row.channel_id, row.line_key, row.confirm_revision): row.id for row in rows}
    if not keyed:
        return {}
    columns = [column for column in _EFFECT.c if column.name not in ("values", "before")]
    query = store.select_in(_EFFECT, *columns).where(
        _EFFECT.c.channel_id.in_({channel for channel, _, _ in keyed}),
        _EFFECT.c.operation == CONFIRM,
        _EFFECT.c.item.in_({key for _, key, _ in keyed}),
    )
    found = {(e.channel_id, e.item, e.revision): e for e in session.execute(query)}
    return {keyed[key]: effect for key, effect in found.items() if key in keyed}


def events(session: Session, line_id: str) -> list[Any]:
    """What happened to a line, the newest first."""
    query = store.select_in(_EVENT).where(_EVENT.c.line_id == line_id)
    return list(session.execute(query.order_by(_EVENT.c.at.desc(), _EVENT.c.id).limit(300)))


# -- counting --------------------------------------------------------------------------------------


def counts(session: Session, wanted: Filter) -> dict[str, int]:
    """How many lines each view would show under the same filter; never more than CAP + 1."""
    return _counted(session, {name: replace(wanted, view=name) for name in VIEWS})


def channel_counts(session: Session, wanted: Filter, channels: Sequence[str]) -> dict[str, int]:
    """How many lines of each channel the list would show; never more than CAP + 1."""
    return _counted(session, {name: replace(wanted, channel=name) for name in channels})


def _counted(session: Session, filters: dict[str, Filter]) -> dict[str, int]:
    if not filters:
        return {}
    parts = []
    for name, wanted in filters.items():
        some = store.select_in(_LINE, _LINE.c.id).where(*_where(wanted)).limit(CAP + 1).subquery()
        parts.append(select(literal(name), func.count()).select_from(some))
    return {name: int(count) for name, count in session.execute(union_all(*parts))}


def confirmable(session: Session, wanted: Filter, asleep: Sequence[str] = ()) -> int:
    """How many of the found lines can be confirmed; `asleep` are channels that cannot now."""
    query = store.select_in(_LINE, _LINE.c.id).where(
        *_where(wanted), CONFIRMABLE, _LINE.c.channel_id.not_in(asleep)
    )
    some = query.limit(CAP + 1).subquery()
    return int(session.scalar(select(func.count()).select_from(some)) or 0)
