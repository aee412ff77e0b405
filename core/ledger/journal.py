"""The call journal: what was sent and what came back, personal values masked, bodies sealed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from core import store, vault
from core.http import Call
from core.models import JournalEntry, new_id

BODY = 4096
"""Bytes of each body that are kept."""

_JOURNAL: Any = JournalEntry.__table__
_PERSONAL = (
    r"(?:[A-Za-z]*(?:orderer|receiver|buyer|payer|purchaser|recipient|depositor)[A-Za-z]*"
    r"|name|tel1?2?|tel|[A-Za-z]*[pP]hone[A-Za-z]*[0-9]?|[A-Za-z]*[aA]ddress[A-Za-z]*"
    r"|zipCode|postalCode|shippingMemo|individualCustomUniqueCode|entryMethodContent"
    r"|longitude|latitude|email|access_token|client_secret_sign)"
)
_JSON_PAIR = re.compile(rf'("{_PERSONAL}"\s*:\s*)(?:"(?:[^"\\]|\\.)*"?|-?[0-9.]+|\[[^\]]*\]?)')
_FORM_PAIR = re.compile(r"\b(client_secret_sign|access_token|password)=[^&\s]+")
_XML_PAIR = re.compile(
    r"(<(?:\w+:)?[A-Za-z]*(?:[nN]m|[nN]ame|[tT]el|[pP]hone|[aA]ddr|[mM]emo)[A-Za-z0-9]*[^>]*>)"
    r"(?:<!\[CDATA\[.*?(?:\]\]>|$)|[^<]*)",
    re.DOTALL,
)
_PHONE = re.compile(r"\b0\d{1,3}-?\d{3,4}-?\d{4}\b")


def mask(body: str) -> str:
    """Hide what is personal or secret in a body; what remains tells an engineer enough."""
    body = _JSON_PAIR.sub(r'\1"가림"', body)
    body = _FORM_PAIR.sub(r"\1=가림", body)
    body = _XML_PAIR.sub(r"\1가림", body)
    return _PHONE.sub("가림", body)


def _kept(body: str) -> str:
    """The beginning of a body, masked: cut first, for a page of orders takes long to look through.

    A number that the cut goes through would not be known as a phone's any more, so it goes.
    """
    if len(body) > BODY:
        body = body[:BODY].rstrip("-0123456789")
    return mask(body)[:BODY]


def entries(
    calls: Sequence[tuple[str, Call]], channel_id: str | None, command_id: str | None
) -> list[dict[str, Any]]:
    """The rows of these (what, call) pairs."""
    return [_entry(what, call, channel_id, command_id) for what, call in calls]


def _entry(what: str, call: Call, channel_id: str | None, command_id: str | None) -> dict[str, Any]:
    row_id = new_id()
    body = {
        "query": mask(call.query),
        "request": _kept(call.request_body),
        "response": _kept(call.response_body),
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
    store.insert_rows(session, _JOURNAL, rows)
