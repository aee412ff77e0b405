"""What must stay apart: two accounts of one marketplace, and the plugin from everything that it
has not declared."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from sqlalchemy import select

from core import clock, practice, store
from core.conformance import rounds
from core.conformance.bare import Bare, connected
from core.conformance.pages import everything
from core.conformance.report import Finding
from core.conformance.trial import Trial, seed
from core.conformance.trouble import NotConcerned, NotReady, attempt
from core.conformance.wire import standing
from core.contracts.write import Item
from core.ledger import publications
from core.models import Budget
from core.practice import PracticeHost
from core.practice.place import Place

SEEDS = 40
"""Worlds that are begun until one has other keys and other lines than the first."""


# -- two accounts -------------------------------------------------------------------------------


def two_accounts(trial: Trial) -> Iterator[Finding]:
    """Two channels in one process: neither keys, tokens, budgets nor lines cross."""
    with ExitStack() as stack:
        other = stack.enter_context(_another_host(trial))
        mine = stack.enter_context(trial.bare())
        theirs = stack.enter_context(
            connected(trial.market, trial.form, other, trial.publisher.publish)
        )
        yield from _buckets(trial, mine, theirs)
        for bare, host, name in ((mine, trial.host, "one"), (theirs, other, "the other")):
            trial.cases += 1
            for _ in range(2):  # again, after the other has been there
                yield from _works(trial, bare, host, name)
        yield from _works(trial, mine, trial.host, "one, after the other")


@contextmanager
def _another_host(trial: Trial) -> Iterator[PracticeHost]:
    """A second practice marketplace, of another account, with other lines."""
    trial.give_up_shop()
    trial.seed()
    with practice.start([trial.declared.sandboxes[trial.key]], seed=None) as host:
        trial.network.allow(host.port)
        place = host.place(trial.key)
        keys, lines = trial.place.credentials(), set(trial.lines())
        for _ in range(SEEDS):
            seed(place, "small", {})
            there = standing(place.sandbox, place.world)["lines"]
            if place.credentials() != keys and not lines & set(there):
                break
        else:
            raise NotReady("every world has the same keys or the same lines")
        yield host


def _buckets(trial: Trial, mine: Bare, theirs: Bare) -> Iterator[Finding]:
    names = [trial.form.bucket(bare.values) for bare in (mine, theirs)]
    if names[0] == names[1]:
        yield Finding("bucket", "two accounts draw from one budget")
    for name, bare in zip(names, (mine, theirs), strict=True):
        if not name:
            yield Finding("bucket", "it has no name")
        if any(secret in name for secret in bare.secrets):
            yield Finding("bucket", "its name holds a secret")


def _works(trial: Trial, bare: Bare, host: PracticeHost, name: str) -> Iterator[Finding]:
    """What is wrong when one account is asked while the other is there too."""
    verify, place = trial.form.verify, host.place(trial.key)
    since = len(place.calls)
    _, error = attempt(lambda: verify(bare.client))
    if error is not None:
        yield Finding("channel.verify", f"{name}: {type(error).__name__}")
        return
    yield from _reads_its_own(trial, bare, place, name)
    if refused := [call for call in list(place.calls)[since:] if call["status"] in (401, 403)]:
        yield Finding(refused[0]["path"], f"{name}: it is called with a token of another account")


def _reads_its_own(trial: Trial, bare: Bare, place: Place, name: str) -> Iterator[Finding]:
    if trial.orders is None:
        return
    there = standing(place.sandbox, place.world)["lines"]
    read, error = attempt(lambda: everything(trial, bare))
    if error is not None:
        yield Finding("orders.changes", f"{name}: {type(error).__name__}")
    elif foreign := set(read.lines) - set(there):
        yield Finding("orders.changes", f"{name}: {sorted(foreign)[0]!r} is of another account")
    elif there and not read.lines:
        yield Finding("orders.changes", f"{name}: nothing is read")


# -- what is declared and no more ---------------------------------------------------------------


def quiet_connect(trial: Trial) -> Iterator[Finding]:
    """Connecting calls nobody."""
    before, elsewhere = len(trial.place.calls), len(trial.network.elsewhere)
    with trial.bare():
        if len(trial.place.calls) > before or len(trial.network.elsewhere) > elsewhere:
            yield Finding("connect", "it called the network")


def hosts(trial: Trial) -> Iterator[Finding]:
    """Every connection goes to a declared base, and every call stands in the journal."""
    yield from _calls_are_noted(trial)
    for operation in rounds.everything(trial):
        rounds.learn(trial, operation)
    for address in dict.fromkeys(trial.network.elsewhere):
        yield Finding(address, "no declared host is there")


def _calls_are_noted(trial: Trial) -> Iterator[Finding]:
    shop = trial.open_shop()
    shop.furnish()
    made = [f"{call['method']} {call['path']}" for call in trial.place.calls]
    noted = [
        f"{row.method} /{row.base}{row.path.partition('?')[0]}"
        for row, _ in shop.journal()
        if row.path != publications.PATH
    ]
    for call in dict.fromkeys(made):
        if noted.count(call) < made.count(call):
            yield Finding(call, "it is not made by the client that Hanpan hands out")


def buckets(trial: Trial) -> Iterator[Finding]:
    """Every call draws from a budget that is declared."""
    for operation in rounds.everything(trial):
        rounds.learn(trial, operation)
    declared = {bucket.key for bucket in trial.market.buckets}
    with store.read() as session:
        drawn = {key.rpartition(":")[2] for key in session.scalars(select(Budget.key))}
    for name in sorted(drawn - declared):
        yield Finding(name, "no such bucket is declared")


def honest_writes(trial: Trial) -> Iterator[Finding]:
    """A request that changes something says that it does: only then is a lost answer read back."""
    sync = trial.order_sync()
    if sync.confirm is None and sync.take_new is None:
        raise NotConcerned("nothing is confirmed")
    trial.give_up_shop()
    name, confirm = _confirming(trial)
    with trial.bare() as bare:
        attempt(lambda: trial.form.verify(bare.client))
        since, told = len(bare.gate.calls), len(trial.wire.told)
        trial.wire.watching = True
        attempt(lambda: confirm(bare.client))
        trial.wire.watching = False
        answers = trial.wire.told[told:]
        for call, answer in zip(bare.gate.calls[since:], answers, strict=False):
            if answer.changed and not call.write:
                yield Finding(name, f"{call.method} {call.path} is sent as a read")
        if not any(answer.changed for answer in answers):
            yield Finding(name, "it changed nothing at the marketplace")
    trial.give_up_shop()


def _confirming(trial: Trial) -> tuple[str, Callable[[Any], object]]:
    """What confirms new lines: its name, and the call that does so once."""
    shop, sync = trial.shop, trial.declared.orders[trial.key]
    if sync.confirm is not None:
        send = sync.confirm.send
        items = [Item(row.line_key, _values(row)) for row in shop.new_unit()]
        return "orders.confirm", lambda client: send(client, items)
    assert sync.take_new is not None
    take, since = sync.take_new.take, clock.now()
    trial.arrive(2)
    trial.pass_time(10)
    return "orders.take_new", lambda client: take(client, since, clock.now())


def _values(row: object) -> dict[str, object]:
    """What core gives along with a line that is confirmed."""
    names = ("order_no", "line_no", "bundle_no", "line_class", "product_no")
    return {name: getattr(row, name) for name in names}
