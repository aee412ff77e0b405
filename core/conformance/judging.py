"""How an operation ended whose request was spoilt: what it raised, or took for an answer."""

from __future__ import annotations

import re
from collections.abc import Iterator

from core.conformance.faults import Fault
from core.conformance.trial import Trial
from core.conformance.witness import Seen
from core.contracts.template import Remote
from core.errors import MarketplaceError, RateLimited
from core.ledger.signals import Signal
from core.practice.faults import Rule

_MISREAD = re.compile("[\u00a0-\u00ff]{2}|\ufffd")
"""Korean read by an encoding of the west, or letters that were lost."""


def judged(fault: Fault, seen: Seen, *, write: bool, may_be_well: bool) -> Iterator[str]:
    """What is wrong with how the operation ended when its request was spoilt."""
    error = seen.error
    allowed = fault.write if write else fault.read
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


def had_no_body(trial: Trial, rule: Rule, seen: Seen) -> bool:
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
