"""What is typed into the search box: numbers, words of a product, or somebody's name or phone.

A search that looks personal is kept sealed and named by its id; it is looked up by blind indexes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core import clock, store, vault
from core.models import SavedSearch, new_id
from core.services.outcome import Missing

LONGEST = 1000
NUMBERS = 50
"""So many numbers are looked for at once; the rest of a paste is left out."""
KEPT = timedelta(days=2)

_NAME = re.compile(r"[가-힣]{2,4}")
_PHONE = re.compile(r"(?:\+?82|0)\d{8,11}")
_NUMBER = re.compile(r"(?=[^\s]*\d)[A-Za-z0-9_\-]{4,64}")
_PLACE = re.compile(
    r"(?:^|\s)[가-힣]{1,6}(?:특별시|광역시|특별자치시|특별자치도|시|도|군|구|읍|면)(?:\s|$)"
    r"|[가-힣\d]+(?:로|길|동|리)\s*\d+"
)


@dataclass(frozen=True, kw_only=True)
class Find:
    """A search, read. `numbers` are looked for whole, `words` as part of a product's name.

    `name` and `phone` are blind indexes; `region` is the beginning of an address (시·군·구).
    """

    text: str
    numbers: tuple[str, ...] = ()
    words: str = ""
    name: str = ""
    phone: str = ""
    region: str = ""


def tidy(text: str) -> str:
    """The text without surplus blanks, at most LONGEST characters."""
    return " ".join(text.replace("\x00", " ").split())[:LONGEST]


def looks_personal(text: str) -> bool:
    """Whether the text may be somebody's name, phone, address or e-mail: never put it in a URL."""
    plain = tidy(text)
    if _NAME.fullmatch(plain) or "@" in plain or _PLACE.search(plain):
        return True
    return any(_phone(part) for part in (plain, *re.split(r"[,\s]+", plain)))


def _phone(text: str) -> str:
    digits = re.sub(r"[\s\-()]", "", text)
    return digits if _PHONE.fullmatch(digits) else ""


def read(text: str) -> Find | None:
    """What to look for; None where nothing was typed."""
    plain = tidy(text)
    if not plain:
        return None
    parts = [part for part in re.split(r"[,\s]+", plain) if part]
    numbers = tuple(part for part in parts if _NUMBER.fullmatch(part))
    if phone := _phone(plain):
        local = phone if phone[0] == "0" else "0" + phone.removeprefix("+").removeprefix("82")
        return Find(text=plain, numbers=(plain, phone), phone=vault.blind(local))
    if len(parts) > 1 and len(numbers) == len(parts):
        return Find(text=plain, numbers=numbers[:NUMBERS])
    if not looks_personal(plain):
        return Find(text=plain, numbers=numbers if len(parts) == 1 else (), words=plain)
    if _NAME.fullmatch(plain):
        return Find(text=plain, words=plain, name=vault.blind(plain))
    return Find(text=plain, words=plain, region=" ".join(parts[:2])[:40])


def save(text: str, user_id: str) -> str:
    """Keep a personal search, sealed; returns its id. The person's old ones are forgotten."""
    row_id = new_id()
    with store.write() as session:
        session.execute(
            delete(SavedSearch).where(
                SavedSearch.user_id == user_id, SavedSearch.created_at < clock.now() - KEPT
            )
        )
        session.add(
            SavedSearch(
                id=row_id,
                user_id=user_id,
                text=vault.seal("saved_search", "text", row_id, tidy(text).encode()),
                created_at=clock.now(),
            )
        )
    return row_id


def saved(session: Session, search_id: str, user_id: str) -> str:
    """The text of a person's own search; Missing when it is somebody else's or forgotten."""
    found = session.scalar(
        select(SavedSearch).where(SavedSearch.id == search_id, SavedSearch.user_id == user_id)
    )
    if found is None:
        raise Missing
    return vault.unseal("saved_search", "text", found.id, found.text).decode()
