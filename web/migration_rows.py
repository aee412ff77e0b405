"""Rows of a batch of listings as its pages show them: what each is, and what was chosen for it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from core import registry
from core.contracts.product import MigrationParser
from core.contracts.text import Text
from core.models import Batch, Channel
from core.services import catalogue_list, migration
from core.services.catalogue_list import Wanted, called
from core.services.listing_rows import listing_id
from web.database import db
from web.i18n import tr

MOST_FOUND = 30


def name_of(found: Batch, market: str = "") -> str:
    """What a batch is called: its file, or how it was searched (and where)."""
    if found.file_name:
        return found.file_name
    if market:
        return f"{market} {name_of(found)}"
    if found.choices.get("way") == migration.NUMBERS:
        numbers = found.choices.get("numbers", [])
        return str(_("상품번호 %(n)s개", n=f"{len(numbers):,}"))
    return str(_("API 검색"))


def parser_of(found: Batch, channel: Channel) -> MigrationParser | None:
    """The parser that reads the batch's file; None where it was searched, or has gone."""
    return registry.current().parsers.get((channel.marketplace, found.choices.get("parser", "")))


def rival_of(found: Batch, channel: Channel) -> dict[str, Any] | None:
    """Whose file it rather is: its parser, where this channel can read by that too."""
    told = (found.told or {}).get("rival")
    if not told:
        return None
    other = registry.current().parsers.get((told["marketplace"], told["parser"]))
    ours = other is not None and other.marketplace == channel.marketplace
    return {"other": other if ours else None, "mine": found.choices.get("parser", "")}


def views(counts: Mapping[str, int]) -> list[tuple[str, str, int, bool]]:
    """The views of a batch: (name, label, count, whether it is trouble)."""
    words = (
        ("", _("전체"), False),
        ("new", _("새 상품"), False),
        ("here", _("이미 있음"), False),
        ("matched", _("SKU 찾음"), False),
        ("trouble", _("문제 있음"), True),
        ("done", _("가져옴"), False),
        ("refused", _("가져오지 못함"), True),
    )
    always = ("", "new", "here", "matched", "trouble")
    return [
        (name, str(label), counts[name], bad)
        for name, label, bad in words
        if counts[name] or name in always
    ]


# -- rows ------------------------------------------------------------------------------------------


def shown(rows: Sequence[Any], channel: Channel) -> list[dict[str, Any]]:
    """Rows with their words and SKUs, and the listings that those of the channel became."""
    ids = [sku_id for one in rows for parts in _all_parts(one) for sku_id, _n in parts]
    skus = catalogue_list.by_id(db.session(), ids)
    return [{**_shown(one, skus), "listing": _became(one, channel)} for one in rows]


def _became(one: Any, channel: Channel) -> str:
    """The id of the listing that a row was imported as; "" where it was not."""
    if one.outcome not in ("done", "part") or "listing" not in one.values:
        return ""
    return listing_id(channel.workspace_id, str(channel.account), one.key)


def _all_parts(one: Any) -> list[Sequence[Any]]:
    found = [parts for _no, _how, parts in (one.changes or {}).get("match", ())]
    return [*found, *((one.choices or {}).get("parts") or {}).values()]


def _shown(one: Any, skus: Mapping[str, Any]) -> dict[str, Any]:
    told = one.values.get("listing") or one.values.get("group") or {}
    options = told.get("options", [])
    stocks = [option["stock"] for option in options if option.get("stock") is not None]
    matches = (one.changes or {}).get("match", [])
    choices = one.choices or {}
    return {
        "row": one,
        "is_group": "group" in one.values,
        "name": told.get("name") or "",
        "code": told.get("code") or "",
        "price": told.get("price"),
        "options": len(options) if any(option["option_no"] for option in options) else 0,
        "stock": sum(stocks) if stocks else None,
        "reason": tr(Text.of(one.reason)) if one.reason else "",
        "kinds": [_CHANGES.get(kind, kind) for kind in (one.changes or {}).get("kinds", ())],
        "absent": (one.changes or {}).get("absent", []),
        "members": told.get("product_nos", []),
        "skus": _named([parts for _no, _how, parts in matches], skus),
        "chosen": _named(list((choices.get("parts") or {}).values()), skus),
        "sends": _sends(choices, [parts for _no, _how, parts in matches], skus),
        "link": choices.get("link", ""),
        "stock_choice": "" if "stock" not in choices else "1" if choices["stock"] else "0",
        "can": one.verdict != "problem" and one.outcome in ("", "refused"),
    }


_CHANGES = {
    "price": Text("판매가", "price"),
    "state": Text("판매상태", "state"),
    "display": Text("진열", "display"),
    "name": Text("상품명", "name"),
    "code": Text("코드", "code"),
    "starts": Text("판매 시작", "start of sale"),
    "ends": Text("판매 종료", "end of sale"),
    "stock": Text("재고", "stock"),
    "options": Text("옵션", "options"),
    "details": Text("그 밖의 정보", "other details"),
    "back": Text("다시 나타남", "back again"),
}


def _sends(
    choices: Mapping[str, Any], found: Sequence[Sequence[Any]], skus: Mapping[str, Any]
) -> int | None:
    """The pieces that 재고연동 would publish now, of all options together; None without a SKU."""
    told = {"none": [], "sku": list((choices.get("parts") or {}).values())}
    options = [
        [skus[sku_id].available // pieces if _sold(skus[sku_id]) else 0 for sku_id, pieces in parts]
        for parts in told.get(choices.get("link", ""), found)
        if all(sku_id in skus for sku_id, _n in parts)
    ]
    return sum(min(pieces) for pieces in options if pieces) if any(options) else None


def _sold(sku: Any) -> bool:
    return bool(sku.on_sale) and sku.archived_at is None


def _named(all_parts: Sequence[Sequence[Any]], skus: Mapping[str, Any]) -> list[dict[str, Any]]:
    """SKUs once each, with their pieces."""
    found: dict[str, dict[str, Any]] = {}
    for parts in all_parts:
        for sku_id, pieces in parts:
            sku = skus.get(sku_id)
            if sku is not None:
                found[sku_id] = {"sku": sku, "name": called(sku), "pieces": pieces}
    return list(found.values())


# -- one row ---------------------------------------------------------------------------------------


def options_of(
    session: Session, one: Any, typed_parts: Mapping[str, tuple[str, str]]
) -> list[dict[str, Any]]:
    """The options of a row, with the SKU that was typed, chosen or proposed for each."""
    told = one.values["listing"].get("options") or [{"option_no": "", "name": ""}]
    proposed = {number: parts for number, _how, parts in (one.changes or {}).get("match", ())}
    chosen = (one.choices or {}).get("parts") or {}
    picked: dict[str, Any] = {no: [[sku, n]] for no, (sku, n) in typed_parts.items() if sku}
    every = (*proposed.values(), *chosen.values(), *picked.values())
    skus = catalogue_list.by_id(session, [sku for parts in every for sku, _n in parts])
    found = []
    for at, option in enumerate(told):
        number = option["option_no"]
        standing = [] if number in typed_parts else chosen.get(number) or proposed.get(number)
        parts = picked.get(number) or standing or []
        sku = skus.get(parts[0][0]) if parts else None
        found.append(
            {
                "at": at,
                "no": number,
                "name": option.get("name") or "",
                "code": option.get("code") or "",
                "sku": sku,
                "label": called(sku) if sku is not None else "",
                "pieces": parts[0][1] if parts else 1,
            }
        )
    return found


def found_skus(session: Session, q: str) -> list[Any]:
    """SKUs that a search found, to choose from."""
    if not q.strip():
        return []
    found = catalogue_list.page(session, Wanted(find=q), limit=MOST_FOUND)
    return [{"sku": one, "label": called(one)} for one in found.rows]


def parts_of(form: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """SKU and pieces by option, as the form of a row says it."""
    found: dict[str, tuple[str, str]] = {}
    for name, number in form.items():
        at = re.fullmatch(r"no-([0-9]{1,4})", name)
        if at is not None:
            found[number] = (form.get(f"sku-{at[1]}", ""), form.get(f"pieces-{at[1]}", "1"))
    return found
