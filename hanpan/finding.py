"""What a check of `hanpan doctor` found."""

from __future__ import annotations

from dataclasses import dataclass

from core.contracts.text import Text

OK, WARNING, ERROR = "ok", "warning", "error"


@dataclass(frozen=True)
class Finding:
    """`about` names what was looked at; `level` is ok, warning or error."""

    about: str
    level: str
    text: Text


def wrong(about: str, ko: str, en: str) -> Finding:
    """Something that has to be mended."""
    return Finding(about, ERROR, Text(ko, en))
