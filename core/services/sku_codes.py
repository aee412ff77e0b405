"""The codes of SKUs: 자체상품코드 as it is kept, 고유상품코드 as every SKU is given one here."""

from __future__ import annotations

import secrets
import unicodedata
from typing import Any

from sqlalchemy.orm import Session

from core import store
from core.models import Sku

LENGTH = 8
"""Of a 고유상품코드."""
LETTERS = "BCDFGHJKMNPQRSTVWXYZ"
"""No vowels, which make words, and nothing that looks like a digit; a spreadsheet takes a code
that begins with one of these for text."""
DIGITS = "23456789"

_SKU: Any = Sku.__table__


def tidy(code: str) -> str:
    """A code as it is kept and compared: in one spelling, without blanks around it."""
    return " ".join(unicodedata.normalize("NFC", code).split())


def fresh(session: Session, count: int = 1) -> list[str]:
    """So many codes that no SKU of the workspace has; the caller keeps them in its transaction."""
    found: list[str] = []
    while len(found) < count:
        made = {_one() for _ in range(count - len(found))} - set(found)
        found += sorted(made - _taken(session, made))
    return found


def _one() -> str:
    rest = (secrets.choice(LETTERS + DIGITS) for _ in range(LENGTH - 1))
    return secrets.choice(LETTERS) + "".join(rest)


def _taken(session: Session, codes: set[str]) -> set[str]:
    query = store.select_in(_SKU, _SKU.c.our_code)
    return {row.our_code for row in store.rows_among(session, query, _SKU.c.our_code, codes)}
