"""One plugin on trial: its practice world on a free port, its declarations under our eyes."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Self

from core import clock, practice, registry, settings
from core.conformance.bare import Bare, connected
from core.conformance.logs import Heard
from core.conformance.network import Network
from core.conformance.publishing import Publisher
from core.conformance.samples import QUERIES, Samples
from core.conformance.shop import Shop
from core.conformance.trouble import NotConcerned, NotReady, Unknown
from core.conformance.wire import Wire, standing
from core.conformance.witness import Seen, Witness
from core.contracts.form import CredentialsForm
from core.contracts.marketplace import Marketplace
from core.contracts.order import OrderSync
from core.contracts.product import MigrationParser, ProductSync
from core.contracts.template import Found, TemplateType
from core.fields import Kind
from core.models import Template
from core.practice import PracticeHost
from core.practice.place import Place
from core.registry import Registry

SECRET = Kind.SECRET
SHORTEST = 6
"""Letters that a secret has at least: shorter ones stand in any text."""
FAST = {"limits": {"per_second": 100_000, "burst": 200_000}}
"""What a world is seeded with, where it knows limits: the kit does not wait for them."""


@dataclass(frozen=True, kw_only=True)
class Learnt:
    """How an operation went when nothing was wrong: which of its requests has the effect, how
    many there were, and what was not as it should be."""

    effect: int = 0
    requests: int = 0
    wrong: tuple[str, ...] = ()


class Trial:
    """Everything that checks need of one plugin. Use it within `installation.installed()`."""

    def __init__(
        self,
        declared: Registry,
        marketplace: str,
        *,
        given: Mapping[str, Mapping[str, Any]] | None = None,
        only: Collection[str] = (),
    ) -> None:
        self.declared = declared
        self.key = marketplace
        self.only = frozenset(only)
        """The operations that are looked at; all, when empty."""
        self.wire = Wire()
        self.witness = Witness(self.wire)
        self.samples = Samples(given or {})
        self.network = Network()
        self.heard = Heard()
        self.known = self.witness.registry(declared, marketplace)
        self.learnt: dict[str, Learnt] = {}
        self.learnt_changes: dict[str, int] = {}
        """Which request of a change of a listing, counted from 0, has the effect."""
        self.watched: list[Seen] = []
        """The operations of the plain round, with what they changed at the marketplace."""
        self.cases = 0
        self.tries: dict[str, int] = {}
        """Which of the changes that come into question is made to a template of a type."""
        self.secrets: set[str] = set()
        """Keys of every world that there was, and what was kept in memory: tokens, mostly."""
        self.people: set[str] = set()
        """What is personal of every buyer whose line was stored."""
        self._shop: Shop | None = None

    def __enter__(self) -> Self:
        self.host: PracticeHost = practice.start(self.known.sandboxes.values(), seed=None)
        self.publisher = Publisher()
        self.witness.place = self.place
        # In the environment too: the children that are killed read it anew.
        os.environ["HANPAN_PRACTICE_PORT"] = str(self.host.port)
        os.environ["HANPAN_PORT"] = str(self.publisher.port)
        settings.use(None)
        registry.use(self.known)
        self.network.watch(self.host.port, self.publisher.port)
        self.heard.begin()
        self.seed()
        return self

    def __exit__(self, *error: object) -> None:
        self._close_shop()
        self.heard.end()
        self.network.end()
        self.publisher.stop()
        self.host.stop()
        registry.use(None)
        clock.move(0.0)

    # -- what is declared ---------------------------------------------------------------------

    @property
    def market(self) -> Marketplace:
        """The marketplace as it is declared."""
        return self.declared.marketplaces[self.key]

    @property
    def form(self) -> CredentialsForm:
        """Its credentials form."""
        return self.declared.forms[self.key]

    @property
    def orders(self) -> OrderSync | None:
        """Its order sync, watched."""
        return self.known.orders.get(self.key)

    @property
    def products(self) -> ProductSync | None:
        """Its product sync, watched."""
        return self.known.products.get(self.key)

    @property
    def parsers(self) -> list[MigrationParser]:
        """The parsers of its files."""
        return [one for (key, _), one in self.declared.parsers.items() if key == self.key]

    def product_sync(self) -> ProductSync:
        """Its product sync. Raises NotConcerned where it has none."""
        if self.products is None:
            raise NotConcerned("no listings are read")
        return self.products

    def order_sync(self) -> OrderSync:
        """The same. Raises NotConcerned where it has none."""
        if self.orders is None:
            raise NotConcerned("no orders are read")
        return self.orders

    @property
    def templates(self) -> list[TemplateType]:
        """Its template types, watched, in the order of the setup."""
        return self.known.templates_of(self.key)

    # -- the world ----------------------------------------------------------------------------

    @property
    def place(self) -> Place:
        """The marketplace on the practice host."""
        return self.host.place(self.key)

    def seed(self, size: str = "small", **options: Any) -> None:
        """Begin a new world, without limits where it knows them. Raises Unknown."""
        seed(self.place, size, options)
        self.secrets |= self._secrets()

    def _secrets(self) -> set[str]:
        """What the world's credentials have that nobody may read."""
        told = self.place.credentials()
        hidden = (
            str(told.get(item.name) or "") for item in self.form.fields if item.kind is SECRET
        )
        return {secret for secret in hidden if len(secret) >= SHORTEST}

    def act(self, name: str, **data: Any) -> Any:
        """Let something happen at the marketplace. Raises Unknown."""
        try:
            return self.place.act(name, data)
        except (ValueError, KeyError) as error:
            raise Unknown(f"{name}: {error}") from error

    def arrive(self, orders: int = 1, **told: Any) -> list[str]:
        """New orders come in; returns the keys of their lines."""
        made = self.act("new_order", orders=orders, **told)
        try:
            return [str(key) for order in made for key in order["lines"]]
        except (TypeError, KeyError) as error:
            wanted = '[{"order": …, "lines": [keys]}]'
            raise Unknown(f"new_order: it gives {made!r:.80}, {wanted} was expected") from error

    def standing(self) -> Mapping[str, Any]:
        """What is so at the marketplace now."""
        return standing(self.place.sandbox, self.place.world)

    def lines(self) -> Mapping[str, Any]:
        """The marketplace's account of its lines by key, without those that it tells nobody."""
        found = self.standing()["lines"]
        return {key: line for key, line in found.items() if line.get("provided", True)}

    def template_rows(self, kind: str) -> Mapping[str, Any]:
        """The marketplace's own account of its templates of a type, by id."""
        return dict(self.standing()["templates"].get(kind) or {})

    def pass_time(self, seconds: float) -> None:
        """Move the day on, for Hanpan and for the marketplace."""
        clock.move(clock.offset() + max(0.0, seconds))

    # -- shops --------------------------------------------------------------------------------

    @property
    def shop(self) -> Shop:
        """The shop that checks share: connected, everything imported and collected."""
        if self._shop is None:
            self.open_shop().furnish()
        assert self._shop is not None
        return self._shop

    def open_shop(self, *, connected: bool = True, **options: Any) -> Shop:
        """A fresh workspace in a fresh world, its channel verified; the one before is closed."""
        self._close_shop()
        self.seed(**options)
        self._shop = Shop(self)
        if connected:
            self._shop.connect()
        return self._shop

    def _close_shop(self) -> None:
        self.witness.calm()
        if self._shop is not None:
            self.remember()
            self._shop.close()
            self._shop = None

    def remember(self) -> None:
        """Keep in mind what of the open shop may stand in no message."""
        if self._shop is not None:
            kept = self._shop.kept().values()
            self.secrets |= {value for value in kept if len(value) >= SHORTEST}
            self.people |= self._shop.people()

    def give_up_shop(self) -> None:
        """What was done to it may have spoilt it: the next check begins with another."""
        self._close_shop()

    @contextmanager
    def bare(self) -> Iterator[Bare]:
        """A client without a channel, in the world as it is now."""
        with connected(self.market, self.form, self.host, self.publisher.publish) as found:
            yield found

    def search(self, kind: str, field: str, query: str) -> Sequence[Found]:
        """What the marketplace finds for a field of a template."""
        lookup = self.declared.templates[self.key, kind].lookups[field]
        with self.bare() as bare:
            return lookup(bare.client, query)

    def queries(self, kind: str, field: str) -> Iterator[str]:
        """What may be looked for with success."""
        return (query for query in QUERIES if self.search(kind, field, query))

    def update_of(self, template: TemplateType, shop: Shop) -> tuple[Template, dict[str, Any]]:
        """A stored row, and a filled-in form that changes it. Raises NotReady."""
        wanted = self.tries.get(template.key, 0)
        found = (
            (row, typed)
            for row in shop.rows(template.key)
            for typed in self.samples.to_update(template, shop.values(row))
        )
        chosen = next(islice(found, wanted, None), None)
        if chosen is None:
            raise NotReady(f"template.{template.key}.update: no change of a row is taken")
        return chosen

    def effect_at(self, operation: str = "orders.confirm") -> int:
        """Which of the operation's requests, counted from 0, has the effect."""
        known = self.learnt.get(operation)
        return known.effect if known is not None else 0

    def lease(self, seconds: float | None) -> None:
        """Let leases last so long; None: as long as usual."""
        settings.use(None)
        if seconds is not None:
            settings.use(replace(settings.current(), lease_s=seconds))


def seed(place: Place, size: str, options: Mapping[str, Any]) -> None:
    """Begin a new world there, without limits where it knows them. Raises Unknown."""
    try:
        place.seed(size, {**options, **FAST})
    except ValueError:
        try:
            place.seed(size, options)
        except ValueError as error:
            raise Unknown(f"seed: {error}") from error
