"""Answers rewritten in what every wire has: records that repeat, keys, and codes. JSON and XML."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from typing import Any
from xml.etree.ElementTree import Element, tostring

from core.conformance.wire import Rewrite, Told
from core.http import decoded
from core.xml import local_name, parse_xml

UNKNOWN = "PRACTICE_UNKNOWN"
_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>\s*")
_CODE = re.compile(r"[A-Z][A-Z0-9_]{1,40}|[0-9]{2,3}|[YN]")
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]{1,40}|[0-9]{2,3}|[YN]")
_NUMBERED = re.compile(r"[0-9]{4}")
_NAMED = re.compile(r"(id|no|num|number|key|seq)$", re.IGNORECASE)
"""How keys are called that name one thing among others: no code is there."""
_CODED = re.compile(r"(stat|state|status|cd|code|type|kind|yn|clf|class)$", re.IGNORECASE)

Tree = Any
"""JSON as Python has it, or the root of an XML document."""


# -- reading and writing ------------------------------------------------------------------------


def tree_of(told: Told) -> Tree | None:
    """The answer as a tree, or None when it is neither JSON nor XML."""
    text = decoded(told.body)
    if text.lstrip()[:1] in "{[":
        try:
            return json.loads(text)
        except ValueError:
            return None
    try:
        return parse_xml(text)
    except ValueError:
        return None


def _bytes_of(tree: Tree, told: Told) -> bytes:
    if not isinstance(tree, Element):
        return json.dumps(tree, ensure_ascii=False).encode()
    text = decoded(told.body)
    head = _DECLARATION.match(text)
    encoding = "utf-8" if _is_utf8(told.body) else "cp949"
    written = (head[0] if head else "") + tostring(tree, encoding="unicode")
    return written.encode(encoding, "xmlcharrefreplace")


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def by(change: Callable[[Tree], Tree]) -> Rewrite:
    """A rewriting of every answer that is a tree."""

    def rewrite(told: Told) -> bytes:
        tree = tree_of(told)
        return told.body if tree is None else _bytes_of(change(tree), told)

    return rewrite


# -- records ------------------------------------------------------------------------------------


def doubled(tree: Tree) -> Tree:
    """Every record is there twice."""
    return _records(tree, lambda found: [*found, *deepcopy(found)])


def reordered(tree: Tree) -> Tree:
    """The records come in the opposite order."""
    return _records(tree, lambda found: found[::-1])


def emptied(tree: Tree) -> Tree:
    """There are no records; what is told of the page stays."""
    return _records(tree, lambda found: [])


def _records(tree: Tree, change: Callable[[list[Any]], list[Any]]) -> Tree:
    if isinstance(tree, Element):
        for parent in [*tree.iter()]:
            found = [child for child in parent if _is_record(child)]
            if found:
                others = [child for child in parent if not _is_record(child)]
                parent[:] = [*others, *change(found)]
        return tree
    if isinstance(tree, list):
        changed = [_records(one, change) for one in tree]
        return change(changed) if any(isinstance(one, dict) for one in tree) else changed
    if isinstance(tree, dict):
        return {name: _records(one, change) for name, one in tree.items()}
    return tree


def _is_record(element: Element) -> bool:
    """An element that holds several texts: one line, one template."""
    return sum(1 for child in element if not len(child)) > 1


# -- keys and codes -----------------------------------------------------------------------------


def keys(tree: Tree) -> Iterator[str]:
    """Every key, or name of an element that holds a text, once."""
    yield from dict.fromkeys(name for name, _ in _leaves(tree))


def coded(tree: Tree) -> Iterator[str]:
    """The keys that hold a code: one of a list that may grow."""
    values: dict[str, list[str]] = {}
    for name, value in _leaves(tree):
        if isinstance(value, str):
            values.setdefault(name, []).append(value.strip())
    for name, found in values.items():
        filled = {value for value in found if value}
        if not filled or _NAMED.search(name) or any(map(_NUMBERED.search, filled)):
            continue
        letters = not any(value.isdigit() for value in filled)
        called_so = _CODED.search(name) is not None
        pattern = _WORD if called_so else _CODE
        if (called_so or letters) and all(map(pattern.fullmatch, filled)):
            yield name


def without(key: str) -> Callable[[Tree], Tree]:
    """The key is nowhere."""

    def change(tree: Tree) -> Tree:
        if isinstance(tree, Element):
            for parent in [*tree.iter()]:
                for child in [*parent]:
                    if local_name(child) == key and not len(child):
                        parent.remove(child)
            return tree
        return _walk(tree, lambda found: {n: v for n, v in found.items() if n != key})

    return change


def unknown(key: str) -> Callable[[Tree], Tree]:
    """What the key holds is a code that nobody knows."""

    def change(tree: Tree) -> Tree:
        if isinstance(tree, Element):
            for element in tree.iter():
                if local_name(element) == key and (element.text or "").strip():
                    element.text = UNKNOWN
            return tree
        return _walk(
            tree,
            lambda found: {
                n: UNKNOWN if n == key and isinstance(v, str) and v else v for n, v in found.items()
            },
        )

    return change


def _leaves(tree: Tree) -> Iterator[tuple[str, Any]]:
    if isinstance(tree, Element):
        for element in tree.iter():
            if not len(element):
                yield local_name(element), element.text or ""
    elif isinstance(tree, dict):
        for name, value in tree.items():
            yield name, value
            yield from _leaves(value)
    elif isinstance(tree, list):
        for one in tree:
            yield from _leaves(one)


def _walk(tree: Tree, change: Callable[[Mapping[str, Any]], dict[str, Any]]) -> Tree:
    if isinstance(tree, dict):
        return {name: _walk(one, change) for name, one in change(tree).items()}
    if isinstance(tree, list):
        return [_walk(one, change) for one in tree]
    return tree
