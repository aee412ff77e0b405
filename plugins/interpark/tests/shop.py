"""A practice 인터파크, and clients of the plugin that talk to it over real HTTP."""

from __future__ import annotations

import logging
from typing import Any

import httpx

from core import practice
from core.conformance.publishing import Publisher
from core.fields import clean
from core.http import transport
from core.practice.faults import Rule
from hanpan.api import Host, Http
from plugins.interpark.forms import FIELDS, FORM
from plugins.interpark.tests.conftest import FreeGate, Kept


class Shop:
    """A practice 인터파크 and clients that talk to it."""

    def __init__(self, host: practice.PracticeHost) -> None:
        self.host = host
        self.place = host.place("interpark")
        self.place.seed("small", {"products": 10})
        self.publisher = Publisher()
        self._transports: list[httpx.HTTPTransport] = []

    def client(self, **values: Any) -> Any:
        typed = clean(FIELDS, {**self.place.credentials(), **values})
        assert typed.ok, typed.problems
        shared = transport(private=True)
        self._transports.append(shared)
        http = {
            name: Http(name, self.host.address("interpark", name), FreeGate(), transport=shared)
            for name in ("seller", "orders")
        }
        host = Host(
            http=http,
            memory=Kept(),
            now=lambda: self.place.world.now(),
            log=logging.getLogger("test"),
            publish=self.publisher.publish,
        )
        return FORM.connect(typed.values, host)

    def fault(self, kind: str, path: str, **more: Any) -> None:
        self.place.faults.append(Rule.read({"kind": kind, "match": path, "times": 1, **more}))

    def close(self) -> None:
        self.publisher.stop()
        for kept in self._transports:
            kept.close()
