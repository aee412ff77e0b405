"""The addresses that this server calls from: marketplaces want them registered.

What is known: a public address of this machine itself, what a marketplace told when it refused
us, and what a person typed (behind a router nobody else knows).
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from core import store
from core.contracts.text import Text
from core.models import Setting
from core.services import audit
from core.services.audit import Actor
from core.services.outcome import Wrong

SETTING = "outbound"
MOST = 10

NOT_ONE = Text(
    "'{value}' 주소는 밖에서 보이는 IP가 아닙니다. 예: 203.0.114.10",
    "{value} is not a public address. For example 203.0.114.10.",
)


@dataclass(frozen=True)
class Known:
    """Our addresses by how they are known, each list without repetitions."""

    typed: list[str]
    told: list[str]
    own: list[str]

    @property
    def all(self) -> list[str]:
        """Every address once: what a person typed first."""
        return list(dict.fromkeys((*self.typed, *self.told, *self.own)))


def known(session: Session) -> Known:
    """The addresses as they are known now; nothing is called for it."""
    stored = _stored(session)
    return Known(stored["typed"], stored["told"], _own())


def _stored(session: Session) -> dict[str, list[str]]:
    row = session.get(Setting, SETTING)
    value: dict[str, Any] = dict(row.value) if row is not None else {}
    return {name: list(value.get(name) or ()) for name in ("typed", "told")}


def _own() -> list[str]:
    """The address that this machine's way out begins with, where that is a public one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way:
        try:
            way.connect(("192.0.2.1", 9))  # of no machine; a datagram socket sends nothing here
        except OSError:
            return []
        return public([str(way.getsockname()[0])])


def public(values: Iterable[str]) -> list[str]:
    """Those of the values that are public addresses, as they are written shortest."""
    found: list[str] = []
    for value in values:
        try:
            address = ipaddress.ip_address(value.strip())
        except ValueError:
            continue
        if address.is_global and not address.is_multicast and "%" not in value:  # no zone
            found.append(str(address))
    return list(dict.fromkeys(found))


def type_in(text: str, actor: Actor) -> None:
    """Keep the addresses that a person gives, separated by blanks or commas. Raises Wrong."""
    values = text.replace(",", " ").replace(";", " ").split()
    for value in values[: MOST + 1]:
        if not public([value]):
            raise Wrong({"addresses": NOT_ONE.format(value=value[:40])})
    if len(values) > MOST:
        most = Text(f"{MOST}개까지 넣을 수 있습니다.", f"At most {MOST}.")
        raise Wrong({"addresses": most})
    with store.write() as session:
        _keep(session, typed=public(values))
        audit.record(session, "addresses.change", actor=actor)


def told(session: Session, address: str) -> None:
    """A marketplace said that we called from this address, within the caller's transaction."""
    for value in public([address]):
        stored = _stored(session)["told"]
        _keep(session, told=[value, *(one for one in stored if one != value)][:MOST])


def _keep(session: Session, **lists: list[str]) -> None:
    session.merge(Setting(key=SETTING, value=_stored(session) | lists))
