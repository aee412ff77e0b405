"""Listings: found, and read whole. Asked of the plugin's client alone.

The marketplace's own account of a listing is `ledger["listings"][product_no]`: `price`, `options`
({option_no: {"stock", "extra"}}), `on_sale`, `displayed` and `sale_ends` (ISO, or None).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from core.conformance.bare import Bare
from core.conformance.report import Finding
from core.conformance.samples import raw
from core.conformance.trial import Trial
from core.conformance.trouble import NotConcerned, NotReady, attempt, wrong
from core.contracts.page import UNCHANGED
from core.contracts.product import Listing, ProductSync, SaleState
from core.fields import Kind, Values, clean

SHELF = 130
"""Listings of a world in which a search takes several pages."""
MOST_PAGES = 200
NOBODY = "999999999"
"""A number that no listing has."""


# -- what is asked --------------------------------------------------------------------------------


def shelf(trial: Trial) -> Mapping[str, Any]:
    """The marketplace's own account of its listings."""
    found: Mapping[str, Any] = trial.standing()["listings"]
    if not found:
        raise NotReady("the practice marketplace has no listings: see ledger and `products`")
    return found


def conditions(trial: Trial, sync: ProductSync, most: int = 60) -> tuple[Values, Sequence[str]]:
    """The search as its form comes, and the numbers that it must find. Where a field has to be
    filled in, it is filled with product numbers, so many at most."""
    assert sync.search is not None
    numbers = list(shelf(trial))
    typed = {item.name: raw(item.default) for item in sync.search.fields}
    done = clean(sync.search.fields, typed)
    if done.ok:
        return done.values, numbers
    numbers = numbers[:most]
    typed |= {
        item.name: "\n".join(numbers)
        for item in sync.search.fields
        if item.name in done.problems and item.kind in (Kind.TEXT, Kind.TEXTAREA)
    }
    done = clean(sync.search.fields, typed)
    if not done.ok:
        told = ", ".join(f"{name}: {text.en}" for name, text in done.problems.items())
        raise NotReady(f"listing.search: no conditions were found that are taken ({told})")
    return done.values, numbers


def searched(sync: ProductSync, client: Any, values: Values) -> tuple[dict[str, Listing], bool]:
    """All pages of a search, and whether they ended."""
    assert sync.search is not None
    found: dict[str, Listing] = {}
    cursor = ""
    for _ in range(MOST_PAGES):
        page = sync.search.pages(client, values, cursor)
        found |= {listing.product_no: listing for listing in page.items}
        if not page.more or page.cursor == cursor:
            return found, True
        cursor = page.cursor
    return found, False


def read(trial: Trial, sync: ProductSync, client: Any, count: int) -> list[Listing]:
    """So many listings, read whole."""
    return read_these(sync, client, list(shelf(trial))[:count])


def read_these(sync: ProductSync, client: Any, numbers: Sequence[str]) -> list[Listing]:
    """These listings, read whole. Raises NotConcerned."""
    if sync.get is None:
        raise NotConcerned("no listing is read by its number")
    found: list[Listing] = []
    for at in range(0, len(numbers), sync.at_once):
        found += sync.get(client, numbers[at : at + sync.at_once])
    return found


# -- reading --------------------------------------------------------------------------------------


def reading(trial: Trial) -> Iterator[Finding]:
    """A search reaches its end and every listing; `get` tells each with all of its options, and
    nothing of one that is not there."""
    sync = trial.product_sync()
    trial.give_up_shop()
    trial.seed("small", products=SHELF)
    with trial.bare() as bare:
        before = dict(shelf(trial))
        if len(before) < SHELF:
            yield Finding("seed", f"`products` {SHELF} was asked for: there are {len(before)}")
        if sync.search is not None:
            trial.cases += 1
            yield from _search(trial, sync, bare)
        trial.cases += 1
        for listing in read(trial, sync, bare.client, 20):
            yield from _as_told(listing, before)
        yield from _absent(sync, bare, next(iter(before)))
        if dict(shelf(trial)) != before:
            yield Finding("listing.get", "reading changed something at the marketplace")


def _search(trial: Trial, sync: ProductSync, bare: Bare) -> Iterator[Finding]:
    assert sync.search is not None
    values, numbers = conditions(trial, sync)
    found, ended = searched(sync, bare.client, values)
    if not ended:
        yield Finding("listing.search", f"it has not ended after {MOST_PAGES} pages")
    missing, foreign = set(numbers) - set(found), set(found) - set(numbers)
    if missing:
        yield Finding("listing.search", f"{len(missing)} of {len(numbers)} are not found")
    if foreign:
        yield Finding("listing.search", f"{min(foreign)!r} does not exist, or was not asked for")
    for cursor in ("그런 자리는 없습니다", "-1", "{}"):
        pages, client = sync.search.pages, bare.client
        page, error = attempt(lambda: pages(client, values, cursor))  # noqa: B023
        raised = wrong(error)
        if raised or (error is None and page.more and page.cursor == cursor):
            yield Finding("listing.search", f"the cursor {cursor!r}: {raised or 'it stands still'}")


def _as_told(listing: Listing, there: Mapping[str, Any]) -> Iterator[Finding]:
    """What of a whole listing is not as the marketplace has it."""
    number, true = listing.product_no, there.get(listing.product_no)
    if true is None:
        yield Finding("listing.get", f"{number!r} does not exist")
        return
    if listing.options is UNCHANGED:
        yield Finding("listing.get", f"{number} is told without its options")
        return
    told = {option.option_no: option for option in listing.options}
    if set(told) != set(true["options"]):
        yield Finding(
            "listing.get", f"{number} has the options {sorted(true['options'])}, not {sorted(told)}"
        )
        return
    if listing.price != true["price"]:
        yield Finding("listing.get", f"{number} costs {true['price']}, not {listing.price}")
    for key, option in told.items():
        if option.stock not in (true["options"][key]["stock"], None):
            pieces = true["options"][key]["stock"]
            yield Finding("listing.get", f"{number} {key!r} has {pieces}, not {option.stock}")


def untrue(truth: Listing, told: Listing) -> Iterator[str]:
    """What of a listing is told otherwise than when all is well; what is left out is no matter."""
    number = told.product_no
    if told.price not in (truth.price, UNCHANGED):
        yield f"{number} became {told.price} won and is {truth.price}"
    if told.state not in (truth.state, UNCHANGED, SaleState.UNKNOWN):
        yield f"{number} became {told.state} and is {truth.state}"
    if told.options is UNCHANGED or truth.options is UNCHANGED:
        return
    known = {option.option_no: option for option in truth.options}
    options = {option.option_no: option for option in told.options}
    if set(options) == {""}:
        return  # where options are not told, some wires mean that there are none
    if set(known) != set(options):
        yield f"{number} became the options {sorted(options)} and has {sorted(known)}"
        return
    for key, option in options.items():
        if option.stock not in (known[key].stock, UNCHANGED):
            yield f"{number} {key!r} became {option.stock} pieces and has {known[key].stock}"
        if option.extra not in (known[key].extra, UNCHANGED, 0):
            yield f"{number} {key!r} became {option.extra} won more and is {known[key].extra}"


def _absent(sync: ProductSync, bare: Bare, number: str) -> Iterator[Finding]:
    assert sync.get is not None
    get = sync.get
    found, error = attempt(lambda: get(bare.client, [number, NOBODY]))
    if error is not None:
        yield Finding("listing.get", f"a listing that is not there: {type(error).__name__}")
    elif [listing.product_no for listing in found] != [number]:
        yield Finding("listing.get", "a listing that is not there is not absent")
