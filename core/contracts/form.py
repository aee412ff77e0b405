"""What a seller types to connect a channel, and how that becomes a client."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from core.contracts.marketplace import Service
from core.contracts.text import Text
from core.fields import DROP, Field, Values

if TYPE_CHECKING:
    from core.host import Host

RESERVED = frozenset(
    ("seller_id", "store", "category", "memo", "reach_back_days", "csrf_token", "submission", DROP)
)
"""What core's own inputs of the connection form are called: no field of a plugin may be."""

Client = Any
"""Whatever the plugin's `connect` returns; core only hands it back to the plugin."""


@dataclass(frozen=True, kw_only=True)
class Verified:
    """What one cheap read showed: `identity` never changes for a seller account.

    `store` is the store's name as the marketplace has it; `expires` when the keys do (UTC).
    `granted` False says that the service of the form's `approval` is not approved yet.
    """

    identity: str
    store: str = ""
    note: Text | None = None
    expires: datetime | None = None
    granted: bool = True


@dataclass(frozen=True, kw_only=True)
class Approval:
    """A service that the marketplace approves apart from the keys, within some business days.

    Until `verify` says that it is granted the channel waits: calls of `service` are held, those
    of others go on. It is verified once a day by itself, and by button. `usual_days` are the
    least and the most business days that it takes; `text` says what was asked for, and where.
    """

    service: Service
    usual_days: tuple[int, int]
    text: Text


@dataclass(frozen=True, kw_only=True)
class CredentialsForm:
    """The marketplace's own fields; core adds 판매자 ID, 스토어명, 대표 카테고리 and 메모.

    Names of core's own are refused: seller_id, store, category, memo, reach_back_days, drop,
    csrf_token, submission. What core asks for is not among the values of `connect`: declare a
    field of your own where the wire wants the seller's id.
    `connect(values, host)` builds the client and must not call the network.
    `verify(client)` makes the cheapest read that proves the keys, or raises a MarketplaceError.
    `bucket(values)` names whose budget the calls draw from (two channels of one application
    share it). `check(values)` is pure: reasons by field name for fields that do not fit together.
    `upgrade(values, from_version)` turns stored values of an older `version` into this one.
    `approval` names the service, if any, that the marketplace approves apart from the keys.
    """

    marketplace: str
    fields: Sequence[Field]
    connect: Callable[[Values, Host], Client]
    verify: Callable[[Client], Verified]
    bucket: Callable[[Values], str]
    check: Callable[[Values], dict[str, Text]] | None = None
    version: int = 1
    upgrade: Callable[[Values, int], Values] | None = None
    approval: Approval | None = None


def bucket_name(told: str) -> str:
    """A name for the budget of a key (or of whatever is counted by) that does not tell it."""
    return hashlib.sha256(told.encode()).hexdigest()[:32]
