"""An installation to break: a database, a practice host in its own process, and children that
do the work and may be killed at any point. No thread runs in the process that forks."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import traceback
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from sqlalchemy import func, select, update

from core import clock, keys, registry, settings, store, vault, work
from core.contracts.marketplace import Marketplace
from core.contracts.product import Listing as Told
from core.ledger import claims, crash
from core.ledger import drain as draining
from core.ledger.kinds import QUEUES
from core.models import (
    Command,
    Effect,
    Lane,
    Listing,
    ListingEvent,
    OrderLine,
    Template,
    Workspace,
    new_id,
)
from core.models.work import LIVE
from core.practice import start
from core.registry import Registry
from core.services import channels, listing_edits, listing_sync, listings, orders, templates
from core.services.audit import Actor
from core.services.listing_changes import Change
from tests.conftest import installed

LEASE_S, SWEEP_S, SETTLE_S = 2.0, 0.5, 1.0
WORK_S = 900.0 if os.environ.get("HANPAN_SOAK") == "1" else draining.DRAIN_SECONDS
"""So long a worker goes on until it is through."""
OVERTIME = 142
"""Ended by SIGALRM: a call outlived half the (short) lease, which a loaded machine can bring."""
TESTER = Actor(None, "시험", "127.0.0.1")


class Stage:
    """One installation. `url` is a migrated, empty database, unless the folder was `kept`."""

    market = "smartstore"

    def __init__(self, folder: Path, url: str, market: str = "smartstore") -> None:
        self.folder, self.url, self.market = folder, url, market
        self.channel_id = ""
        self.workspace_id = new_id()
        self._practice_pid = 0
        self._port = 0
        self._kept = folder / "stage.json"

    def __enter__(self) -> Self:
        os.environ.update(self.environment())
        os.environ.pop("HANPAN_CRASH", None)
        registry.use(generous(installed()))
        self._port = self.open_practice()
        try:
            self._furnish()
        except BaseException:
            self.close_practice()  # a host that is left behind holds our pipes for ever
            raise
        return self

    def _furnish(self) -> None:
        os.environ["HANPAN_PRACTICE_PORT"] = str(self._port)
        settings.use(None)
        clock.reread()
        store.bind(store.make_engine(self.url))
        if self._kept.exists():
            told = json.loads(self._kept.read_text())
            self.workspace_id, self.channel_id = told["workspace"], told["channel"]
            vault.load(self.folder / "keys.json")
            work.begin()
            return
        keys.create(self.folder / "keys.json")
        vault.load(self.folder / "keys.json")
        work.begin()
        with store.workspace(self.workspace_id), store.write() as session:
            session.add(Workspace(id=self.workspace_id, name="시험", created_at=clock.now()))
            session.flush()
            vault.create_workspace_key(session, self.workspace_id)
        self.world("act", act="set_limits", per_second=500)

    def __exit__(self, *error: object) -> None:
        store.engine().dispose()
        self.close_practice()

    def keep(self) -> None:
        """Leave, so that a copy of the folder (and of the database) is a stage to go on with."""
        store.engine().dispose()
        self.close_practice(signal.SIGTERM)
        told = {"workspace": self.workspace_id, "channel": self.channel_id}
        self._kept.write_text(json.dumps(told))

    def environment(self) -> dict[str, str]:
        """The settings of this installation."""
        return {
            "HANPAN_DATA": str(self.folder),
            "HANPAN_LEASE_S": str(LEASE_S),
            "HANPAN_SWEEP_S": str(SWEEP_S),
            "HANPAN_SETTLE_S": str(SETTLE_S),
            "REDIS_URL": "unix:///nowhere/redis.sock",
        }

    def open_practice(self) -> int:
        """Start the practice host; returns its port."""
        self._practice_pid, port = practice_process(self.folder)
        return port

    def close_practice(self, number: int = signal.SIGKILL) -> None:
        """End the practice host; by SIGTERM it keeps its worlds in the folder."""
        if self._practice_pid:
            os.kill(self._practice_pid, number)
            os.waitpid(self._practice_pid, 0)
            self._practice_pid = 0

    def world(self, call: str, **data: Any) -> Any:
        """Call the practice world: GET without data, POST with."""
        address = f"http://127.0.0.1:{self._port}/{self.market}/_world/{call}"
        body = json.dumps(data).encode() if data else None
        request = urllib.request.Request(address, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def pass_time(self, seconds: float) -> None:
        """Move the day on, for Hanpan and for the marketplace."""
        self.world("clock", mode="both", seconds=seconds)
        clock.reread()

    def connect(self) -> str:
        """Make a practice channel and have it verified; returns its id."""
        with store.workspace(self.workspace_id):
            self.channel_id = channels.add_practice(self.market, TESTER, submission=new_id())
        self.until_active()
        return self.channel_id

    def until_active(self) -> None:
        """Drain until the channel has been verified."""
        until = time.monotonic() + 30
        while time.monotonic() < until:
            self.drain("urgent")
            with store.workspace(self.workspace_id), store.read() as session:
                if channels.get(session, self.channel_id).state == "active":
                    return
            time.sleep(SWEEP_S / 2)
        raise AssertionError("the practice channel did not become active")

    def drain(self, *queues: str) -> None:
        """Do what is due, in this process."""
        for queue in queues or QUEUES:
            draining.drain(queue)

    def child(self, crash_at: str | None = None, *queues: str) -> tuple[int, dict[str, int]]:
        """Do what is due in a forked process; returns its exit code and the points it passed."""
        told = self.folder / "passed.json"
        told.unlink(missing_ok=True)
        code = fork(lambda: self._work(crash_at, queues or QUEUES, told))
        return code, json.loads(told.read_text()) if told.exists() else {}

    def _work(self, crash_at: str | None, queues: tuple[str, ...], told: Path) -> None:
        os.environ["HANPAN_CRASH"] = crash_at or "none"
        crash._passed.clear()
        work.after_fork()
        for queue in queues:
            draining.drain(queue, seconds=WORK_S)
        told.write_text(json.dumps(crash._passed))

    def settle(self, limit: float) -> int:
        """Sweep until nothing is open; returns how many sweeps found something to do. Waiting for
        a read-back's time is no sweep. The lease of the process that died has run out.
        """
        with store.all_workspaces(), store.write() as session:
            session.execute(update(Lane).values(lease_until=0.0))
        began = time.monotonic()
        sweeps = 0
        while time.monotonic() - began < limit:
            due = any(claims.anything_due(queue) for queue in QUEUES)
            if due:
                sweeps += 1
                code, _ = self.child()
                assert code in (0, OVERTIME), f"the recovering worker ended with {code}"
            if not self.open_commands():
                return sweeps
            time.sleep(SWEEP_S / 2)
        raise AssertionError(f"not settled in {limit} s: {self.open_commands()}")

    def open_commands(self) -> list[str]:
        """Commands that are not where they should come to rest."""
        with store.workspace(self.workspace_id), store.read() as session:
            found = session.execute(
                select(Command.kind, Command.state, Command.standing, Command.next_at).where(
                    Command.state.in_(LIVE)
                )
            ).all()
        now = clock.now().timestamp()
        return [
            f"{kind} {state}"
            for kind, state, standing, next_at in found
            if not (standing and state == "ready" and next_at > now + 5)
        ]

    # -- the promises ---------------------------------------------------------------------------

    def broken(self) -> list[str]:
        """Every promise about orders and work that does not hold now, in words."""
        ledger = self.world("ledger")
        with store.workspace(self.workspace_id), store.read() as session:
            mine = session.execute(
                select(OrderLine.line_key, OrderLine.state, OrderLine.confirm_state)
            ).all()
            running = session.scalar(
                select(func.count()).select_from(Command).where(Command.state == "running")
            )
            sending = session.scalar(
                select(func.count())
                .select_from(Effect)
                .where(Effect.state.in_(("planned", "sending", "unknown")))
            )
        wrong: list[str] = []
        counted = Counter(key for key, _, _ in mine)
        wrong += [f"I1: {key} is here {n} times" for key, n in counted.items() if n > 1]
        if mine:
            told = {key for key, line in ledger["lines"].items() if self.is_told(line)}
            wrong += [f"I4: {key} is missing" for key in told - set(counted)]
            wrong += [f"I1: {key} is not at the marketplace" for key in set(counted) - told]
        for key, line in ledger["lines"].items():
            for revision, times in line["confirms"].items():
                if times > 1:
                    wrong.append(f"I2: {key} was confirmed {times} times (revision {revision})")
        for key, state, _ in mine:
            if state == "confirmed" and ledger["lines"][key].get("place", "OK") != "OK":
                wrong.append(f"I1: {key} is confirmed here, not there")
            line = ledger["lines"][key]
            if state == "new" and line["confirms"].get(str(line["revision"])):
                # One made in the seller centre is not told by the feed; ours must be known.
                wrong.append(f"I1: {key} is new here, confirmed there by us")
        wrong += [f"I9: {running} commands still running"] * bool(running)
        wrong += [f"I3: {sending} effects without an end"] * bool(sending)
        if ledger.get("token_punishments"):
            wrong.append("the one-call-an-hour punishment was triggered")
        return wrong

    def is_told(self, line: dict[str, Any]) -> bool:
        """Whether the marketplace shows the line to who only reads."""
        takes = registry.current().orders[self.market].take_new is not None
        hidden = takes and line["place"] == "NOT_YET"
        return bool(line.get("provided", True)) and not hidden


def generous(known: Registry) -> Registry:
    """The same marketplaces with budgets that no test has to wait for."""

    def widened(market: Marketplace) -> Marketplace:
        wide = [replace(bucket, per_second=500, burst=500) for bucket in market.buckets]
        return market if market.key == "smartstore" else replace(market, buckets=wide)

    return replace(
        known, marketplaces={key: widened(one) for key, one in known.marketplaces.items()}
    )


def practice_process(data: Path) -> tuple[int, int]:
    """Start a practice host in a process of its own; returns its pid and port."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        try:
            signal.signal(signal.SIGTERM, lambda number, frame: sys.exit())
            with start(registry.current().sandboxes.values(), port=0, data=data) as host:
                os.write(writer, host.url.rpartition(":")[2].encode())
                os.close(writer)
                while True:
                    signal.pause()
        finally:
            os._exit(1)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        return pid, int(pipe.read())


def fork(body: Callable[[], object]) -> int:
    """Run `body` in a forked child and return its exit code (137 for a crash point)."""
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            body()
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    _, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    return 128 - code if code < 0 else code


# -- the flows ------------------------------------------------------------------------------------


class Flow:
    """Something a seller or the clock starts; `check` says what must have come of it."""

    name = ""
    market = "smartstore"
    queues: tuple[str, ...] = QUEUES
    last_too = True
    """Whether a point that is passed several times is killed at its last passage too."""

    def prepare(self, stage: Stage) -> None:
        """Bring the stage to the moment before."""
        stage.connect()

    def begin(self, stage: Stage) -> None:
        """Write the command."""
        raise NotImplementedError

    def check(self, stage: Stage) -> Iterator[str]:
        """Yield what is wrong at the end."""
        yield from stage.broken()


class SetupImport(Flow):
    """An import of two template types, one of them paged."""

    name = "setup import"
    queues = ("urgent",)

    def prepare(self, stage: Stage) -> None:
        """Collect everything: how that is killed is another flow."""
        stage.connect()
        stage.drain("sync")

    def begin(self, stage: Stage) -> None:
        """Import the addresses."""
        templates.submit_import(stage.channel_id, "address", TESTER)

    def check(self, stage: Stage) -> Iterator[str]:
        """Each address once, as the marketplace has it."""
        yield from stage.broken()
        there = set(stage.world("ledger")["templates"]["address"])
        with store.read() as session:
            here = Counter(session.scalars(select(Template.remote_id)))
        if set(here) != there or max(here.values(), default=0) != 1:
            yield f"addresses differ: {here} here, {there} there"


class TemplateUpdate(Flow):
    """A bundle group gets another name."""

    name = "template update"
    queues = ("urgent",)
    kind = "bundle_group"

    def prepare(self, stage: Stage) -> None:
        """Collect and import everything first."""
        stage.connect()
        stage.drain("sync")
        for kind in ("address", "dispatch_today", self.kind):
            templates.submit_import(stage.channel_id, kind, TESTER)
            stage.drain("urgent")

    def begin(self, stage: Stage) -> None:
        """Rename the first group."""
        row, raw = self.form(stage)
        templates.submit_change(
            stage.channel_id, self.kind, row.id, raw, TESTER, submission=new_id()
        )

    def form(self, stage: Stage) -> tuple[Template, dict[str, str]]:
        """The first group and its form, with another name in it."""
        with store.read() as session:
            row = templates.rows(session, stage.channel_id, self.kind)[0]
            values = templates.values_of(row)
        words = {True: "1", False: "", None: ""}
        raw = {name: words.get(value, str(value)) for name, value in values.items()}
        return row, {**raw, "name": "새 이름"}

    def check(self, stage: Stage) -> Iterator[str]:
        """The name is there, and was set once."""
        yield from stage.broken()
        with store.read() as session:
            named = [row.title for row in templates.rows(session, stage.channel_id, self.kind)]
        there = stage.world("ledger")["templates"]["bundle_group"].values()
        names = [group["values"]["name"] for group in there]
        if "새 이름" not in names or not any("새 이름" in title for title in named):
            yield f"the new name is not everywhere: {names} there, {named} here"
        updates = [group["updates"] for group in there if group["values"]["name"] == "새 이름"]
        if updates != [1]:
            yield f"the update was applied {updates} times"


class Collect(Flow):
    """The first collection: eight windows of a day."""

    name = "collect"

    def prepare(self, stage: Stage) -> None:
        """The channel is connected; nothing has been collected."""
        stage.connect()

    def begin(self, stage: Stage) -> None:
        """Collect now."""
        orders.collect_now(None)


class AutoConfirm(Flow):
    """New orders come in and are confirmed by themselves."""

    name = "auto-confirm"
    queues = ("sync", "urgent")

    def prepare(self, stage: Stage) -> None:
        """자동 발주확인 is on, everything old has been collected, five orders are new."""
        stage.connect()
        channels.switch(
            stage.channel_id,
            {name: "1" for name in channels.SWITCHES} | {"confirm_mode": "auto", "extend_days": 0},
            TESTER,
        )
        stage.drain("sync", "urgent")
        told = stage.world("act", act="new_order", orders=5)
        self.fresh = [key for order in told["result"] for key in order["lines"]]
        stage.pass_time(60)

    def begin(self, stage: Stage) -> None:
        """Collect now."""
        orders.collect_now(None)

    def check(self, stage: Stage) -> Iterator[str]:
        """Every new line was confirmed exactly once."""
        yield from stage.broken()
        lines = stage.world("ledger")["lines"]
        for key in self.fresh:
            if sum(lines[key]["confirms"].values()) != 1:
                yield f"{key} was confirmed {lines[key]['confirms']}"


class Listings(Flow):
    """Listings are read anew, and the prices of two of them are changed."""

    name = "listings"
    queues = ("urgent",)
    last_too = False

    def prepare(self, stage: Stage) -> None:
        """Two pages of listings are known by number; what is to be changed has been read."""
        known = registry.current()
        three = replace(known.products[self.market], at_once=3)  # so that there are two pages
        registry.use(replace(known, products={**known.products, self.market: three}))
        stage.world("seed", size="small", products=5, orders=1, mix=False)
        stage.world("act", act="set_limits", per_second=500)
        stage.connect()
        numbers = sorted(stage.world("ledger")["listings"])
        with store.write() as session:
            channel = channels.get(session, stage.channel_id)
            told = [Told(product_no=number, name=number) for number in numbers]
            listings.keep(session, channel, told, clock.now())
        rows = self.rows(stage)
        self.dearer = [rows[number].id for number in numbers[:2]]
        listing_sync.submit(self.dearer, TESTER, submission=new_id())
        stage.drain("urgent")
        stage.world("act", act="edit_listing", product_no=numbers[2], price=77_000)
        stage.world("act", act="remove_listing", product_no=numbers[3])
        self.gone, self.was = numbers[3], self.rows(stage)

    def rows(self, stage: Stage) -> dict[str, Any]:
        """The listings as they are stored, by number."""
        with store.read() as session:
            every = select(Listing).where(Listing.channel_id == stage.channel_id)
            return {row.product_no: row for row in session.scalars(every)}

    def begin(self, stage: Stage) -> None:
        """Raise the two prices, and read everything anew."""
        change = Change(what="price", how="raise", amount=1000)
        with store.read() as session:
            seen = listing_edits.propose(session, self.dearer, change).digest
        listing_edits.submit(self.dearer, change, TESTER, submission=new_id(), seen=seen)
        listing_sync.submit_all(stage.channel_id, TESTER, submission=new_id())

    def check(self, stage: Stage) -> Iterator[str]:
        """Each listing stands here as there, and was told to have changed once at most."""
        yield from stage.broken()
        there, here = stage.world("ledger")["listings"], self.rows(stage)
        for number, row in here.items():
            if number == self.gone:
                if row.gone_at is None:
                    yield f"{number} is gone there, not here"
            elif row.price != there[number]["price"] or row.gone_at is not None:
                yield f"{number} is {row.price} here, {there[number]['price']} there"
        for number, old in self.was.items():
            if old.id in self.dearer and here[number].price != old.price + 1000:
                yield f"{number} was {old.price} and is {here[number].price}"
        with store.read() as session:
            told = Counter(session.execute(select(ListingEvent.listing_id, ListingEvent.kind)))
            found = session.scalars(select(Command).where(Command.kind == "listings.sync"))
            counted = [one.result for one in found if one.progress_total == len(here)]
        yield from (f"{kind} was told {n} times" for (_, kind), n in told.items() if n > 1)
        sums = [sum(one[name] for name in ("changed", "gone", "same")) for one in counted if one]
        if sums != [len(here)]:
            yield f"it counted {sums} of {len(here)} listings"


OTHERS = ("eleven_st", "interpark", "wemakeprice")


def _at(flow: type[Flow], market: str) -> type[Flow]:
    """The same flow at another marketplace."""
    return type(flow.__name__, (flow,), {"name": f"{flow.name} {market}", "market": market})


FLOWS: dict[str, type[Flow]] = {
    flow.name: flow
    for flow in (
        SetupImport,
        TemplateUpdate,
        Collect,
        AutoConfirm,
        Listings,
        *(_at(flow, market) for market in OTHERS for flow in (Collect, AutoConfirm)),
    )
}
"""At 인터파크, 자동 collects by the read that confirms: "auto-confirm interpark" is that."""
