"""Who sees how each operation of a plugin ends, and spoils one on request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from core.conformance.wire import Rewrite, Wire
from core.contracts.form import CredentialsForm
from core.contracts.marketplace import Marketplace
from core.contracts.order import OrderSync, TakeNew
from core.contracts.product import WRITES, ProductSync
from core.contracts.template import TemplateType
from core.contracts.write import Write
from core.practice.faults import Rule
from core.practice.place import Place
from core.registry import Registry

FREE = 100_000.0
"""Calls a second that the kit allows: what a plugin declares would only make it wait."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One operation as it went. `calls` are the numbers of the requests that it made."""

    operation: str
    error: Exception | None = None
    result: Any = None
    calls: tuple[int, ...] = ()
    changed: tuple[int, ...] = ()
    """Which of its requests, counted from 0, changed something at the marketplace."""


class Witness:
    """Wraps what a plugin declares, so that each operation is seen and can be spoilt."""

    def __init__(self, wire: Wire) -> None:
        self.seen: list[Seen] = []
        self.place: Place | None = None
        self._wire = wire
        self._rules: dict[str, Rule] = {}
        self._rewrites: dict[str, Rewrite] = {}

    def spoil(self, operation: str, rule: Rule) -> None:
        """Spoil the operation's requests by the rule, the next time that it is called."""
        self._rules[operation] = rule

    def rewrite(self, operation: str, rewrite: Rewrite) -> None:
        """Rewrite the answers to the operation's requests, the next time that it is called."""
        self._rewrites[operation] = rewrite

    def calm(self) -> None:
        """Spoil nothing any more."""
        self._rules.clear()
        self._rewrites.clear()

    def of(self, operation: str, since: int = 0) -> list[Seen]:
        """How the operation went each time, after so many that were seen before."""
        return [one for one in self.seen[since:] if one.operation == operation]

    def watched(self, operation: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """The same callable under our eyes."""

        def watching(*given: Any) -> Any:
            assert self.place is not None
            place, wire = self.place, self._wire
            rule = self._rules.pop(operation, None)
            wire.rewrite = self._rewrites.pop(operation, None)
            first, told = _number(place), len(wire.told)
            if rule is not None:
                place.faults.append(rule)
            error: Exception | None = None
            result: Any = None
            try:
                result = call(*given)
            except Exception as caught:
                error = caught
                raise
            finally:
                wire.rewrite = None
                if rule is not None and rule in place.faults:
                    place.faults.remove(rule)
                made = _since(place, first)
                self.seen.append(
                    Seen(
                        operation=operation,
                        error=error,
                        result=result,
                        calls=tuple(made),
                        changed=tuple(at for at, one in enumerate(wire.told[told:]) if one.changed),
                    )
                )
            return result

        return watching

    def registry(self, declared: Registry, key: str) -> Registry:
        """What the plugin declares for the marketplace, every callable under our eyes."""
        sync, products = declared.orders.get(key), declared.products.get(key)
        templates = {
            name: self._template(template)
            for name, template in declared.templates.items()
            if name[0] == key
        }
        return Registry(
            marketplaces={key: _unhurried(declared.marketplaces[key])},
            forms={key: self._form(declared.forms[key])},
            templates=templates,
            parsers={name: one for name, one in declared.parsers.items() if name[0] == key},
            products={key: self._products(products)} if products is not None else {},
            orders={key: self._orders(sync)} if sync is not None else {},
            sandboxes={key: self._wire.through(declared.sandboxes[key])},
        )

    def _form(self, form: CredentialsForm) -> CredentialsForm:
        return replace(form, verify=self.watched("channel.verify", form.verify))

    def _template(self, template: TemplateType) -> TemplateType:
        calls = {
            "fetch": ("import", template.fetch),
            "create": ("create", template.create),
            "update": ("update", template.update),
            "delete": ("delete", template.delete),
        }
        changed: dict[str, Any] = {
            name: self.watched(f"template.{template.key}.{told}", call)
            for name, (told, call) in calls.items()
            if call is not None
        }
        lookups: Mapping[str, Any] = {
            name: self.watched(f"template.{template.key}.lookup.{name}", call)
            for name, call in template.lookups.items()
        }
        return replace(template, lookups=lookups, **changed)

    def _products(self, sync: ProductSync) -> ProductSync:
        search, get = sync.search, sync.get
        writes: dict[str, Any] = {
            name: self._write(f"listing.{name}", getattr(sync, name)) for name in WRITES
        }
        return replace(
            sync,
            search=search and replace(search, pages=self.watched("listing.search", search.pages)),
            get=get and self.watched("listing.get", get),
            **writes,
        )

    def _orders(self, sync: OrderSync) -> OrderSync:
        return replace(
            sync,
            changes=self.watched("orders.changes", sync.changes),
            get=self.watched("orders.get", sync.get),
            confirm=self._write("orders.confirm", sync.confirm),
            take_new=self._take(sync.take_new),
        )

    def _write(self, name: str, write: Write | None) -> Write | None:
        if write is None:
            return None
        readback = write.readback
        return replace(
            write,
            send=self.watched(name, write.send),
            readback=readback and self.watched(f"{name}.readback", readback),
        )

    def _take(self, take: TakeNew | None) -> TakeNew | None:
        if take is None:
            return None
        return replace(
            take,
            take=self.watched("orders.take_new", take.take),
            taken=self.watched("orders.take_new.readback", take.taken),
        )


def _number(place: Place) -> int:
    return int(place.calls[-1]["n"]) if place.calls else 0


def _since(place: Place, first: int) -> list[int]:
    """The numbers of the calls after that one, in their order."""
    found: list[int] = []
    for at in range(1, len(place.calls) + 1):
        number = int(place.calls[-at]["n"])
        if number <= first:
            break
        found.append(number)
    return found[::-1]


def _unhurried(market: Marketplace) -> Marketplace:
    return replace(
        market,
        buckets=tuple(replace(bucket, per_second=FREE, burst=FREE) for bucket in market.buckets),
    )
