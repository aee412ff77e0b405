"""Keys that a marketplace issues per service: rows of a table, and what stands still without."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from core import registry
from core.contracts.text import Text
from core.fields import Field
from core.ledger.connection import credentials_of
from core.models import Channel
from core.support import LISTINGS
from web.i18n import tr
from web.values import CAPABILITIES


@dataclass(frozen=True, kw_only=True)
class KeyRow:
    """The keys of one service. `given` says whether all of them are stored.

    `serves` is what can be done only with these keys: with which types of template, with listings.
    """

    title: Text
    fields: Sequence[Field]
    given: bool
    serves: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Part:
    """A run of a form's fields: drawn as they are, or as the `rows` of a table."""

    fields: Sequence[Field] = ()
    rows: Sequence[KeyRow] = ()

    @property
    def columns(self) -> list[Text]:
        """What stands above the inputs of the table."""
        return [field.label for field in self.rows[0].fields] if self.rows else []


def parts(marketplace: str, fields: Sequence[Field], stored: Mapping[str, Any]) -> list[Part]:
    """A form in runs: fields of one `row` each are a row, rows of the same inputs one table."""
    found: list[Part] = []
    for title, run in groupby(fields, key=lambda field: field.row):
        held = tuple(run)
        if title is None:
            found.append(Part(fields=held))
            continue
        row = _row(marketplace, title, held, stored)
        labels = [field.label for field in held]
        if found and found[-1].rows and found[-1].columns == labels:
            found[-1] = Part(rows=(*found[-1].rows, row))
        else:
            found.append(Part(rows=(row,)))
    return found


def of(channel: Channel) -> list[KeyRow]:
    """The services of a channel's marketplace that have keys of their own; mostly none."""
    form = registry.current().forms.get(channel.marketplace)
    fields = [field for field in form.fields if field.row is not None] if form else []
    if not fields or channel.credentials is None:
        return []
    return [
        row
        for part in parts(channel.marketplace, fields, credentials_of(channel))
        for row in part.rows
    ]


def _row(
    marketplace: str, title: Text, fields: Sequence[Field], stored: Mapping[str, Any]
) -> KeyRow:
    return KeyRow(
        title=title,
        fields=fields,
        given=all(stored.get(field.name) for field in fields),
        serves=_serves(marketplace, {field.name for field in fields}),
    )


def _serves(marketplace: str, names: set[str]) -> list[str]:
    told = []
    for template in registry.current().templates_of(marketplace):
        words = [
            str(tr(word))
            for capability, word in CAPABILITIES
            if capability in template.capabilities
            and names & set(template.needs.get(capability, ()))
        ]
        if words:
            told.append(f"{tr(template.label)} {'·'.join(words)}")
    sync = registry.current().products.get(marketplace)
    if sync is not None:
        told += [
            str(tr(word))
            for name, word in LISTINGS
            if names & set(sync.needs.get(name.removeprefix("listing."), ()))
        ]
    return told
