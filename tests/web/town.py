"""The practice marketplace of `plugins/corner.py`, and the owner at a channel of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from core import registry, settings, store
from core.models import Channel
from core.practice import start
from core.practice.place import Place
from core.services import channels, templates
from tests.web.conftest import Browser
from tests.web.shop import Shop, connect


@contextmanager
def practising_corner(**state: Any) -> Iterator[Place]:
    """A practice host of this process, with this standing in the corner's world."""
    with start(registry.current().sandboxes.values(), seed=None) as host:
        place = host.place("corner")
        place.seed("small", {})
        place.act("set", state)
        before = settings.current()
        settings.use(replace(before, practice_port=host.port, settle_s=0.1))
        yield place
        settings.use(before)


class Stall:
    """The owner at one practice channel of the corner, its templates imported where they can be."""

    def __init__(self, owner: Browser, place: Place) -> None:
        self.owner, self.place, self.shop = owner, place, Shop()
        self.id = connect(self.shop, "corner")
        self.base = f"/channels/{self.id}/templates/place"

    def channel(self) -> Channel:
        """The channel as it is now."""
        with self.shop.enter(), store.read() as session:
            return channels.get(session, self.id)

    def import_(self) -> None:
        """Read the templates."""
        with self.shop.enter():
            templates.submit_import(self.id, "place", self.shop.actor)
        self.shop.drain("urgent")

    def row(self, title: str) -> str:
        """The id of a stored template."""
        with self.shop.enter(), store.read() as session:
            found = templates.rows(session, self.id, "place")
            return next(row.id for row in found if row.title == title)

    def calls(self, what: str) -> int:
        """How often the marketplace was asked for it."""
        return self.place.world.count("call", what)

    def said(self) -> str:
        """What the page says, on one line."""
        return re.sub(r"\s+", " ", self.owner.text)
