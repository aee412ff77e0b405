"""A sentence for people, in both languages of the product."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Text:
    """Korean first, English complete."""

    ko: str
    en: str

    def in_(self, language: str) -> str:
        """Return the sentence in `language` ("ko" or "en"; anything else reads as Korean)."""
        return self.en if language == "en" else self.ko

    def format(self, **values: object) -> Text:
        """Return a copy with `{name}` placeholders filled in both languages."""
        return Text(self.ko.format(**values), self.en.format(**values))
