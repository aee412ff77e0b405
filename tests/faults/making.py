"""[SKU 만들기] in a flow to be killed at any point."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from core import clock, store
from core.contracts.product import Listing, ListingOption
from core.models import Command, Match, Product, Sku, StockMove, new_id
from core.models import ListingOption as Option
from core.services import channels, listings, sku_making
from tests.faults.stage import TESTER, Flow, Stage

NUMBERS = ("1", "2")
OPTIONS = ("빨강", "파랑")
PIECES = 4


def _listing(number: str) -> Listing:
    options = [
        ListingOption(option_no=name, code=f"{number}-{name}", stock=PIECES) for name in OPTIONS
    ]
    return Listing(product_no=number, name=f"차 {number}", price=1000, options=options)


class MakeSkus(Flow):
    """Two listings of two options become products, one listing in a transaction."""

    name = "make SKUs"
    queues = ("bulk",)
    last_too = False

    def prepare(self, stage: Stage) -> None:
        """The listings are here, of nothing yet."""
        stage.connect()
        found = [_listing(number) for number in NUMBERS]
        with store.write() as session:
            channel = channels.get(session, stage.channel_id)
            listings.keep(session, channel, found, clock.now())

    def begin(self, stage: Stage) -> None:
        """Press the button for all of them."""
        sku_making.SLICE = 1
        with store.read() as session:
            there = listings.by_number(session, stage.channel_id, NUMBERS)
        ids = [there[number].id for number in NUMBERS]
        sku_making.submit(ids, TESTER, submission=new_id())

    def check(self, stage: Stage) -> Iterator[str]:
        """Each option is of one SKU that was made once, with its pieces counted once."""
        with store.read() as session:
            skus = session.scalars(select(Sku)).all()
            products = session.scalars(select(Product)).all()
            matches = session.scalars(select(Match)).all()
            bare = session.scalars(select(Option.id).where(Option.match_id.is_(None))).all()
            moves = session.scalars(select(StockMove)).all()
            command = session.scalars(select(Command).where(Command.kind == "listings.skus")).one()
        count = len(NUMBERS) * len(OPTIONS)
        if len(skus) != count or len(products) != len(NUMBERS):
            yield f"{len(skus)} SKUs of {len(products)} products"
        if bare or len(matches) != count:
            yield f"{len(matches)} matches, {len(bare)} options without"
        if [sku.on_hand for sku in skus] != [PIECES] * count or len(moves) != count:
            yield f"pieces {[sku.on_hand for sku in skus]} by {len(moves)} movements"
        told = {"done": count, "standing": 0, "refused": 0, "reasons": []}
        if (command.state, command.result) != ("done", told):
            yield f"the command is {command.state}: {command.result}"
