"""What a person does to 배송 템플릿 of our own: made, changed, chosen as the default, deleted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock, registry, store
from core.contracts.text import Text
from core.fields import clean
from core.models import Channel, Listing, ShippingTemplate
from core.services import audit, channels, shipping
from core.services.audit import Actor
from core.services.outcome import Forbidden, Wrong
from core.services.shipping import CHOSEN, GONE, NAME

TWICE = Text(
    "같은 이름의 배송 템플릿이 이 채널에 있습니다. 다른 이름을 넣어 주세요.",
    "This channel has one of that name. Give another name.",
)

_LISTING: Any = Listing.__table__
_IDS = UUID("6a0f0d0e-7a7b-4c0f-9a51-0b6f6d2f9c11")


def create(channel_id: str, raw: Mapping[str, Any], actor: Actor, *, submission: str) -> str:
    """Make one; returns its id, the same for the same submission. Raises Wrong and Forbidden."""
    with store.write() as session:
        made = uuid5(_IDS, f"{store.current_workspace()}:{submission}").hex
        if session.get(ShippingTemplate, made) is not None:
            return made
        channel = channels.get(session, channel_id)
        values = _read(session, channel, raw, None)
        now = clock.now()
        row = ShippingTemplate(
            id=made, channel_id=channel.id, name="", values={}, created_at=now, changed_at=now
        )
        values[CHOSEN.name] = values[CHOSEN.name] or not shipping.of_channel(session, channel)
        _put(session, row, values)
        session.add(row)
        session.flush()
        audit.record(session, "shipping.add", actor=actor, subjects=[channel.id, made])
    return made


def change(template_id: str, raw: Mapping[str, Any], actor: Actor, *, seen_as: str) -> None:
    """Change one of which the page showed `seen_as`. Raises Wrong and Forbidden."""
    with store.write() as session:
        row = shipping.get(session, template_id)
        if shipping.seen(row) != seen_as:
            raise Wrong({"": channels.ELSEWHERE})
        channel = channels.get(session, row.channel_id)
        values = _read(session, channel, raw, row)
        _put(session, row, values)
        row.changed_at = clock.now()
        session.flush()
        audit.record(session, "shipping.change", actor=actor, subjects=[channel.id, row.id])


def choose(template_id: str, actor: Actor) -> None:
    """Have imports use this one when nobody says otherwise."""
    with store.write() as session:
        row = shipping.get(session, template_id)
        _only(session, row)
        row.chosen = True
        session.flush()
        audit.record(session, "shipping.choose", actor=actor, subjects=[row.channel_id, row.id])


def archive(template_id: str, actor: Actor) -> None:
    """Delete one: the listings that use it have none afterwards."""
    with store.write() as session:
        row = shipping.get(session, template_id)
        session.execute(
            store.update_in(_LISTING)
            .where(_LISTING.c.shipping_template_id == row.id)
            .values(shipping_template_id=None)
        )
        row.archived_at, row.chosen = clock.now(), False
        session.flush()
        audit.record(session, "shipping.delete", actor=actor, subjects=[row.channel_id, row.id])


def _read(
    session: Session, channel: Channel, raw: Mapping[str, Any], row: ShippingTemplate | None
) -> dict[str, Any]:
    found = shipping.blocked(session, channel)
    if found is not None:
        raise Forbidden(found[0])
    form = shipping.form_of(channel.marketplace)
    done = clean(shipping.fields(session, channel), raw)
    problems = dict(done.problems)
    kinds = {part.template for part in form.parts}
    there = {one.id for kind in kinds for one in shipping.usable(session, channel, kind)}
    for part in form.parts:
        key = str(raw.get(part.name) or "")
        if key and part.name in problems and key not in there:
            problems[part.name] = GONE
    if not problems and form.check is not None:
        nothing: dict[str, Text] = {}
        problems |= registry.guarded(form.check, done.values, default=nothing)
    others = select(ShippingTemplate.id).where(
        ShippingTemplate.channel_id == channel.id,
        ShippingTemplate.name == done.values.get(NAME.name),
        ShippingTemplate.archived_at.is_(None),
        ShippingTemplate.id != (row.id if row is not None else ""),
    )
    if NAME.name not in problems and session.scalar(others) is not None:
        problems[NAME.name] = TWICE
    if problems:
        raise Wrong(problems)
    return done.values


def _put(session: Session, row: ShippingTemplate, values: Mapping[str, Any]) -> None:
    row.name, row.chosen = values[NAME.name], values[CHOSEN.name]
    row.values = {
        name: value for name, value in values.items() if name not in (NAME.name, CHOSEN.name)
    }
    if row.chosen:
        _only(session, row)


def _only(session: Session, row: ShippingTemplate) -> None:
    """No other of the channel is the default."""
    others = select(ShippingTemplate).where(
        ShippingTemplate.channel_id == row.channel_id,
        ShippingTemplate.id != row.id,
        ShippingTemplate.chosen.is_(True),
    )
    for other in session.scalars(others):
        other.chosen = False
