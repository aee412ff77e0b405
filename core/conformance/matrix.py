"""Every wire fault at every operation: it ends as it may, and comes right by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator

from core.conformance import operations, rounds
from core.conformance.begun import Operation
from core.conformance.faults import PATIENCE, Fault
from core.conformance.report import Finding
from core.conformance.trial import Trial
from core.conformance.trouble import NotReady, Unknown
from core.conformance.witness import Seen
from core.contracts.template import Remote
from core.errors import MarketplaceError, RateLimited
from core.ledger.signals import Signal
from core.practice.faults import Rule

_MISREAD = re.compile("[\u00a0-\u00ff]{2}|\ufffd")
"""Korean read by an encoding of the west, or letters that were lost."""


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
            shop.go_on(begun.command)
        trial.lease(None)
        closed = shop.open_budgets()
        seen = trial.witness.of(operation.name, since)
        if seen and rule.hits:
            yield from _judged(operation, fault, seen[0], _empty(trial, rule, seen[0]) or not first)
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


def _judged(operation: Operation, fault: Fault, seen: Seen, may_be_well: bool) -> Iterator[str]:
    """What is wrong with how the operation ended when its request was spoilt."""
    error = seen.error
    allowed = fault.write if operation.write else fault.read
    if isinstance(error, Signal):
        return
    if error is None:
        if not fault.well and not may_be_well:
            yield "it took the spoilt answer for a good one"
        elif fault.well and _MISREAD.search(_text(seen.result)):
            yield "it read letters by the wrong encoding"
    elif not isinstance(error, MarketplaceError):
        yield f"it raised {type(error).__name__}, which is no MarketplaceError"
    elif not isinstance(error, allowed):
        names = " or ".join(kind.__name__ for kind in allowed) or "no error"
        yield f"it raised {type(error).__name__}; {names} was expected"
    elif isinstance(error, RateLimited) and error.retry_after < fault.wait:
        yield f"it waits {error.retry_after:g} s, and was told {fault.wait:g} s"


def _empty(trial: Trial, rule: Rule, seen: Seen) -> bool:
    """Whether the spoilt answer had no body that could have been spoilt."""
    place = trial.place
    made = [call for call in place.calls if call["n"] in seen.calls and call["fault"]]
    bodies = [told.body for told in trial.wire.told[-len(seen.calls) :]]
    return rule.kind.value in ("cut", "drip") and bool(made) and not all(bodies)


def _text(result: object) -> str:
    """What a read brought, as text in which letters can be looked for."""
    items = getattr(result, "items", result)
    if isinstance(items, (list, tuple)):
        return " ".join(
            repr(one.values if isinstance(one, Remote) else vars(one))
            if hasattr(one, "__dict__")
            else repr(one)
            for one in items
        )
    return repr(items)
