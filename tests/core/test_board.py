"""The order board: facets, search, pages by keyset, the days of the chart, on both databases."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from core import clock, store
from core.contracts.order import Buyer, Claim, ClaimKind, ClaimState, Line, LineState
from core.models import Channel, Command, Effect, OrderLine, new_id
from core.services import board, figures, lines, searches
from core.services.board import Filter
from core.services.outcome import Missing
from tests.conftest import Bound

START = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)  # noon in Korea


@pytest.fixture(autouse=True)
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is 12:00 on a Friday in Korea."""
    monkeypatch.setattr(clock, "now", lambda: START)


def channel(store_name: str = "본점") -> Channel:
    """A channel of the current workspace."""
    row_id = new_id()
    with store.write() as session:
        made = Channel(
            id=row_id,
            workspace_id=store.current_workspace(),
            marketplace="smartstore",
            store=store_name,
            seller_id="seller",
            state="active",
            identity=row_id,
            account=f"smartstore:real:{row_id}",
            created_at=START,
            activated_at=START - timedelta(days=30),
        )
        session.add(made)
    return made


def line(number: int, **changed: Any) -> Line:
    """An order of one line, `number` minutes old."""
    told: dict[str, Any] = {
        "order_no": f"20261120{number:05d}",
        "line_no": f"30261120{number:05d}",
        "line_key": f"30261120{number:05d}",
        "state": LineState.NEW,
        "ordered_at": START - timedelta(minutes=number),
        "paid_at": START - timedelta(minutes=number),
        "product_name": "대나무 도마 (특대)",
        "quantity": 1,
        "unit_price": 10_000,
        "amount": 10_000,
        "buyer": Buyer(
            receiver_name="김견본",
            orderer_name="박시험",
            receiver_phone="0502-1234-1204",
            address="서울특별시 마포구 월드컵로 12",
        ),
    }
    return Line(**{**told, **changed})


def keep(of: Channel, *found: Line) -> None:
    """Store lines as a collection would."""
    with store.write() as session:
        lines.keep(session, of, found, START)


def shown(wanted: Filter, **more: Any) -> list[str]:
    """The order numbers of a page."""
    with store.read() as session:
        return [row.order_no for row in board.page(session, wanted, **more).rows]


def confirm_stands(of: Channel, keys: Sequence[str], state: str) -> None:
    """A confirm of these lines stands on `state`."""
    with store.write() as session:
        command = Command(
            id=new_id(), lane=of.id, channel_id=of.id, kind="orders.confirm", natural_key=new_id(),
            queue="urgent", priority=20, state="done", next_at=0.0, counts={}, created_by="시험",
            created_at=START, changed_at=START,
        )  # fmt: skip
        session.add(command)
        session.flush()
        for key in keys:
            session.add(
                Effect(
                    id=new_id(),
                    channel_id=of.id,
                    operation="orders.confirm",
                    item=key,
                    revision=1,
                    command_id=command.id,
                    state=state,
                    changed_at=START,
                )
            )


def test_each_view_counts_exactly_the_lines_that_it_shows(
    both_databases: str, store_bound: Bound
) -> None:
    here, there = channel("본점"), channel("아울렛")
    claim = Claim(kind=ClaimKind.CANCEL, state=ClaimState.REQUESTED)
    keep(
        here,
        line(1),
        line(2, dispatch_due=START + timedelta(hours=3)),
        line(3, dispatch_due=START + timedelta(days=2)),
        line(4, claim=claim, dispatch_due=START + timedelta(hours=1)),
        line(5, state=LineState.CONFIRMED, dispatch_due=START - timedelta(hours=1)),
        line(6, state=LineState.SHIPPING),
        line(7, state=LineState.CANCELLED),
        line(8),
    )
    keep(there, line(9), line(10, state=LineState.DELIVERED))
    confirm_stands(here, [line(1).line_key], "refused")
    confirm_stands(here, [line(8).line_key], "unknown")
    with store.read() as session:
        counts = board.counts(session, Filter())
        by_channel = board.channel_counts(session, Filter(view="new"), [here.id, there.id])
    assert counts == {
        "": 10, "waiting_payment": 0, "new": 6, "confirmed": 1, "shipping": 1, "delivered": 1,
        "decided": 0, "ended": 1, "due": 2, "claims": 1, "refused": 1, "checking": 1,
        "oversold": 0,
    }  # fmt: skip
    for view, count in counts.items():
        assert len(shown(Filter(view=view))) == count, view
    assert by_channel == {here.id: 5, there.id: 1}
    with store.read() as session:
        assert board.confirmable(session, Filter()) == 5
        assert board.confirmable(session, Filter(), asleep=[there.id]) == 4


def test_every_page_shows_each_line_once_whatever_the_order(
    both_databases: str, store_bound: Bound
) -> None:
    here = channel()
    same = START - timedelta(hours=1)
    keep(
        here,
        *(
            line(
                n,
                ordered_at=same if n % 3 else START - timedelta(minutes=n),
                dispatch_due=None if n % 4 else START + timedelta(hours=n),
            )
            for n in range(1, 24)
        ),
    )
    for sort in board.SORTS:
        seen, back = [], []
        wanted, after = Filter(sort=sort), ""
        while True:
            with store.read() as session:
                page = board.page(session, wanted, after=after, limit=5)
            seen += [row.id for row in page.rows]
            before, after = page.before, page.after
            if not after:
                break
        while before:
            with store.read() as session:
                page = board.page(session, wanted, before=before, limit=5)
            back = [row.id for row in page.rows] + back
            before = page.before
        assert len(seen) == len(set(seen)) == 23, sort
        assert back == seen[: len(back)] and len(back) == 20, sort
    assert shown(Filter(), after="nonsense") == shown(Filter())


def test_numbers_words_names_phones_and_places_are_found(
    both_databases: str, store_bound: Bound
) -> None:
    here = channel()
    other = Buyer(
        receiver_name="이다름", receiver_phone="010-9999-0000", address="부산광역시 중구 1"
    )
    keep(
        here,
        line(1, invoice_no="645019234411", seller_code="KT-0108"),
        line(2, product_name="순면 행주 50% 할인", bundle_no="777000111"),
        line(3, buyer=other, product_name="규조토 발매트"),
    )

    def found(text: str) -> list[str]:
        return [number[-1] for number in shown(Filter(find=searches.read(text)))]

    assert found(line(1).order_no) == ["1"]
    assert found(line(2).line_no) == ["2"]
    assert found(f"{line(1).order_no}, {line(3).line_no}") == ["1", "3"]
    assert found("645019234411") == ["1"]
    assert found("KT-0108") == ["1"]
    assert found("777000111") == ["2"]
    assert found("행주") == ["2"]
    assert found("50%") == ["2"]
    assert found("%") == ["2"]
    assert found("_") == []
    assert found("김견본") == ["1", "2"]
    assert found("박시험") == ["1", "2"]
    assert found("김견") == []
    assert found("0502 1234 1204") == ["1", "2"]
    assert found("+82 10-9999-0000") == ["3"]
    assert found("부산광역시 중구") == ["3"]
    assert found("서울특별시 마포구 월드컵로 12") == ["1", "2"]
    assert found("없는 상품") == []


@pytest.mark.parametrize(
    ("text", "personal"),
    [
        ("김견본", True),
        ("남궁민수", True),
        ("010-1234-5678", True),
        ("0502 1234 1204", True),
        ("02-312-4567", True),
        ("+82 10 1234 5678", True),
        ("서울시 마포구", True),
        ("월드컵로 12", True),
        ("buyer@example.com", True),
        ("2026111900418", False),
        ("대나무 도마 특대", False),
        ("KT-0108", False),
        ("645019234411", False),
        ("접이식분리수거함", False),
        ("", False),
    ],
)
def test_what_may_be_about_a_person_is_told_apart(text: str, personal: bool) -> None:
    assert searches.looks_personal(text) is personal


def test_a_personal_search_is_sealed_and_only_its_owner_reads_it(
    both_databases: str, store_bound: Bound
) -> None:
    mine, yours = new_id(), new_id()
    found = searches.save("  김견본 ", mine)
    with store.read() as session:
        assert searches.saved(session, found, mine) == "김견본"
        with pytest.raises(Missing):
            searches.saved(session, found, yours)
        with pytest.raises(Missing):
            searches.saved(session, new_id(), mine)
        sealed = session.connection().exec_driver_sql("SELECT text FROM saved_search").scalar()
    assert "김견본".encode() not in bytes(sealed)


def test_periods_are_days_in_korea(both_databases: str, store_bound: Bound) -> None:
    here = channel()
    keep(
        here,
        line(1, ordered_at=datetime(2026, 11, 18, 15, 0, tzinfo=UTC)),  # 00:00 of the 19th
        line(2, ordered_at=datetime(2026, 11, 18, 14, 59, 59, tzinfo=UTC)),
        line(3, ordered_at=datetime(2026, 11, 19, 14, 59, 59, tzinfo=UTC), paid_at=None),
    )
    day = date(2026, 11, 19)
    assert sorted(n[-1] for n in shown(Filter(since=day, until=day))) == ["1", "3"]
    assert sorted(n[-1] for n in shown(Filter(until=day - timedelta(days=1)))) == ["2"]
    assert "3" not in [n[-1] for n in shown(Filter(since=day, base="paid"))]
    assert len(shown(Filter(since=date(2026, 11, 20), base="seen"))) == 3


def test_the_chart_counts_lines_by_channel_and_korean_day(
    both_databases: str, store_bound: Bound
) -> None:
    here, there = channel(), channel()
    keep(here, line(1), line(2), line(13 * 60), line(30 * 24 * 60))
    keep(there, line(4))
    with store.read() as session:
        found = figures.days(session, date(2026, 11, 7))
        before = figures.between(session, START - timedelta(hours=14), START - timedelta(hours=1))
        seen = figures.seen_since(session, START)
    today, yesterday = date(2026, 11, 20), date(2026, 11, 19)
    assert found == {(here.id, today): 2, (here.id, yesterday): 1, (there.id, today): 1}
    assert before == {here.id: 1}
    assert seen == {here.id: 4, there.id: 1}


def test_the_figures_say_what_is_oldest_next_and_late(
    both_databases: str, store_bound: Bound
) -> None:
    here = channel()
    cancel = Claim(kind=ClaimKind.CANCEL, state=ClaimState.IN_PROGRESS)
    keep(
        here,
        line(10, dispatch_due=START - timedelta(hours=2)),
        line(20, dispatch_due=START + timedelta(hours=5)),
        line(30, dispatch_due=START + timedelta(hours=4)),
        line(40, claim=cancel),
    )
    with store.read() as session:
        told = figures.figures(session)
    assert told.oldest_new == START - timedelta(minutes=40)
    assert told.next_due == START + timedelta(hours=4)
    assert (told.overdue, told.claims) == (1, {"cancel": 1})


def test_lines_of_one_order_and_of_one_bundle_stand_together(
    both_databases: str, store_bound: Bound
) -> None:
    here, there = channel(), channel()
    order = line(1).order_no
    keep(
        here,
        line(1, bundle_no="B1"),
        line(2, order_no=order),
        line(3, bundle_no="B1"),
        line(4, bundle_no="B2"),
    )
    keep(there, line(5, bundle_no="B1"))
    with store.read() as session:
        first = board.page(session, Filter(channel=here.id)).rows[0]
        assert first.order_no == order
        found = board.together(session, first)
    assert [row.line_no[-1] for row in found] == ["1", "2", "3"]


def test_another_workspace_is_never_seen(both_databases: str, store_bound: Bound) -> None:
    here = channel()
    keep(here, line(1))
    confirm_stands(here, [line(1).line_key], "refused")
    with store.read() as session:
        row = board.page(session, Filter()).rows[0]
    with store.workspace(new_id()), store.read() as session:
        assert board.page(session, Filter()).rows == []
        assert set(board.counts(session, Filter()).values()) == {0}
        assert (
            board.by_id(session, [row.id]) == board.by_key(session, here.id, [row.line_key]) == {}
        )
        assert board.together(session, row) == board.ids(session, Filter()) == []
        assert board.confirms(session, [row]) == {} and board.events(session, row.id) == []
        assert figures.days(session, date(2026, 1, 1)) == {}
    with store.read() as session:
        assert session.get(OrderLine, row.id) is not None
        assert board.confirms(session, [row])[row.id].state == "refused"
