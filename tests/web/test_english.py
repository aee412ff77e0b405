"""Whoever chose English reads English: every page that the owner can open, by its address.

What people typed is written in Latin letters here, so that every Hangul left is a sentence of ours.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import timedelta
from itertools import zip_longest
from typing import Any

import pytest
from flask import Flask
from markupsafe import escape
from sqlalchemy import Select, select
from werkzeug.routing import Rule

from core import clock, registry, store, vault
from core.contracts.order import Claim, ClaimKind, ClaimState, LineState
from core.contracts.text import Text
from core.models import (
    Batch,
    BatchRow,
    Channel,
    Command,
    JournalEntry,
    LineEvent,
    Listing,
    ListingOption,
    ListingPush,
    Notice,
    ShippingTemplate,
    Template,
    TemplateFetch,
    new_id,
)
from core.models.work import LIVE
from core.services import (
    catalogue,
    job_words,
    listing_changes,
    matching,
    notice_words,
    publishing,
    runple,
    stock,
)
from core.services.audit import Actor
from core.services.stock import Why
from tests.core import goods
from tests.web.conftest import Browser
from tests.web.shop import Shop, line
from web import access, collecting

HANGUL = re.compile(r"[가-힣ㄱ-ㅎ]+")
NOT_OURS = (
    r'<span class="mk[^>]*>[^<]*</span>',  # a marketplace's mark, in its own letters
    r'<aside class="tray guide".*?</aside>',  # the guide says what stands on Korean buttons
    r"고요상회",  # the company's name, as the owner typed it
    r"한국어",  # the language switch, in the language that it leads to
)
NO_PAGES = ("static", "health", "published", "skus.download", "thumbnails")
MOST = 250
"""Addresses; one of each kind would be too few, as many have other words for each state."""

STATES = (
    {"state": "checking"},
    {"state": "needs_you", "problem": {"ko": "키", "en": "Key", "code": "GW.AUTHN"}},
    {"state": "paused"},
    {"state": "paused", "note": {"resume": "collect_first"}},
    {"state": "active", "on_all": False},
    {"state": "active", "confirm_mode": "auto"},
    {"marketplace": "gone"},
    {"marketplace": "dusk"},
    {"marketplace": "corner"},
    {"marketplace": "corner", "state": "waiting", "waiting_since": clock.now()},
    {
        "marketplace": "corner",
        "state": "waiting",
        "waiting_since": clock.now() - timedelta(days=30),
    },
)
pytestmark = pytest.mark.usefixtures("town")


@pytest.fixture
def shop(owner: Browser) -> Shop:
    """A shop in which one of everything has happened, and an owner who reads English."""
    owner.post("/me/language", {"lang": "en", "next": "/me"})
    owner.post("/me/name", {"name": "Kim"})
    owner.post(
        "/users/add",
        {"name": "Park", "login": "park@shop.example", "role": "staff", "password": "x" * 20},
    )
    found = Shop()
    found.actor = type(found.actor)(found.actor.id, "Kim")
    for number, told in enumerate(STATES):
        found.channel(f"Store {number}", **told)
    found.channel("Put away", archived_at=clock.now())
    now = clock.now()
    main = found.channel("Main", expires_at=now + timedelta(days=3), verified_at=now)
    corner = found.channel("Corner", marketplace="corner")
    with found.enter():
        ids = _lines(found, main)
        _events(ids[0])
        _templates(main)
        _templates(corner)
        _notices(main)
        _skus(found)
        _matches(main)
        for state in ("reading", "unmapped", "ready", "applying", "ended", "refused"):
            _batch(state)
            _batch(state, main)
        _shipping(main)
        for command_id in _commands(found, main):
            _calls(main, command_id)
    return found


def _shipping(main: Channel) -> None:
    """A shipping template whose parts have gone."""
    now = clock.now()
    with store.write() as session:
        session.add(
            ShippingTemplate(
                channel_id=main.id, name="Parcel", values={}, created_at=now, changed_at=now
            )
        )


def _lines(shop: Shop, main: Channel) -> list[str]:
    """A line in each state, one with each claim, and new ones whose confirm stands somewhere."""
    told: list[dict[str, Any]] = [{"state": state} for state in LineState]
    told += [{"claim": Claim(kind=kind, state=state)} for kind in ClaimKind for state in ClaimState]
    told.append({"dispatch_due": clock.now() - timedelta(hours=1)})
    told.append({"dispatch_due": clock.now() + timedelta(hours=1)})
    sure = {"product_name": "Cutting board", "option_text": "Large", "buyer": _buyer()}
    ids = shop.keep(main, *(line(n, **sure, **more) for n, more in enumerate(told, 1)))
    fresh = [line(n, **sure) for n in range(100, 104)]
    ids += shop.keep(main, *fresh)
    work = shop.command(main, "review", created_by="Kim")
    reason = {"ko": "이유", "en": "A reason"}
    for one, state in zip(fresh, ("planned", "unknown", "refused", "done"), strict=True):
        shop.effect(work, main, one.line_key, state, reason=reason, code="104442")
    return ids


def _buyer() -> Any:
    return type(line(1).buyer)(
        receiver_name="Hong", receiver_phone="0502-7777-1204", address="Seoul Jung-gu 1"
    )


def _events(line_id: str) -> None:
    """Each thing that a timeline tells."""
    kinds: dict[str, dict[str, Any]] = {
        "confirm_withdrawn": {},
        "state": {"from": "new", "to": "confirmed"},
        "claim": {"kind": "cancel", "state": "requested"},
        "invoice": {"courier": "CJGLS", "number": "6450"},
        "address": {},
        "confirmed": {"command": new_id()},
        "confirm_refused": {"ko": "거절", "en": "Refused", "code": "1"},
        "decided": {"verdict": "again", "command": new_id()},
    }
    who = ("marketplace", "hanpan", "Kim", "자동 발주확인")
    with store.write() as session:
        for number, (kind, detail) in enumerate(kinds.items()):
            session.add(
                LineEvent(
                    line_id=line_id, key=kind, at=clock.now(), who=who[number % 4], kind=kind,
                    detail=detail,
                )
            )  # fmt: skip


def _templates(main: Channel) -> None:
    """Two of each type: one that has changed, one that is gone."""
    with store.write() as session:
        for template in registry.current().templates_of(main.marketplace):
            values = {
                item.name: item.choices[-1][0] if item.choices else None for item in template.fields
            }
            for number, gone in enumerate((None, clock.now())):
                row_id = new_id()
                session.add(
                    Template(
                        id=row_id,
                        channel_id=main.id,
                        type=template.key,
                        remote_id=str(number),
                        title=f"Title {number}",
                        values=vault.seal_json("template", "values", row_id, values),
                        before=vault.seal_json("template", "before", row_id, {}),
                        fingerprint="0" * 32,
                        change="gone" if gone else "changed",
                        seen_at=clock.now(),
                        gone_at=gone,
                    )
                )
            counts = {"added": 1, "changed": 1, "gone": 1, "same": 0}
            session.add(
                TemplateFetch(
                    channel_id=main.id, type=template.key, fetched_at=clock.now(), found=counts
                )
            )


def _notices(main: Channel) -> None:
    """One of each kind, mailed in each way or not."""
    words = {"store": "Main", "why": {"ko": "이유", "en": "A reason"}, "n": 7, "day": "2027-01-01"}
    words |= {"name": "Cup", "sku": "0" * 32}
    mails = ("sent", "queued", "sending", "failed", "off", "nobody", "throttled")
    with store.write() as session:
        for number, mail in enumerate(mails):
            session.add(
                Notice(
                    kind=list(notice_words.KINDS)[number % len(notice_words.KINDS)],
                    cause=str(number),
                    channel_id=main.id,
                    words=words,
                    mail=mail,
                    mailed_at=clock.now(),
                    created_at=clock.now(),
                    ended_at=clock.now() if number % 2 else None,
                )
            )


def _skus(shop: Shop) -> None:
    """One with everything, one put away, one of which more was ordered than there is."""
    runple.use(True, shop.actor)
    told = {"name": "Cup", "price": "1000", "on_hand": "5", "buffer": "1", "memo": "Blue"}
    more = {"image": "https://shop.example/1.png", "runple": "1", "own_code": "C-1"}
    full = catalogue.create({**told, **more, "on_sale": "1"}, shop.actor)
    away = catalogue.create({**told, "option_name": "Large"}, shop.actor, beside=full)
    catalogue.archive([away], shop.actor)
    short = catalogue.create(told, shop.actor)
    with store.write() as session:
        stock.move(session, short, Why.ORDER, key="1", who="한판", reserved=9)


def _matches(main: Channel) -> None:
    """Options matched, matched anew, undone, proposed and of nothing; pushes in each state."""
    by = Actor(None, "Kim")
    one, two = (goods.sku(f"S-{n}", 2, by=by, name="Cup", option_name=f"No. {n}") for n in (1, 2))
    away = goods.sku("GONE", by=by, name="Cup")
    goods.archive(away)
    codes = ["S-1", "GONE", "", ""]
    options = goods.listing(main, "95001", ["A", "B", "C", "D"], codes=codes, name="Set")
    (single,) = goods.listing(main, "95002", name="Cup")
    ids = [goods.listing(main, f"9501{n}", name="Cup")[0] for n in range(3)]
    parts = [matching.Part(one, 1), matching.Part(two, 2)]
    with store.write() as session:
        wanted = {option: parts for option in (options[2], options[3], single, *ids)}
        matching.match(session, wanted, how="hand", who="Kim")
        matching.match(session, {options[3]: [matching.Part(one)]}, how="learnt", who="한판")
        matching.match(session, {options[2]: []}, how="hand", who="Kim")
        matching.undo(session, single, "Kim")
    goods.order(main, "95", "95001", "D", quantity=9, product_name="Set")
    goods.order(main, "96", "95010", product_name="Cup")
    with store.write() as session:
        linked = list(session.scalars(select(Listing.id).where(Listing.product_no > "9501")))
        assert publishing.link(session, linked, True, "Kim") == {}
        sent, refused, *_ = session.scalars(
            select(ListingPush).where(ListingPush.what == "stock").order_by(ListingPush.listing_id)
        )
        sent.done_version, sent.done_at = sent.version, clock.now()
        refused.refused_version = refused.version
        refused.reason = {"ko": "이유", "en": "A reason", "code": "X"}


def _batch(state: str, main: Channel | None = None) -> None:
    """A file of SKUs, or of the listings of a channel, with a row of each verdict."""
    row_id, now = new_id(), clock.now()
    reason = {"ko": "이유", "en": "A reason"}
    found = {
        "sheet": "Sheet1", "row": 1, "columns": {"name": 0, "price": 1},
        "headers": {"name": "Title"}, "unknown": ["Else"], "missing": ["memo"], "twice": ["Title"],
    }  # fmt: skip
    told: dict[str, Any] = {
        "found": found, "rows": 4, "blank": 1, "totals": 1, "claimed": "XFD1",
        "repairs": {"spaces": 2}, "lost_zeros": {"own_code": 1},
    }  # fmt: skip
    if state == "unmapped":
        told = {"look": {"sheets": [{"name": "Sheet1", "rows": [["Title", "Won"], ["Cup", "1"]]}]}}
    with store.write() as session:
        session.add(
            Batch(
                id=row_id,
                kind="catalogue" if main is None else "listings",
                channel_id=None if main is None else main.id,
                state=state,
                file_name="skus.xlsx",
                told=told,
                problem=reason,
                created_by="Kim",
                created_at=now,
                changed_at=now,
            )
        )
        session.flush()
        listing = {"product_no": "95300", "name": "Cup", "price": 2}
        changes: dict[str, Any] = {
            "price": [1, 2],
            "on_sale": [True, False],
            "displayed": [False, True],
        }
        if main is not None:
            changes = {"kinds": ["price", "name"]}
        for number, verdict in enumerate(("new", "changed", "same", "problem"), 2):
            session.add(
                BatchRow(
                    batch_id=row_id,
                    number=number,
                    key=str(number),
                    values={"name": "Cup", "price": 2} if main is None else {"listing": listing},
                    verdict=verdict,
                    reason=reason if verdict == "problem" else None,
                    changes=changes if verdict == "changed" else None,
                    outcome="done" if state == "ended" and verdict == "new" else "",
                )
            )


def _commands(shop: Shop, main: Channel) -> Iterator[str]:
    """A command of each kind in each state in which it says something else."""
    error = {"error_text": {"ko": "이유", "en": "A reason"}, "error_code": "X"}
    told: list[dict[str, Any]] = [{"state": "held", "held_for": why} for why in job_words.HELD]
    told += [
        {"state": "ready"},
        {"state": "running", "started_at": clock.now() - timedelta(minutes=2)},
        {"state": "running", "progress_done": 3, "progress_total": 9, "counts": {"new": 3}},
        {"state": "review", **error},
        {"state": "refused", **error, "fields": {"name": {"ko": "이유", "en": "A reason"}}},
        {"state": "cancelled", "cancel_asked": "Kim"},
        {"state": "cancelled"},
        {"state": "done", "result": {"asked": 5, "done": 1, "already": 1, "busy": 1, "refused": 1,
                                     "changed": 1, "reasons": []}},
        {"state": "done", "result": {"added": 1, "changed": 1, "gone": 1, "same": 1}},
        {"state": "done"},
    ]  # fmt: skip
    kinds = {
        "orders.confirm": "x",
        "template.import": "address",
        "template.update": "bundle_group:0",
        "template.create": "bundle_group:new",
        "template.delete": "bundle_group:0",
        "orders.take": "pressed",
        "notice.mail": "x",
        "channel.verify": "verify",
    }
    who = ("Kim", "자동 발주확인", "한판")
    for number, more in enumerate(told):
        for kind, natural_key in kinds.items():
            apart = number if more["state"] in LIVE else ""
            yield shop.command(
                main,
                more["state"],
                **{name: value for name, value in more.items() if name != "state"},
                kind=kind,
                natural_key=f"{natural_key}{apart}",
                created_by=who[number % 3],
            )


def _calls(main: Channel, command_id: str) -> None:
    """A call that went well and one whose answer was lost."""
    with store.write() as session:
        for status, outcome in ((200, "ok"), (None, "unknown"), (429, "limited")):
            session.add(
                JournalEntry(
                    channel_id=main.id,
                    command_id=command_id,
                    at=clock.now(),
                    what="orders.confirm",
                    base="external",
                    method="POST",
                    path="/v1/confirm",
                    status=status,
                    outcome=outcome,
                    milliseconds=12.0,
                )
            )


def _ids(rule: Rule, model: Any) -> Select[tuple[str]]:
    """The rows of a model that an address may name; of all commands few can be typed again."""
    query = select(model.id)
    if rule.endpoint == "templates.typed_again":
        query = query.where(Command.kind.startswith("template."))
    return query


OPEN_TO: dict[str, Callable[[Channel], Any]] = {
    "shipping.new": lambda channel: channel.store == "Main",
    "taking.ask": lambda channel: registry.current().taking(channel.marketplace),
}
"""Routes that only some channels have."""


def _addresses(app: Flask, rule: Rule) -> Iterator[str]:
    """The route with every row that its address may name."""
    rows = access.TABLE[rule.endpoint].rows
    with store.read() as session:
        templates = session.scalars(select(Template)).all()
        calls = session.scalars(select(JournalEntry)).all()
        ids = list(session.scalars(_ids(rule, rows["id"]))) if "id" in rows else []
        channels = session.scalars(select(Channel).order_by(Channel.created_at.desc())).all()
    choices: list[dict[str, str]] = [{}]
    if "template" in rows:
        choices = [
            {"id": t.channel_id, "type": t.type, "template": t.id} for t in reversed(templates)
        ]
    elif "option" in rows:
        with store.read() as session:
            options = session.scalars(select(ListingOption)).all()
        choices = [{"id": one.listing_id, "option": one.id} for one in options]
    elif "call_id" in rows:
        choices = [{"id": c.command_id, "call_id": c.id} for c in calls]
    elif "id" in rows:
        choices = [{"id": key} for key in ids]
    if rule.endpoint in OPEN_TO:
        choices = [{"id": one.id} for one in channels if OPEN_TO[rule.endpoint](one)]
    if "id" in rows and rows["id"] is Batch:
        kind = "listings" if rule.endpoint.startswith("migration.") else "catalogue"
        with store.read() as session:
            mine = list(session.scalars(select(Batch.id).where(Batch.kind == kind)))
        choices = [{"id": key} for key in mine]
    if "number" in rule.arguments:
        choices = [{**choice, "number": "2"} for choice in choices]
    if "type" in rule.arguments and "template" not in rows:
        of = {one.id: one.marketplace for one in channels}
        choices = [
            {**choice, "type": template.key}
            for choice in choices
            for template in registry.current().templates_of(of[choice["id"]])
        ]
    if rule.endpoint == "listings.edit":
        with store.read() as session:
            first = session.scalars(select(Listing.id)).first()
        choices = [{"what": what, "listing": str(first)} for what in listing_changes.WHATS]
    if "marketplace" in rule.arguments:
        choices = [{"marketplace": key} for key in registry.current().marketplaces]
    assert choices, rule.endpoint
    more = {"c": collecting.mark()} if rule.endpoint == "orders.progress" else {}
    with app.test_request_context():
        for choice in choices:
            yield app.url_for(rule.endpoint, **choice, **more)


def quoting(declared: object) -> Iterator[str]:
    """English texts of a plugin that quote what stands on a Korean button, as pages show them."""
    if isinstance(declared, Text):
        if HANGUL.search(declared.en):
            yield re.escape(str(escape(declared.en)))
    elif is_dataclass(declared):
        for item in fields(declared):
            yield from quoting(getattr(declared, item.name))
    elif isinstance(declared, (tuple, list, Mapping)):
        for item in declared.values() if isinstance(declared, Mapping) else declared:
            yield from quoting(item)


def hangul_in(page: str, quoted: Sequence[str]) -> str | None:
    """What is left of Korean on a page, with what stands around it."""
    for known in (*NOT_OURS, *quoted):
        page = re.sub(known, "", page, flags=re.DOTALL)
    found = HANGUL.search(page)
    return page[max(0, found.start() - 60) : found.end() + 60] if found else None


def test_every_page_of_the_owner_is_in_english(app: Flask, owner: Browser, shop: Shop) -> None:
    rules = [
        rule
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not rule.endpoint.startswith(NO_PAGES)
    ]
    with shop.enter():
        found = [[(rule.endpoint, path) for path in _addresses(app, rule)] for rule in rules]
    # The first of each route, the second of each, and so on.
    waiting = [("", "/nowhere")] + [
        one for row in zip_longest(*found) for one in row if one is not None
    ]
    known = registry.current()
    declared = (known.marketplaces, known.forms, known.templates, known.orders, known.products)
    quoted = list(quoting(declared))
    shown: set[str] = set()
    seen: set[str] = set()
    left: dict[str, str] = {}
    while waiting and len(seen) < MOST:
        endpoint, path = waiting.pop(0)
        if path in seen:
            continue
        seen.add(path)
        answer = owner.open(path)
        if answer.status_code == 200 and answer.mimetype == "text/html":
            shown.add(endpoint)
            waiting += [("", href) for href in re.findall(r'href="(/[^"#]*)', answer.text)
                        if not href.startswith("/static") and "&amp;" not in href]  # fmt: skip
        if rest := hangul_in(answer.text, quoted):
            left.setdefault(endpoint or path, rest)
    assert not left, left
    assert {rule.endpoint for rule in rules} - shown == set()


def test_whoever_has_not_logged_in_reads_english_where_the_browser_asks_for_it(
    app: Flask, owner: Browser, visitor: Browser
) -> None:
    for path in ("/login", "/first?code=1", "/orders"):
        answer = visitor.open(path, headers={"Accept-Language": "en-GB,en;q=0.9"})
        assert hangul_in(answer.text, ()) is None, path
