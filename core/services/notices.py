"""Notices: what a seller should hear of without looking, told once per cause, and by e-mail.

Causes are looked for, not thrown: `look` compares what is so with the notices that are open, so
that none is missed by a process that died, and none is told twice.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from core import clock, mail, queue, registry, store
from core.ledger import commands
from core.ledger.run import Run
from core.ledger.signals import Later
from core.models import Channel, Command, Notice, Workspace
from core.registry import has_closed
from core.services import contacts, oversold
from core.services.kind_names import MAIL
from core.services.lateness import collects_late
from core.services.notice_words import said
from core.services.outcome import Missing

log = logging.getLogger(__name__)

LANE = "mail"
QUIET = timedelta(hours=6)
"""A channel that breaks again and again is mailed about once in so long, per kind of notice."""
PATIENCE = timedelta(days=1)
"""A mail server that is down, or wants to be asked again later, is asked for so long."""
GRANTED_FOR = timedelta(days=2)
DAYS_AHEAD = (1, 7, 30)
MOST_SKUS = 50
"""So many oversold SKUs are told of one by one."""

_NOTICE: Any = Notice.__table__


@dataclass(frozen=True)
class Cause:
    """Something that is so now and that somebody should hear of."""

    kind: str
    subject: str
    channel: Channel
    words: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """How it is known: the same as long as it lasts."""
        return f"{self.kind}:{self.subject}"[:160]


def look() -> int:
    """Tell what is new, and end what is over, in every workspace; returns how many are new."""
    with store.read() as session:
        workspaces = list(session.scalars(select(Workspace.id)))
    return sum(_look_in(workspace_id) for workspace_id in workspaces)


def _look_in(workspace_id: str) -> int:
    with store.workspace(workspace_id):
        with store.read() as session:
            causes = {cause.name: cause for cause in _causes(session)}
            known = _open(session)
            owed = any(
                _is_owed(session, known[name], causes[name])
                for name in causes.keys() & known.keys()
            )
        if causes.keys() == known.keys() and not owed:
            return 0
        with store.write() as session:
            fresh = _tell(session, causes)
        queue.ring("bulk")
        return fresh


def _open(session: Session) -> dict[str, Notice]:
    """The notices that hold, by their cause."""
    found = session.scalars(select(Notice).where(Notice.ended_at.is_(None)))
    return {notice.cause: notice for notice in found}


def _is_owed(session: Session, notice: Notice, cause: Cause) -> bool:
    """Whether one that was not mailed for the sake of quiet still holds when that is over."""
    return notice.mail == "throttled" and _decide(session, cause) == "queued"


def _tell(session: Session, causes: Mapping[str, Cause]) -> int:
    now = clock.now()
    known = _open(session)
    for name, notice in known.items():
        if name not in causes:
            notice.ended_at = now
        elif _is_owed(session, notice, causes[name]):
            notice.mail, notice.words = "queued", causes[name].words
            _submit(session, notice)
    fresh = [cause for name, cause in causes.items() if name not in known]
    for cause in fresh:
        notice = Notice(
            workspace_id=store.current_workspace(),
            kind=cause.kind,
            cause=cause.name,
            channel_id=cause.channel.id,
            words=cause.words,
            created_at=now,
        )
        notice.mail = _decide(session, cause)
        session.add(notice)
        session.flush()
        if notice.mail == "queued":
            _submit(session, notice)
    return len(fresh)


def _decide(session: Session, cause: Cause) -> str:
    """Whether the notice is mailed: queued, or why it is not."""
    if not mail.is_set():
        return "off"
    if not contacts.of(cause.channel).get("email"):
        return "nobody"
    lately = session.scalar(
        select(func.count())
        .select_from(Notice)
        .where(
            Notice.kind == cause.kind,
            Notice.channel_id == cause.channel.id,
            or_(
                Notice.mailed_at > clock.now() - QUIET,
                and_(Notice.mail == "queued", Notice.ended_at.is_(None)),
            ),
        )
    )
    return "throttled" if lately else "queued"


def _submit(session: Session, notice: Notice) -> None:
    commands.submit(
        session,
        MAIL,
        lane=LANE,
        natural_key=notice.id,
        payload={"notice": notice.id},
        by="한판",
    )


def _causes(session: Session) -> Iterator[Cause]:
    """Everything that is so now, in the current workspace."""
    yield from _oversold(session)
    undecided = _undecided(session)
    for channel in session.scalars(select(Channel).where(Channel.archived_at.is_(None))):
        if has_closed(channel):
            continue
        words = {"store": channel.store}
        if channel.state == "needs_you":
            problem = channel.problem or {"ko": "", "en": ""}
            why = {"why": {"ko": problem["ko"], "en": problem["en"]}}
            yield Cause("needs_you", channel.id, channel, words | why)
        elif collects_late(channel):
            yield Cause("late", channel.id, channel, words)
        if channel.id in undecided:
            yield Cause("review", channel.id, channel, words | {"n": undecided[channel.id]})
        if _newly_granted(channel):
            yield Cause("granted", channel.id, channel, words)
        days = days_left(channel)
        if days is not None:
            ahead = next((n for n in DAYS_AHEAD if days <= n), None)
            if ahead is not None and channel.expires_at is not None:
                day = clock.kst(channel.expires_at).date().isoformat()
                yield Cause(
                    "expires",
                    f"{channel.id}:{day}:{ahead}",
                    channel,
                    words | {"n": ahead, "day": day},
                )


def _oversold(session: Session) -> Iterator[Cause]:
    """SKUs that are oversold; each is told to whoever looks after the channel of its last order."""
    short = oversold.skus(session, MOST_SKUS)
    if not short:
        return
    known = {channel.id: channel for channel in session.scalars(select(Channel))}
    for one in short:
        name = " ".join(filter(None, (one.sku.name, one.sku.option_name)))
        words = {"sku": one.sku.id, "name": name, "n": one.pieces}
        yield Cause("oversold", one.sku.id, known[one.channel_id], words)


def days_left(channel: Channel) -> int | None:
    """Days until the keys end, rounded up; None where they do not."""
    if channel.expires_at is None:
        return None
    return -((clock.now() - channel.expires_at) // timedelta(days=1))


def _undecided(session: Session) -> dict[str, int]:
    """How many commands of each channel wait for a person's decision."""
    rows = session.execute(
        select(Command.channel_id, func.count())
        .where(Command.state == "review", Command.channel_id.is_not(None))
        .group_by(Command.channel_id)
    )
    return {channel or "": int(count) for channel, count in rows}


def _newly_granted(channel: Channel) -> bool:
    form = registry.current().forms.get(channel.marketplace)
    if form is None or form.approval is None or channel.state != "active":
        return False
    at = channel.activated_at
    waited = (channel.note or {}).get("waited")
    return bool(waited) and at is not None and clock.now() - at < GRANTED_FOR


# -- by e-mail ------------------------------------------------------------------------------------


def send(run: Run) -> None:
    """Mail one notice to the channel's contact person, once: what was begun is not repeated."""
    with store.read() as session:
        notice = session.scalar(select(Notice).where(Notice.id == run.payload["notice"]))
        channel = _channel_of(session, notice)
    if notice is not None and notice.mail == "sending":
        run.commit("mail.cut", lambda session: _note(session, notice.id, "cut"), last=True)
    if notice is None or notice.mail != "queued":
        return
    recipient = contacts.of(channel).get("email") if channel is not None else None
    if not recipient:
        run.commit("mail.nobody", lambda session: _note(session, notice.id, "nobody"), last=True)
        return
    run.commit("mail.sending", lambda session: _note(session, notice.id, "sending"), whole=True)
    title, text = said(notice)
    try:
        mail.send(recipient, f"[한판] {title.ko}", f"{text.ko}\n\n{text.en}\n")
    except mail.NotSent as error:
        log.warning("notice %s was not mailed: %s", notice.id, error)
        waited = clock.now() - run.command.created_at
        state = "failed" if error.final or waited > PATIENCE else "queued"
        run.commit("mail.failed", lambda session: _note(session, notice.id, state), whole=True)
        if state == "queued":
            raise Later(min(max(waited.total_seconds(), 60.0), 900.0)) from error
        return
    run.commit("mail.sent", lambda session: _note(session, notice.id, "sent"), last=True)


def _channel_of(session: Session, notice: Notice | None) -> Channel | None:
    if notice is None or notice.channel_id is None:
        return None
    return session.scalar(select(Channel).where(Channel.id == notice.channel_id))


def _note(session: Session, notice_id: str, state: str) -> None:
    values: dict[str, Any] = {"mail": state}
    if state in ("sending", "sent"):
        values["mailed_at"] = clock.now()
    elif state == "queued":
        values["mailed_at"] = None
    session.execute(store.update_in(_NOTICE).where(_NOTICE.c.id == notice_id).values(**values))


# -- as pages show them ---------------------------------------------------------------------------


def listed(session: Session, limit: int = 200) -> Sequence[Notice]:
    """The notices, those that still hold first, then the newest."""
    return session.scalars(
        select(Notice)
        .order_by(Notice.ended_at.is_not(None), Notice.created_at.desc(), Notice.id)
        .limit(limit)
    ).all()


def unseen(session: Session) -> int:
    """How many notices hold that nobody has looked at."""
    return (
        session.scalar(
            select(func.count())
            .select_from(Notice)
            .where(Notice.seen_at.is_(None), Notice.ended_at.is_(None))
        )
        or 0
    )


def mark_seen(at: datetime | None = None) -> None:
    """Everything told up to now has been looked at."""
    now = at or clock.now()
    with store.write() as session:
        session.execute(
            store.update_in(_NOTICE)
            .where(_NOTICE.c.seen_at.is_(None), _NOTICE.c.created_at <= now)
            .values(seen_at=now)
        )


def mail_again(notice_id: str) -> None:
    """A person asks for a notice to be mailed once more, or at last."""
    with store.write() as session:
        notice = session.scalar(select(Notice).where(Notice.id == notice_id))
        if notice is None:
            raise Missing
        notice.mail = "queued" if mail.is_set() else "off"
        if notice.mail == "queued":
            _submit(session, notice)
    queue.ring("bulk")
