"""The rows of a seller service: read in one call, written one by one (§3). None has pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element

from hanpan.api import Capability, OutcomeUnknown, Page, Remote, inner, leaves
from plugins.interpark.client import Interpark
from plugins.interpark.services import pair


def needs(key: str) -> dict[Capability, Sequence[str]]:
    """The key pairs: whatever is written is read as well, before it and when its answer is lost."""
    reading = pair(f"{key}_get")
    return {
        Capability.IMPORT: reading,
        Capability.CREATE: pair(f"{key}_create") + reading,
        Capability.UPDATE: pair(f"{key}_update") + reading,
    }


def flag(told: str | None) -> bool:
    """Y or N of the wire."""
    return told == "Y"


def wire_flag(value: Any) -> str:
    """The same the other way round."""
    return "Y" if value else "N"


def listed(
    name: str, element: str, read: Callable[[Mapping[str, str]], Remote | None]
) -> Callable[[Interpark, str], Page[Remote]]:
    """A `fetch` that reads everything of a type in one call."""

    def fetch(client: Interpark, cursor: str) -> Page[Remote]:
        return Page(rows_of(client.service(name), element, read), "")

    return fetch


def rows_of(
    root: Element, element: str, read: Callable[[Mapping[str, str]], Remote | None]
) -> list[Remote]:
    """The rows of an answer; an element without its number is none."""
    return [row for one in inner(root, element) if (row := read(leaves(one))) is not None]


def number_in(root: Element, element: str, number: str) -> str:
    """The number that a write answers; without one it does not tell whether it was done."""
    for one in inner(root, element):
        if told := leaves(one).get(number):
            return told
    raise OutcomeUnknown(detail=f"the answer to a write lacks {number}")
