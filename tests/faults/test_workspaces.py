"""Two companies on one installation, with the same orders: neither can touch a row of the other."""

from __future__ import annotations

import importlib
import inspect
import io
import pkgutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, select, true
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core import clock, registry, services, store, vault
from core.contracts.order import Line, LineState, TakeNew
from core.contracts.product import Listing, ListingGroup, ListingOption
from core.contracts.template import Remote
from core.contracts.write import Scope
from core.files.reading import ByHand
from core.ledger import commands
from core.ledger.effect_rows import Wish
from core.models import (
    Base,
    Batch,
    BatchRow,
    Channel,
    Command,
    Effect,
    ListingPush,
    LoginSession,
    Notice,
    OrderLine,
    SavedSearch,
    Template,
    Workspace,
    new_id,
)
from core.models import (
    Listing as ListingRow,
)
from core.services import (
    accounts,
    audit,
    batch_rows,
    batches,
    board,
    catalogue,
    catalogue_list,
    channels,
    confirmation,
    contacts,
    explain,
    holds,
    job_items,
    jobs,
    keyset,
    lines,
    listing_away,
    listing_edits,
    listing_figures,
    listing_groups,
    listing_links,
    listing_list,
    listing_sync,
    listings,
    logins,
    match_edits,
    match_touch,
    match_versions,
    matching,
    migration,
    migration_choices,
    migration_verdicts,
    notices,
    orders,
    oversold,
    publishing,
    push_doubts,
    push_forecast,
    push_rows,
    push_waking,
    reach,
    reveal,
    runple,
    searches,
    shipping,
    shipping_edits,
    sku_export,
    sku_making,
    stock,
    template_import,
    templates,
    uploads,
)
from core.services.audit import Actor
from core.services.board import Filter
from core.services.kind_names import PUSH
from core.services.listing_changes import Change
from core.services.listing_list import Wanted as Listed
from core.services.match_versions import Part
from core.services.outcome import Forbidden, Missing, Wrong
from core.services.stock import Why
from tests.core import goods
from tests.faults.shop import CONFIRM, Shop
from tests.faults.stage import TESTER

LISTING: Any = ListingRow.__table__
PASSWORD = "바다가 보이는 창고 12"
OURS = Actor(None, "우리", "127.0.0.1")


@dataclass(frozen=True)
class Theirs:
    """What a stranger of workspace A could name of workspace B."""

    workspace: str
    channel: str
    paused: str
    user: str
    disabled: str
    session: str
    line: str
    noted: str
    line_key: str
    command: str
    refused: str
    review: str
    effect: str
    template: str
    search: str
    notice: str
    sku: str
    product: str
    batch: str
    reading: str
    unmapped: str
    found: str
    halted: str
    rival: str
    listing: str
    vanished: str
    away: str
    group: str
    product_no: str
    dear: str
    shipping: str
    joined: Mapping[str, str]
    joined_seen: str
    matched: str
    option: str
    proposed: str
    held: str
    pushed: str


def snapshot(workspace_id: str) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of a workspace, in every table."""
    found = {}
    with store.engine().connect() as connection:
        for table in Base.metadata.sorted_tables:
            name = "id" if table.name == "workspace" else "workspace_id"
            if name in table.c:
                rows = connection.execute(select(table).where(table.c[name] == workspace_id))
                found[table.name] = sorted((tuple(row) for row in rows), key=repr)
    return found


@contextmanager
def untouched(theirs: Theirs) -> Any:
    """Nothing of theirs is another byte afterwards."""
    before = snapshot(theirs.workspace)
    yield
    after = snapshot(theirs.workspace)
    assert {name for name in before if before[name] != after[name]} == set()


@pytest.fixture
def two(shop: Shop, quick_hashes: None) -> tuple[Shop, Theirs]:
    """The shop (workspace A, everything collected), and a second company with the same orders."""
    mine, my_channel = shop.workspace_id, shop.channel_id
    keys = shop.arrive(3)
    other = new_id()
    with store.workspace(other), store.write() as session:
        session.add(Workspace(id=other, name="이웃", created_at=clock.now()))
        session.flush()
        vault.create_workspace_key(session, other)
    shop.workspace_id = other
    shop.connect()
    shop.collect()
    for kind in ("address", "dispatch_today", "bundle_group"):
        with store.workspace(other):
            templates.submit_import(shop.channel_id, kind, TESTER)
        shop.drain()
    shop.fault(CONFIRM, "late_effect", value=20)
    command = shop.press(keys[:2])
    shop.drain()  # theirs is unknown for a minute
    with store.workspace(other):
        raw = {"name": "이웃 담당", "email": "other@shop.example", "phone": "02-0000-0000"}
        contacts.change(shop.channel_id, raw, TESTER)
        user, _, disabled = (
            accounts.create_user(
                login=f"{name}@shop.example",
                name="이웃",
                role="owner",
                password=PASSWORD,
                actor=TESTER,
            )
            for name in ("other", "boss", "gone")
        )
        accounts.disable(disabled, actor=TESTER)
        logins.log_in("other@shop.example", PASSWORD, address="127.0.0.1", agent="test")
        searches.save("김이웃", user)
        with store.write() as session:
            told = Notice(
                workspace_id=other,
                kind="late",
                cause="late:x",
                words={"store": "이웃"},
                mail="nobody",
                created_at=clock.now(),
            )
            session.add(told)
        paused, refused, review, effect = _stopped(shop.channel_id, shop.line(keys[1]))
        sku = catalogue.create(SKU, TESTER)
        listing, dear = _listing(shop.channel_id)
        option, proposed, held = _matched(shop.channel(), sku)
        pushed = _pushed(shop.channel(), sku)
        vanished, away = _vanished(shop.channel())
        joined = _joined(shop.channel_id)
        sent = shipping_edits.create(shop.channel_id, joined, TESTER, submission=new_id())
        batch, reading_, unmapped = (_batch(name, sku) for name in ("ready", "reading", "unmapped"))
        found, halted, rival = (
            _found(shop.channel_id, name) for name in ("ready", "applying", "refused")
        )
        with store.read() as session:

            def first(column: Any) -> str:
                return str(session.scalars(select(column)).first())

            theirs = Theirs(
                workspace=other,
                channel=shop.channel_id,
                paused=paused,
                user=user,
                disabled=disabled,
                session=first(LoginSession.id),
                line=shop.line(keys[0]).id,
                noted=shop.line(keys[1]).id,
                line_key=keys[0],
                command=command,
                refused=refused,
                review=review,
                effect=effect,
                template=str(
                    session.scalars(
                        select(Template.id).where(Template.type == "dispatch_today")
                    ).one()
                ),
                search=first(SavedSearch.id),
                notice=first(Notice.id),
                sku=sku,
                product=catalogue.get(session, sku).product_id,
                batch=batch,
                reading=reading_,
                unmapped=unmapped,
                found=found,
                halted=halted,
                rival=rival,
                listing=listing,
                vanished=vanished,
                away=away,
                group=listing_groups.group_id(other, str(shop.channel().account), "1"),
                product_no="95000",
                dear=dear,
                shipping=sent,
                joined={**joined, "shipping_name": "우리 배송"},
                joined_seen=shipping.seen(shipping.get(session, sent)),
                pushed=pushed,
                matched=listings.listing_id(other, str(shop.channel().account), "95001"),
                option=option,
                proposed=proposed,
                held=held,
            )
    shop.workspace_id, shop.channel_id = mine, my_channel
    return shop, theirs


def _joined(channel_id: str) -> dict[str, str]:
    """What a form of a 배송 템플릿 sends, with the first of what may be chosen."""
    with store.read() as session:
        fields = shipping.fields(session, channels.get(session, channel_id))
    chosen = {one.name: one.choices[0][0] for one in fields if one.choices}
    fees = {name: "1000" for name in ("fee", "free_from", "return_fee", "exchange_fee")}
    return {"shipping_name": "이웃 배송", **fees, **chosen}


def _pushed(channel: Channel, sku: str) -> str:
    """A linked listing: its stock waits and is not what it should be, its state is doubtful and
    its display was refused; and the push of the channel that rests."""
    (option,) = goods.listing(channel, "95009")
    listing = listings.listing_id(channel.workspace_id, str(channel.account), "95009")
    pushes, now = ListingPush.__table__, clock.now()
    with store.write() as session:
        matching.match(session, {option: [Part(sku)]}, how="hand", who="이웃")
        publishing.link(session, [listing], True, "이웃")
        for what, values in (
            ("stock", {"values": {"options": {"": 77}}}),
            ("status", {"doubt_at": now, "done_version": 1}),
            ("display", {"done_version": 0, "refused_version": 1}),
        ):
            mine = store.update_in(pushes).where(
                pushes.c.listing_id == listing, pushes.c.what == what
            )
            session.execute(mine.values(**values))
        command = session.scalars(select(Command).where(Command.kind == PUSH)).one()
        command.next_at += 9000
        session.add(
            Effect(
                channel_id=channel.id, operation="listing.stock", item="95009", revision=0,
                command_id=command.id, state="done", changed_at=now,
            )
        )  # fmt: skip
    return listing


def _vanished(channel: Channel) -> list[str]:
    """Two listings that the marketplace no longer tells, the second out of the list."""
    for number in ("95003", "95004"):
        goods.listing(channel, number)
    with store.write() as session:
        gone = listings.gone(session, channel, ["95003", "95004"], clock.now())
    listing_away.put(gone[1:], True, TESTER)
    return gone


def _matched(channel: Channel, sku: str) -> tuple[str, str, str]:
    """An option that is matched, for a second time, one that could be, and a line that waits."""
    (option,) = goods.listing(channel, "95001")
    goods.match(option, (sku, 2))
    goods.match(option, (sku, 1))
    with store.write() as session:
        found = catalogue.get(session, sku)
        found.runple, code = True, found.our_code
    (proposed,) = goods.listing(channel, "95002", code=code)
    return option, proposed, goods.order(channel, "이웃 주문", "95001", quantity=9)


def settled(session: Session, line_id: str) -> int:
    """Settle a line that has come to be of other pieces meanwhile."""
    table: Any = OrderLine.__table__
    session.execute(store.update_in(table).where(table.c.id == line_id).values(quantity=1))
    return holds.settle(session, [line_id])


def _listing(channel_id: str) -> tuple[str, str]:
    """A listing with an option, a history, a group and something wanted of it; and a proposal."""
    with store.write() as session:
        channel = channels.get(session, channel_id)
        option = ListingOption(option_no="", stock=5)
        told = Listing(product_no="95000", name="이웃 상품", price=1000, options=(option,))
        listings.keep(session, channel, [told], clock.now())
        listings.keep(session, channel, [Listing(product_no="95000", price=2000)], clock.now())
        group = ListingGroup(group_no="1", name="이웃 묶음", product_nos=("95000",))
        listing_groups.keep_groups(session, channel, [group])
        row = listings.by_number(session, channel_id, ["95000"])["95000"]
        session.add(
            ListingPush(
                listing_id=row.id,
                what="price",
                channel_id=channel_id,
                values={"price": 2000},
                wanted_at=clock.now(),
            )
        )
        return row.id, listing_edits.propose(session, [row.id], DEARER).digest


DEARER = Change(what="price", how="raise", amount=100)
SKU = {"name": "이웃 상품", "price": "1000", "on_hand": "5", "buffer": "0"}


def _batch(state: str, sku: str) -> str:
    """A file of SKUs in some state, with two rows to apply and one that was left out."""
    row_id, now = new_id(), clock.now()
    stored = uploads.keep(io.BytesIO(b"x"))
    found = {"sheet": "", "row": 1, "columns": {"name": 0}}
    with store.write() as session:
        session.add(
            Batch(
                id=row_id,
                kind="catalogue",
                state=state,
                file=stored,
                told={"found": found},
                created_by="이웃",
                created_at=now,
                changed_at=now,
            )
        )
        session.flush()
        reason = {"ko": "이웃의 까닭", "en": "theirs"}
        session.add_all(
            BatchRow(
                batch_id=row_id, number=number, values={"name": "이웃"}, verdict=verdict, reason=why
            )
            for number, verdict, why in ((2, "new", None), (3, "problem", reason))
        )
        changed = {"number": 4, "sku_id": sku, "changes": {"on_hand": [5, 6]}}
        told = {"own_code": "", "on_hand": 6}
        session.add(BatchRow(batch_id=row_id, values=told, verdict="changed", **changed))
        commands.submit(
            session,
            "catalogue.return",
            lane="files",
            natural_key=row_id,
            payload={"batch": row_id},
            by="이웃",
        ).state = "done"
    return row_id


def _found(channel_id: str, state: str) -> str:
    """Listings of a file in some state, one of them chosen."""
    row_id, now = new_id(), clock.now()
    with store.write() as session:
        session.add(
            Batch(
                id=row_id,
                channel_id=channel_id,
                kind="listings",
                state=state,
                file=uploads.keep(io.BytesIO(b"x")),
                choices={"way": "file", "parser": PARSER[1], "link": "auto"},
                created_by="이웃",
                created_at=now,
                changed_at=now,
            )
        )
        session.flush()
        values = {"listing": {"product_no": "95999", "name": "이웃"}}
        session.add(
            BatchRow(
                batch_id=row_id, number=1, key="95999", values=values, verdict="new", chosen=True
            )
        )
    return row_id


def _stopped(channel_id: str, line: OrderLine) -> tuple[str, str, str, str]:
    """A paused channel, a refused command, and one in review with its effect."""
    now = clock.now()
    with store.write() as session:
        lines.note(session, [line.id], "decided", "이웃", "1", {"verdict": "done"})
        paused = Channel(
            id=new_id(),
            marketplace="smartstore",
            store="이웃 2호점",
            seller_id="other",
            state="paused",
            identity="other",
            created_at=now,
        )
        session.add(paused)
        made = [
            commands.submit(
                session,
                "orders.confirm",
                lane=channel_id,
                channel_id=channel_id,
                natural_key=f"stopped {state}",
                payload={"revisions": {}},
                by="이웃",
            )
            for state in ("refused", "review")
        ]
        made[0].state, made[1].state = "refused", "review"
        effect = Effect(
            id=new_id(),
            channel_id=channel_id,
            operation="orders.confirm",
            item=line.line_key,
            revision=9,
            command_id=made[1].id,
            state="unknown",
            changed_at=now,
        )
        session.add(effect)
    return paused.id, made[0].id, made[1].id, effect.id


def reading(call: Callable[[Any, Theirs], Any]) -> Callable[[Theirs], Any]:
    """Call with a session to read with."""

    def run(theirs: Theirs) -> Any:
        with store.read() as session:
            found = call(session, theirs)
            return list(found) if hasattr(found, "__next__") else found

    return run


def writing(call: Callable[[Any, Theirs], Any]) -> Callable[[Theirs], Any]:
    """Call within a write transaction."""

    def run(theirs: Theirs) -> Any:
        with store.write() as session:
            return call(session, theirs)

    return run


def offered(call: Callable[[Theirs], Any]) -> Callable[[Theirs], Any]:
    """The call while the marketplace offers what only others do: taking, deleting, searching."""

    def made(theirs: Theirs) -> Any:
        known = registry.current()
        kind = ("smartstore", "dispatch_today")
        template = replace(
            known.templates[kind],
            delete=lambda client, id: None,
            lookups={"road": lambda client, query: []},
        )
        taking = TakeNew(take=lambda c, start, end: [], taken=lambda c, start, end: [])
        sync = replace(known.orders["smartstore"], take_new=taking, confirm=None)
        registry.use(
            replace(
                known,
                templates={**known.templates, kind: template},
                orders={**known.orders, "smartstore": sync},
            )
        )
        try:
            return call(theirs)
        finally:
            registry.use(known)

    return made


def parsed(call: Callable[[Theirs], Any]) -> Callable[[Theirs], Any]:
    """The call while the marketplace has a file, as others do."""

    def made(theirs: Theirs) -> Any:
        known = registry.current()
        parser = known.parsers["eleven_st", PARSER[1]]
        parsers = {**known.parsers, PARSER: replace(parser, marketplace=PARSER[0])}
        registry.use(replace(known, parsers=parsers))
        try:
            return call(theirs)
        finally:
            registry.use(known)

    return made


def print_of(template_id: str) -> str:
    """The fingerprint of a template, whoever it belongs to."""
    with store.engine().connect() as connection:
        table: Any = Template.__table__
        found = connection.scalar(select(table.c.fingerprint).where(table.c.id == template_id))
    return str(found)


@dataclass(frozen=True)
class Named:
    """A listing as somebody may name it."""

    account: str
    product_no: str


def _named(theirs: Theirs) -> Named:
    """Their listing, whoever asks."""
    table: Any = Channel.__table__
    with store.engine().connect() as connection:
        account = connection.scalar(select(table.c.account).where(table.c.id == theirs.channel))
    return Named(str(account), theirs.product_no)


PARSER = ("smartstore", "seller_office")
MINE = {"seller_id": "mine", "store": "내 것"}
NOON = {"basis": "12:00", "weekday": "NONE", "reason": "쉽니다"}
SWITCHED = {name: "" for name in channels.SWITCHES} | {"confirm_mode": "auto", "extend_days": "0"}

CALLS: dict[str, Callable[[Theirs], Any]] = {
    "accounts.change_role": lambda t: accounts.change_role(t.user, "staff", actor=OURS),
    "accounts.disable": lambda t: accounts.disable(t.user, actor=OURS),
    "accounts.enable": lambda t: accounts.enable(t.disabled, actor=OURS),
    "accounts.rename": lambda t: accounts.rename(t.user, "새 이름", actor=OURS),
    "accounts.set_password": lambda t: accounts.set_password(t.user, PASSWORD + "3", actor=OURS),
    "accounts.change_password": lambda t: accounts.change_password(
        t.user, PASSWORD, PASSWORD + "3", keep_session="", actor=OURS
    ),
    "accounts.set_preferences": lambda t: accounts.set_preferences(t.user, language="en"),
    "audit.entries": reading(lambda s, t: audit.entries(s, subject=t.channel)),
    "batch_rows.count": reading(lambda s, t: batch_rows.count(s, t.batch, true())),
    "batch_rows.names": reading(lambda s, t: batch_rows.names(s, t.found, [1])),
    "batches.begin": lambda t: batches.begin(
        "listings", OURS, submission=new_id(), channel_id=t.channel, choices={}
    ),
    "batches.recent": reading(lambda s, t: batches.recent(s, "listings", channel_id=t.channel)),
    "batches.upload": lambda t: batches.upload(
        "listings", io.BytesIO(b"x"), "a", OURS, submission=new_id(), channel_id=t.channel
    ),
    "migration.read_as": parsed(lambda t: migration.read_as(t.rival, PARSER[1], OURS)),
    "migration.submit_file": parsed(
        lambda t: migration.submit_file(
            t.channel, PARSER[1], io.BytesIO(b"x"), "a", OURS, submission=new_id()
        )
    ),
    "migration.submit_numbers": lambda t: migration.submit_numbers(
        t.channel, "1", OURS, submission=new_id()
    ),
    "migration.submit_search": lambda t: migration.submit_search(
        t.channel, {"by": "all", "period": "none"}, OURS, submission=new_id()
    ),
    "migration_choices.begin": lambda t: migration_choices.begin(
        t.found, None, "", {"link": "auto"}, {}, OURS, submission=new_id()
    ),
    "migration_choices.choose_skus": lambda t: migration_choices.choose_skus(
        t.found, 1, {"link": "none"}, {}
    ),
    "migration_choices.go_on": lambda t: migration_choices.go_on(t.halted, OURS),
    "migration_choices.importable": reading(
        lambda s, t: migration_choices.importable(s, t.found, "")
    ),
    "migration_choices.row_of": reading(lambda s, t: migration_choices.row_of(s, t.found, 1)),
    "migration_verdicts.standing": reading(
        lambda s, t: migration_verdicts.standing(s, [t.matched])
    ),
    "batches.apply": lambda t: batches.apply(t.batch, OURS),
    "batch_rows.counts": reading(
        lambda s, t: [count for count in batch_rows.counts(s, t.batch).values() if count]
    ),
    "batches.get": reading(lambda s, t: batches.get(s, t.batch)),
    "batches.map_again": lambda t: batches.map_again(t.batch, OURS),
    "batches.map_by_hand": lambda t: batches.map_by_hand(
        t.unmapped, ByHand("", 1, {"name": 0}), OURS
    ),
    "batches.drop_file": lambda t: batches.drop_file(t.unmapped, OURS),
    "batches.read_again": lambda t: batches.read_again(t.reading, OURS),
    "batch_rows.reasons": reading(lambda s, t: batch_rows.reasons(s, t.batch)),
    "batch_rows.rows": reading(lambda s, t: batch_rows.rows(s, t.batch, "").rows),
    "board.by_id": reading(lambda s, t: board.by_id(s, [t.line])),
    "board.by_key": reading(lambda s, t: board.by_key(s, t.channel, [t.line_key])),
    "board.chosen": reading(lambda s, t: board.chosen(s, [t.line])),
    "board.events": reading(lambda s, t: board.events(s, t.noted)),
    "board.ids": reading(lambda s, t: board.ids(s, Filter(channel=t.channel))),
    "board.page": reading(lambda s, t: board.page(s, Filter(channel=t.channel)).rows),
    "board.counts": reading(
        lambda s, t: [n for n in board.counts(s, Filter(channel=t.channel)).values() if n]
    ),
    "board.channel_counts": reading(
        lambda s, t: [n for n in board.channel_counts(s, Filter(), [t.channel]).values() if n]
    ),
    "board.confirmable": reading(lambda s, t: board.confirmable(s, Filter(channel=t.channel), [])),
    "catalogue.add": writing(
        lambda s, t: catalogue.add(s, {"name": "우리", "price": 1}, product_id=t.product)
    ),
    "catalogue.archive": lambda t: catalogue.archive([t.sku], OURS),
    "catalogue.change": lambda t: catalogue.change(
        t.sku, {**SKU, "name": "우리 상품"}, OURS, revision=1
    ),
    "catalogue.count_stock": lambda t: catalogue.count_stock(
        t.sku, {"on_hand": "9"}, OURS, seen=5, key="우리"
    ),
    "catalogue.get": reading(lambda s, t: catalogue.get(s, t.sku)),
    "catalogue_list.by_id": reading(lambda s, t: catalogue_list.by_id(s, [t.sku])),
    "catalogue_list.get": reading(lambda s, t: catalogue_list.get(s, t.sku)),
    "channels.get": reading(lambda s, t: channels.get(s, t.channel)),
    "channels.change": lambda t: channels.change(t.channel, MINE, OURS),
    "channels.check_again": lambda t: channels.check_again(t.channel, OURS),
    "channels.switch": lambda t: channels.switch(t.channel, SWITCHED, OURS),
    "contacts.change": lambda t: contacts.change(t.channel, {"name": "나"}, OURS),
    "contacts.reveal": lambda t: contacts.reveal(t.channel, OURS),
    "channels.pause": lambda t: channels.pause(t.channel, OURS),
    "channels.resume": lambda t: channels.resume(t.paused, OURS),
    "channels.archive": lambda t: channels.archive(t.channel, OURS),
    "confirmation.mark_confirmed": writing(lambda s, t: confirmation.mark_confirmed(s, t.line, 1)),
    "job_items.unknown_of": reading(lambda s, t: s.scalars(job_items.unknown_of(t.command)).all()),
    "job_items.undecided": reading(lambda s, t: job_items.undecided(s, t.command)),
    "job_items.calls": reading(lambda s, t: job_items.calls(s, t.command)),
    "jobs.get": reading(lambda s, t: jobs.get(s, t.command)),
    "jobs.retry": lambda t: jobs.retry(t.refused, OURS),
    "jobs.cancel": lambda t: jobs.cancel(t.command, OURS),
    "jobs.decide": lambda t: jobs.decide(t.review, {t.effect: "again"}, OURS),
    "lines.note": writing(lambda s, t: lines.note(s, [t.line], "state", "우리", "x", {})),
    "listing_edits.propose": reading(
        lambda s, t: listing_edits.propose(s, [t.listing], DEARER).going
    ),
    "listing_edits.submit": lambda t: listing_edits.submit(
        [t.listing], DEARER, OURS, submission=new_id(), seen=t.dear
    ),
    "listing_groups.groups_of": reading(lambda s, t: listing_groups.groups_of(s, _named(t))),
    "listing_groups.named": reading(lambda s, t: listing_groups.named(s, t.group)),
    "listing_groups.within": reading(
        lambda s, t: s.scalars(select(LISTING.c.id).where(listing_groups.within(t.group))).all()
    ),
    "listing_away.among": reading(lambda s, t: listing_away.among(s, [t.away])),
    "listing_away.put": lambda t: listing_away.put([t.vanished], True, OURS),
    "listing_links.switch": lambda t: listing_links.switch([t.listing], True, OURS).refused,
    "listing_links.turn": writing(
        lambda s, t: listing_links.turn(s, [t.listing], True, "우리", key="x").refused
    ),
    "listing_figures.pushes": reading(lambda s, t: listing_figures.pushes(s, t.listing)),
    "listing_list.ids": reading(lambda s, t: listing_list.ids(s, Listed(channel=t.channel))),
    "listing_list.page": reading(lambda s, t: listing_list.page(s, Listed(channel=t.channel)).rows),
    "listing_list.counts": reading(
        lambda s, t: [n for n in listing_list.counts(s, Listed(channel=t.channel)).values() if n]
    ),
    "listing_list.channel_counts": reading(
        lambda s, t: [
            n for n in listing_list.channel_counts(s, Listed(), [t.channel]).values() if n
        ]
    ),
    "keyset.edge_of": reading(lambda s, t: keyset.edge_of(s, LISTING, LISTING.c.name, t.listing)),
    "listing_sync.submit": lambda t: (
        listing_sync.submit([t.listing], OURS, submission=new_id()).commands
    ),
    "listing_sync.submit_all": lambda t: (
        listing_sync.submit_all(t.channel, OURS, submission=new_id()).commands
    ),
    "listing_rows.by_id": reading(lambda s, t: listings.by_id(s, [t.listing])),
    "listing_rows.by_number": reading(
        lambda s, t: listings.by_number(s, t.channel, [t.product_no])
    ),
    "listing_rows.events": reading(lambda s, t: listings.events(s, t.listing)),
    "listing_rows.events_between": reading(
        lambda s, t: listings.events_between(
            s, [t.listing], clock.now() - timedelta(days=1), clock.now() + timedelta(days=1)
        )
    ),
    "listings.note": writing(lambda s, t: listings.note(s, [t.listing], "linked", "우리", "x", {})),
    "listing_rows.options_of": reading(lambda s, t: listings.options_of(s, [t.listing])),
    "logins.sessions": lambda t: logins.sessions(t.user),
    "logins.end_session": lambda t: logins.end_session(t.user, t.session, actor=OURS),
    "logins.end_others": lambda t: logins.end_others(t.user, keep="", actor=OURS),
    "notices.mail_again": lambda t: notices.mail_again(t.notice),
    "orders.take_new": offered(lambda t: orders.take_new(t.channel, OURS, submission=new_id())),
    "orders.collect_now": lambda t: orders.collect_now([t.channel]),
    "orders.propose_confirm": reading(lambda s, t: orders.propose_confirm(s, [t.line]).count),
    "orders.submit_confirm": lambda t: orders.submit_confirm([t.line], OURS, submission=new_id()),
    "reach.set_days": lambda t: reach.set_days(t.paused, {"reach_back_days": "30"}, OURS),
    "reveal.buyer": lambda t: reveal.buyer(t.line, "delivery", OURS),
    "searches.save": lambda t: searches.save("김우리", t.user),
    "searches.saved": reading(lambda s, t: searches.saved(s, t.search, t.user)),
    "sku_export.last_return": reading(lambda s, t: sku_export.last_return(s, t.batch)),
    "sku_export.submit_return": lambda t: sku_export.submit_return(t.batch, OURS),
    "shipping_edits.create": lambda t: shipping_edits.create(
        t.channel, t.joined, OURS, submission=new_id()
    ),
    "shipping_edits.change": lambda t: shipping_edits.change(
        t.shipping, t.joined, OURS, seen_as=t.joined_seen
    ),
    "shipping_edits.choose": lambda t: shipping_edits.choose(t.shipping, OURS),
    "shipping_edits.archive": lambda t: shipping_edits.archive(t.shipping, OURS),
    "shipping.named": reading(lambda s, t: shipping.named(s, t.shipping)),
    "shipping.get": reading(lambda s, t: shipping.get(s, t.shipping)),
    "catalogue.take_back": lambda t: catalogue.take_back(t.sku, {"returned": "1"}, OURS, key="b"),
    "explain.of_listing": reading(lambda s, t: explain.of_listing(s, t.listing)),
    "explain.of_options": reading(lambda s, t: explain.of_options(s, [t.option])),
    "explain.of_sku": reading(lambda s, t: explain.of_sku(s, t.sku)),
    "holds.of_lines": reading(lambda s, t: holds.of_lines(s, [t.held])),
    "holds.settle": writing(lambda s, t: settled(s, t.held)),
    "match_edits.accept": lambda t: match_edits.accept([t.proposed], OURS),
    "match_edits.asked": reading(lambda s, t: match_edits.asked(s, [t.option])),
    "match_edits.get": reading(lambda s, t: match_edits.get(s, t.matched, t.option)),
    "match_edits.number_of": reading(lambda s, t: match_edits.number_of(s, t.option)),
    "match_edits.save": lambda t: match_edits.save(t.option, {}, OURS, seen=2),
    "match_edits.submit": lambda t: match_edits.submit(t.channel, OURS, submission=new_id()),
    "match_edits.undo": lambda t: match_edits.undo(t.option, OURS, seen=2),
    "match_touch.touched": reading(lambda s, t: match_touch.touched(s, t.option, None)),
    "match_versions.of": reading(lambda s, t: match_versions.of(s, [t.option])),
    "matching.hold": writing(lambda s, t: matching.hold(s, [t.option])),
    "matching.lines_of": reading(lambda s, t: matching.lines_of(s, [t.option])),
    "matching.undo": writing(lambda s, t: matching.undo(s, t.option, "우리")),
    "matching.waiting": reading(lambda s, t: matching.waiting(s, [t.option])),
    "publishing.again": writing(lambda s, t: publishing.again(s, [t.pushed], "우리")),
    "publishing.following": reading(lambda s, t: publishing.following(s, [t.sku], [t.pushed])),
    "publishing.linkable": reading(lambda s, t: publishing.linkable(s, [t.listing])),
    "publishing.link": writing(lambda s, t: publishing.link(s, [t.pushed], False, "우리")),
    "publishing.refresh": writing(lambda s, t: publishing.refresh(s, listing_ids=[t.pushed])),
    "push_forecast.of_links": reading(lambda s, t: push_forecast.of_links(s, [t.matched]).sent),
    "push_forecast.of_file": reading(
        lambda s, t: [count for count in push_forecast.of_file(s, t.batch) if count]
    ),
    "stock.is_told": reading(lambda s, t: stock.is_told(s, t.sku, "first")),
    "push_forecast.of_skus": reading(
        lambda s, t: push_forecast.of_skus(s, {t.sku: {"on_sale": True}}).sent
    ),
    "push_doubts.of_channel": reading(lambda s, t: push_doubts.of_channel(s, t.channel)),
    "push_rows.due": reading(lambda s, t: push_rows.due(s, t.channel, "stock", 9)),
    "push_rows.forget_older": writing(
        lambda s, t: push_rows.forget_older(s, t.channel, "stock", [Wish(item="95009")])
    ),
    "push_waking.wake": writing(lambda s, t: push_waking.wake(s, [t.channel])),
    "oversold.skus": reading(lambda s, t: oversold.skus(s, 9)),
    "oversold.waiting_for": reading(lambda s, t: oversold.waiting_for(s, t.sku)),
    "runple.alone": reading(lambda s, t: runple.alone(s, [t.held], Scope.LINE)),
    "sku_making.submit": lambda t: sku_making.submit([t.listing], OURS, submission=new_id()),
    "stock.count": writing(
        lambda s, t: stock.count(s, t.sku, 9, Why.MANUAL, who="우리", key="count")
    ),
    "stock.move": writing(
        lambda s, t: stock.move(s, t.sku, Why.ORDER, who="우리", key="move", reserved=1)
    ),
    "stock.moves": reading(lambda s, t: stock.moves(s, t.sku)),
    "templates.rows": reading(lambda s, t: templates.rows(s, t.channel, "address")),
    "templates.get": reading(lambda s, t: templates.get(s, t.template)),
    "templates.fetched": reading(lambda s, t: templates.fetched(s, t.channel, "address")),
    "templates.work": reading(lambda s, t: templates.work(s, t.channel, "address")),
    "template_import.keep_remote": writing(
        lambda s, t: template_import.keep_remote(
            s, t.channel, templates.type_of("smartstore", "address"), Remote("1", {}), None
        )
    ),
    "templates.submit_delete": offered(
        lambda t: templates.submit_delete(
            t.channel, t.template, OURS, submission=new_id(), seen=print_of(t.template)
        )
    ),
    "templates.submit_lookup": offered(
        lambda t: templates.submit_lookup(
            t.channel, "dispatch_today", "road", "예시로 1", {}, OURS, submission=new_id()
        )
    ),
    "templates.submit_import": lambda t: templates.submit_import(t.channel, "address", OURS),
    "templates.submit_change": lambda t: templates.submit_change(
        t.channel, "dispatch_today", t.template, NOON, OURS, submission=new_id()
    ),
}
HARMLESS = {
    "keyset.page",
    "lines.line_id",
    "listing_compare.event",
    "listing_groups.group_id",
    "listing_sync.submission_of",
    "listing_rows.listing_id",
    "migration_verdicts.asked_of",
}
"""Take an id and touch nothing."""

HARMLESS_RESULTS = {"searches.save"}
"""Makes a row of ours that names a person of theirs, which nobody of theirs ever sees."""


def public_functions_that_take_an_id() -> set[str]:
    """Every public function of the services with a parameter that names rows."""
    found = set()
    for module in pkgutil.iter_modules(services.__path__):
        loaded = importlib.import_module(f"core.services.{module.name}")
        for name, function in inspect.getmembers(loaded, inspect.isfunction):
            if name.startswith("_") or function.__module__ != loaded.__name__:
                continue
            names = inspect.signature(function).parameters
            if any(each.endswith(("_id", "_ids", "id_")) for each in names):
                found.add(f"{module.name}.{name}")
    return found


def test_every_service_that_takes_an_id_is_tried() -> None:
    assert public_functions_that_take_an_id() - set(CALLS) - HARMLESS == set()


@pytest.mark.postgresql
def test_no_service_touches_or_tells_a_row_of_another_workspace_on_postgresql(
    two: tuple[Shop, Theirs],
) -> None:
    try_every_service(*two)


def test_no_service_touches_or_tells_a_row_of_another_workspace(two: tuple[Shop, Theirs]) -> None:
    try_every_service(*two)


def try_every_service(shop: Shop, theirs: Theirs) -> None:
    """Call every service in workspace A with what belongs to B."""
    told: dict[str, Any] = {}
    with untouched(theirs):
        for name, call in CALLS.items():
            with store.workspace(shop.workspace_id):
                try:
                    found = call(theirs)
                except (Missing, Wrong, Forbidden, IntegrityError):
                    continue
                if found and name not in HARMLESS_RESULTS:
                    told[name] = found
    assert told == {}, "these told something of another workspace"
    with store.workspace(theirs.workspace):
        idle = {name: why for name, call in CALLS.items() if (why := why_idle(call, theirs))}
    assert idle == {}, "at home these do nothing either, so that they proved nothing"
    sys.stdout.write(f"\n{len(CALLS)} services tried with foreign ids: 0 rows touched or told\n")


def why_idle(call: Callable[[Theirs], Any], theirs: Theirs) -> str:
    """Why a call tells and writes nothing, in whatever workspace; what it writes is undone."""
    written: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *more: Any) -> None:
        if statement.startswith(("INSERT", "UPDATE", "DELETE")) and cursor.rowcount:
            written.append(statement)

    @contextmanager
    def undone() -> Iterator[Session]:
        bound = store.engine().execution_options(immediate=True)
        with Session(bound, expire_on_commit=False) as session:
            yield session
            session.flush()
            session.expunge_all()  # what was read may be told after the end
            session.rollback()

    event.listen(store.engine(), "after_cursor_execute", note)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(store, "write", undone)
            found = call(theirs)
    except (Missing, Wrong, Forbidden, IntegrityError) as error:
        return repr(error)
    finally:
        event.remove(store.engine(), "after_cursor_execute", note)
    return "" if found or written else "nothing told, nothing written"


def test_upserts_of_the_same_orders_and_templates_stay_at_home(two: tuple[Shop, Theirs]) -> None:
    shop, theirs = two
    with store.workspace(theirs.workspace), store.read() as session:
        shared = select(OrderLine).where(OrderLine.id != theirs.held)
        foreign = session.scalars(shared).all()
        channel_of_theirs = channels.get(session, theirs.channel)
        template = session.scalars(select(Template)).first()
        assert template is not None
        type_, remote_id = template.type, template.remote_id
    later = clock.now() + timedelta(days=1)
    with untouched(theirs), store.workspace(shop.workspace_id):
        ours = shop.channel()
        page = [
            Line(
                order_no=row.order_no,
                line_no=row.line_no,
                line_key=row.line_key,
                state=LineState.DECIDED,
                changed_at=later,
            )
            for row in foreign
        ]
        with store.write() as session:
            counts = lines.keep(session, ours, page, later)
        fresh = [row for row in foreign if row.state != "decided"]
        assert counts == {"changed": len(fresh)}, "both have the same orders"
        with store.write() as session:
            kind = registry.current().templates[("smartstore", type_)]
            assert template_import.keep_remote(session, ours.id, kind, Remote(remote_id, {}), None)
        # Even with a channel row of theirs in hand, what is written is ours, or refused.
        try:
            with store.write() as session:
                lines.keep(session, channel_of_theirs, page[:3], later)
        except IntegrityError:
            pass
    with store.workspace(shop.workspace_id), store.read() as session:
        states = set(session.scalars(select(OrderLine.state)))
    assert states == {"decided"}


def test_the_ledger_of_one_workspace_leaves_the_others_alone(two: tuple[Shop, Theirs]) -> None:
    shop, theirs = two
    with untouched(theirs), store.workspace(shop.workspace_id):
        with store.write() as session:
            commands.release(session, theirs.channel, ["switch", "paused", "needs_you"])
            commands.drop_planned(session, theirs.command)
        # A forged command of ours that names their channel is run by the worker.
        with store.write() as session:
            forged = commands.submit(
                session,
                "orders.confirm",
                lane=theirs.channel,
                channel_id=theirs.channel,
                natural_key="forged",
                payload={"revisions": {theirs.line: 1}},
                by="우리",
            )
        after = shop.last_call()
        shop.drain("urgent")
        assert [call for call in shop.calls(CONFIRM, after=after)] == []
    assert shop.command(forged.id).state != "running"


def test_an_orm_row_of_another_workspace_cannot_be_kept(two: tuple[Shop, Theirs]) -> None:
    shop, theirs = two
    with store.workspace(theirs.workspace), store.read() as session:
        row = channels.get(session, theirs.channel)
        session.expunge(row)
    with (
        untouched(theirs),
        store.workspace(shop.workspace_id),
        pytest.raises(store.NoWorkspace),
        store.write() as session,
    ):
        kept = session.merge(row)
        kept.store = "내 것"
