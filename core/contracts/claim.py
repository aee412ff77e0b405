"""Claims (cancel, return, exchange): how they are read, and the actions there are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.contracts.form import Client
from core.contracts.order import Claim, ClaimKind, ClaimState, Line
from core.contracts.page import Page
from core.contracts.text import Text
from core.contracts.write import Write
from core.fields import Field


@dataclass(frozen=True, kw_only=True)
class ClaimAction:
    """Something a seller can do about a claim, when the claim is of `kind` in one of `states`.

    Not called yet.
    """

    key: str
    label: Text
    kind: ClaimKind
    states: Sequence[ClaimState]
    write: Write
    fields: Sequence[Field] = ()


@dataclass(frozen=True, kw_only=True)
class ClaimSync:
    """How claims are read apart from the order lines, and acted upon. Not called yet.

    What a line's own observation says of its claim (`Line.claim`) is used.
    """

    marketplace: str
    changes: Callable[[Client, str], Page[tuple[Line, Claim]]] | None = None
    actions: Sequence[ClaimAction] = ()
