"""Every wire fault at every operation: it ends as it may, and comes right by itself."""

from __future__ import annotations

from collections.abc import Iterator

from core.conformance import listing_faults, operations, rounds
from core.conformance.begun import Operation
from core.conformance.faults import PATIENCE, Fault
from core.conformance.judging import had_no_body, judged
from core.conformance.report import Finding
from core.conformance.trial import Trial
from core.conformance.trouble import NotReady, Unknown


def meet(trial: Trial, fault: Fault) -> Iterator[Finding]:
    """Let every operation meet the fault."""
    for operation in operations.of(trial):
        learnt = rounds.learn(trial, operation)
        before = trial.learnt.get(operation.name.removesuffix(".readback"), learnt)
        if learnt.wrong or before.wrong:
            yield Finding(operation.name, "not tried: it fails in the plain round (`round`)")
            continue
        places = [learnt.effect]
        if fault.last and learnt.requests > learnt.effect + 1:
            places.append(learnt.requests - 1)
        for at in places:
            trial.cases += 1
            found = [*_case(trial, operation, fault, at, first=at == learnt.effect)]
            yield from (Finding(operation.name, what) for what in found)
            if found:
                trial.give_up_shop()
    yield from listing_faults.meet(trial, fault)


def _case(
    trial: Trial, operation: Operation, fault: Fault, at: int, *, first: bool
) -> Iterator[str]:
    try:
        shop = trial.shop
        begun = operation.begin(shop)
        queue = shop.command(begun.command).queue
        since = len(trial.witness.seen)
        rule = fault.rule(at, operation.settles.total_seconds())
        trial.witness.spoil(operation.name, rule)
        if fault.slow:
            trial.lease(PATIENCE)
        shop.drain(queue)
        if operation.name.endswith(rounds.LOST) and not trial.witness.of(operation.name, since):
            shop.go_on(shop.command(begun.command))
        trial.lease(None)
        closed = shop.open_budgets()
        seen = trial.witness.of(operation.name, since)
        if seen and rule.hits:
            may_be_well = had_no_body(trial, rule, seen[0]) or not first
            yield from judged(fault, seen[0], write=operation.write, may_be_well=may_be_well)
            if fault.wait and closed < fault.wait / 2:  # some of it has passed meanwhile
                yield f"calls go on after {closed:.1f} s instead of {fault.wait:.0f}"
        elif first:
            yield "the request was not made"
        command = shop.settle(begun.command)
        yield from begun.check(command)
    except (NotReady, Unknown) as error:
        yield str(error)
    finally:
        trial.lease(None)
        trial.witness.calm()
