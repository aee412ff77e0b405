"""A practice 11번가, and clients of the plugin that talk to it over real HTTP."""

from __future__ import annotations

import logging
from typing import Any

import httpx

from core import practice
from core.fields import clean
from core.http import transport
from core.practice.faults import Rule
from hanpan.api import Host, Http
from plugins.eleven_st.forms import FIELDS, FORM
from plugins.eleven_st.tests.conftest import FreeGate, Kept


class Shop:
    """A practice 11번가 and clients that talk to it."""

    def __init__(self, host: practice.PracticeHost) -> None:
        self.host = host
        self.place = host.place("eleven_st")
        self.place.seed("small", {"products": 10})
        self.gate = FreeGate()
        self.memory = Kept()
        self._transports: list[httpx.HTTPTransport] = []

    def client(self, **values: Any) -> Any:
        typed = clean(FIELDS, {**self.place.credentials(), **values})
        assert typed.ok, typed.problems
        shared = transport(private=True)
        self._transports.append(shared)
        http = Http("api", self.host.address("eleven_st", "api"), self.gate, transport=shared)
        host = Host(
            http={"api": http},
            memory=self.memory,
            now=lambda: self.place.world.now(),
            log=logging.getLogger("test"),
        )
        return FORM.connect(typed.values, host)

    def fault(self, kind: str, path: str, **more: Any) -> None:
        self.place.faults.append(Rule.read({"kind": kind, "match": path, "times": 1, **more}))

    def order(self, **told: Any) -> list[str]:
        (order,) = self.place.act("new_order", {"minutes_ago": 1, **told})
        return list(order["lines"])

    def ledger(self) -> dict[str, Any]:
        lines: dict[str, Any] = self.place.ledger()["lines"]
        return lines

    def close(self) -> None:
        for kept in self._transports:
            kept.close()
