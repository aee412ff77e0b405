"""Answers that are odd in themselves: repeated, empty or shuffled pages, keys that are missing,
codes that nobody knows, cursors that lead nowhere. Asked of the plugin's client alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from core import clock
from core.conformance import listings, rewriting
from core.conformance.bare import Bare
from core.conformance.report import Finding
from core.conformance.trial import Trial
from core.conformance.trouble import NotConcerned, NotReady, attempt, wrong
from core.conformance.wire import Told
from core.contracts.form import Verified
from core.contracts.order import Line, LineState
from core.contracts.page import UNCHANGED, Page
from core.contracts.product import Listing
from core.contracts.template import Capability, Remote
from core.http import decoded

REACH = timedelta(days=7)
MOST_PAGES = 400
"""Pages after which a listing of a small world counts as endless."""
SEVERAL = {"orders": 700, "days": 3}
"""A world in which reading takes several pages."""


@dataclass(frozen=True)
class Read:
    """Something that the plugin reads: how it is called, and what it brings when all is well."""

    name: str
    call: Callable[[], Any]
    truth: Any


def _reads(trial: Trial, bare: Bare) -> Iterator[Read]:
    """Every read, with arguments that bring something."""
    verify = trial.known.forms[trial.key].verify
    yield _read("channel.verify", partial(verify, bare.client))
    for template in trial.templates:
        fetch = template.fetch
        if fetch is not None and Capability.IMPORT in template.capabilities:
            yield _read(f"template.{template.key}.import", partial(fetch, bare.client, ""))
    products = trial.products
    if products is not None and products.search is not None:
        values, _ = listings.conditions(trial, products, listings.SOME)
        yield _read("listing.search", partial(products.search.pages, bare.client, values, ""))
    if products is not None and products.get is not None:
        numbers = list(listings.shelf(trial))[: listings.SOME]
        yield _read("listing.get", partial(products.get, bare.client, numbers))
    sync = trial.orders
    if sync is None:
        return
    cursor, lines = first_page(trial, bare)
    yield Read("orders.changes", partial(sync.changes, bare.client, cursor), lines)
    keys = [line.line_key for line in lines.items][:20]
    yield _read("orders.get", partial(sync.get, bare.client, keys))


def _read(name: str, call: Callable[[], Any]) -> Read:
    return Read(name, call, call())


def first_page(trial: Trial, bare: Bare) -> tuple[str, Page[Line]]:
    """The first cursor whose page has lines, and that page."""
    assert trial.orders is not None
    cursor = trial.orders.start(clock.now() - REACH)
    for _ in range(MOST_PAGES):
        page = trial.orders.changes(bare.client, cursor)
        if page.items or not page.more:
            return cursor, page
        cursor = page.cursor
    raise NotReady("orders.changes: no page has a line")


# -- keys and codes -----------------------------------------------------------------------------


def missing_keys(trial: Trial) -> Iterator[Finding]:
    """Whichever key an answer lacks: an error, or rows that are true as far as they go."""
    yield from _by_key(trial, rewriting.keys, rewriting.without, "without")


def unknown_codes(trial: Trial) -> Iterator[Finding]:
    """Whichever code nobody knows: an error, or a state that is said to be unknown."""
    yield from _by_key(trial, rewriting.coded, rewriting.unknown, "with an unknown")


def _by_key(
    trial: Trial,
    keys: Callable[[Any], Iterator[str]],
    change: Callable[[str], Callable[[Any], Any]],
    told: str,
) -> Iterator[Finding]:
    with world(trial) as bare:
        for read in _reads(trial, bare):
            since = len(trial.wire.told)
            read.call()
            answers = [rewriting.tree_of(one) for one in trial.wire.told[since:]]
            found = [name for tree in answers if tree is not None for name in keys(tree)]
            for key in dict.fromkeys(found):
                trial.cases += 1
                trial.witness.rewrite(read.name, rewriting.by(change(key)))
                yield from _judged(read, f"{told} {key!r}")


# -- records ------------------------------------------------------------------------------------

SHUFFLES: Mapping[str, Callable[[Any], Any]] = {
    "records told twice": rewriting.doubled,
    "records in another order": rewriting.reordered,
    "no records": rewriting.emptied,
}


def shuffled(trial: Trial) -> Iterator[Finding]:
    """Records that come twice, in another order or not at all make no wrong row."""
    with world(trial) as bare:
        for read in _reads(trial, bare):
            for told, change in SHUFFLES.items():
                trial.cases += 1
                trial.witness.rewrite(read.name, rewriting.by(change))
                yield from _judged(read, told)


def _judged(read: Read, told: str) -> Iterator[Finding]:
    """What is wrong with how the read ends; an error of the marketplace is in order."""
    result, error = attempt(read.call)
    if error is not None:
        if raised := wrong(error):
            yield Finding(read.name, f"{told}: {raised}")
        return
    yield from (Finding(read.name, f"{told}: {what}") for what in _untrue(read.truth, result))


def _untrue(truth: Any, result: Any) -> Iterator[str]:
    """What of a result is not as it is told when all is well."""
    if isinstance(truth, Verified):
        if result.identity != truth.identity:
            yield f"the account became {result.identity!r}"
        return
    known = {_key(one): one for one in _items(truth)}
    for one in _items(result):
        if _key(one) not in known:
            yield f"{_key(one)!r} does not exist"
        elif isinstance(one, Line):
            yield from _untrue_line(known[_key(one)], one)
        elif isinstance(one, Listing):
            yield from listings.untrue(known[_key(one)], one)


def _untrue_line(truth: Line, line: Line) -> Iterator[str]:
    if (line.order_no, line.line_no) != (truth.order_no, truth.line_no):
        yield f"{line.line_key} became line {line.line_no!r} of order {line.order_no!r}"
    if line.state not in (truth.state, UNCHANGED, LineState.UNKNOWN):
        yield f"{line.line_key} became {_word(line.state)} and is {_word(truth.state)}"
    if line.quantity not in (truth.quantity, UNCHANGED):
        yield f"{line.line_key} became {line.quantity} pieces and is {truth.quantity}"


def _word(state: Any) -> str:
    return str(getattr(state, "value", state))


def _items(result: Any) -> Sequence[Any]:
    return result.items if isinstance(result, Page) else result


def _key(one: Any) -> str:
    if isinstance(one, Line):
        return one.line_key
    if isinstance(one, Listing):
        return one.product_no
    return one.id if isinstance(one, Remote) else repr(one)


# -- pages --------------------------------------------------------------------------------------


def every_line(trial: Trial) -> Iterator[Finding]:
    """All pages together tell every line of a larger world, and no other."""
    trial.order_sync()
    with world(trial, **SEVERAL) as bare:
        asked, made = SEVERAL["orders"], len(trial.standing()["lines"])
        if made < asked:
            yield Finding("seed", f"a world of {asked} orders was asked for: it has {made} lines")
        read = everything(trial, bare)
        found, there = read.lines, trial.lines()
        if not read.ended:
            yield Finding("orders.changes", f"it has not ended after {MOST_PAGES} pages")
        for key in sorted(set(found) - set(trial.standing()["lines"]))[:3]:
            yield Finding("orders.changes", f"{key!r} does not exist")
        missing = [key for key in there if key not in found and _is_told(trial, there[key])]
        if missing:
            yield Finding("orders.changes", f"{len(missing)} of {len(there)} lines are missing")
        if trial.products is not None:
            for what in _unlisted(trial, found.values()):
                yield Finding("orders.changes", what)


def _unlisted(trial: Trial, lines: Iterable[Line]) -> Iterator[str]:
    """Lines whose product or option no listing is: they would never find their SKU. What is only
    sold beside a listing (`added`) must not be taken for it."""
    shelf, there = trial.standing()["listings"], trial.lines()
    named = [line for line in lines if line.product_no is not UNCHANGED]
    if not named:
        yield "no line names its product: listings are known by `product_no`"
    for line in named:
        listing = shelf.get(str(line.product_no))
        if there.get(line.line_key, {}).get("added"):
            if listing is not None and (line.option_no or "") in listing["options"]:
                yield f"{line.line_key} is told as the product that it was added to"
        elif listing is None:
            yield f"{line.line_key} is of {line.product_no!r}, which no listing is"
        elif line.option_no is not UNCHANGED and (line.option_no or "") not in listing["options"]:
            options = sorted(listing["options"])
            yield f"{line.line_key} is of the option {line.option_no!r}; there are {options}"


def _is_told(trial: Trial, line: Mapping[str, Any]) -> bool:
    """Whether reading must tell the line: where new ones are taken, what is new is not told."""
    if trial.orders is None or trial.orders.take_new is None:
        return True
    left = int(line.get("quantity", 1)) - int(line.get("gone", 0))
    return str(line.get("place", "OK")) == "OK" and left > 0


@dataclass(frozen=True)
class Walk:
    """Pages read one after the other: the lines by key, where it stands, how many they were."""

    lines: Mapping[str, Line]
    cursor: str
    ended: bool
    pages: int


def everything(trial: Trial, bare: Bare) -> Walk:
    """All pages of the last days."""
    assert trial.orders is not None
    return read_up(trial, bare, trial.orders.start(clock.now() - REACH))


def read_up(trial: Trial, bare: Bare, cursor: str) -> Walk:
    """Page by page until there is no more; core stops at a cursor that stands still."""
    assert trial.orders is not None
    found: dict[str, Line] = {}
    for number in range(1, MOST_PAGES + 1):
        page = trial.orders.changes(bare.client, cursor)
        found |= {line.line_key: line for line in page.items}
        if not page.more or page.cursor == cursor:
            return Walk(found, page.cursor, True, number)
        cursor = page.cursor
    return Walk(found, cursor, False, MOST_PAGES)


def empty_page(trial: Trial) -> Iterator[Finding]:
    """A page without records is not the end while the marketplace says that there are more."""
    trial.order_sync()
    with world(trial, **SEVERAL) as bare:
        whole = everything(trial, bare)
        if whole.pages == 1:
            raise NotConcerned(f"{SEVERAL['orders']} orders come in one page")
        trial.cases += 1
        emptied: list[str] = []
        trial.wire.always = partial(_empty_once, emptied)
        read, error = attempt(lambda: everything(trial, bare))
        trial.wire.always = None
        if raised := wrong(error):
            yield Finding("orders.changes", raised)
        if error is not None:
            return
        if not read.ended:
            yield Finding("orders.changes", "it does not end after an empty page")
        missing = [
            line
            for key, line in whole.lines.items()
            if key not in read.lines and not any(line.order_no in body for body in emptied)
        ]
        if missing:
            yield Finding(
                "orders.changes", f"after an empty page {len(missing)} other lines are not read"
            )


def _empty_once(emptied: list[str], told: Told) -> bytes:
    """Take the records out of the first answer that has some; keeps what it was."""
    tree = rewriting.tree_of(told)
    if emptied or tree is None:
        return told.body
    whole, without = (rewriting.by(change)(told) for change in (_same, rewriting.emptied))
    if whole == without:
        return told.body
    emptied.append(decoded(told.body))
    return without


def _same(tree: Any) -> Any:
    return tree


def endless(trial: Trial) -> Iterator[Finding]:
    """A marketplace that tells the same page again and again is not read for ever."""
    with world(trial, **SEVERAL) as bare:
        answers: dict[str, bytes] = {}

        def first_again(told: Told) -> bytes:
            return answers.setdefault(f"{told.method} {told.path}", told.body)

        for name, read in _listings(trial, bare):
            trial.cases += 1
            answers.clear()
            trial.wire.always = first_again
            ended, error = attempt(read)
            trial.wire.always = None
            if raised := wrong(error):
                yield Finding(name, raised)
            elif error is None and not ended:
                yield Finding(name, f"it has not ended after {MOST_PAGES} pages")


def _listings(trial: Trial, bare: Bare) -> Iterator[tuple[str, Callable[[], bool]]]:
    for template in trial.templates:
        if template.fetch is not None:
            fetch = partial(template.fetch, bare.client)
            yield f"template.{template.key}.import", partial(_ends, fetch, "")
    products = trial.products
    if products is not None and products.search is not None:
        values, _ = listings.conditions(trial, products)
        search = partial(products.search.pages, bare.client, values)
        yield "listing.search", partial(_ends, search, "")
    sync = trial.orders
    if sync is not None:
        since = sync.start(clock.now() - REACH)
        yield "orders.changes", partial(_ends, partial(sync.changes, bare.client), since)


def _ends(read: Callable[[str], Page[Any]], cursor: str) -> bool:
    """Whether reading page by page comes to an end; core stops at a cursor that stands still."""
    for _ in range(MOST_PAGES):
        page = read(cursor)
        if not page.more or page.cursor == cursor:
            return True
        cursor = page.cursor
    return False


def world(trial: Trial, **options: Any) -> Any:
    """A fresh world, and a client in it."""
    trial.give_up_shop()
    trial.seed("small", **options)
    return trial.bare()
