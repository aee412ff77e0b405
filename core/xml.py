"""XML as Korean marketplaces speak it: EUC-KR bytes, loose declarations, stray characters."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TypeAlias
from xml.etree.ElementTree import Element, ParseError, SubElement, fromstring, tostring

from core.errors import ContractError, Rejected
from core.fields import NOT_CARRIED, not_carried
from core.http import Answer, decoded

Leaf: TypeAlias = "str | int | None"
Tree: TypeAlias = "Mapping[str, Leaf | Tree | Sequence[Tree]]"
"""Elements by name: a text, what is inside, or several of the same name."""

_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>")
_STRAY = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_LITERAL = r"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)"
_AMPERSAND = re.compile(
    rf"({_LITERAL})|&(?!(?:amp|lt|gt|quot|apos);)(?:#([0-9]{{1,10}}|x[0-9A-Fa-f]{{1,10}});)?",
    re.DOTALL,
)
"""An & that is none of XML's own five, with its number if it has one; in CDATA it is a letter."""
_PROLOG = re.compile(r"(?:[\s\ufeff]+|<!--.*?-->|<\?.*?\?>)*", re.DOTALL)
"""What may stand before the root and the document type."""


def read_xml(answer: Answer) -> Element:
    """The root of an answer. Raises ContractError for what is no XML (a login page, half a body).

    The declaration is dropped (expat reads no multi-byte encodings), characters that XML forbids
    are taken out, and an & is taken for a letter where XML knows nothing by that name (&nbsp;).
    """
    text = _AMPERSAND.sub(_mended, _STRAY.sub("", decoded(answer.content)))
    try:
        return parse_xml(text)
    except ValueError as error:
        where = f"{answer.method} {answer.path}: HTTP {answer.status}"
        raise ContractError(detail=f"{where}, {error}") from error


def _mended(found: re.Match[str]) -> str:
    literal, number = found.groups()
    if literal is not None:
        return str(literal)
    if number is None:
        return "&amp;"
    code = int(number[1:], 16) if number[0] == "x" else int(number)
    letter = code < 0x110000 and not 0xD800 <= code < 0xE000 and not _STRAY.match(chr(code))
    return found[0] if letter else ""


def parse_xml(text: str) -> Element:
    """The root of a document, whatever encoding it declares. Raises ValueError.

    A document type is refused: only there can entities be declared, which the parser would
    expand.
    """
    bare = _DECLARATION.sub("", text)
    if _declares_entities(bare):
        raise ValueError("a document type is declared")
    try:
        return fromstring(bare)
    except ParseError as error:
        raise ValueError(f"not XML: {error}") from error


def _declares_entities(text: str) -> bool:
    """Whether a document type stands before the root (defusedxml's parser takes thrice as long)."""
    return text.startswith("<!", _PROLOG.match(text).end())  # type: ignore[union-attr]


def local_name(element: Element) -> str:
    """The name without its namespace: prefixes differ from call to call."""
    return _bare(element.tag)


@lru_cache(maxsize=4096)
def _bare(tag: str) -> str:
    return tag.rpartition("}")[2].rpartition(":")[2]


def inner(element: Element, name: str) -> Iterator[Element]:
    """Every element of that local name, at any depth, the element itself included."""
    return (found for found in element.iter() if local_name(found) == name)


def first(element: Element, name: str) -> str | None:
    """The text of the first element of that local name, or None where there is none."""
    found = next(inner(element, name), None)
    return None if found is None else (found.text or "").strip()


def leaves(element: Element) -> dict[str, str]:
    """The texts of an element's children that hold no others, by local name."""
    return {local_name(one): (one.text or "").strip() for one in element if not len(one)}


def write_xml(root: str, tree: Tree, *, encoding: str = "euc-kr") -> bytes:
    """A document in the encoding, with its declaration.

    Raises Rejected, with the reason at the element's name, for a letter that the
    encoding does not have: nothing is replaced by "?".
    """
    top = Element(root)
    _fill(top, tree, encoding)
    body = tostring(top, encoding="unicode").encode(encoding)
    return f'<?xml version="1.0" encoding="{encoding.upper()}"?>\n'.encode() + body


def _fill(element: Element, tree: Tree, encoding: str) -> None:
    for name, value in tree.items():
        several = value if isinstance(value, (list, tuple)) else [value]
        for one in several:
            child = SubElement(element, name)
            if isinstance(one, Mapping):
                _fill(child, one, encoding)
            elif one is not None:
                letters = not_carried(str(one), encoding)
                if letters:
                    raise Rejected(fields={name: NOT_CARRIED.format(letters=letters)})
                child.text = str(one)
