"""What a 배송 템플릿 of ours joins at a marketplace: its templates, and what else it asks for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.contracts.text import Text
from core.fields import Field, Values

RESERVED = frozenset(("shipping_name", "chosen", "csrf_token", "submission", "seen"))
"""What core's own inputs of a 배송 템플릿 are called: no part or field of a plugin may be."""


@dataclass(frozen=True, kw_only=True)
class ShippingPart:
    """A stored template that belongs to it: one of the type `template`, a step of the setup.

    `fits(values)` is pure and says which of them may be chosen (addresses of one kind, say);
    those that the marketplace does not have any more never are.
    """

    name: str
    template: str
    label: Text
    required: bool = True
    help: Text | None = None
    fits: Callable[[Values], bool] | None = None


@dataclass(frozen=True, kw_only=True)
class ShippingForm:
    """The parts in their order, and the marketplace's own `fields` beside them.

    `check(values)` is pure: reasons by field name for values that do not fit together.
    """

    parts: Sequence[ShippingPart]
    fields: Sequence[Field] = ()
    check: Callable[[Values], dict[str, Text]] | None = None
