"""A sentence for people, in both languages of the product."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Text:
    """Korean first, English complete."""

    ko: str
    en: str

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Text:
        """The sentence that was kept as `stored`, whatever else was kept with it."""
        return cls(stored["ko"], stored["en"])

    def stored(self) -> dict[str, str]:
        """The sentence as rows keep it."""
        return {"ko": self.ko, "en": self.en}

    def in_(self, language: str) -> str:
        """Return the sentence in `language` ("ko" or "en"; anything else reads as Korean)."""
        return self.en if language == "en" else self.ko

    def format(self, **values: object) -> Text:
        """Return a copy with `{name}` placeholders filled; a Text fills each in its language."""

        def said(language: str) -> str:
            told = {
                name: value.in_(language) if isinstance(value, Text) else value
                for name, value in values.items()
            }
            return self.in_(language).format(**told)

        return Text(said("ko"), said("en"))
