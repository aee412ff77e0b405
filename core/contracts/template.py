"""A reusable block of seller settings that the marketplace holds: address, bundle fee …"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum

from core.contracts.form import Client
from core.contracts.page import Page
from core.contracts.text import Text
from core.contracts.write import SETTLES_AFTER
from core.fields import Field, Values

RESERVED = frozenset(("seen", "back", "csrf_token", "submission"))
"""What core's own inputs of a template's form are called: no field of a plugin may be."""


MOST = 6
"""How many columns a list of templates has room for beside the title."""


class Capability(Enum):
    """What can be done with a template type; derived from the callables that are given."""

    IMPORT = "import"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


@dataclass(frozen=True)
class Remote:
    """A template as the marketplace holds it: its id there and values by field name."""

    id: str
    values: Values


@dataclass(frozen=True, kw_only=True)
class Found:
    """One hit of a `lookup`: the field takes `value`, and other fields what `fills` says."""

    value: str
    label: str
    fills: Values = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class TemplateType:
    """A callable left out is a capability that the marketplace does not offer.

    `fetch(client, cursor)` lists what the marketplace holds, from the beginning when the
    cursor is "". `create` returns what was made, `update` what is there afterwards: its `id` is
    kept with the values that were sent, until an import reads what the marketplace made of them.
    Lost answers are read back by core through `fetch`: all values of the form are compared.
    `touches_others` types are imported again after each write, for one row changes others (a
    new default ends the old one).
    `title(values)` names a row in lists, and `columns` the fields that stand beside it (six at
    most); none named are those that are short, with the others in a line below. `single` types
    have exactly one row and no create.
    `why_not` says, per capability that is absent, why, and `seller_center` where to go instead.
    `refreshes` types are fetched again by themselves when their page shows an old copy.
    `check(values)` is pure: reasons by field name for values that do not fit together.
    `delete` takes a row away; core looks for it in the list where the answer was lost.
    `needs` names, per capability, the fields of the credentials form that must be filled in:
    where one is empty the capability is switched off on that channel, and the page says why.
    `lookups(client, query)`, by the name of a field of kind LOOKUP, searches what it may hold.
    """

    marketplace: str
    key: str
    label: Text
    fields: Sequence[Field]
    title: Callable[[Values], str]
    columns: Sequence[str] = ()
    fetch: Callable[[Client, str], Page[Remote]] | None = None
    create: Callable[[Client, Values], Remote] | None = None
    update: Callable[[Client, str, Values], Remote] | None = None
    delete: Callable[[Client, str], None] | None = None
    check: Callable[[Values], dict[str, Text]] | None = None
    why_not: Mapping[Capability, Text] | None = None
    needs: Mapping[Capability, Sequence[str]] = field(default_factory=dict)
    lookups: Mapping[str, Callable[[Client, str], Sequence[Found]]] = field(default_factory=dict)
    help: Text | None = None
    seller_center: str = ""
    single: bool = False
    may_be_empty: bool = False
    refreshes: bool = False
    touches_others: bool = False
    settles_after: timedelta = SETTLES_AFTER

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What the marketplace offers for this type."""
        given = {
            Capability.IMPORT: self.fetch,
            Capability.CREATE: self.create,
            Capability.UPDATE: self.update,
            Capability.DELETE: self.delete,
        }
        return frozenset(name for name, call in given.items() if call)
