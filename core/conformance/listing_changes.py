"""Changes of listings: what was asked for is so, nothing else is, and what cannot be is refused.
Asked of the plugin's client alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from core import clock
from core.conformance.bare import Bare
from core.conformance.listings import NOBODY, read, shelf
from core.conformance.report import Finding
from core.conformance.trial import Trial
from core.conformance.trouble import NotReady, attempt, wrong
from core.contracts.page import UNCHANGED
from core.contracts.product import WRITES, Listing, ProductSync
from core.contracts.write import Absent, Done, Item, Result, Sent, Verdict, Write
from core.errors import NeedsSeller

SEVERAL = 12
"""Listings among which one of several options is looked for."""
FEW = 5
"""Listings among which one is looked for that can be changed."""
UNKNOWN_OPTION = "999999998"


@dataclass(frozen=True)
class Change:
    """A change of one listing: the values that are sent, and what it is called."""

    name: str
    write: Write
    number: str
    values: Mapping[str, Any]

    @property
    def operation(self) -> str:
        """Its name in the support matrix."""
        return f"listing.{self.name}"

    def send(self, client: Any) -> tuple[Result | None, Exception | None]:
        """How the marketplace answers; or what was raised."""
        results, error = attempt(lambda: self.write.send(client, [Item(self.number, self.values)]))
        found = next((one for one in results or () if one.key == self.number), None)
        return found, error

    def verdict(self, client: Any) -> Verdict | None:
        """Read back; None where the plugin does not answer for it. Raises what it raises."""
        assert self.write.readback is not None
        sent = Sent(self.number, self.values, clock.now())
        return dict(self.write.readback(client, [sent])).get(self.number)

    def is_so(self, trial: Trial) -> bool:
        """Whether the marketplace has it so."""
        return holds(self.name, self.values, shelf(trial)[self.number])


def changes(trial: Trial, bare: Bare, turn: int = 0) -> Iterator[Change]:
    """A change of each kind that the plugin offers, to a listing as it stands now; another
    `turn` wants other values."""
    sync = trial.product_sync()
    listings = read(trial, sync, bare.client, FEW)
    for name in WRITES:
        write = getattr(sync, name)
        if write is not None:
            yield change(trial, sync, name, listings, turn)


def change(
    trial: Trial, sync: ProductSync, name: str, listings: Sequence[Listing], turn: int
) -> Change:
    """A change of one kind, of a listing that can be changed so. Raises NotReady."""
    there = shelf(trial)
    for listing in listings:
        true = there[listing.product_no]
        wanted = _wanted(sync, name, listing, true, turn) if true["on_sale"] or turn else None
        if wanted is not None:
            return Change(name, getattr(sync, name), listing.product_no, wanted)
    raise NotReady(f"listing.{name}: no listing was found that could be changed")


def _wanted(
    sync: ProductSync, name: str, listing: Listing, true: Mapping[str, Any], turn: int
) -> dict[str, Any] | None:
    if name == "price":
        return {"price": true["price"] + (-100 if turn % 2 else 100)}
    if name == "stock":
        return _pieces(listing, turn)
    if name == "status":
        return {"on_sale": not true["on_sale"]}
    if name == "display":
        return {"displayed": not true["displayed"]}
    ends = true["sale_ends"]
    if ends is None:
        return None
    days = min(sync.extend_days)
    until = clock.kst(datetime.fromisoformat(ends)).date() + timedelta(days=days)
    return {"days": days, "until": until.isoformat()}


def _pieces(listing: Listing, turn: int) -> dict[str, Any] | None:
    if listing.options is UNCHANGED or any(
        not isinstance(option.stock, int) for option in listing.options
    ):
        return None
    return {
        "options": {
            option.option_no: 5 + turn + number for number, option in enumerate(listing.options)
        }
    }


def holds(name: str, values: Mapping[str, Any], true: Mapping[str, Any]) -> bool:
    """Whether the marketplace's account of a listing is as the values say."""
    if name == "price":
        return bool(true["price"] == values["price"])
    if name == "stock":
        options = true["options"]
        return all(options[key]["stock"] == pieces for key, pieces in values["options"].items())
    if name == "status":
        return bool(true["on_sale"] == values["on_sale"])
    if name == "display":
        return bool(true["displayed"] == values["displayed"])
    ends = true["sale_ends"]
    return ends is None or str(clock.kst(datetime.fromisoformat(ends)).date()) >= values["until"]


def others(one: Change, true: Mapping[str, Any]) -> dict[str, Any]:
    """What a change must leave as it is: of the stock, that of options which it does not name."""
    asked = one.values["options"] if one.name == "stock" else {}
    parts = {
        "price": true["price"],
        "status": true["on_sale"],
        "display": true["displayed"],
        "extend": true["sale_ends"],
    }
    parts.pop(one.name, None)
    if one.name == "status":
        parts.pop("display")  # a marketplace may have one switch for both
    options = true["options"]
    return {
        **parts,
        "stock": {key: row["stock"] for key, row in options.items() if key not in asked},
        "name": true.get("name"),
        "extras": {key: row.get("extra") for key, row in options.items()},
        "kept": true.get("kept"),
    }


def writing(trial: Trial) -> Iterator[Finding]:
    """Each change is so afterwards and nothing else is, is read back, and may be made again;
    what cannot be is refused and changes nothing."""
    trial.product_sync()
    trial.give_up_shop()
    trial.seed("small")
    with trial.bare() as bare:
        for one in changes(trial, bare):
            trial.cases += 1
            yield from (Finding(one.operation, what) for what in _plainly(trial, bare, one))
            yield from (Finding(one.operation, what) for what in _impossible(trial, bare, one))
        sync = trial.product_sync()
        if sync.stock is not None and (part := _one_option(trial, sync, bare)) is not None:
            trial.cases += 1
            yield from (
                Finding(part.operation, f"of one option: {what}")
                for what in _plainly(trial, bare, part)
            )
        if sync.extend is not None:
            yield from (
                Finding("listing.extend", what) for what in _never_shorter(trial, sync, bare)
            )


def _one_option(trial: Trial, sync: ProductSync, bare: Bare) -> Change | None:
    """A stock of one of several options, as where the others are matched with no SKU."""
    for listing in read(trial, sync, bare.client, SEVERAL):
        wanted = _pieces(listing, 3) if shelf(trial)[listing.product_no]["on_sale"] else None
        if sync.stock is not None and wanted is not None and len(wanted["options"]) > 1:
            key, pieces = next(iter(wanted["options"].items()))
            values = {"options": {key: pieces}}
            return Change("stock", sync.stock, listing.product_no, values)
    return None


def _never_shorter(trial: Trial, sync: ProductSync, bare: Bare) -> Iterator[str]:
    """An end that is wanted earlier than the one that there is; and a listing that has none."""
    assert sync.extend is not None
    there = {number: row for number, row in shelf(trial).items() if row["on_sale"]}
    for told, endless in (("an earlier end", False), ("a listing that does not end", True)):
        number = next(
            (no for no, row in there.items() if (row["sale_ends"] is None) == endless), ""
        )
        if not number:
            continue
        trial.cases += 1
        ends = there[number]["sale_ends"]
        last = clock.kst(datetime.fromisoformat(ends) if ends else clock.now()).date()
        values = {"days": min(sync.extend_days), "until": str(last - timedelta(days=1))}
        _, error = Change("extend", sync.extend, number, values).send(bare.client)
        if raised := wrong(error):
            yield f"{told}: {raised}"
        now = shelf(trial)[number]["sale_ends"]
        if now != ends and (not ends or not now or _moment(now) < _moment(ends)):
            yield f"{told}: it ended {ends or 'never'}, and ends {now or 'never'} now"


def _moment(told: str) -> datetime:
    return datetime.fromisoformat(told)


def _plainly(trial: Trial, bare: Bare, one: Change) -> Iterator[str]:
    before = deepcopy(shelf(trial)[one.number])
    for time in ("at first", "made again"):
        result, error = one.send(bare.client)
        if error is not None or result is None or not result.done:
            why = result.text.en if result is not None and result.text is not None else error
            yield f"{time}: it was not done ({why!s:.120})"
            return
        true = shelf(trial)[one.number]
        if not one.is_so(trial):
            yield f"{time}: it is said to be done, and the marketplace has it otherwise"
        if others(one, true) != others(one, before):
            yield f"{time}: something else was changed: {_differs(one, before, true)}"
    if not isinstance(one.verdict(bare.client), Done):
        yield "it is so, and is not read back as done"


def _differs(one: Change, before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    was, now = others(one, before), others(one, after)
    changed = [part for part in was if was[part] != now[part]]
    return ", ".join(f"{part} was {was[part]}, is {now[part]}" for part in changed)


def _impossible(trial: Trial, bare: Bare, one: Change) -> Iterator[str]:
    """What cannot be so, and a listing that is not there."""
    wrongs: dict[str, Mapping[str, Any]] = {
        "price": {"price": 10**12},
        "stock": {"options": {UNKNOWN_OPTION: 1}},
    }
    before = dict(shelf(trial))
    if one.name in wrongs:
        odd = Change(one.name, one.write, one.number, wrongs[one.name])
        yield from (f"with {dict(odd.values)}: {what}" for what in _refused(odd, bare))
    nobody = Change(one.name, one.write, NOBODY, one.values)
    yield from (f"of a listing that is not there: {what}" for what in _refused(nobody, bare))
    verdict, error = attempt(lambda: nobody.verdict(bare.client))
    if error is not None or isinstance(verdict, (Done, Absent)):
        yield f"a listing that is not there is read back as {verdict or type(error).__name__}"
    if dict(shelf(trial)) != before:
        yield "what was refused changed something"


def _refused(one: Change, bare: Bare) -> Iterator[str]:
    result, error = one.send(bare.client)
    if error is not None and not isinstance(error, NeedsSeller):
        yield f"it raised {type(error).__name__}; a refusal was expected"
    elif error is None and (result is None or result.done):
        yield "it was not refused"
