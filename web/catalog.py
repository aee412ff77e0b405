"""The English catalog: collects every sentence of web/ and compiles what is translated.

python -m web.catalog    add new sentences to messages.po, drop those that are gone, compile
                         messages.mo, and list what has no English yet (exit 1)
"""

from __future__ import annotations

import io
import sys
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

WEB = Path(__file__).parent
PO = WEB / "translations" / "en" / "LC_MESSAGES" / "messages.po"
MO = PO.with_suffix(".mo")

METHODS = [("templates/**.html", "jinja2"), ("static/**", "ignore"), ("**.py", "python")]
OPTIONS = {"templates/**.html": {"silent": "false"}}
# A catalog that was not changed is the same file, whenever it is written.
WRITTEN = datetime(2026, 1, 1, tzinfo=UTC)


def sentences() -> Catalog:
    """Every sentence that web/ says, without translations."""
    found = _empty()
    for file, line, message, _comments, _context in extract_from_dir(WEB, METHODS, OPTIONS):
        found.add(message, "", locations=[(file, line)])
    return found


def stored() -> Catalog:
    """The catalog as it stands in messages.po."""
    kept = _empty()
    if PO.exists():
        with PO.open("rb") as file:
            for message in read_po(file, locale="en"):
                if message.id and message.string:
                    kept.add(message.id, message.string)
    return kept


def merged() -> Catalog:
    """The sentences of today with the translations that are stored."""
    found, kept = sentences(), stored()
    for message in found:
        if message.id and (before := kept.get(message.id)):
            message.string = before.string
    return found


def untranslated(catalog: Catalog) -> list[str]:
    """The sentences of a catalog that have no English."""
    return [str(message.id) for message in catalog if message.id and not message.string]


def problems(catalog: Catalog) -> list[str]:
    """Translations whose placeholders are not those of their sentence."""
    return [f"{message.id}: {error}" for message, errors in catalog.check() for error in errors]


def as_po(catalog: Catalog) -> bytes:
    """The text of messages.po."""
    out = io.BytesIO()
    write_po(out, catalog, width=100, no_location=True, sort_output=True)
    return out.getvalue()


def as_mo(catalog: Catalog) -> bytes:
    """The bytes of messages.mo."""
    out = io.BytesIO()
    write_mo(out, catalog)
    return out.getvalue()


def main() -> int:
    """Write both files; 1 when something has no English or wrong placeholders."""
    catalog = merged()
    PO.parent.mkdir(parents=True, exist_ok=True)
    PO.write_bytes(as_po(catalog))
    MO.write_bytes(as_mo(catalog))
    wrong = [*problems(catalog), *(f"no English: {text}" for text in untranslated(catalog))]
    sys.stdout.writelines(f"{line}\n" for line in wrong)
    return 1 if wrong else 0


def _empty() -> Catalog:
    return Catalog(
        locale="en",
        project="hanpan",
        version="web",
        charset="utf-8",
        creation_date=WRITTEN,
        revision_date=WRITTEN,
        last_translator="hanpan",
        language_team="en",
        fuzzy=False,
        header_comment="# The English of Hanpan's pages; see web/catalog.py.",
    )


if __name__ == "__main__":
    sys.exit(main())
