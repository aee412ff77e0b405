"""The plain round: every operation once, with nothing wrong, and what is learnt of it."""

from __future__ import annotations

from collections.abc import Iterator

from core.conformance import operations
from core.conformance.begun import Operation
from core.conformance.report import Finding
from core.conformance.trial import Learnt, Trial
from core.conformance.trouble import NotReady, Unknown

TRIES = 12
"""Changes of a template that are tried until the marketplace takes one."""
LOST = (".readback",)
"""Operations that only happen when something went wrong before."""


def everything(trial: Trial) -> list[Operation]:
    """Every operation that the plugin declares."""
    return operations.of(trial)


def plain_round(trial: Trial) -> Iterator[Finding]:
    """Connect, import, collect, write and confirm: all of it works, and is as the account says."""
    for operation in operations.of(trial):
        learnt = learn(trial, operation)
        yield from (Finding(operation.name, wrong) for wrong in learnt.wrong)


def only_reads(trial: Trial) -> Iterator[Finding]:
    """A read that changes something at the marketplace is a write that nobody asked for."""
    for operation in operations.of(trial):
        learn(trial, operation)
    for seen in trial.watched:
        if seen.changed and not operations.may_change(seen.operation):
            yield Finding(seen.operation, "it changed something at the marketplace")


def learn(trial: Trial, operation: Operation) -> Learnt:
    """How the operation goes when nothing is wrong; done once."""
    if operation.name not in trial.learnt:
        trial.learnt[operation.name] = _learn(trial, operation)
    return trial.learnt[operation.name]


def _learn(trial: Trial, operation: Operation) -> Learnt:
    if operation.name.endswith(LOST):
        return Learnt(requests=1)
    trial.wire.watching = True
    since = len(trial.witness.seen)
    try:
        wrong = _try(trial, operation)
    finally:
        trial.wire.watching = False
    seen = [one for one in trial.witness.of(operation.name, since) if one.error is None]
    trial.watched += trial.witness.seen[since:]
    if not seen and not wrong:
        wrong = ("it was never called",)
    if wrong:
        trial.give_up_shop()
        return Learnt(wrong=wrong)
    last = seen[-1]
    return Learnt(effect=last.changed[0] if last.changed else 0, requests=len(last.calls))


def _try(trial: Trial, operation: Operation) -> tuple[str, ...]:
    """Do it once; a change that the marketplace refuses is followed by another one."""
    key = operation.name.removeprefix("template.").removesuffix(".update")
    refused: tuple[str, ...] = ()
    for _ in range(TRIES):
        try:
            shop = trial.shop
            begun = operation.begin(shop)
            command = shop.settle(begun.command)
        except (NotReady, Unknown) as error:
            return refused or (str(error),)
        wrong = tuple(begun.check(command))
        if not operation.name.endswith(".update") or command.state != "refused":
            return wrong
        refused = wrong
        trial.tries[key] = trial.tries.get(key, 0) + 1
    return refused
