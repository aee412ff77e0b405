"""Whether a declaration is what its contract says: the kind of every value, and its sense.

Found by walking the annotations of the contracts, so that a new field needs no check of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import fields, is_dataclass
from datetime import timedelta
from functools import cache
from math import inf
from re import fullmatch
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from core.contracts import form, shipping, template
from core.contracts.form import CredentialsForm
from core.contracts.marketplace import Bucket, Marketplace
from core.contracts.order import OrderSync
from core.contracts.product import EXTEND_DAYS, WRITES, MigrationParser, ProductSync
from core.contracts.shipping import ShippingForm
from core.contracts.template import TemplateType
from core.contracts.text import Text
from core.contracts.write import Repeat, Write
from core.couriers import COURIERS
from core.fields import Field, Kind

Wrong = Iterator[tuple[str, str]]
"""Pairs of a field's name and what is wrong with it."""


def faults(item: Any, where: str) -> Iterator[str]:
    """Yield what is wrong with a declaration and all that it is made of; nothing means sound.

    `where` is how it was come by; each reason begins with the path to the field from there.
    """
    hints = _hints(item.__class__)
    found = [
        fault
        for one in fields(item)
        for fault in _kinds(getattr(item, one.name), hints[one.name], f"{where}.{one.name}")
    ]
    yield from found
    if not found and (sense := SENSE.get(type(item))) is not None:
        yield from (f"{where}.{name}: {what}" for name, what in sense(item))


# -- kinds ----------------------------------------------------------------------------------------


@cache
def _hints(kind: Any) -> Mapping[str, Any]:
    """The annotations of a contract; what only a type checker knows stands in functions alone."""
    return get_type_hints(kind, localns={"Host": Any, "World": Any})


def _kinds(value: Any, wanted: Any, where: str) -> Iterator[str]:
    """Yield where `value`, or something within it, is not what the annotation `wanted` says."""
    choices = get_args(wanted) if get_origin(wanted) is UnionType else (wanted,)
    kind = next((one for one in choices if _is(value, one)), None)
    if kind is None:
        shown = f"{type(value).__name__} ({value!r:.40})"
        yield f"{where}: {_name(wanted)} was expected, not {shown}"
        return
    origin, of = get_origin(kind), get_args(kind)
    if origin is Sequence:
        for number, one in enumerate(value):
            yield from _kinds(one, of[0], f"{where}[{number}]")
    elif origin is Mapping:
        for name, one in value.items():
            yield from _kinds(name, of[0], f"{where}, the key {name!r}")
            yield from _kinds(one, of[1], f"{where}[{name!r}]")
    elif origin is tuple:
        wants = of[:1] * len(value) if of[-1] is Ellipsis else of
        for number, one in enumerate(value):
            yield from _kinds(one, wants[number], f"{where}[{number}]")
    elif is_dataclass(value):
        yield from faults(value, where)


def _is(value: Any, wanted: Any) -> bool:
    """Whether the value itself is of that kind, whatever is within it."""
    if wanted is Any:
        return True
    origin, of = get_origin(wanted), get_args(wanted)
    if origin is Sequence:
        return isinstance(value, Sequence) and not isinstance(value, (str, bytes))
    if origin is tuple:
        return isinstance(value, tuple) and (of[-1] is Ellipsis or len(value) == len(of))
    if wanted in (int, float):
        kinds = (int, float) if wanted is float else (int,)
        return isinstance(value, kinds) and not isinstance(value, bool)
    return isinstance(value, origin or wanted)


def _name(wanted: Any) -> str:
    """A kind as a reason names it."""
    origin, of = get_origin(wanted), get_args(wanted)
    if origin is UnionType:
        return " or ".join(map(_name, of))
    if origin is Sequence:
        return f"a list of {_name(of[0])}"
    if origin is Mapping:
        return f"a mapping of {_name(of[0])} to {_name(of[1])}"
    if origin is tuple:
        return "a tuple of " + " and ".join(_name(one) for one in of if one is not Ellipsis)
    if origin is Callable:
        return "a function"
    return "Text(ko, en)" if wanted is Text else str(wanted.__name__).replace("NoneType", "None")


# -- sense ----------------------------------------------------------------------------------------


def _marketplace(market: Marketplace) -> Wrong:
    if not fullmatch(r"[a-z][a-z0-9_]{1,31}", market.key):
        yield "key", f"{market.key!r} is not one: lower case letters, digits and _ were expected"
    if not 1 <= len(market.mark) <= 2:
        yield "mark", f"one or two letters were expected, not {market.mark!r}"
    for name, url in market.bases.items():
        if not url.startswith("https://"):
            yield "bases", f"{name!r} is not https"
    kinds = [step.kind for step in market.setup]
    if kinds[:1] != ["credentials"]:
        yield "setup", "the sequence begins with Step.credentials()"
    for kind in kinds[1:]:
        if kind != "template":
            yield "setup", f"{kind!r} is not a kind of step that may follow"
    steps = {step.target for step in market.setup if step.kind == "template"}
    for part in market.shipping.parts if market.shipping else ():
        if part.template not in steps:
            yield "shipping", f"{part.template!r} is no step of the setup"
    yield from _once("buckets", [bucket.key for bucket in market.buckets])
    yield from _once("couriers", [courier.key for courier in market.couriers])
    for courier in market.couriers:
        if courier.key not in COURIERS:
            yield "couriers", f"Hanpan's list has no courier {courier.key!r}"


def _bucket(bucket: Bucket) -> Wrong:
    if not 0 < bucket.per_second < inf:
        yield "per_second", f"more than 0 was expected, not {bucket.per_second}"
    if not 1 <= bucket.burst < inf:
        yield "burst", f"1 or more was expected, not {bucket.burst}"


def _shipping(declared: ShippingForm) -> Wrong:
    yield from _fields(declared.fields, shipping.RESERVED)
    names = [part.name for part in declared.parts]
    yield from _once("parts", [*names, *(item.name for item in declared.fields)])
    if not names:
        yield "parts", "there is none"
    for name in shipping.RESERVED.intersection(names):
        yield "parts", f"{name!r} is a name of Hanpan's own in this form; take another"


def _form(declared: CredentialsForm) -> Wrong:
    yield from _fields(declared.fields, form.RESERVED)
    if not any(item.kind is Kind.SECRET for item in declared.fields):
        yield "fields", "there is no secret field"


def _template(declared: TemplateType) -> Wrong:
    yield from _fields(declared.fields, template.RESERVED)
    if not declared.capabilities:
        yield "fetch", "nothing can be done with it"
    if (declared.create or declared.update or declared.delete) and not declared.fetch:
        yield "fetch", "what is written must be readable: fetch is missing"
    searched = {item.name for item in declared.fields if item.kind is Kind.LOOKUP}
    for name in searched ^ set(declared.lookups):
        yield "lookups", f"{name!r} must be a field of kind LOOKUP and have a lookup"
    for name in set(declared.columns) - {item.name for item in declared.fields}:
        yield "columns", f"{name!r} is no field"
    if len(declared.columns) > template.MOST:
        yield "columns", f"{template.MOST} at most, not {len(declared.columns)}"


def _fields(declared: Sequence[Field], reserved: Set[str]) -> Wrong:
    names = [item.name for item in declared]
    yield from _once("fields", names)
    for item in declared:
        if item.name in reserved:
            yield "fields", f"{item.name!r} is a name of Hanpan's own in this form; take another"
        if item.show_if and item.show_if[0] not in names:
            yield "fields", f"{item.name!r} depends on the unknown field {item.show_if[0]!r}"


def _field(item: Field) -> Wrong:
    if not item.name:
        yield "name", "it is empty"
    if item.kind is Kind.CHOICE and not item.choices:
        yield "choices", "a CHOICE has some"


def _order_sync(sync: OrderSync) -> Wrong:
    for name in ("window", "every"):
        if getattr(sync, name) <= timedelta():
            yield name, f"more than 0 was expected, not {getattr(sync, name)}"
    if sync.at_once < 1:
        yield "at_once", f"1 or more was expected, not {sync.at_once}"
    if sync.take_new is not None and sync.confirm is not None:
        yield "confirm", "there is none where new lines are taken by confirming them"


def _parser(parser: MigrationParser) -> Wrong:
    yield from _once("columns", [column.name for column in parser.columns])
    if not any(column.required for column in parser.columns):
        yield "columns", "a column is required by which the file is known"
    for column in parser.columns:
        if not any(header.strip() for header in column.headers):
            yield "columns", f"{column.name!r} is looked for by no header"


def _product_sync(sync: ProductSync) -> Wrong:
    if sync.at_once < 1:
        yield "at_once", f"1 or more was expected, not {sync.at_once}"
    if sync.extend is not None and not sync.extend_days:
        yield "extend_days", "some were expected, as the period can be extended"
    for days in sorted(set(sync.extend_days) - set(EXTEND_DAYS)):
        yield "extend_days", f"{days} is offered to nobody: some of {EXTEND_DAYS} were expected"
    if any(getattr(sync, name) is not None for name in WRITES) and sync.get is None:
        yield "get", "what is written must be readable: get is missing"
    first, last = sync.quiet_hours
    if not 0 <= first < last <= 24:
        yield "quiet_hours", f"two hours of one day were expected, not {sync.quiet_hours}"


def _write(write: Write) -> Wrong:
    if write.batch < 1:
        yield "batch", f"1 or more was expected, not {write.batch}"
    if write.repeat is Repeat.READBACK and write.readback is None:
        yield "readback", "a function was expected, as repeat is Repeat.READBACK"


def _once(name: str, keys: Sequence[str]) -> Wrong:
    for key in dict.fromkeys(keys):
        if keys.count(key) > 1:
            yield name, f"{key!r} is there more than once"


SENSE: Mapping[type, Callable[[Any], Wrong]] = {
    Marketplace: _marketplace,
    Bucket: _bucket,
    ShippingForm: _shipping,
    CredentialsForm: _form,
    TemplateType: _template,
    Field: _field,
    OrderSync: _order_sync,
    ProductSync: _product_sync,
    MigrationParser: _parser,
    Write: _write,
}
"""What a contract asks of its values beyond their kinds."""
