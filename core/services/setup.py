"""The setup sequence of a channel: each step's state is computed from what is stored."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core import registry
from core.contracts.template import TemplateType
from core.contracts.text import Text
from core.models import Channel, Command, Template, TemplateFetch
from core.models.work import LIVE
from core.services.kind_names import IMPORT, VERIFY

CREDENTIALS = Text("API 연결", "API connection")


class StepState(Enum):
    """Where a step stands."""

    DONE = "done"
    NOW = "now"
    LOCKED = "lock"


@dataclass(frozen=True, kw_only=True)
class StepView:
    """A step as pages show it. `missing` names the first step that it waits for.

    `command_id` is the import that runs (or waits) now; `last_id` the newest that ended; `found`
    what the last import that succeeded counted (added, changed, gone, same).
    """

    number: int
    kind: str
    target: str
    title: Text
    why: Text | None
    state: StepState
    template: TemplateType | None = None
    missing: Text | None = None
    missing_number: int = 0
    count: int = 0
    fetched_at: datetime | None = None
    found: dict[str, Any] = field(default_factory=dict)
    empty: bool = False
    command_id: str | None = None
    last_id: str | None = None

    @property
    def read(self) -> int:
        """How many the last import read."""
        return sum(int(self.found.get(name, 0)) for name in ("added", "changed", "same"))

    @property
    def news(self) -> bool:
        """Whether the last import found another state than an earlier one."""
        told = self.found
        return bool(told.get("changed") or told.get("gone") or (told.get("added") and told["same"]))


@dataclass(frozen=True)
class _Facts:
    counts: dict[str, int]
    fetches: dict[str, TemplateFetch]
    running: dict[str, str]
    ended: dict[str, str]


def steps(session: Session, channel: Channel) -> list[StepView]:
    """The steps of the channel's marketplace with their state; empty when its plugin is gone."""
    known = registry.current()
    market = known.marketplaces.get(channel.marketplace)
    if market is None:
        return []
    facts = _facts(session, channel)
    views: list[StepView] = []
    missing: StepView | None = None
    for number, step in enumerate(market.setup, start=1):
        template = known.templates.get((channel.marketplace, step.target))
        done = _done(channel, step.kind, template, facts)
        open_now = StepState.NOW if missing is None else StepState.LOCKED
        state = StepState.DONE if done else open_now
        fetch = facts.fetches.get(step.target)
        view = StepView(
            number=number,
            kind=step.kind,
            target=step.target,
            title=template.label if template else CREDENTIALS,
            why=step.why,
            state=state,
            template=template,
            missing=missing.title if missing else None,
            missing_number=missing.number if missing else 0,
            count=facts.counts.get(step.target, 0),
            fetched_at=fetch.fetched_at if fetch else channel.verified_at,
            found=dict(fetch.found) if fetch else {},
            empty=fetch is not None and not done,
            command_id=facts.running.get(step.target),
            last_id=facts.ended.get(step.target),
        )
        views.append(view)
        if not done and missing is None:
            missing = view
    return views


def _done(channel: Channel, kind: str, template: TemplateType | None, facts: _Facts) -> bool:
    if kind == "credentials":
        return channel.verified_at is not None and channel.identity is not None
    if template is None:
        return False
    fetch = facts.fetches.get(template.key)
    if fetch is None or fetch.fetched_at is None:
        return False
    return template.may_be_empty or facts.counts.get(template.key, 0) > 0


def _facts(session: Session, channel: Channel) -> _Facts:
    counted = session.execute(
        select(Template.type, func.count())
        .where(Template.channel_id == channel.id, Template.gone_at.is_(None))
        .group_by(Template.type)
    )
    fetches = session.scalars(
        select(TemplateFetch).where(TemplateFetch.channel_id == channel.id)
    ).all()
    running: dict[str, str] = {}
    ended: dict[str, str] = {}
    for command in session.scalars(
        select(Command)
        .where(
            Command.channel_id == channel.id,
            Command.kind.in_((IMPORT, VERIFY)),
            Command.natural_key.not_like("approval:%"),
        )
        .order_by(Command.created_at)
    ):
        target = command.natural_key if command.kind == IMPORT else ""
        if command.state in LIVE:
            running[target] = command.id
        else:
            ended[target] = command.id
    return _Facts(
        {kind: int(count) for kind, count in counted},
        {fetch.type: fetch for fetch in fetches},
        running,
        ended,
    )


def blocking(session: Session, channel: Channel, target: str) -> StepView | None:
    """The step that has to be done before `target` (a template type) may be touched, or None."""
    for view in steps(session, channel):
        if view.target == target and view.kind != "credentials":
            return None
        if view.state is not StepState.DONE:
            return view
    return None


def complete(session: Session, channel: Channel) -> bool:
    """True when every step is done: what depends on the setup is unlocked."""
    return missing_step(session, channel) is None


def missing_step(session: Session, channel: Channel) -> StepView | None:
    """The first step that is not done, which imports and 배송 템플릿 wait for; None: all are."""
    return next(
        (view for view in steps(session, channel) if view.state is not StepState.DONE), None
    )
