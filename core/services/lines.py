"""From a marketplace's line to our row: merged with what is stored, sealed, and told as news.

An observation made earlier never overwrites one made later; a field that a partial line leaves
out stays; what changed becomes an entry of the line's timeline.
"""

from __future__ import annotations

import json
import math
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy.orm import Session

from core import clock, row_writes, store, vault
from core.contracts.order import Buyer, Claim, ClaimState, Line, LineState
from core.contracts.page import UNCHANGED
from core.models import LineEvent, OrderLine, id_of, new_id
from core.services import holds, timeline

_LINE: Any = OrderLine.__table__
_EVENT: Any = LineEvent.__table__
_SPACE = uuid.UUID("7f1f0f0e-6d0a-5c1e-9a53-5b6f2f4f7f0a")

SIMPLE = (
    "remote_state", "ordered_at", "paid_at", "confirmed_at", "dispatched_at", "dispatch_due",
    "bundle_no", "product_no", "option_no", "product_name", "option_text", "seller_code",
    "option_code", "line_class", "quantity", "cancelled", "returned", "exchanged", "dispatched",
    "unit_price", "amount", "shipping_fee", "commission", "settlement", "courier", "invoice_no",
)  # fmt: skip
"""Columns that take a line's value as it is."""

LENGTHS = {
    name: _LINE.c[name].type.length
    for name in SIMPLE
    if getattr(_LINE.c[name].type, "length", None) is not None
}

EMPTY: dict[str, Any] = {
    "remote_state": "", "product_no": "", "product_name": "", "quantity": 0, "cancelled": 0,
    "returned": 0, "exchanged": 0, "dispatched": 0, "unit_price": 0, "amount": 0,
}  # fmt: skip

TAKEN = tuple((name, EMPTY.get(name), LENGTHS.get(name)) for name in SIMPLE)
"""What is taken as it is: the column, what it holds when empty, and how long it may be."""


def line_id(workspace_id: str, account: str, order_no: str, line_no: str) -> str:
    """The id of a collected line: the same whenever this account's line is collected again."""
    return id_of(_SPACE, workspace_id, account, order_no, line_no)


@dataclass
class News:
    """A page of lines, compared with what is stored and sealed, ready to be written.

    `moved` are those that are of another option now.
    """

    fresh: list[dict[str, Any]] = field(default_factory=list)
    changed: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    moved: list[str] = field(default_factory=list)
    older: int = 0

    @property
    def counts(self) -> dict[str, int]:
        """How many lines are new, changed, and older than what is stored."""
        found = {"new": len(self.fresh), "changed": len(self.changed), "older": self.older}
        return {name: count for name, count in found.items() if count}


def compare(
    session: Session, channel: Any, lines: Sequence[Line], observed_at: datetime | None
) -> News:
    """Compare a page of lines with what is stored; reads only, so that no lock is held for it.

    `observed_at` is when the request for the page began; None where a line that is stored was
    looked at once more: it counts as observed at its last change, so that a change that the
    marketplace's clock puts before our look still comes through. Whoever holds the channel's
    lane is the only one to write its lines, so nothing changes until `write`.
    """
    workspace_id = store.current_workspace()
    keyed: dict[str, Line] = {}
    for line in sorted(lines, key=_told_at):
        row_id = line_id(workspace_id, channel.account, line.order_no, line.line_no)
        keyed[row_id] = joined(keyed[row_id], line) if row_id in keyed else line
    stored = _stored(session, list(keyed))
    news = News()
    for row_id, line in keyed.items():
        old = stored.get(row_id)
        at = line.changed_at or observed_at
        if at is not None:
            seen = int(at.timestamp() * 1000)
        elif old is not None:
            seen = old.seen_version
        else:
            continue
        if old is not None and seen < old.seen_version:
            news.older += 1
            continue
        row = _row(row_id, channel, line, seen, old)
        if row is None:
            continue
        if old is None:
            news.fresh.append(row)
        else:
            news.changed.append(row)
            news.events += _news(row, old, at or clock.now())
            if (row["product_no"], row["option_no"]) != (old.product_no, old.option_no):
                news.moved.append(row_id)
    return news


def write(session: Session, news: News) -> None:
    """Store what `compare` found, and let the lines hold what they should of the stock."""
    key = ("workspace_id", "account", "order_no", "line_no")
    holding = holds.concerned(session, [*news.fresh, *news.changed])
    for rows in (news.fresh, news.changed):
        row_writes.upsert(
            session, _LINE, rows, key=key, differs="fingerprint", not_older="seen_version",
            keep=("first_seen_at",),
        )  # fmt: skip
    row_writes.insert_new(session, _EVENT, news.events, ("workspace_id", "line_id", "key"))
    holds.settle(session, [*holding, *news.moved])


def unknown(session: Session, channel: Any, lines: Sequence[Line]) -> list[Line]:
    """Those of the lines that are not stored yet."""
    workspace_id = store.current_workspace()
    keyed = {
        line_id(workspace_id, channel.account, line.order_no, line.line_no): line for line in lines
    }
    stored = _stored(session, list(keyed))
    return [line for row_id, line in keyed.items() if row_id not in stored]


def joined(first: Line, later: Line) -> Line:
    """What both tell of a line; where both tell something the later one's word counts."""
    told = {name: value for name, value in vars(later).items() if value is not UNCHANGED}
    told["confirm_withdrawn"] = first.confirm_withdrawn or later.confirm_withdrawn
    return replace(first, **told)


def _told_at(line: Line) -> float:
    """By which the lines of a page are put in order; one without a time was told last."""
    return line.changed_at.timestamp() if line.changed_at is not None else math.inf


def keep(
    session: Session, channel: Any, lines: Sequence[Line], observed_at: datetime
) -> dict[str, int]:
    """Compare and store in one transaction; returns the counts."""
    news = compare(session, channel, lines, observed_at)
    write(session, news)
    return news.counts


def _stored(session: Session, ids: Sequence[str]) -> dict[str, Any]:
    rows = session.execute(store.select_in(_LINE).where(store.among(_LINE.c.id, ids)))
    return {row.id: row for row in rows}


def _row(row_id: str, channel: Any, line: Line, seen: int, old: Any) -> dict[str, Any] | None:
    """The row of a line, or None when what was observed is what is stored."""
    facts = _simple(line, old)
    facts |= _ordered(facts, line, old)
    facts |= _state(line, seen, old) | _claim(line, old)
    if old is not None and line.buyer is UNCHANGED and _as_stored(facts, old):
        return None
    print_ = vault.fingerprint(_canonical(facts, line))
    if old is not None and print_ == old.fingerprint:
        return None
    return {
        **facts,
        **_buyer(row_id, line, old),
        "id": row_id,
        "channel_id": channel.id,
        "account": channel.account,
        "order_no": line.order_no,
        "line_no": line.line_no,
        "line_key": line.line_key,
        "seen_version": seen,
        "fingerprint": print_,
        "raw": _raw(row_id, line, old),
        "first_seen_at": old.first_seen_at if old is not None else clock.now(),
        "changed_at": clock.now(),
    }


def _as_stored(facts: dict[str, Any], old: Any) -> bool:
    """Whether a line told in part says nothing new (its fingerprint lacks what it left out)."""
    return all(getattr(old, name) == value for name, value in facts.items())


def _raw(row_id: str, line: Line, old: Any) -> bytes | None:
    if line.raw is UNCHANGED:
        return old.raw if old is not None else None
    raw = line.raw.encode("utf-8", "replace") if isinstance(line.raw, str) else _json(line.raw)
    return vault.seal("order_line", "raw", row_id, raw, compress=True)


def _json(value: Any) -> bytes:
    """The value as JSON; what orjson does not take (a number beyond 64 bits) goes the long way."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value, ensure_ascii=False, default=str).encode("utf-8", "replace")


def _simple(line: Line, old: Any) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for name, empty, limit in TAKEN:
        value = getattr(line, name)
        if value is UNCHANGED:
            value = empty if old is None else getattr(old, name)
        elif value is None:
            value = empty
        elif limit is not None:
            value = value[:limit]
        facts[name] = value
    return facts


def _ordered(facts: Mapping[str, Any], line: Line, old: Any) -> dict[str, Any]:
    """When the line was ordered, or as long as nothing tells, the earliest time known of it."""
    if isinstance(line.ordered_at, datetime) or (old is not None and old.dated):
        return {"ordered_at": facts["ordered_at"], "dated": True}
    if facts["paid_at"] is not None:
        return {"ordered_at": facts["paid_at"], "dated": True}
    known = [facts[name] for name in ("confirmed_at", "dispatched_at") if facts[name] is not None]
    known.append(old.ordered_at if old is not None else line.changed_at or clock.now())
    return {"ordered_at": min(known), "dated": False}


def _state(line: Line, seen: int, old: Any) -> dict[str, Any]:
    """Our state, and whether a confirm of ours stands (a stale read does not undo it)."""
    state = line.state.value if isinstance(line.state, LineState) else None
    if state is None:
        state = old.state if old is not None else LineState.UNKNOWN.value
    revision = old.confirm_revision if old is not None else 1
    confirm = old.confirm_state if old is not None else ""
    if line.confirm_withdrawn and confirm != "withdrawn":
        return {"state": state, "confirm_revision": revision + 1, "confirm_state": "withdrawn"}
    if state == LineState.NEW.value and confirm == "confirmed" and seen <= old.seen_version:
        state = LineState.CONFIRMED.value
    if state == LineState.CONFIRMED.value:
        confirm = "confirmed"
    return {"state": state, "confirm_revision": revision, "confirm_state": confirm}


def _claim(line: Line, old: Any) -> dict[str, Any]:
    if not isinstance(line.claim, Claim):
        if line.claim is None or old is None:
            return {"claim_kind": "", "claim_state": "", "claim_remote": "", "claim_reason": ""}
        names = ("claim_kind", "claim_state", "claim_remote", "claim_reason")
        return {name: getattr(old, name) for name in names}
    return {
        "claim_kind": line.claim.kind.value,
        "claim_state": line.claim.state.value,
        "claim_remote": line.claim.remote_state[:64],
        "claim_reason": line.claim.reason[:64],
    }


def _buyer(row_id: str, line: Line, old: Any) -> dict[str, Any]:
    names = ("receiver_mask", "region", "receiver_index", "orderer_index", "phone_index", "buyer")
    if not isinstance(line.buyer, Buyer):
        if old is None:
            return {name: "" if name in ("receiver_mask", "region") else None for name in names}
        return {name: getattr(old, name) for name in names}
    buyer = line.buyer
    values = {name: value for name, value in vars(buyer).items() if value}
    return {
        "receiver_mask": mask_name(buyer.receiver_name),
        "region": " ".join(buyer.address.split()[:2])[:40],
        "receiver_index": vault.blind(buyer.receiver_name) if buyer.receiver_name else None,
        "orderer_index": vault.blind(buyer.orderer_name) if buyer.orderer_name else None,
        "phone_index": vault.blind(buyer.receiver_phone) if buyer.receiver_phone else None,
        "buyer": vault.seal_json("order_line", "buyer", row_id, values),
    }


def mask_name(name: str) -> str:
    """김*현: the first and the last letter of a name."""
    if len(name) < 2:
        return "*" if name else ""
    return (name[0] + "*" * max(1, len(name) - 2) + (name[-1] if len(name) > 2 else ""))[:40]


def _canonical(facts: dict[str, Any], line: Line) -> bytes:
    """What was observed, in one order: differing fingerprints mean that something changed."""
    return _json(list(facts.values())) + repr(line.buyer).encode("utf-8", "replace")


def _news(row: dict[str, Any], old: Any, at: datetime) -> list[dict[str, Any]]:
    """Timeline entries for what changed; none of them holds a buyer's data."""
    found: list[tuple[str, dict[str, Any]]] = []
    if row["confirm_revision"] != old.confirm_revision:
        found.append(("confirm_withdrawn", {}))
    elif row["state"] != old.state:
        found.append(("state", {"from": old.state, "to": row["state"]}))
    claim = (row["claim_kind"], row["claim_state"])
    if claim != (old.claim_kind, old.claim_state):
        kind = row["claim_kind"] or old.claim_kind
        state = row["claim_state"] or ClaimState.WITHDRAWN.value
        found.append(("claim", {"kind": kind, "state": state}))
    if row["invoice_no"] != old.invoice_no and row["invoice_no"]:
        found.append(("invoice", {"courier": row["courier"] or "", "number": row["invoice_no"]}))
    if row["receiver_index"] != old.receiver_index or row["region"] != old.region:
        found.append(("address", {}))
    return [
        {
            "id": new_id(),
            "line_id": row["id"],
            "key": f"{kind}:{row['seen_version']}:{detail.get('to', '')}"[:120],
            "at": at,
            "who": "marketplace",
            "kind": kind,
            "detail": detail,
        }
        for kind, detail in found
    ]


def note(
    session: Session, line_ids: Sequence[str], kind: str, who: str, key: str, detail: dict[str, Any]
) -> None:
    """Add one entry of ours to the timeline of each line."""
    timeline.note(session, _EVENT, "line_id", line_ids, kind, who, key, detail)
