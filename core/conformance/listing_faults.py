"""Every wire fault at every call about listings; and answers that lack what would be sent back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from typing import Any

from core.conformance import rewriting
from core.conformance.bare import Bare
from core.conformance.faults import PATIENCE, Fault
from core.conformance.judging import had_no_body, judged
from core.conformance.listing_changes import FEW, Change, change, changes, holds, others
from core.conformance.listings import SOME, conditions, read, read_these, shelf
from core.conformance.report import Finding
from core.conformance.trial import Trial
from core.conformance.trouble import NotReady, Unknown, attempt, wrong
from core.contracts.page import UNCHANGED
from core.contracts.product import WRITES, Listing, ProductSync
from core.contracts.write import Absent, Done
from core.errors import OutcomeUnknown, Retryable
from core.practice.faults import Kind


@dataclass(frozen=True)
class _Read:
    """A read that is spoilt: what it is called, and how it is called."""

    name: str
    call: Callable[[], Any]


def meet(trial: Trial, fault: Fault) -> Iterator[Finding]:
    """Let every call about listings meet the fault: it ends as it may, and comes right."""
    sync = trial.products
    if sync is None or (trial.only and not any(one.startswith("listing.") for one in trial.only)):
        return
    with trial.bare() as bare:
        for one in _reads(trial, sync, bare):
            if not trial.only or one.name in trial.only:
                trial.cases += 1
                yield from (Finding(one.name, what) for what in _spoilt(trial, bare, fault, one))
        # What takes long is met by one of the changes: their answers are read in the same place.
        long = fault.slow or fault.kind is Kind.HUGE
        for name in _wanted(trial, sync)[: 1 if long else None]:
            yield from (
                Finding(f"listing.{name}", what) for what in _change(trial, sync, bare, fault, name)
            )


def _wanted(trial: Trial, sync: ProductSync) -> list[str]:
    """The writes that this run is about."""
    found = [name for name in WRITES if getattr(sync, name) is not None]
    return [name for name in found if not trial.only or f"listing.{name}" in trial.only]


def _reads(trial: Trial, sync: ProductSync, bare: Bare) -> Iterator[_Read]:
    numbers = list(shelf(trial))[:SOME]
    if sync.search is not None:
        values, _ = conditions(trial, sync, SOME)
        yield _Read("listing.search", partial(sync.search.pages, bare.client, values, ""))
    if sync.get is not None:
        yield _Read("listing.get", partial(sync.get, bare.client, numbers))


def _spoilt(
    trial: Trial, bare: Bare, fault: Fault, one: _Read, at: int = 0, *, write: bool = False
) -> Iterator[str]:
    """What is wrong with how a call ends whose request with this number is spoilt."""
    since = len(trial.witness.seen)
    rule = fault.rule(at, 60.0)
    trial.witness.spoil(one.name, rule)
    bare.gate.seconds = PATIENCE / 2 if fault.slow else bare.gate.longest
    try:
        attempt(one.call)
    finally:
        bare.gate.seconds = bare.gate.longest
        trial.witness.calm()
    seen = trial.witness.of(one.name, since)
    if not seen or not rule.hits:
        yield "the request was not made"
        return
    may_be_well = had_no_body(trial, rule, seen[0])
    yield from judged(fault, seen[0], write=write, may_be_well=may_be_well)


def _change(trial: Trial, sync: ProductSync, bare: Bare, fault: Fault, name: str) -> Iterator[str]:
    """A change, and its reading back, that meet the fault; what is said must be what is so."""
    try:
        turn = trial.cases
        effect = _effect(trial, sync, bare, name, turn)
        for at in {0, effect} if fault.last else {effect}:
            trial.cases += 1
            one = change(trial, sync, name, read(trial, sync, bare.client, FEW), turn + 1 + at)
            yield from _one_change(trial, bare, fault, one, at, write=at == effect)
    except (NotReady, Unknown) as error:
        yield str(error)


def _effect(trial: Trial, sync: ProductSync, bare: Bare, name: str, turn: int) -> int:
    """Which request of the change has the effect, counted from 0; learnt once."""
    known = trial.learnt_changes
    if name not in known:
        one = change(trial, sync, name, read(trial, sync, bare.client, FEW), turn)
        trial.wire.watching = True
        since = len(trial.witness.seen)
        try:
            result, error = one.send(bare.client)
        finally:
            trial.wire.watching = False
        if error is not None or result is None or not result.done:
            raise NotReady("not tried: the plain change fails already (`listing-writes`)")
        known[name] = trial.witness.of(one.operation, since)[-1].changed[0]
    return known[name]


def _one_change(
    trial: Trial, bare: Bare, fault: Fault, one: Change, at: int, *, write: bool
) -> Iterator[str]:
    sent = _Read(one.operation, partial(_send, one, bare.client))
    yield from _spoilt(trial, bare, fault, sent, at, write=write)
    error = trial.witness.of(one.operation)[-1].error
    if isinstance(error, Retryable) and not isinstance(error, OutcomeUnknown) and one.is_so(trial):
        yield "it is said that nothing was done, and it was"
    if fault.late:
        trial.pass_time(60.0)
    back = _Read(f"{one.operation}.readback", partial(one.verdict, bare.client))
    if write:
        yield from (f"reading back: {what}" for what in _spoilt(trial, bare, fault, back))
        if fault.late:
            trial.pass_time(60.0)
    verdict, raised = attempt(lambda: one.verdict(bare.client))
    if raised is not None:
        yield f"it is not read back: {type(raised).__name__}"
        return
    if one.is_so(trial) != isinstance(verdict, Done) or not isinstance(verdict, (Done, Absent)):
        there = "so" if one.is_so(trial) else "not so"
        yield f"it is {there}, and is read back as {type(verdict).__name__}"
    if not one.is_so(trial):
        result, raised = one.send(bare.client)
        if raised is not None or result is None or not result.done or not one.is_so(trial):
            yield f"it is not done when it is sent again ({type(raised).__name__})"


def _send(one: Change, client: Any) -> Any:
    result, error = one.send(client)
    if error is not None:
        raise error
    return result


# -- what would vanish ----------------------------------------------------------------------------


def vanishing(trial: Trial) -> Iterator[Finding]:
    """Whatever an answer lacks that a change is made from: nothing else of the listing changes."""
    sync = trial.product_sync()
    trial.give_up_shop()
    trial.seed("small", orders=FEW)  # the whole account is looked at twice for each key
    with trial.bare() as bare:
        targets = {one.name: one.number for one in changes(trial, bare)}
        targets.pop("status", None)  # nothing of the listing goes back with it
        (true,) = read(trial, sync, bare.client, 1)
        for turn, key in enumerate(_keys(trial, bare), start=1):
            if _means_none(trial, bare, key, true):
                continue
            numbers = list(dict.fromkeys(targets.values()))
            there = {one.product_no: one for one in read_these(sync, bare.client, numbers)}
            for name, number in targets.items():
                trial.cases += 1
                one = change(trial, sync, name, [there[number]], turn)
                found = [*_without(trial, bare, one, key)]
                yield from (Finding(one.operation, f"without {key!r}: {what}") for what in found)
                if found:
                    return


def _keys(trial: Trial, bare: Bare) -> list[str]:
    """Every key that an answer about a listing has."""
    since = len(trial.wire.told)
    read(trial, trial.product_sync(), bare.client, SOME)
    trees = [rewriting.tree_of(told) for told in trial.wire.told[since:]]
    return list(
        dict.fromkeys(key for tree in trees if tree is not None for key in rewriting.keys(tree))
    )


def _means_none(trial: Trial, bare: Bare, key: str, true: Listing) -> bool:
    """Whether a listing without the key is one without options: some wires tell it so."""
    sync = trial.product_sync()
    trial.witness.rewrite("listing.get", rewriting.by(rewriting.without(key)))
    found, _ = attempt(lambda: read(trial, sync, bare.client, 1))
    trial.witness.calm()
    return bool(found) and _options(found[0]) == {""} != _options(true)


def _options(listing: Listing) -> set[str]:
    if listing.options is UNCHANGED:
        return set()
    return {option.option_no for option in listing.options}


def _without(trial: Trial, bare: Bare, one: Change, key: str) -> Iterator[str]:
    before = deepcopy(shelf(trial)[one.number])
    trial.witness.rewrite(one.operation, rewriting.by(rewriting.without(key)))
    result, error = one.send(bare.client)
    trial.witness.calm()
    if raised := wrong(error):
        yield raised
    true = shelf(trial)[one.number]
    was, now = others(one, before), others(one, true)
    # What is `kept` may be told or not: where an answer lacks it, it is as good as empty.
    lost = [part for part in was if was[part] != now[part] and part != "kept"]
    if lost:
        yield f"{', '.join(lost)} changed: {[was[part] for part in lost]} to " + str(
            [now[part] for part in lost]
        )
    # A sale whose end is not told has none: there is nothing to be extended.
    done = result is not None and result.done and one.name != "extend"
    if done and not holds(one.name, one.values, true):
        yield "it is said to be done, and the marketplace has it otherwise"
