"""The key-issuing guide that stands in a plugin's folder."""

from __future__ import annotations

from importlib.resources import files

from core.contracts.text import Text


def guide_of(package: str) -> Text:
    """`guide.ko.md` and `guide.en.md` of a package (`__name__`), from its folder or its wheel."""
    ko, en = (
        (files(package) / f"guide.{language}.md").read_text(encoding="utf-8")
        for language in ("ko", "en")
    )
    return Text(ko, en)
