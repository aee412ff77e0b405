"""A practice 위메프, and clients of the plugin that talk to it over real HTTP."""

from __future__ import annotations

import logging
from typing import Any

import httpx

from core import practice
from core.fields import clean
from core.http import transport
from core.practice.faults import Rule
from hanpan.api import Host, Http
from plugins.wemakeprice.forms import FIELDS, FORM
from plugins.wemakeprice.tests.conftest import FreeGate, Nothing


class Shop:
    """A practice 위메프 and clients that talk to it."""

    def __init__(self, host: practice.PracticeHost) -> None:
        self.host = host
        self.place = host.place("wemakeprice")
        self.place.seed("small", {"products": 10})
        self._transports: list[httpx.HTTPTransport] = []

    def client(self) -> Any:
        typed = clean(FIELDS, self.place.credentials())
        assert typed.ok, typed.problems
        shared = transport(private=True)
        self._transports.append(shared)
        http = Http("api", self.host.address("wemakeprice", "api"), FreeGate(), transport=shared)
        host = Host(
            http={"api": http},
            memory=Nothing(),
            now=lambda: self.place.world.now(),
            log=logging.getLogger("test"),
        )
        return FORM.connect(typed.values, host)

    def fault(self, kind: str, path: str, **more: Any) -> None:
        self.place.faults.append(Rule.read({"kind": kind, "match": path, "times": 1, **more}))

    def close(self) -> None:
        for kept in self._transports:
            kept.close()
