"""Listings: found, and read whole. Asked of the plugin's client alone.

The marketplace's own account of a listing is `ledger["listings"][product_no]`: `name`, `price`,
`options` ({option_no: {"stock", "extra"}}), `on_sale`, `displayed`, `sale_ends` (ISO, or None), and
`kept`: whatever else of it no change may touch.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from core import clock, listing_shape
from core.conformance.bare import Bare
from core.conformance.report import Finding
from core.conformance.samples import raw
from core.conformance.trial import Trial
from core.conformance.trouble import NotConcerned, NotReady, attempt, wrong
from core.contracts.page import UNCHANGED
from core.contracts.product import Listing, ListingOption, ProductSync, SaleState
from core.fields import Kind, Values, clean

SHELF = 130
"""Listings of a world in which a search takes several pages."""
MOST_PAGES = 200
SOME = 3
"""Listings that are read at once."""
SOLD = (SaleState.ON_SALE, SaleState.SOLD_OUT)
NOT_SOLD = (SaleState.STOPPED, SaleState.ENDED, SaleState.FORBIDDEN)
"""What a listing may be told as that the seller sells, and that is not sold; others say nothing."""
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
            yield from (Finding("listing.get", what) for what in _whole(listing, before))
        yield from _absent(sync, bare, next(iter(before)))
        if dict(shelf(trial)) != before:
            yield Finding("listing.get", "reading changed something at the marketplace")


def _whole(listing: Listing, there: Mapping[str, Any]) -> Iterator[str]:
    """What of a listing that was read whole is not as the marketplace has it."""
    if listing.product_no not in there:
        yield f"{listing.product_no!r} does not exist"
        return
    if listing.options is UNCHANGED:
        yield f"{listing.product_no} is told without its options"
    yield from as_told(listing, there[listing.product_no])


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
    there = shelf(trial)
    for number in set(found) & set(numbers):
        yield from (
            Finding("listing.search", what) for what in as_told(found[number], there[number])
        )
    for cursor in ("그런 자리는 없습니다", "-1", "{}"):
        pages, client = sync.search.pages, bare.client
        page, error = attempt(lambda: pages(client, values, cursor))  # noqa: B023
        raised = wrong(error)
        if raised or (error is None and page.more and page.cursor == cursor):
            yield Finding("listing.search", f"the cursor {cursor!r}: {raised or 'it stands still'}")


def as_told(listing: Listing, true: Mapping[str, Any]) -> Iterator[str]:
    """What of a listing is not as the marketplace has it; what is left out is no matter. Of an end
    the day in Korea counts: files tell no more."""
    number = listing.product_no
    if wrong := listing_shape.fault(listing):
        yield f"{number}: {wrong}"
        return
    for name, word in (("name", "is called"), ("price", "costs"), ("displayed", "is displayed:")):
        told, there = getattr(listing, name), true.get(name)
        if there is not None and told not in (there, UNCHANGED):
            yield f"{number} {word} {there!r}, not {told!r}"
    if listing.state in SOLD and not true["on_sale"]:
        yield f"{number} is not on sale, and is told as {listing.state}"
    if listing.state in NOT_SOLD and true["on_sale"]:
        yield f"{number} is on sale, and is told as {listing.state}"
    if listing.sale_ends is not UNCHANGED and _day(listing.sale_ends) != _day(true["sale_ends"]):
        yield f"{number} ends {true['sale_ends']}, not {listing.sale_ends}"
    if listing.options is not UNCHANGED:
        yield from _options_as_told(number, listing.options, true["options"])


def _options_as_told(
    number: str, options: Sequence[ListingOption], there: Mapping[str, Any]
) -> Iterator[str]:
    told = {option.option_no: option for option in options}
    if set(told) != set(there):
        yield f"{number} has the options {sorted(there)}, not {sorted(told)}"
        return
    for key, option in told.items():
        stock, extra = there[key]["stock"], there[key].get("extra")
        if option.stock not in (stock, None, UNCHANGED):
            yield f"{number} {key!r} has {stock}, not {option.stock}"
        if extra is not None and option.extra not in (extra, UNCHANGED):
            yield f"{number} {key!r} costs {extra} won more, not {option.extra}"


def _day(moment: datetime | str | None) -> Any:
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    return None if moment is None else clock.kst(moment).date()


def untrue(truth: Listing, told: Listing) -> Iterator[str]:
    """What of a listing is told otherwise than when all is well; what is left out is no matter."""
    number = told.product_no
    if wrong := listing_shape.fault(told):
        yield f"{number}: {wrong}"
        return
    if told.name not in (truth.name, UNCHANGED):
        yield f"{number} became {told.name!r} and is {truth.name!r}"
    if told.displayed not in (truth.displayed, UNCHANGED, None):
        yield f"{number} became displayed: {told.displayed}, and is {truth.displayed}"
    if told.price not in (truth.price, UNCHANGED):
        yield f"{number} became {told.price} won and is {truth.price}"
    if told.state not in (truth.state, UNCHANGED, SaleState.UNKNOWN):
        yield f"{number} became {told.state} and is {truth.state}"
    if told.options is UNCHANGED or truth.options is UNCHANGED:
        return
    known = {option.option_no: option for option in truth.options}
    options = {option.option_no: option for option in told.options}
    if set(options) == {""} != set(known):
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
