"""A search that a marketplace offers for a field of a template (an address by its road)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from core import store, vault
from core.contracts.template import Found
from core.contracts.text import Text
from core.errors import ContractError, Rejected
from core.ledger import commands
from core.ledger.run import Run
from core.models import Command
from core.services import templates

MOST = 50
"""Hits that a page offers."""

NOTHING = Text(
    "찾은 결과가 없습니다. 도로명과 건물 번호, 또는 동과 지번으로 다시 찾아 주세요.",
    "Nothing was found. Search again by road and number, or by district and lot.",
)

_COMMAND: Any = Command.__table__


@dataclass(frozen=True)
class Searched:
    """What was looked for, what was found, and what had been typed in the form meanwhile."""

    field: str
    query: str
    found: list[Found]
    typed: dict[str, Any]


def search(run: Run) -> None:
    """Ask the marketplace; what it found is kept with the command, sealed."""
    template = templates.type_of(run.channel.marketplace, run.payload["type"])
    lookup = template.lookups.get(run.payload["field"])
    if lookup is None:
        raise ContractError(detail=f"{template.key} has no lookup of that name")
    found: Sequence[Found] = run.call("template.lookup", lookup, run.payload["query"])
    if not found:
        raise Rejected(fields={run.payload["field"]: NOTHING}, text=NOTHING)
    kept = run.payload | {
        "found": [
            {"value": one.value, "label": one.label, "fills": dict(one.fills)}
            for one in found[:MOST]
        ]
    }

    def keep(session: Session) -> None:
        sealed = vault.seal_json("command", "payload", run.command.id, kept)
        session.execute(
            store.update_in(_COMMAND).where(_COMMAND.c.id == run.command.id).values(payload=sealed)
        )

    run.commit("template.found", keep, done=len(found), total=len(found), last=True)
    run.result = {"found": len(found)}


def of(command: Command) -> Searched:
    """What a search came to; nothing found yet while it runs."""
    told = commands.payload_of(command)
    return Searched(
        field=told.get("field", ""),
        query=told.get("query", ""),
        found=[Found(**one) for one in told.get("found", ())],
        typed=dict(told.get("values") or {}),
    )
