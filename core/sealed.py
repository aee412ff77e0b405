"""Which columns are sealed, and which columns name the row that a sealed value is bound to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sealed:
    """A sealed column; `row` are the columns whose values, joined by ":", are its row id."""

    table: str
    column: str
    row: tuple[str, ...] = ("id",)


SEALED = (
    Sealed("channel", "credentials"),
    Sealed("channel", "contact"),
    Sealed("channel_memory", "value", ("channel_id", "key")),
    Sealed("template", "values"),
    Sealed("template", "before"),
    Sealed("order_line", "buyer"),
    Sealed("order_line", "raw"),
    Sealed("listing", "raw"),
    Sealed("command", "payload"),
    Sealed("effect", "values"),
    Sealed("effect", "before"),
    Sealed("journal_entry", "body"),
    Sealed("saved_search", "text"),
    Sealed("publication", "content"),
)

FILES = (("upload", "part"),)
"""Pieces of files that are sealed the same way. They stay for days only: a rotation of keys does
not seal them anew."""
