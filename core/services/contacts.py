"""담당자: the contact person of a channel, sealed at rest and masked until somebody looks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core import store, vault
from core.contracts.text import Text
from core.fields import Field, Kind, clean
from core.models import Channel
from core.services import audit, channels
from core.services.audit import Actor
from core.services.outcome import Wrong

FIELDS: tuple[Field, ...] = (
    Field(name="name", label=Text("담당자명", "Name"), required=False, max_length=60),
    Field(
        name="position",
        label=Text("직급/직책/부서", "Position or department"),
        required=False,
        max_length=60,
    ),
    Field(
        name="email",
        label=Text("이메일", "E-mail"),
        kind=Kind.EMAIL,
        required=False,
        help=Text(
            "채널이 멈추거나 승인되면, 또 키가 끝나 가면 이 주소로 알립니다.",
            "Told when the channel breaks, is approved, or its keys are about to end.",
        ),
    ),
    Field(name="phone", label=Text("연락처", "Phone"), kind=Kind.PHONE, required=False),
    Field(name="mobile", label=Text("휴대폰", "Mobile"), kind=Kind.PHONE, required=False),
)


def change(channel_id: str, raw: Mapping[str, Any], actor: Actor) -> None:
    """Store the contact person (sealed). Raises Wrong."""
    done = clean(FIELDS, raw)
    if not done.ok:
        raise Wrong(done.problems)
    with store.write() as session:
        channel = channels.get(session, channel_id)
        channel.contact = vault.seal_json("channel", "contact", channel.id, done.values)
        audit.record(session, "channel.contact", actor=actor, subjects=[channel.id])


def of(channel: Channel) -> dict[str, str]:
    """The contact person's values, unsealed; empty when none was given."""
    if channel.contact is None:
        return {}
    return dict(vault.unseal_json("channel", "contact", channel.id, channel.contact))


def reveal(channel_id: str, actor: Actor) -> dict[str, str]:
    """The contact person unmasked; who looked is kept in the audit chain."""
    with store.write() as session:
        channel = channels.get(session, channel_id)
        audit.record(session, "contact.reveal", actor=actor, subjects=[channel.id])
        return of(channel)
