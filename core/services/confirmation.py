"""Confirming: what was chosen is sent once per revision; 자동 chooses by itself what is new."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select, true
from sqlalchemy.orm import Session

from core import clock, registry, store
from core.contracts.order import LineState
from core.contracts.text import Text
from core.contracts.write import Result, Scope
from core.errors import ContractError
from core.ledger import commands
from core.ledger.effect_rows import Wish
from core.ledger.effects import carry_out
from core.ledger.run import Run
from core.models import Channel, Command, Effect, OrderLine
from core.services import board, lines, runple, units
from core.services.kind_names import CONFIRM
from core.services.line_state import CONFIRMABLE, can_be_confirmed

_LINE: Any = OrderLine.__table__
_EFFECT: Any = Effect.__table__
_COMMAND: Any = Command.__table__

CHANGED = Text(
    "보내기 전에 주문 상태가 바뀌어 보내지 않았습니다.",
    "Not sent: the order's state changed before.",
)


def confirm(run: Run) -> None:
    """Confirm the payload's lines at the marketplace, each at most once per revision.

    A line that has changed since it was chosen (a claim came in, on it or on one that the call
    would touch as well; the marketplace took an earlier 발주확인 back) is not sent; what was
    sent before is settled.
    """
    sync = registry.current().orders.get(run.channel.marketplace)
    if sync is None or sync.confirm is None:
        raise ContractError(detail=f"{run.channel.marketplace} declares no confirm")
    scope = sync.confirm.scope
    chosen: Mapping[str, int] = run.payload["revisions"]
    with store.read() as session:
        picked = board.chosen(session, list(chosen))
        sent = _sent_items(session, run)
        whole = units.whole_units(session, picked, scope)
    claimed = units.claimed_units(whole, scope)
    going = [
        line
        for line in picked
        if line.line_key in sent
        or (
            can_be_confirmed(line)
            and units.unit_of(line, scope) not in claimed
            and line.confirm_revision == chosen[line.id]
        )
    ]
    by_key = {line.line_key: line for line in going}
    wishes = [_wish(line, chosen[line.id], units.unit_of(line, scope)) for line in going]

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
            {"line": by_key[key].id, **text.stored()}
            for key, text in tally.refused.items()
            if key in by_key
        ]
        + [{"line": line, **CHANGED.stored()} for line in skipped],
    }


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


def _wish(line: OrderLine, revision: int, unit: str) -> Wish:
    return Wish(
        item=line.line_key,
        unit=unit,
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


def mark_confirmed(session: Session, line_id: str, revision: int) -> None:
    """The marketplace has this confirm: a line that is still new at its revision says so too."""
    now = clock.now()
    session.execute(
        store.update_in(_LINE)
        .where(
            _LINE.c.id == line_id,
            _LINE.c.state == LineState.NEW.value,
            _LINE.c.confirm_revision == revision,
        )
        .values(
            state=LineState.CONFIRMED.value,
            confirm_state="confirmed",
            confirmed_at=now,
            changed_at=now,
        )
    )


def _note_confirms(
    session: Session, run: Run, results: Sequence[Result], by_key: Mapping[str, OrderLine]
) -> None:
    who = run.command.created_by
    for result in results:
        line = by_key.get(result.key)
        if line is None:
            continue
        key = f"{run.command.id}:{run.payload['revisions'][line.id]}"
        if result.done:
            mark_confirmed(session, line.id, run.payload["revisions"][line.id])
            lines.note(session, [line.id], "confirmed", who, key, {"command": run.command.id})
        elif result.text is not None:
            detail = {**result.text.stored(), "code": result.code}
            lines.note(session, [line.id], "confirm_refused", who, key, detail)
    done = sum(result.done for result in results)
    run.counts["done"] = run.counts.get("done", 0) + done
    run.counts["refused"] = run.counts.get("refused", 0) + len(results) - done
    session.execute(
        store.update_in(_COMMAND)
        .where(_COMMAND.c.id == run.command.id)
        .values(progress_done=_COMMAND.c.progress_done + len(results))
    )


# -- by itself -------------------------------------------------------------------------------------


def submit_auto(session: Session, run: Run) -> list[str]:
    """Confirm new lines that were paid after activation and were never confirmed before.

    In the mode 런플상품발주 only those that are of 런플상품 alone, with all that one call would
    touch. Returns the queues to ring after the commit.
    """
    mode = session.scalar(select(Channel.confirm_mode).where(Channel.id == run.channel.id))
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
                CONFIRMABLE,
                _LINE.c.confirm_revision == 1,
                _LINE.c.paid_at >= run.channel.activated_at.replace(microsecond=0),
                ~tried,
                runple.of_runple() if mode == runple.MODE else true(),
            )
            .order_by(_LINE.c.ordered_at, _LINE.c.id)
            .limit(1000)
        )
    )
    stopped = _stopped_lines(session, run.channel.id)
    ids = [line for line in ids if line not in stopped]
    if mode == runple.MODE:
        ids = runple.alone(session, ids, _scope(run))
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


def _scope(run: Run) -> Scope:
    sync = registry.current().orders.get(run.channel.marketplace)
    return sync.confirm.scope if sync is not None and sync.confirm is not None else Scope.LINE


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
