"""What a plugin declares, looked at without calling it: sentences, guide, setup, reasons."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import fields, is_dataclass
from types import ModuleType
from typing import Any

from core.conformance.report import Finding
from core.conformance.trial import Trial
from core.conformance.trouble import NotConcerned
from core.contracts.product import ProductSync
from core.contracts.template import Capability
from core.contracts.text import Text
from core.support import LISTINGS, support

_HANGUL = re.compile("[가-힣]")
_STEP = re.compile(r"^(\d+)\. ", re.M)
_HEAD = re.compile(r"^#+ ", re.M)
FEWEST_STEPS = 3
NOT_SAID = ("sandbox", "tests")
"""Modules of a plugin whose sentences no seller of a real channel reads."""


# -- sentences ----------------------------------------------------------------------------------


def texts(trial: Trial) -> Iterator[Finding]:
    """Every sentence stands in both languages, in declarations and in the tables of modules."""
    for where, text in _texts_of(trial):
        for language in ("ko", "en"):
            if not text.in_(language).strip():
                yield Finding(where, f"the {language} of {text} is empty")
        if len(_HANGUL.findall(text.ko)) > 1 and text.en == text.ko:
            yield Finding(where, f"{text.ko!r} is not said in English")


def _texts_of(trial: Trial) -> Iterator[tuple[str, Text]]:
    seen: set[int] = set()
    declared = trial.declared
    for name in ("marketplaces", "forms", "templates", "parsers", "products", "orders"):
        for key, item in getattr(declared, name).items():
            if trial.key in (key, key[0]):
                yield from _within(item, f"{name} {item.__class__.__name__}", seen)
    for module in modules(trial):
        for name, value in vars(module).items():
            yield from _within(value, f"{module.__name__.rpartition('.')[2]}.{name}", seen)


def modules(trial: Trial) -> list[ModuleType]:
    """The plugin's own modules that are loaded, without its practice marketplace and tests."""
    package = trial.form.verify.__module__
    if not hasattr(sys.modules[package], "__path__"):
        package = package.rpartition(".")[0] or package
    found = [
        module
        for name, module in sorted(sys.modules.items())
        if name == package or name.startswith(f"{package}.")
    ]
    return [one for one in found if not set(one.__name__.split(".")) & set(NOT_SAID)]


def _within(value: Any, where: str, seen: set[int]) -> Iterator[tuple[str, Text]]:
    """Every Text that a declaration or a table is made of."""
    if isinstance(value, Text):
        yield where, value
        return
    if isinstance(value, (str, bytes, int, float, type, ModuleType)) or id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, Mapping):
        for key, one in value.items():
            yield from _within(one, f"{where}[{key!r}]", seen)
    elif isinstance(value, (Sequence, Set)):
        for one in value:
            yield from _within(one, where, seen)
    elif is_dataclass(value):
        name = getattr(value, "name", getattr(value, "key", ""))
        for field in fields(value):
            told = f"{where}.{name}" if isinstance(name, str) and name else where
            yield from _within(getattr(value, field.name), told, seen)


# -- guide and setup ----------------------------------------------------------------------------


def guide(trial: Trial) -> Iterator[Finding]:
    """How the keys are got, in numbered steps: the same ones in both languages."""
    told = trial.market.guide
    if told is None:
        yield Finding("", "there is none")
        return
    shapes = {language: _steps(told.in_(language)) for language in ("ko", "en")}
    for language, shape in shapes.items():
        if sum(map(len, shape)) < FEWEST_STEPS:
            yield Finding(language, f"fewer than {FEWEST_STEPS} numbered steps")
        for number, steps in enumerate(shape, 1):
            if steps != list(range(1, len(steps) + 1)):
                yield Finding(language, f"part {number} counts {steps}")
    if shapes["ko"] != shapes["en"]:
        counts = {language: [len(part) for part in shape] for language, shape in shapes.items()}
        yield Finding("", f"the steps differ: {counts}")


def _steps(text: str) -> list[list[int]]:
    """The numbers of the steps under each heading that has some."""
    parts = [[int(n) for n in _STEP.findall(part)] for part in _HEAD.split(text)]
    return [part for part in parts if part]


def setup(trial: Trial) -> Iterator[Finding]:
    """What the sequence names can be imported (that it is declared, the registry sees to)."""
    kinds = {template.key: template for template in trial.templates}
    for step in trial.market.setup[1:]:
        if Capability.IMPORT not in kinds[step.target].capabilities:
            yield Finding(step.target, "it cannot be imported, so its step is never done")


def why_not(trial: Trial) -> Iterator[Finding]:
    """Each capability that is missing says why, and none that is there does."""
    if not trial.templates and trial.products is None:
        raise NotConcerned("there are no template types and no listings")
    for template in trial.templates:
        told = set(template.why_not or {})
        missing = set(Capability) - template.capabilities
        for capability in sorted(missing - told, key=lambda one: one.value):
            yield Finding(template.key, f"it does not say why there is no {capability.value}")
        for capability in sorted(told - missing, key=lambda one: one.value):
            yield Finding(template.key, f"it says why there is no {capability.value}: there is")

    if trial.products is not None:
        yield from _why_no_part(trial.products)


def _why_no_part(sync: ProductSync) -> Iterator[Finding]:
    names = {name.removeprefix("listing.") for name, _ in LISTINGS} - {"files"}
    missing = {name for name in names if getattr(sync, name) is None}
    for name in sorted(missing - set(sync.why_not)):
        yield Finding(f"listing.{name}", "it is not offered, and does not say why")
    for name in sorted(set(sync.why_not) - missing):
        yield Finding(f"listing.{name}", "it says why there is none, and there is one")


# -- tables -------------------------------------------------------------------------------------


def couriers(trial: Trial) -> Iterator[Finding]:
    """Where orders are read there are couriers, each with a code of its own."""
    declared = trial.market.couriers
    if trial.orders is not None and not declared:
        yield Finding("", "orders are read, and no courier is declared")
    codes = [courier.code for courier in declared]
    for courier in declared:
        if not courier.code.strip():
            yield Finding(courier.key, "it has no code")
        elif codes.count(courier.code) > 1:
            yield Finding(courier.key, f"its code {courier.code!r} is another's too")


def assumed(trial: Trial) -> Iterator[Finding]:
    """Calls that no source confirms are named as the support matrix names them, and explained."""
    offered = support(trial.declared, trial.key).names()
    told = [name for one in trial.market.assumed for name in one.calls]
    for name in told:
        if name not in offered:
            yield Finding(name, f"nothing of that name is offered; there are {sorted(offered)}")
        if told.count(name) > 1:
            yield Finding(name, "it is told more than once")
    module = next((one for one in modules(trial) if one.__name__.endswith(".assumed")), None)
    if module is None and not told:
        raise NotConcerned("no call is assumed")
    if module is not None and not told:
        yield Finding("", "there is an assumed.py, but no call is declared to be assumed")


def sunset(trial: Trial) -> Iterator[Finding]:
    """A marketplace that has closed says where that was announced."""
    ended = trial.market.sunset
    if ended is None:
        raise NotConcerned("it has not closed")
    if not ended.source.strip():
        yield Finding("", "it does not say where")
