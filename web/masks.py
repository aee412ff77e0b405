"""How people's data is shown before somebody asks for more with [보기]: 김*현, 0502-****-1204."""

from __future__ import annotations

import re

from core.services.lines import mask_name

DOT = "*"


def name(value: str | None) -> str:
    """First and last character; a name of two keeps the first."""
    return mask_name((value or "").strip())


def phone(value: str | None) -> str:
    """The first group and the last four digits; a number of fewer than eight shows nothing."""
    digits = re.sub(r"[^0-9+]", "", value or "")
    if len(digits) < 8:
        return DOT * len(digits)
    head = re.match(r"(050\d|\+\d{2}|02|0\d{2}|\d{4})", digits)
    kept = head.group() if head else digits[:2]
    return f"{kept}-****-{digits[-4:]}"


def dashed(value: str | None) -> str:
    """A Korean number in its groups, however the marketplace wrote it; others as they came."""
    plain = (value or "").strip()
    digits = re.sub(r"[-\s]", "", plain)
    groups = re.fullmatch(r"(050\d|02|0\d{2})(\d{3,4})(\d{4})", digits)
    return "-".join(groups.groups()) if groups else plain


def email(value: str | None) -> str:
    """The first character and the domain."""
    local, at, domain = (value or "").partition("@")
    if not at:
        return name(value)
    return f"{local[:1]}***@{domain}"


def rest(value: str | None, kept: int = 0) -> str:
    """The first `kept` characters; of the rest not even the length."""
    text = (value or "").strip()
    return text[:kept] + "***" if len(text) > kept else DOT * len(text)
