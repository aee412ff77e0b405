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
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

import pluggy

from core import declarations, hookspecs
from core.contracts.claim import ClaimSync
from core.contracts.form import CredentialsForm
from core.contracts.inquiry import InquirySync
from core.contracts.marketplace import Marketplace
from core.contracts.order import OrderSync, TakeNew
from core.contracts.product import MigrationParser, ProductSync
from core.contracts.sandbox import Sandbox
from core.contracts.settlement import SettlementSync
from core.contracts.template import TemplateType
from core.contracts.text import Text

log = logging.getLogger(__name__)

API = (0, 1)
GROUP = "hanpan.plugins"
T = TypeVar("T")


TOO_NEW = Text(
    "이 한판이 아직 모르는 API {wanted}에 맞춘 플러그인입니다. 한판을 업데이트하거나 "
    "API {known}에 맞는 버전의 플러그인을 설치해 주세요.",
    "It was written for API {wanted}, which this Hanpan does not know yet. Update Hanpan, or "
    "install a version of the plugin that is made for API {known}.",
)


class Refused(Exception):
    """A plugin is not used: the reason for its author, and perhaps `said` for everybody."""

    def __init__(self, reason: str, said: Text | None = None) -> None:
        super().__init__(reason)
        self.said = said


@dataclass(frozen=True)
class Problem:
    """Why one plugin was left out: `text` is for its author, `said` for everybody."""

    plugin: str
    text: str
    said: Text | None = None


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

    def taking(self, marketplace: str) -> TakeNew | None:
        """How new orders are taken where the marketplace shows them only by confirming them."""
        sync = self.orders.get(marketplace)
        return sync.take_new if sync is not None else None


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


def is_closed(market: Marketplace) -> bool:
    """Whether the marketplace has gone out of business."""
    return market.sunset is not None


def has_closed(channel: Any) -> bool:
    """Whether the marketplace of a real channel has closed: nothing is called any more."""
    market = current().marketplaces.get(channel.marketplace)
    return not channel.practice and market is not None and is_closed(market)


def load(*, folder: Path | None = None) -> Registry:
    """Import, collect and check every installed plugin and those in `folder`."""
    registry = Registry()
    for name, source, version, importer in sorted(
        [*_installed(), *_in_folder(folder)], key=lambda found: (found[1] != "installed", found[0])
    ):
        try:
            declared = collect(importer(), name)
            if reasons := [*_unknown(declared, registry), *_clashes(registry, declared)]:
                raise Refused("; ".join(reasons))
        except Refused as refused:
            log.info("plugin %s is left out: %s", name, refused)
            registry.problems.append(Problem(name, str(refused), refused.said))
            continue
        except (Exception, SystemExit) as error:
            log.info("plugin %s is left out", name, exc_info=True)
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
    """Call one plugin's hooks in a manager of its own, so that none can break another.

    Raises Refused for what is not as the contracts say.
    """
    _check_version(getattr(plugin, "API", None))
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    try:
        manager.register(plugin, name)
        manager.check_pending()
    except pluggy.PluginValidationError as error:
        raise Refused(str(error)) from error
    declared = Registry()
    wrong: list[str] = []
    for hook, attribute, kind, key in HOOKS:
        for number, item in enumerate(_returned(manager, plugin, hook, kind)):
            if found := [*declarations.faults(item, f"{hook}()[{number}]")]:
                wrong += found
                continue
            kept = getattr(declared, attribute)
            if key(item) in kept:
                wrong.append(f"{hook} declares {key(item)!r} twice")
            kept[key(item)] = item
    if wrong:
        raise Refused("; ".join(wrong))
    if not any(getattr(declared, attribute) for _, attribute, _, _ in HOOKS):
        raise Refused("it declares nothing: a hook is a function register_… with @hookimpl above")
    return declared


def _check_version(wanted: Any) -> None:
    if not (isinstance(wanted, tuple) and [type(part) for part in wanted] == [int, int]):
        raise Refused(f"the plugin does not say which API it was written for (API = {API})")
    if wanted > API or wanted[0] != API[0]:
        said = _too_new(wanted) if wanted > API else None
        raise Refused(f"written for API {wanted}, this Hanpan has {API}", said)


def _too_new(wanted: tuple[int, int]) -> Text:
    return TOO_NEW.format(wanted="{}.{}".format(*wanted), known="{}.{}".format(*API))


def _returned(
    manager: pluggy.PluginManager, plugin: object, hook: str, kind: type
) -> Iterator[Any]:
    """What the plugin's hook declares; nothing when the plugin has no such hook."""
    call = getattr(manager.hook, hook)
    if not call.get_hookimpls():
        if callable(getattr(plugin, hook, None)):
            raise Refused(f"{hook} has no @hookimpl above it")
        return
    (found,) = call() or [None]
    if not isinstance(found, Sequence) or isinstance(found, str):
        told = type(found).__name__
        raise Refused(f"{hook} must return a list of {kind.__name__}, not {told}")
    for item in found:
        if not isinstance(item, kind):
            raise Refused(f"{hook} returned {type(item).__name__}, not {kind.__name__}")
        yield item


def _clashes(registry: Registry, declared: Registry) -> Iterator[str]:
    for _, attribute, _, _ in HOOKS:
        for key in getattr(declared, attribute):
            if key in getattr(registry, attribute):
                yield f"{attribute} {key!r} is already declared by another plugin"


def _unknown(declared: Registry, others: Registry) -> Iterator[str]:
    """What is named and not declared."""
    known = {**others.marketplaces, **declared.marketplaces}
    for hook, attribute, _, _ in HOOKS[1:]:
        for item in getattr(declared, attribute).values():
            if item.marketplace not in known:
                yield f"{hook} names the unknown marketplace {item.marketplace!r}"
    for market in declared.marketplaces.values():
        if market.key not in declared.forms:
            yield f"{market.key}: no credentials form is declared"
        typed = (
            {field.name for field in declared.forms[market.key].fields}
            if (market.key in declared.forms)
            else set()
        )
        for template in declared.templates_of(market.key):
            for name in {name for names in template.needs.values() for name in names} - typed:
                yield f"{market.key}: {template.key} needs the unknown credential {name!r}"
        sync = declared.products.get(market.key)
        wanted = {name for names in sync.needs.values() for name in names} if sync else set()
        for name in sorted(wanted - typed):
            yield f"{market.key}: its listings need the unknown credential {name!r}"
        for step in market.setup[1:]:
            if (market.key, step.target) not in declared.templates:
                yield f"{market.key}: the setup names the unknown template type {step.target!r}"


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
