"""The call journal: what was sent and what came back, personal values masked, bodies sealed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any

from core import row_writes, vault
from core.http import Call
from core.models import JournalEntry, new_id

BODY = 4096
"""Bytes of each body that are kept."""

_JOURNAL: Any = JournalEntry.__table__
_WHO = "orderer|receiver|rcv|recv|recipient|buyer|payer|purchaser|depositor|consignee"
_PERSONAL = (
    rf"\w*(?:{_WHO})\w*|name|\w*nm|\w*(?:tel|phone|mobile)\w*|\w*addr\w*|\w*e?mail"
    r"|\w*zip(?:code|no)?|\w*post(?:al)?(?:code|no)?|\w*(?:token|secret|password)\w*"
)
"""What fields are called that hold something personal or secret, whatever the marketplace is;
a plugin declares what else is (`Marketplace.personal`)."""
_PHONE = re.compile(r"\b0\d{1,3}-?\d{3,4}-?\d{4}\b")


_KEY = re.compile(r'"(\w+)"\s*:\s*')
_VALUE = re.compile(r'"(?:[^"\\]|\\.)*"?|-?[0-9.]+|\[[^\]]*\]?', re.DOTALL)


def _names(personal: tuple[str, ...]) -> str:
    return "|".join([_PERSONAL, *map(re.escape, personal)])


@lru_cache(4096)
def _hidden(name: str, personal: tuple[str, ...]) -> bool:
    """Whether what a field of this name holds is hidden."""
    return re.fullmatch(_names(personal), name, re.IGNORECASE) is not None


@cache
def _pairs(personal: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    """What is hidden behind a name in a form or query, and in XML."""
    names = _names(personal)
    told = (
        rf"((?:^|[&?])(?:{names})=)[^&\s]+",
        rf"(<(?:\w+:)?(?:{names}|\w*name|\w*memo)(?:\s[^>]*)?>)"
        r"(?:<!\[CDATA\[.*?(?:\]\]>|$)|[^<]+)*",
    )
    return tuple(re.compile(what, re.DOTALL | re.IGNORECASE) for what in told)


def mask(body: str, personal: tuple[str, ...] = ()) -> str:
    """Hide what is personal or secret in a body; what remains tells an engineer enough."""
    body = _mask_json(body, personal)
    for pattern in _pairs(personal):
        body = pattern.sub(r"\1가림", body)
    return _PHONE.sub("가림", body)


def _mask_json(body: str, personal: tuple[str, ...]) -> str:
    """Key by key: one pattern of all names would be looked for at every letter."""
    parts: list[str] = []
    at = 0
    for key in _KEY.finditer(body):
        if key.start() < at or not _hidden(key[1], personal):
            continue
        value = _VALUE.match(body, key.end())
        if value is not None:
            parts += (body[at : key.end()], '"가림"')
            at = value.end()
    return "".join([*parts, body[at:]])


def _kept(body: str, personal: tuple[str, ...]) -> str:
    """The beginning of a body, masked: cut first, for a page of orders takes long to look through.

    A number that the cut goes through would not be known as a phone's any more, so it goes.
    """
    if len(body) > BODY:
        body = body[:BODY].rstrip("-0123456789")
    return mask(body, personal)[:BODY]


def entries(
    calls: Sequence[tuple[str, Call]],
    channel_id: str | None,
    command_id: str | None,
    personal: tuple[str, ...] = (),
) -> list[dict[str, Any]]:
    """The rows of these (what, call) pairs; `personal` are the names that the plugin declares."""
    return [_entry(what, call, channel_id, command_id, personal) for what, call in calls]


def _entry(
    what: str,
    call: Call,
    channel_id: str | None,
    command_id: str | None,
    personal: tuple[str, ...],
) -> dict[str, Any]:
    row_id = new_id()
    body = {
        "query": mask(call.clean(call.query), personal),
        "request": _kept(call.clean(call.request_body), personal),
        "response": _kept(call.clean(call.response_body), personal),
    }
    return {
        "id": row_id,
        "channel_id": channel_id,
        "command_id": command_id,
        "at": call.at,
        "what": what,
        "base": call.base,
        "method": call.method,
        "path": call.path[:300],
        "status": call.status,
        "outcome": call.outcome,
        "milliseconds": call.milliseconds,
        "body": vault.seal_json("journal_entry", "body", row_id, body),
    }


def write(session: Any, rows: Sequence[dict[str, Any]]) -> None:
    """Store journal rows within the caller's transaction."""
    row_writes.insert_rows(session, _JOURNAL, rows)
