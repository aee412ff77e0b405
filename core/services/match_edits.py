"""Matching as a person does it: chosen, accepted, undone, or all of a channel at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import queue, store
from core.contracts.text import Text
from core.ledger import commands, kinds
from core.ledger.run import Run
from core.models import Listing, ListingOption, Match, Sku
from core.services import audit, channels, match_versions, matching
from core.services.audit import Actor
from core.services.joins import LISTING_OF_OPTION
from core.services.kind_names import LISTINGS_MATCH
from core.services.matching import Asked, Part
from core.services.outcome import Missing, Wrong

MOST_PARTS, MOST_PIECES = 20, 9_999
LANE = "matching"
SLICE = 200

_LISTING: Any = Listing.__table__
_OPTION: Any = ListingOption.__table__
_MATCH: Any = Match.__table__
_SKU: Any = Sku.__table__

ELSEWHERE = Text(
    "그사이 다른 사람이 이 옵션의 연결을 바꿨습니다. 지금 연결을 확인하고 다시 해 주세요.",
    "Somebody else changed the match meanwhile. Look at the present one and try again.",
)
TOO_MANY = Text(
    "한 옵션에 SKU {n}가지까지 연결할 수 있습니다.", "An option can be made of {n} SKUs at most."
)
PIECES = Text("수량은 1부터 {n}까지 넣을 수 있습니다.", "Between 1 and {n} pieces.")
AWAY = Text(
    "보관했거나 없는 SKU가 들어 있습니다. 빼고 다시 해 주세요.",
    "One of the SKUs is archived or does not exist. Leave it out.",
)


def pieces_of(typed: str) -> int:
    """How many pieces of a SKU were typed; 0 where that cannot be."""
    pieces = int(typed) if typed.isdecimal() and len(typed) < 6 else 0
    return pieces if pieces <= MOST_PIECES else 0


def read(session: Session, raw: Mapping[str, str]) -> tuple[Part, ...]:
    """Parts from what was typed, the pieces by SKU id. Raises Wrong."""
    if len(raw) > MOST_PARTS:
        raise Wrong({"": TOO_MANY.format(n=MOST_PARTS)})
    problems: dict[str, Text] = {}
    parts = []
    for sku_id, typed in raw.items():
        pieces = pieces_of(typed)
        if not pieces:
            problems[sku_id] = PIECES.format(n=f"{MOST_PIECES:,}")
        parts.append(Part(sku_id, pieces))
    there = store.select_in(_SKU, _SKU.c.id).where(
        _SKU.c.id.in_(list(raw)), _SKU.c.archived_at.is_(None)
    )
    if len(session.scalars(there).all()) != len(raw):
        problems[""] = AWAY
    if problems:
        raise Wrong(problems)
    return tuple(sorted(parts))


def number_of(session: Session, option_id: str) -> int:
    """The number of an option's newest version that stands, 0 where it is not matched."""
    standing = match_versions.of(session, [option_id]).get(option_id, [])
    return standing[-1].number if standing else 0


def save(option_id: str, raw: Mapping[str, str], actor: Actor, *, seen: int) -> bool:
    """Match an option with what a person chose, who saw version `seen`; whether that was news.

    Raises Wrong, also when somebody else was faster with something else, and Missing.
    """
    with store.write() as session:
        parts = read(session, raw)
        if not matching.hold(session, [option_id]):
            raise Missing
        standing = match_versions.of(session, [option_id]).get(option_id, [])
        if (standing[-1].parts if standing else ()) == parts:
            return False
        if (standing[-1].number if standing else 0) != seen:
            raise Wrong({"": ELSEWHERE})
        matching.match(session, {option_id: parts}, how=matching.BY_HAND, who=actor.name)
        audit.record(session, "match.set", actor=actor, subjects=[option_id])
    return True


def undo(option_id: str, actor: Actor, *, seen: int) -> bool:
    """Take back version `seen` of an option's match; whether it stood. Raises Wrong and Missing."""
    with store.write() as session:
        if not matching.hold(session, [option_id]):
            raise Missing
        told = match_versions.of(session, [option_id], voided=True).get(option_id, [])
        if any(one.number == seen and one.voided_at is not None for one in told):
            return False  # pressed twice
        standing = [one for one in told if one.voided_at is None]
        if not standing or standing[-1].number != seen:
            raise Wrong({"": ELSEWHERE})
        matching.undo(session, option_id, actor.name)
        audit.record(session, "match.undo", actor=actor, subjects=[option_id])
    return True


def accept(option_ids: Sequence[str], actor: Actor) -> int:
    """Match options as it is proposed for them now; how many of them got something new."""
    with store.write() as session:
        options = asked(session, option_ids)
        count = sum(_take(session, options, actor.name).values())
        if count:
            audit.record(session, "match.accept", actor=actor, subjects=list(option_ids)[:50])
    return count


def _take(session: Session, options: Sequence[Asked], who: str) -> dict[str, int]:
    """Match options as it is proposed; how many by how that was known."""
    proposals = matching.propose(session, options)
    by_how: dict[str, dict[str, tuple[Part, ...]]] = {}
    for option_id, one in proposals.items():
        if one.parts and one.how != matching.STANDS:
            by_how.setdefault(one.how, {})[option_id] = one.parts
    return {
        how: matching.match(session, wanted, how=how, who=who) for how, wanted in by_how.items()
    }


def asked(session: Session, option_ids: Sequence[str]) -> list[Asked]:
    """Stored options as proposals are asked for, each by its own id."""
    columns = (
        _OPTION.c.id,
        _OPTION.c.code,
        _OPTION.c.option_no,
        _OPTION.c.name.label("option_name"),
        _LISTING.c.code.label("listing_code"),
        _LISTING.c.name,
    )
    query = store.select_in(_OPTION, *columns).join(_LISTING, LISTING_OF_OPTION)
    query = query.order_by(_OPTION.c.id)
    return [
        Asked(
            key=row.id,
            option_id=row.id,
            listing_code=row.listing_code,
            option_code=row.code,
            name=row.name,
            option_name=row.option_name,
            single=row.option_no == "",
        )
        for row in store.rows_among(session, query, _OPTION.c.id, option_ids)
    ]


# -- all of a channel ------------------------------------------------------------------------------


def submit(channel_id: str, actor: Actor, *, submission: str) -> str:
    """Match whatever of a channel's listings is unmatched by what is proposed; the command's id."""
    with store.write() as session:
        channel = channels.get(session, channel_id)
        command = commands.submit(
            session,
            LISTINGS_MATCH,
            lane=LANE,
            natural_key=channel.id,
            payload={"channel": channel.id},
            by=actor.name,
            submission=f"{submission[:33]}.match",
        )
        audit.record(session, LISTINGS_MATCH, actor=actor, subjects=[channel.id])
    queue.ring(kinds.BULK)
    return command.id


def match_channel(run: Run) -> None:
    """Go through the unmatched options, some in a commit; goes on after the last one it did."""
    channel_id = run.payload["channel"]
    while True:
        with store.read() as session:
            ids = _unmatched(session, channel_id, str(run.counts.get("after", "")))
        if not ids:
            break
        done = int(run.counts.get("seen", 0)) + len(ids)
        run.commit("listings.match", partial(_some, run, ids), done=done)
    run.result = {
        "linked": int(run.counts.get("linked", 0)),
        "unclear": int(run.counts.get("unclear", 0)),
        "unlinked": int(run.counts.get("unlinked", 0)),
    }


def _unmatched(session: Session, channel_id: str, after: str) -> list[str]:
    """Options without a match that nobody has made to be of nothing, by their ids."""
    matched = (
        select(_MATCH.c.id)
        .where(
            _MATCH.c.workspace_id == _OPTION.c.workspace_id,
            _MATCH.c.option_id == _OPTION.c.id,
            _MATCH.c.voided_at.is_(None),
        )
        .exists()
    )
    query = (
        store.select_in(_OPTION, _OPTION.c.id)
        .join(_LISTING, LISTING_OF_OPTION)
        .where(
            _LISTING.c.channel_id == channel_id,
            _LISTING.c.gone_at.is_(None),
            _OPTION.c.gone_at.is_(None),
            _OPTION.c.match_id.is_(None),
            _OPTION.c.id > after,
            ~matched,
        )
    )
    return list(session.scalars(query.order_by(_OPTION.c.id).limit(SLICE)))


def _some(run: Run, ids: Sequence[str], session: Session) -> None:
    options = asked(session, ids)
    proposals = matching.propose(session, options)
    linked = sum(_take(session, options, run.command.created_by).values())
    unclear = sum(one.problem is not None for one in proposals.values())
    told = {"linked": linked, "unclear": unclear, "unlinked": len(ids) - linked - unclear}
    before = run.counts
    run.counts = {name: int(before.get(name, 0)) + count for name, count in told.items()}
    run.counts |= {"after": ids[-1], "seen": int(before.get("seen", 0)) + len(ids)}


def get(session: Session, listing_id: str, option_id: str) -> Any:
    """An option of this listing; Missing where it is none of its."""
    query = store.select_in(_OPTION).where(
        _OPTION.c.id == option_id, _OPTION.c.listing_id == listing_id
    )
    found = session.execute(query).one_or_none()
    if found is None:
        raise Missing
    return found
