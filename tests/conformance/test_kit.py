"""The kit's own parts: what it rewrites, what it makes up, and that it leaves nothing behind."""

from __future__ import annotations

import json
import logging
import os
import socket
import tempfile
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core import clock, registry, settings, store
from core.conformance import listings, rewriting
from core.conformance.kit import check
from core.conformance.report import Finding, Outcome, Report
from core.conformance.samples import Samples
from core.conformance.trouble import NotReady
from core.conformance.wire import Told
from core.contracts.page import Page
from core.contracts.product import Listing, ListingOption
from core.contracts.sandbox import Sandbox
from core.contracts.template import Found, Remote, TemplateType
from core.contracts.text import Text
from core.fields import Field, Kind
from core.http import Http
from core.practice import World

SAMPLE = Path(__file__).parent / "plugins_dir" / "sample"


# -- what is left behind ------------------------------------------------------------------------


def standing() -> tuple[Any, ...]:
    """What a run of the kit changes for its time."""
    return (
        dict(os.environ),
        store._engine,
        settings.current().data,
        clock.offset(),
        socket.socket.__dict__.get("connect"),
        list(logging.getLogger().handlers),
        {thread.name for thread in threading.enumerate() if "practice" in thread.name},
        list(Path(tempfile.gettempdir()).glob("hanpan-kit-*")),
    )


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A place of our own for temporary folders."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


@pytest.mark.usefixtures("data_folder", "folders")
def test_a_run_leaves_the_process_as_it_was() -> None:
    before = standing()
    report = check(registry.load(folder=SAMPLE.parent), "beta", only={"round", "guide"})
    assert report.ok, report.table("en")
    assert standing() == before


@pytest.mark.usefixtures("data_folder", "folders")
def test_a_run_that_fails_on_its_way_leaves_the_process_as_it_was() -> None:
    before = standing()
    declared = registry.load(folder=SAMPLE.parent)
    del declared.sandboxes["beta"]
    with pytest.raises(KeyError):
        check(declared, "beta", only={"round"})
    assert standing() == before


def test_a_sandbox_that_lacks_an_act_is_told_as_a_finding() -> None:
    declared = registry.load(folder=SAMPLE.parent)
    known = vars(declared.sandboxes["beta"])
    declared.sandboxes["beta"] = Sandbox(**{**known, "act": None})
    report = check(declared, "beta", only={"claims"})
    (outcome,) = report.outcomes
    assert "has no acts" in str(outcome.findings[0])


def test_a_sandbox_in_which_nothing_is_confirmed_elsewhere_is_told_as_a_finding() -> None:
    declared = registry.load(folder=SAMPLE.parent)
    known = vars(declared.sandboxes["beta"])

    def act(world: World, name: str, data: dict[str, Any]) -> Any:
        if name == "confirm_elsewhere":
            raise ValueError("no such act")
        return known["act"](world, name, data)

    declared.sandboxes["beta"] = Sandbox(**{**known, "act": act})
    report = check(declared, "beta", only={"round"}, operations={"orders.get"})
    assert [str(one) for one in report.outcomes[0].findings] == [
        "orders.get: confirm_elsewhere: no such act"
    ]


def test_a_sandbox_that_raises_is_told_as_a_finding_and_the_other_checks_go_on() -> None:
    declared = registry.load(folder=SAMPLE.parent)
    known = vars(declared.sandboxes["beta"])

    def broken(world: World) -> dict[str, Any]:
        raise ZeroDivisionError("a bug in the sandbox")

    declared.sandboxes["beta"] = Sandbox(**{**known, "ledger": broken})
    report = check(declared, "beta", only={"every-line", "guide"})
    assert report.failed == ["every-line"]
    told = str(next(one for one in report.outcomes if one.findings).findings[0])
    assert "ZeroDivisionError in test_kit.py" in told


# -- what does not concern a plugin ---------------------------------------------------------------


def test_a_plugin_that_reads_no_orders_is_asked_for_none_and_the_report_says_so() -> None:
    declared = registry.load(folder=SAMPLE.parent)
    del declared.orders["beta"]
    known = vars(declared.sandboxes["beta"])
    declared.sandboxes["beta"] = Sandbox(**{**known, "act": None})
    report = check(declared, "beta", operations={"channel.verify", "template.address.import"})
    assert report.ok, "\n" + report.table("en")
    skipped = {one.check for one in report.outcomes if one.skipped == "no orders are read"}
    assert skipped == {
        "every-line", "empty-page", "cursor", "midnight", "skew", "kill-collect", "kill-confirm",
        "claims", "dispatched", "writes",
    }  # fmt: skip


def test_a_plugin_that_only_reads_orders_is_not_asked_to_confirm() -> None:
    declared = registry.load(folder=SAMPLE.parent)
    declared.orders["beta"] = replace(declared.orders["beta"], confirm=None)
    report = check(declared, "beta", only={"kill-confirm", "writes", "every-line"})
    assert report.ok, "\n" + report.table("en")
    skipped = {one.check for one in report.outcomes if one.skipped == "nothing is confirmed"}
    assert skipped == {"kill-confirm", "writes"}


def test_a_world_that_is_smaller_than_was_asked_for_is_told() -> None:
    declared = registry.load(folder=SAMPLE.parent)
    known = vars(declared.sandboxes["beta"])

    def seed(world: World, size: str) -> None:
        world.options.pop("orders", None)
        known["seed"](world, size)

    declared.sandboxes["beta"] = Sandbox(**{**known, "seed": seed})
    report = check(declared, "beta", only={"every-line", "empty-page"})
    (told,) = report.outcomes[0].findings
    assert str(told) == "seed: a world of 700 orders was asked for: it has 14 lines"


def test_orders_that_all_come_in_one_page_leave_no_empty_page_to_look_at() -> None:
    declared = registry.load(folder=SAMPLE.parent)
    sync = declared.orders["beta"]

    def changes(client: Any, cursor: str) -> Page[Any]:
        lines: list[Any] = []
        while True:
            page = sync.changes(client, cursor)
            lines, cursor = [*lines, *page.items], page.cursor
            if not page.more:
                return Page(lines, cursor)

    declared.orders["beta"] = replace(sync, changes=changes)
    (outcome,) = check(declared, "beta", only={"empty-page"}).outcomes
    assert outcome.skipped == "700 orders come in one page"


def test_what_fails_with_nothing_wrong_is_not_passed_by_the_faults() -> None:
    declared = registry.load(folder=SAMPLE.parent)
    known = vars(declared.sandboxes["beta"])
    declared.sandboxes["beta"] = Sandbox(**{**known, "act": None})
    report = check(declared, "beta", only={"fault.limit"}, operations={"orders.changes"})
    assert [str(one) for one in report.outcomes[0].findings] == [
        "orders.changes: not tried: it fails in the plain round (`round`)"
    ]


# -- what is held to more than one way of confirming ----------------------------------------------


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("beta", "orders.confirm: POST /v1/accept is sent as a read"),
        ("interpark", "orders.take_new: GET /OrderClmAPI.do is sent as a read"),
    ],
)
def test_a_confirm_that_is_sent_as_a_read_is_told_and_so_is_a_taking(
    key: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = Http.send

    def reading(self: Http, *given: Any, **named: Any) -> Any:
        return send(self, *given, **{**named, "write": False})

    monkeypatch.setattr(Http, "send", reading)
    (outcome,) = check(registry.load(folder=SAMPLE.parent), key, only={"writes"}).outcomes
    assert [str(one) for one in outcome.findings] == [told]


def test_a_confirm_that_does_nothing_is_told() -> None:
    declared = registry.load(folder=SAMPLE.parent)
    sync = declared.orders["beta"]
    assert sync.confirm is not None
    idle = replace(sync.confirm, send=lambda client, items: [])
    declared.orders["beta"] = replace(sync, confirm=idle)
    (outcome,) = check(declared, "beta", only={"writes"}).outcomes
    told = [str(one) for one in outcome.findings]
    assert told == ["orders.confirm: it changed nothing at the marketplace"]


# -- listings -----------------------------------------------------------------------------------


def test_a_stock_that_is_told_otherwise_is_found_where_there_are_no_options_too() -> None:
    single = Listing(product_no="1", options=[ListingOption(option_no="", stock=5)])
    odd = Listing(product_no="1", options=[ListingOption(option_no="", stock=0)])
    assert list(listings.untrue(single, odd)) == ["1 '' became 0 pieces and has 5"]
    several = [ListingOption(option_no=number, stock=5) for number in "12"]
    # Where an answer lacks the options, some wires mean that there are none.
    assert list(listings.untrue(Listing(product_no="1", options=several), odd)) == []


# -- rewriting ----------------------------------------------------------------------------------


def told(body: str, encoding: str = "utf-8") -> Told:
    return Told(method="GET", path="/x", status=200, content_type="", body=body.encode(encoding))


JSON = '{"more": true, "list": [{"no": 1, "state": "PAID"}, {"no": 2, "state": "SENT"}]}'
XML = (
    '<?xml version="1.0" encoding="euc-kr"?>\n<orders><count>2</count>'
    "<order><no>1</no><stat>202</stat><name>김보기</name></order>"
    "<order><no>2</no><stat>301</stat><name>이견본</name></order></orders>"
)


@pytest.mark.parametrize(
    ("change", "numbers"),
    [
        (rewriting.doubled, [1, 2, 1, 2]),
        (rewriting.reordered, [2, 1]),
        (rewriting.emptied, []),
    ],
)
def test_records_are_rewritten_in_json_and_xml_alike(change: Any, numbers: list[int]) -> None:
    body = json.loads(rewriting.by(change)(told(JSON)))
    assert [one["no"] for one in body["list"]] == numbers and body["more"] is True
    whole = rewriting.by(change)(told(XML, "cp949")).decode("cp949")
    assert whole.startswith('<?xml version="1.0" encoding="euc-kr"?>')
    tree = rewriting.tree_of(told(whole, "cp949"))
    assert [int(one.text) for one in tree.iter("no")] == numbers
    assert tree.find("count").text == "2"


def test_a_key_is_taken_out_wherever_it_stands() -> None:
    assert b'"state"' not in rewriting.by(rewriting.without("state"))(told(JSON))
    assert b"<stat>" not in rewriting.by(rewriting.without("stat"))(told(XML, "cp949"))


def test_codes_are_known_by_their_look_and_numbers_are_none() -> None:
    assert list(rewriting.coded(json.loads(JSON))) == ["state"]
    assert list(rewriting.coded(rewriting.tree_of(told(XML, "cp949")))) == ["stat"]
    spoilt = rewriting.by(rewriting.unknown("stat"))(told(XML, "cp949"))
    assert spoilt.count(rewriting.UNKNOWN.encode()) == 2
    assert list(rewriting.coded({"orderNo": "A12", "price": "100", "phone": "010"})) == []


def test_what_is_neither_json_nor_xml_stays_as_it_is() -> None:
    for body in ("", "점검 중입니다", "<html><body>", "{half"):
        assert rewriting.by(rewriting.emptied)(told(body)) == told(body).body


# -- what is made up ----------------------------------------------------------------------------


def template(*fields: Field, **more: Any) -> TemplateType:
    return TemplateType(
        marketplace="beta",
        key="thing",
        label=Text("것", "Thing"),
        fields=fields,
        title=lambda values: "",
        fetch=lambda client, cursor: Page([Remote("1", {})], ""),
        **more,
    )


NAME = Field(name="name", label=Text("이름", "Name"), max_length=10)
FEE = Field(name="fee", label=Text("배송비", "Fee"), kind=Kind.MONEY, maximum=3000)
AREA = Field(name="area", label=Text("지역", "Area"), kind=Kind.LOOKUP)


def nothing(field: str, query: str) -> list[Found]:
    return []


def test_a_new_one_is_like_one_that_there_is_under_another_name() -> None:
    samples = Samples({})
    like = {"name": "기본 배송지입니다", "fee": 2500}
    first = samples.to_create(template(NAME, FEE), [like], nothing)
    second = samples.to_create(template(NAME, FEE), [like], nothing)
    assert first["fee"] == second["fee"] == "2500"
    assert first["name"] != second["name"] and len(first["name"]) <= 10


def test_what_a_search_finds_fills_other_fields_and_authors_values_come_first() -> None:
    def found(field: str, query: str) -> list[Found]:
        return [Found(value="A-1", label="서울", fills={"fee": 700})] if query == "서울" else []

    made = Samples({"thing": {"name": "내 것"}}).to_create(template(NAME, FEE, AREA), [], found)
    assert (made["area"], made["fee"], made["name"]) == ("A-1", "700", "내 것")


def test_a_form_that_refuses_everything_is_told_with_its_reason() -> None:
    picky = template(NAME, check=lambda values: {"name": Text("안 됩니다", "not this one")})
    with pytest.raises(NotReady, match="not this one"):
        Samples({}).to_create(picky, [], nothing)
    assert list(Samples({}).to_update(picky, {"name": "이것"})) == []


def test_an_update_changes_one_field_and_stays_within_its_bounds() -> None:
    changed = list(Samples({}).to_update(template(NAME, FEE), {"name": "이것", "fee": 3000}))
    assert [one["fee"] for one in changed] == ["3000", "2900"]
    assert changed[0]["name"] != "이것" and changed[1]["name"] == "이것"


# -- the report ---------------------------------------------------------------------------------


def test_the_report_says_the_same_as_a_table_and_as_data() -> None:
    report = Report(
        marketplace="beta",
        outcomes=[
            Outcome(check="guide", title=Text("안내", "guide")),
            Outcome(
                check="round",
                title=Text("한 바퀴", "round"),
                findings=[Finding("orders.get", "lost")],
                cases=3,
            ),
            Outcome(check="upgrade", title=Text("옛 값", "old"), skipped="first version"),
        ],
    )
    lines = report.table("en").splitlines()
    assert [line[0] for line in lines] == ["✓", "✗", " ", "–", "b"]
    assert lines[2] == "    orders.get: lost"
    assert "1 of 3 checks (3 cases) failed, 1 skipped, in" in lines[-1]
    data = report.data()
    assert not report.ok and report.failed == ["round"] and data["ok"] is False
    assert [one["state"] for one in data["checks"]] == ["ok", "failed", "skipped"]
    assert data["checks"][1]["findings"] == [{"where": "orders.get", "what": "lost"}]
