"""A shop whose channel has thousands of lines to collect, and the crew that works for it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import event, func, select, text

from core import settings, store
from core.models import Lane, OrderLine
from core.services import orders
from tests.faults.nursery import Crew, name_writer
from tests.faults.shop import QUERY, Shop
from tests.faults.stage import LEASE_S

WITNESS = """
CREATE TABLE witness (what TEXT, writer TEXT, owner TEXT, fence INTEGER);
"""
WATCHED = ("cursor", "order_line", "effect")
TRIGGER = {
    "sqlite": """
        CREATE TRIGGER watch_{table}_{action} AFTER {action} ON {table} BEGIN
            INSERT INTO witness SELECT '{table}', writer(), owner, fence
            FROM lane WHERE name = NEW.channel_id;
        END
    """,
    "postgresql": """
        CREATE FUNCTION watch_{table}_{action}() RETURNS trigger AS $$ BEGIN
            INSERT INTO witness SELECT '{table}', current_setting('application_name'), owner, fence
            FROM lane WHERE name = NEW.channel_id;
            RETURN NULL;
        END $$ LANGUAGE plpgsql;
        CREATE TRIGGER watch_{action} AFTER {action} ON {table}
            FOR EACH ROW EXECUTE FUNCTION watch_{table}_{action}()
    """,
}


def until(condition: Callable[[], object], seconds: float, what: str) -> float:
    """Look again and again until the condition holds; returns how long it took."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, f"not within {seconds} s: {what}"
        time.sleep(0.05)
    return time.monotonic() - began


class Field:
    """The shop, how many lines there are to collect, and the crew."""

    def __init__(self, shop: Shop, crew: Crew, lines: int) -> None:
        self.shop, self.crew, self.lines = shop, crew, lines

    def stored(self) -> int:
        """How many lines are here."""
        with store.workspace(self.shop.workspace_id), store.read() as session:
            return int(session.scalar(select(func.count()).select_from(OrderLine)) or 0)

    def lane(self) -> Lane | None:
        """The channel's lane."""
        with store.workspace(self.shop.workspace_id), store.read() as session:
            return session.scalars(select(Lane).where(Lane.name == self.shop.channel_id)).first()

    def collect(self) -> None:
        """A person presses [지금 수집]."""
        with store.workspace(self.shop.workspace_id):
            orders.collect_now(None)

    def half_way(self) -> None:
        """Wait until some of the lines are here, and by far not all."""
        until(lambda: self.stored() >= self.lines // 10, 60, "a tenth of the lines")
        assert self.stored() < self.lines * 9 // 10, "it was too fast to be disturbed"

    def converge(self, seconds: float = 60.0) -> float:
        """Wait until everything up to now has been collected and nothing is open."""
        self.shop.mend()
        began = time.monotonic()
        rounds = 0
        while rounds < 2 or self.shop.standing().error_code:
            # A collection that took its process down ten times in a row rests for a minute,
            # and one that was at work already when it was asked for looked at an earlier moment.
            self.shop.pass_time(70)
            self.collect()
            until(lambda: not self.shop.open_commands(), seconds, "nothing open")
            rounds += 1
        took = time.monotonic() - began
        assert took < seconds
        assert self.stored() >= self.lines
        assert self.shop.broken() == []
        assert self.written_without_the_lane() == []
        return took

    def watch(self) -> None:
        """Have the database itself note who writes, and who holds the lane then."""
        event.listen(store.engine(), "connect", name_writer)
        store.engine().dispose()
        with store.engine().begin() as connection:
            connection.execute(text(WITNESS))
            trigger = TRIGGER[connection.dialect.name]
            for table in WATCHED:
                for action in ("INSERT", "UPDATE"):
                    connection.exec_driver_sql(trigger.format(table=table, action=action))

    def written_without_the_lane(self) -> list[tuple[str, ...]]:
        """Writes of somebody who did not hold the lane (the witness must have seen some)."""
        with store.engine().connect() as connection:
            seen = connection.execute(text("SELECT count(*) FROM witness")).scalar()
            assert seen, "the witness saw nothing"
            stale = connection.execute(
                text("SELECT what, writer, owner, fence FROM witness WHERE writer <> owner")
            )
            return [tuple(row) for row in stale]

    def writers(self) -> dict[str, int]:
        """How many rows each process wrote."""
        with store.engine().connect() as connection:
            told = connection.execute(text("SELECT writer, count(*) FROM witness GROUP BY writer"))
            return {str(who): int(rows) for who, rows in told}


@contextmanager
def ready(
    open_shop: Callable[..., Shop],
    url: str,
    folder: Path,
    lines: int,
    *,
    market: str = "smartstore",
    defaults: bool = False,
) -> Iterator[Field]:
    """A field whose crew talks through this Redis; `defaults`: with the leases of production."""
    shop = open_shop(market=market, lease=LEASE_S, settle=1.0, redis=url)
    if defaults:
        for name in ("HANPAN_LEASE_S", "HANPAN_SWEEP_S", "HANPAN_SETTLE_S"):
            del os.environ[name]  # the shop puts the environment back
        settings.use(None)
    shop.world("seed", size="busy", orders=lines)
    shop.act("set_limits", per_second=500)
    shop.connect()
    shop.switch(confirm_mode="auto")
    reading = QUERY if market == "smartstore" else "/"
    shop.fault(reading, "delay", times=-1, value=0.1)  # so that there is a middle
    told = sum(map(shop.is_told, shop.world("ledger")["lines"].values()))
    with Crew(folder / "crew.log") as crew:
        found = Field(shop, crew, told)
        found.watch()
        yield found
