"""Orders: collected page by page, and confirmed by hand or by themselves."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock, queue, registry, store
from core.contracts.order import ClaimState, LineState, OrderSync
from core.contracts.page import Page
from core.contracts.text import Text
from core.contracts.write import Result, Scope
from core.errors import ContractError
from core.ledger import commands
from core.ledger.effects import Wish, carry_out
from core.ledger.run import Run
from core.models import Channel, Command, Effect, OrderLine
from core.services import audit, channels, lines
from core.services.audit import Actor

CURSOR = "orders"
CONFIRM = "orders.confirm"
_LINE: Any = OrderLine.__table__
_EFFECT: Any = Effect.__table__
_CHANNEL: Any = Channel.__table__
_COMMAND: Any = Command.__table__

OPEN_CLAIMS = (ClaimState.REQUESTED.value, ClaimState.IN_PROGRESS.value, ClaimState.HELD.value)

NOT_NEW = Text("신규 상태가 아닙니다", "not new")
CLAIMED = Text("취소·반품·교환 요청이 있습니다", "has a claim")
SLEEPING = Text("채널이 멈춰 있습니다", "its channel is stopped")
NOT_OFFERED = Text("발주확인이 없는 채널입니다", "its channel has no confirm")
CHANGED = Text(
    "보내기 전에 주문 상태가 바뀌어 보내지 않았습니다.",
    "Not sent: the order's state changed before.",
)


def sync_of(marketplace: str) -> OrderSync:
    """How the marketplace's lines are read and written; ContractError when no plugin says."""
    found = registry.current().orders.get(marketplace)
    if found is None:
        raise ContractError(detail=f"{marketplace} declares no order sync")
    return found


# -- collecting -----------------------------------------------------------------------------------


def collect_now(channel_ids: Sequence[str] | None, actor: Actor) -> list[str]:
    """Have these channels (None: all that are live) collected now.

    Returns the ids of the standing commands; a held one stays held.
    """
    now = clock.now().timestamp()
    with store.write() as session:
        found = session.scalars(
            select(Command).where(
                Command.kind == "orders.collect", Command.state.in_(("ready", "running", "held"))
            )
        ).all()
        pressed = [c for c in found if channel_ids is None or c.channel_id in channel_ids]
        for command in pressed:
            if command.state == "ready":
                command.next_at = min(command.next_at, now)
            elif command.state == "held" and command.held_for == "parked":
                commands.go_on(session, command)
    channels.ring("orders.collect")
    return [command.id for command in pressed]


def collect(run: Run) -> None:
    """Read what changed, page by page; rows and cursor are stored together."""
    sync = sync_of(run.channel.marketplace)
    cursor = run.cursor(CURSOR)
    if cursor is None or cursor.startswith("since:"):
        cursor = sync.start(_since(run.channel, cursor))
    collected = 0
    more = True
    while more:
        observed_at = clock.now()
        page: Page[Any] = run.call("orders.changes", sync.changes, cursor)
        if page.more and page.cursor == cursor:
            raise ContractError(detail="the pages of orders do not get on")
        if _nothing(run, page) and run.found_nothing((CURSOR, page.cursor)):
            return
        collected += len(page.items)
        more, cursor = page.more, page.cursor
        _keep_page(run, page, observed_at, collected)


def _nothing(run: Run, page: Page[Any]) -> bool:
    """A poll that found nothing, and after which nothing else is to be done."""
    first = "resume" not in (run.channel.note or {})
    return not page.items and not page.more and first and run.channel.confirm_mode == "manual"


def _since(channel: Any, cursor: str | None) -> datetime:
    if cursor is not None:
        return datetime.fromisoformat(cursor.removeprefix("since:"))
    return clock.now() - timedelta(days=channel.reach_back_days)


def _keep_page(run: Run, page: Page[Any], observed_at: datetime, collected: int) -> None:
    confirm: list[str] = []
    with store.read() as session:
        news = lines.compare(session, run.channel, page.items, observed_at)
    for name, count in news.counts.items():
        run.counts[name] = run.counts.get(name, 0) + count

    def keep(session: Session) -> None:
        lines.write(session, news)
        if not page.more:
            confirm.extend(_end_of_collection(session, run))

    run.commit(
        "orders.page",
        keep,
        cursor=(CURSOR, page.cursor),
        done=collected,
        total=page.total,
        last=not page.more,
    )
    for name in confirm:
        queue.ring(name)


def _end_of_collection(session: Session, run: Run) -> list[str]:
    """The channel has been read up to now: say so, and confirm by itself where that is set."""
    values: dict[str, Any] = {"collected_at": clock.now()}
    note = dict(run.channel.note or {})
    queues: list[str] = []
    if note.get("resume") == "collect_first":
        values["note"] = {name: value for name, value in note.items() if name != "resume"}
    session.execute(
        store.update_in(_CHANNEL).where(_CHANNEL.c.id == run.channel.id).values(**values)
    )
    if "note" in values:
        queues += commands.release(session, run.channel.id, ("restored",))
    if run.channel.confirm_mode == "auto":
        queues += _submit_auto(session, run)
    return queues


def _submit_auto(session: Session, run: Run) -> list[str]:
    """Confirm new lines that were paid after activation and were never confirmed before."""
    tried = (
        select(_EFFECT.c.id)
        .where(
            _EFFECT.c.workspace_id == _LINE.c.workspace_id,
            _EFFECT.c.channel_id == run.channel.id,
            _EFFECT.c.operation == CONFIRM,
            _EFFECT.c.item == _LINE.c.line_key,
        )
        .exists()
    )
    ids = list(
        session.scalars(
            store.select_in(_LINE, _LINE.c.id)
            .where(
                _LINE.c.channel_id == run.channel.id,
                _LINE.c.state == LineState.NEW.value,
                _LINE.c.confirm_revision == 1,
                _LINE.c.claim_state.not_in(OPEN_CLAIMS),
                _LINE.c.paid_at >= run.channel.activated_at,
                ~tried,
            )
            .order_by(_LINE.c.ordered_at, _LINE.c.id)
            .limit(1000)
        )
    )
    stopped = _stopped_lines(session, run.channel.id)
    ids = [line for line in ids if line not in stopped]
    if not ids:
        return []
    name = hashlib.sha256("".join(ids).encode()).hexdigest()[:32]
    command = commands.submit(
        session,
        CONFIRM,
        lane=run.channel.id,
        channel_id=run.channel.id,
        natural_key=f"auto:{name}",
        payload={"revisions": dict.fromkeys(ids, 1)},
        by="자동 발주확인",
        total=len(ids),
    )
    return [command.queue]


def _stopped_lines(session: Session, channel_id: str) -> set[str]:
    """Lines whose confirm by itself a person has stopped: they are a person's from then on."""
    cancelled = session.scalars(
        select(Command).where(
            Command.channel_id == channel_id,
            Command.kind == CONFIRM,
            Command.state == "cancelled",
            Command.natural_key.startswith("auto:"),
        )
    )
    return {line for command in cancelled for line in commands.payload_of(command)["revisions"]}


# -- confirming -----------------------------------------------------------------------------------


@dataclass
class Proposal:
    """What a press of 발주확인 would do: the lines by channel, and what is left out and why."""

    lines: dict[str, list[OrderLine]] = field(default_factory=dict)
    left_out: list[tuple[OrderLine, Text]] = field(default_factory=list)
    widened: int = 0

    @property
    def count(self) -> int:
        """How many lines would be confirmed."""
        return sum(len(found) for found in self.lines.values())


def propose_confirm(session: Session, line_ids: Sequence[str]) -> Proposal:
    """Look at a selection: widen it to what one call touches, leave out what cannot go."""
    proposal = Proposal()
    by_id = {channel.id: channel for channel in channels.live(session)}
    picked = _lines(session, line_ids)
    wider = _widened(session, picked, by_id)
    proposal.widened = len(wider) - len(picked)
    for line in wider:
        reason = _why_not(line, by_id.get(line.channel_id))
        if reason is None:
            proposal.lines.setdefault(line.channel_id, []).append(line)
        else:
            proposal.left_out.append((line, reason))
    return proposal


def _lines(session: Session, line_ids: Sequence[str]) -> list[OrderLine]:
    found: list[OrderLine] = []
    for start in range(0, len(line_ids), 500):
        found += session.scalars(
            select(OrderLine).where(OrderLine.id.in_(line_ids[start : start + 500]))
        )
    return sorted(found, key=lambda line: (line.ordered_at, line.order_no, line.line_no))


def _widened(
    session: Session, picked: Sequence[OrderLine], by_id: Mapping[str, Channel]
) -> list[OrderLine]:
    known = registry.current().orders
    found = {line.id: line for line in picked}
    for line in picked:
        channel = by_id.get(line.channel_id)
        sync = known.get(channel.marketplace) if channel else None
        scope = sync.confirm.scope if sync and sync.confirm else Scope.LINE
        if scope is Scope.ORDER:
            same = OrderLine.order_no == line.order_no
        elif scope is Scope.BUNDLE and line.bundle_no:
            same = OrderLine.bundle_no == line.bundle_no
        else:
            continue
        rows = session.scalars(
            select(OrderLine).where(OrderLine.channel_id == line.channel_id, same)
        )
        found |= {row.id: row for row in rows}
    return list(found.values())


def _why_not(line: OrderLine, channel: Channel | None) -> Text | None:
    if channel is None or channel.state != "active":
        return SLEEPING
    sync = registry.current().orders.get(channel.marketplace)
    if sync is None or sync.confirm is None:
        return NOT_OFFERED
    if line.state != LineState.NEW.value:
        return NOT_NEW
    if line.claim_state in OPEN_CLAIMS:
        return CLAIMED
    return None


def submit_confirm(line_ids: Sequence[str], actor: Actor, *, submission: str) -> list[str]:
    """Have the lines confirmed at their marketplaces; returns one command id per channel.

    The same submission sent again answers with the same commands.
    """
    found: list[str] = []
    with store.write() as session:
        proposal = propose_confirm(session, line_ids)
        earlier = of_submission(session, submission)
        if earlier:
            return earlier
        for channel_id, picked in proposal.lines.items():
            name = _submission_of(submission, channel_id)
            command = commands.submit(
                session,
                CONFIRM,
                lane=channel_id,
                channel_id=channel_id,
                natural_key=name,
                payload={"revisions": {line.id: line.confirm_revision for line in picked}},
                by=actor.name,
                submission=name,
                total=len(picked),
            )
            found.append(command.id)
            audit.record(
                session,
                CONFIRM,
                actor=actor,
                subjects=[line.id for line in picked],
                detail={"command": command.id},
            )
    channels.ring(CONFIRM)
    return found


def _submission_of(submission: str, channel_id: str) -> str:
    digest = hashlib.sha256(channel_id.encode()).hexdigest()[:30]
    return f"{submission[:33]}.{digest}"


def of_submission(session: Session, submission: str) -> list[str]:
    """The commands that a submission of [발주확인] made; empty when it was never seen."""
    return list(
        session.scalars(
            select(Command.id).where(
                Command.kind == CONFIRM, Command.submission.startswith(f"{submission[:33]}.")
            )
        )
    )


def confirm(run: Run) -> None:
    """Confirm the payload's lines at the marketplace, each at most once per revision.

    A line that has changed since it was chosen (a claim came in, the marketplace took an
    earlier 발주확인 back) is not sent; what was sent before is settled.
    """
    sync = sync_of(run.channel.marketplace)
    if sync.confirm is None:
        raise ContractError(detail=f"{run.channel.marketplace} declares no confirm")
    chosen: Mapping[str, int] = run.payload["revisions"]
    with store.read() as session:
        picked = _lines(session, list(chosen))
        sent = _sent_items(session, run)
    going = [
        line
        for line in picked
        if line.line_key in sent or (_is_new(line) and line.confirm_revision == chosen[line.id])
    ]
    by_key = {line.line_key: line for line in going}
    wishes = [_wish(line, chosen[line.id]) for line in going]

    def kept(session: Session, results: Sequence[Result], known: Mapping[str, Wish]) -> None:
        _note_confirms(session, run, results, by_key)

    tally = carry_out(run, CONFIRM, sync.confirm, wishes, kept)
    skipped = [line.id for line in picked if line.line_key not in by_key]
    run.result = {
        "done": len(tally.done),
        "already": len(tally.already),
        "busy": len(tally.busy),
        "refused": len(tally.refused),
        "changed": len(skipped),
        "asked": len(picked),
        "reasons": [
            {"line": by_key[key].id, "ko": text.ko, "en": text.en}
            for key, text in tally.refused.items()
            if key in by_key
        ]
        + [{"line": line, "ko": CHANGED.ko, "en": CHANGED.en} for line in skipped],
    }


def _is_new(line: OrderLine) -> bool:
    return line.state == LineState.NEW.value and line.claim_state not in OPEN_CLAIMS


def _sent_items(session: Session, run: Run) -> set[str]:
    """What this command has sent already, whatever came of it."""
    return set(
        session.scalars(
            store.select_in(_EFFECT, _EFFECT.c.item).where(
                _EFFECT.c.command_id == run.command.id,
                _EFFECT.c.operation == CONFIRM,
                _EFFECT.c.state != "planned",
            )
        )
    )


def _wish(line: OrderLine, revision: int) -> Wish:
    return Wish(
        item=line.line_key,
        revision=revision,
        values={
            "order_no": line.order_no,
            "line_no": line.line_no,
            "bundle_no": line.bundle_no,
            "line_class": line.line_class,
            "product_no": line.product_no,
        },
        known_since=line.first_seen_at,
    )


def _note_confirms(
    session: Session, run: Run, results: Sequence[Result], by_key: Mapping[str, OrderLine]
) -> None:
    now = clock.now()
    who = run.command.created_by
    for result in results:
        line = by_key.get(result.key)
        if line is None:
            continue
        key = f"{run.command.id}:{run.payload['revisions'][line.id]}"
        if result.done:
            session.execute(
                store.update_in(_LINE)
                .where(
                    _LINE.c.id == line.id,
                    _LINE.c.state == LineState.NEW.value,
                    _LINE.c.confirm_revision == run.payload["revisions"][line.id],
                )
                .values(
                    state=LineState.CONFIRMED.value,
                    confirm_state="confirmed",
                    confirmed_at=now,
                    changed_at=now,
                )
            )
            lines.note(session, [line.id], "confirmed", who, key, {"command": run.command.id})
        elif result.text is not None:
            detail = {"ko": result.text.ko, "en": result.text.en, "code": result.code}
            lines.note(session, [line.id], "confirm_refused", who, key, detail)
    done = sum(result.done for result in results)
    run.counts["done"] = run.counts.get("done", 0) + done
    run.counts["refused"] = run.counts.get("refused", 0) + len(results) - done
    session.execute(
        store.update_in(_COMMAND)
        .where(_COMMAND.c.id == run.command.id)
        .values(progress_done=_COMMAND.c.progress_done + len(results))
    )
