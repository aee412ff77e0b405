"""Load plugins, check what they declare, and freeze it for web and workers.

Each plugin is collected by a pluggy manager of its own: in a shared one, a single raising
plugin would lose everybody's results. A plugin with one bad declaration is left out whole.
"""

from __future__ import annotations

import importlib
import importlib.util
import logging
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

import pluggy

from core import hookspecs
from core.contracts.claim import ClaimSync
from core.contracts.form import CredentialsForm
from core.contracts.inquiry import InquirySync
from core.contracts.marketplace import Marketplace
from core.contracts.order import OrderSync
from core.contracts.product import MigrationParser, ProductSync
from core.contracts.sandbox import Sandbox
from core.contracts.settlement import SettlementSync
from core.contracts.template import TemplateType
from core.fields import Field, Kind

log = logging.getLogger(__name__)

API = (0, 1)
GROUP = "hanpan.plugins"
T = TypeVar("T")


@dataclass(frozen=True)
class Problem:
    """Why one plugin was left out."""

    plugin: str
    text: str


@dataclass(frozen=True)
class Loaded:
    """A plugin that is in use, and the marketplaces that it declared."""

    name: str
    source: str
    version: str
    marketplaces: tuple[str, ...]


@dataclass
class Registry:
    """Everything declared, by key. Not changed once `load` has returned."""

    marketplaces: dict[str, Marketplace] = field(default_factory=dict)
    forms: dict[str, CredentialsForm] = field(default_factory=dict)
    templates: dict[tuple[str, str], TemplateType] = field(default_factory=dict)
    parsers: dict[tuple[str, str], MigrationParser] = field(default_factory=dict)
    products: dict[str, ProductSync] = field(default_factory=dict)
    orders: dict[str, OrderSync] = field(default_factory=dict)
    claims: dict[str, ClaimSync] = field(default_factory=dict)
    inquiries: dict[str, InquirySync] = field(default_factory=dict)
    settlements: dict[str, SettlementSync] = field(default_factory=dict)
    sandboxes: dict[str, Sandbox] = field(default_factory=dict)
    plugins: list[Loaded] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def templates_of(self, marketplace: str) -> list[TemplateType]:
        """The template types of a marketplace, in the order of its setup sequence."""
        market = self.marketplaces.get(marketplace)
        order = [step.target for step in market.setup] if market else []
        found = [item for (key, _), item in self.templates.items() if key == marketplace]
        return sorted(found, key=lambda t: order.index(t.key) if t.key in order else 99)


def _of(item: Any) -> str:
    return str(item.marketplace)


def _within(item: Any) -> tuple[str, str]:
    return (str(item.marketplace), str(item.key))


HOOKS: tuple[tuple[str, str, type, Callable[[Any], Any]], ...] = (
    ("register_marketplaces", "marketplaces", Marketplace, lambda item: item.key),
    ("register_credentials_forms", "forms", CredentialsForm, _of),
    ("register_template_types", "templates", TemplateType, _within),
    ("register_migration_parsers", "parsers", MigrationParser, _within),
    ("register_product_syncs", "products", ProductSync, _of),
    ("register_order_syncs", "orders", OrderSync, _of),
    ("register_claim_syncs", "claims", ClaimSync, _of),
    ("register_inquiry_syncs", "inquiries", InquirySync, _of),
    ("register_settlement_syncs", "settlements", SettlementSync, _of),
    ("register_sandboxes", "sandboxes", Sandbox, _of),
)

_current: Registry | None = None


def current() -> Registry:
    """The registry of this process; loaded at the first call."""
    global _current
    if _current is None:
        from core import settings

        _current = load(folder=settings.current().plugins_dir)
    return _current


def use(registry: Registry | None) -> None:
    """Use this registry from now on (None: load again at the next call)."""
    global _current
    _current = registry


def load(*, folder: Path | None = None) -> Registry:
    """Import, collect and check every installed plugin and those in `folder`."""
    registry = Registry()
    for name, source, version, importer in sorted(
        [*_installed(), *_in_folder(folder)], key=lambda found: (found[1] != "installed", found[0])
    ):
        try:
            declared = collect(importer(), name)
            if texts := [*check(declared, registry), *_clashes(registry, declared)]:
                raise ValueError("; ".join(texts))
        except (Exception, SystemExit) as error:
            log.warning("plugin %s is left out", name, exc_info=True)
            registry.problems.append(Problem(name, f"{type(error).__name__}: {error}"))
            continue
        for _, attribute, _, _ in HOOKS:
            getattr(registry, attribute).update(getattr(declared, attribute))
        registry.plugins.append(Loaded(name, source, version, tuple(declared.marketplaces)))
    return registry


Found = tuple[str, str, str, Callable[[], object]]


def _installed() -> Iterator[Found]:
    for entry in entry_points(group=GROUP):
        version = entry.dist.version if entry.dist else ""
        yield entry.name, "installed", version, entry.load


def _in_folder(folder: Path | None) -> Iterator[Found]:
    if folder is None or not folder.is_dir():
        return
    for path in sorted(folder.iterdir()):
        if path.name.startswith(("_", ".")):
            continue
        file = path / "__init__.py" if path.is_dir() else path
        if file.suffix == ".py" and file.is_file():
            yield path.stem, str(path), "", partial(_import_file, path.stem, file)


def _import_file(name: str, file: Path) -> ModuleType:
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        raise ValueError(f"{name!r} is not a module name")
    inside = [str(file.parent)] if file.name == "__init__.py" else None
    spec = importlib.util.spec_from_file_location(
        f"hanpan_plugin_{name}", file, submodule_search_locations=inside
    )
    if spec is None or spec.loader is None:
        raise ImportError(f"{file} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def collect(plugin: object, name: str) -> Registry:
    """Call one plugin's hooks in a manager of its own, so that none can break another."""
    wanted = getattr(plugin, "API", None)
    if not (isinstance(wanted, tuple) and len(wanted) == 2):
        raise ValueError("the plugin does not say which API it was written for (API = (0, 1))")
    if wanted > API or wanted[0] != API[0]:
        raise ValueError(f"written for API {wanted}, this Hanpan has {API}")
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    manager.register(plugin, name)
    manager.check_pending()
    declared = Registry()
    for hook, attribute, kind, key in HOOKS:
        for item in [item for items in getattr(manager.hook, hook)() for item in items]:
            if not isinstance(item, kind):
                raise TypeError(f"{hook} returned {type(item).__name__}, not {kind.__name__}")
            kept = getattr(declared, attribute)
            if key(item) in kept:
                raise ValueError(f"{hook} declares {key(item)!r} twice")
            kept[key(item)] = item
    if not any(getattr(declared, attribute) for _, attribute, _, _ in HOOKS):
        raise ValueError("it declares nothing")
    return declared


def _clashes(registry: Registry, declared: Registry) -> Iterator[str]:
    for _, attribute, _, _ in HOOKS:
        for key in getattr(declared, attribute):
            if key in getattr(registry, attribute):
                yield f"{attribute} {key!r} is already declared by another plugin"


def check(declared: Registry, others: Registry) -> Iterator[str]:
    """Yield every broken promise, in words; nothing means sound."""
    known = {**others.marketplaces, **declared.marketplaces}
    for _, attribute, _, _ in HOOKS[1:]:
        for item in getattr(declared, attribute).values():
            if item.marketplace not in known:
                yield f"{attribute} names the unknown marketplace {item.marketplace!r}"
    for market in declared.marketplaces.values():
        yield from _marketplace(declared, market)
    for form in declared.forms.values():
        yield from _form(form)
    for template in declared.templates.values():
        yield from _template(template)


def _marketplace(declared: Registry, market: Marketplace) -> Iterator[str]:
    where = market.key
    if not re.fullmatch(r"[a-z][a-z0-9_]{1,31}", market.key):
        yield f"{where!r} is not a key: lower case letters, digits and _"
    if not 1 <= len(market.mark) <= 2:
        yield f"{where}: a mark has one or two letters"
    for name, url in market.bases.items():
        if not url.startswith("https://"):
            yield f"{where}: base {name} is not https"
    steps = list(market.setup)
    if not steps or steps[0].kind != "credentials":
        yield f"{where}: the setup sequence begins with the credentials"
    if market.key not in declared.forms:
        yield f"{where}: no credentials form is declared"
    for step in steps[1:]:
        if step.kind != "template":
            yield f"{where}: {step.kind!r} is not a kind of step"
        elif (market.key, step.target) not in declared.templates:
            yield f"{where}: the setup names the unknown template type {step.target!r}"


def _form(form: CredentialsForm) -> Iterator[str]:
    yield from _fields(form.marketplace, form.fields)
    if not any(item.kind is Kind.SECRET for item in form.fields):
        yield f"{form.marketplace}: the credentials form has no secret field"


def _template(template: TemplateType) -> Iterator[str]:
    where = f"{template.marketplace}.{template.key}"
    yield from _fields(where, template.fields)
    if not template.capabilities:
        yield f"{where}: nothing can be done with it"
    if (template.create or template.update or template.delete) and not template.fetch:
        yield f"{where}: what is written must be readable: fetch is missing"


def _fields(where: str, fields: Any) -> Iterator[str]:
    names = [item.name for item in fields]
    if len(names) != len(set(names)):
        yield f"{where}: field names repeat"
    for item in fields:
        if not isinstance(item, Field):
            yield f"{where}: {item!r} is not a Field"
        elif item.show_if and item.show_if[0] not in names:
            yield f"{where}: {item.name} depends on the unknown field {item.show_if[0]!r}"
        elif item.kind is Kind.CHOICE and not item.choices:
            yield f"{where}: {item.name} has no choices"


def guarded(call: Callable[..., T], *args: Any, default: T) -> T:
    """Call a pure check of a plugin; one that raises counts as `default` and is logged."""
    try:
        return call(*args)
    except Exception:
        log.exception("a plugin's check raised")
        return default


def values_of(template: TemplateType, values: Mapping[str, Any]) -> dict[str, Any]:
    """`values` reduced to the fields of the template type, absent ones as None."""
    return {item.name: values.get(item.name) for item in template.fields}
