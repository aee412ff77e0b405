"""Form values that a marketplace may take: made of what it holds, else of what the fields say."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count
from typing import Any

from core import registry
from core.conformance.trouble import NotReady
from core.contracts.template import Found, TemplateType
from core.fields import Field, Kind, Values, clean

Search = Callable[[str, str], Sequence[Found]]
"""Asks a field's lookup: (field name, query)."""

QUERIES = ("보기로 10", "예시", "서울", "06236")
"""What is looked for where a field holds what a search found."""

WORDS: Mapping[Kind, str] = {
    Kind.TEXT: "시험",
    Kind.SECRET: "kit-secret-0001",
    Kind.TEXTAREA: "시험 메모",
    Kind.TIME: "14:00",
    Kind.PHONE: "02-0000-0000",
    Kind.EMAIL: "kit@shop.example",
    Kind.URL: "https://shop.example/",
}


class Samples:
    """`given` are the author's own values, by template type and field, where ours do not do."""

    def __init__(self, given: Mapping[str, Mapping[str, Any]]) -> None:
        self._given = given
        self._numbers = count(1)

    def to_create(
        self, template: TemplateType, rows: Sequence[Values], search: Search
    ) -> dict[str, Any]:
        """A filled-in form for something new. Raises NotReady with what the form refuses."""
        like = rows[0] if rows else {}
        typed = {item.name: self._typed(item, like) for item in template.fields}
        for item in template.fields:
            if item.kind is Kind.LOOKUP and not like:
                typed |= self._found(item, search)
        named = next((item for item in template.fields if _names(item)), None)
        if named is not None:
            typed[named.name] = self._another(named, typed[named.name] or WORDS[Kind.TEXT])
        typed |= {name: raw(value) for name, value in self._given.get(template.key, {}).items()}
        if wrong := _refused(template, typed, {}):
            raise NotReady(f"no values for a new one were found ({wrong}); give some as samples")
        return typed

    def to_update(self, template: TemplateType, values: Values) -> Iterator[dict[str, Any]]:
        """Filled-in forms that change one field each of a stored row; the likeliest first."""
        typed = {item.name: raw(values.get(item.name)) for item in template.fields}
        asked = [item for item in template.fields if item.readonly is None and not item.fixed]
        for item in sorted(asked, key=lambda item: ORDER.index(item.kind)):
            changed = typed | {item.name: self._changed(item, values.get(item.name))}
            done = clean(template.fields, changed, kept=values)
            same = done.values.get(item.name) == values.get(item.name)
            if not same and not _refused(template, changed, values):
                yield changed

    def typed(self, item: Field) -> Any:
        """What stands in a field of an empty form, or may stand there."""
        return self._typed(item, {})

    def _typed(self, item: Field, like: Values) -> Any:
        if item.kind is Kind.FLAG:
            return raw(item.default)
        if like.get(item.name) not in (None, "", []):
            return raw(like[item.name])
        if item.default not in (None, ""):
            return raw(item.default)
        if item.kind is Kind.CHOICE:
            return next((key for key, _ in item.choices if key), "")
        if item.kind in (Kind.NUMBER, Kind.MONEY):
            return str(max(item.minimum, min(item.maximum, 1000)))
        if item.kind in (Kind.DATES, Kind.WEEKDAYS):
            return []
        return WORDS.get(item.kind, "")[: item.max_length]

    def _found(self, item: Field, search: Search) -> dict[str, Any]:
        for query in QUERIES:
            for hit in search(item.name, query):
                fills = {name: raw(value) for name, value in hit.fills.items()}
                return {item.name: hit.value, **fills}
        return {}

    def _another(self, item: Field, text: Any) -> str:
        number = f" {next(self._numbers)}"
        return str(text)[: item.max_length - len(number)] + number

    def _changed(self, item: Field, value: Any) -> Any:
        if item.kind in (Kind.TEXT, Kind.TEXTAREA):
            words = str(value or WORDS[Kind.TEXT]).rstrip(" 0123456789")
            return self._another(item, words or WORDS[Kind.TEXT])
        if item.kind in (Kind.MONEY, Kind.NUMBER):
            step = 100 if item.kind is Kind.MONEY else 1
            more = int(value or 0) + step
            return str(more if more <= item.maximum else max(item.minimum, more - 2 * step))
        if item.kind is Kind.TIME:
            return "15:00" if str(value) != "15:00" else "14:00"
        if item.kind is Kind.PHONE:
            return f"02-0000-{next(self._numbers):04d}"
        if item.kind is Kind.CHOICE:
            return next((key for key, _ in item.choices if key not in ("", value)), value)
        if item.kind is Kind.FLAG:
            return "" if value else "1"
        if item.kind is Kind.WEEKDAYS:
            return [] if value else [next((key for key, _ in item.choices), "MONDAY")]
        return raw(value)


ORDER = (
    Kind.TEXT, Kind.TEXTAREA, Kind.MONEY, Kind.NUMBER, Kind.TIME, Kind.PHONE, Kind.WEEKDAYS,
    Kind.CHOICE, Kind.FLAG, Kind.DATES, Kind.EMAIL, Kind.URL, Kind.SECRET, Kind.LOOKUP,
)  # fmt: skip
"""Which kinds of field are changed first: what depends on nothing else."""


def raw(value: Any) -> Any:
    """A stored value as a form sends it."""
    if isinstance(value, bool):
        return "1" if value else ""
    if isinstance(value, (list, tuple)):
        return [str(one) for one in value]
    return "" if value is None else str(value)


def _names(item: Field) -> bool:
    """A field that may well be what a thing is called by."""
    return item.kind is Kind.TEXT and item.required and item.readonly is None and not item.check


def _refused(template: TemplateType, typed: Mapping[str, Any], kept: Values) -> str:
    """What the plugin's own form says against it, in words; "" when nothing."""
    done = clean(template.fields, typed, kept=kept)
    problems = dict(done.problems)
    if not problems and template.check is not None:
        problems = registry.guarded(template.check, done.values, default=problems)
    return ", ".join(f"{name}: {text.en}" for name, text in problems.items())
