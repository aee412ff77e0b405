"""What answers hold where they hold it: times, whole numbers, texts, parts; None for anything else.

Nothing here raises, whatever a marketplace writes. What must be there is read by `take`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from core.clock import KST

_WHOLE = re.compile(r"-?[0-9]{1,15}")


def moment_of(value: Any) -> datetime | None:
    """A time in ISO's order, a blank or a T within; one that tells no zone is Korean."""
    try:
        found = datetime.fromisoformat(str(value or ""))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=KST)


def whole(value: Any) -> int | None:
    """A whole number, won or pieces, as a number or as digits (with commas or without)."""
    if type(value) is int or (isinstance(value, float) and math.isfinite(value)):
        return int(value)
    digits = value.replace(",", "") if isinstance(value, str) else ""
    return int(digits) if _WHOLE.fullmatch(digits) else None


def text_of(value: Any) -> str | None:
    """A text, or a number as one; None for an empty one."""
    return None if value in (None, "") else str(value)


def part(told: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The object within an object, empty where there is none."""
    found = told.get(name)
    return found if isinstance(found, Mapping) else {}
