"""Writes whose answer was lost, pressed twice, refused, cancelled or unclear: each happens once."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from core import registry, store, work
from core.contracts.template import TemplateType
from core.contracts.write import Repeat
from core.errors import ContractError, MarketplaceError, Rejected, Unavailable
from core.ledger.claims import CLAIMS
from core.ledger.effects import TRIES
from core.ledger.run import Run
from core.models import Command, Effect, LineEvent, Template, new_id
from core.services import audit, channels, jobs, orders, templates
from tests.faults.shop import BUNDLES, CONFIRM, QUERY, Shop, confirming
from tests.faults.site import log_in, web
from tests.faults.stage import TESTER


def said(text: str) -> None:
    """Print a figure."""
    sys.stdout.write(f"\n{text}\n")


def moment(call: dict[str, Any]) -> datetime:
    """When a call came in, by the marketplace's clock."""
    return datetime.fromisoformat(call["at"])


# -- the answer to a 발주확인 is lost --------------------------------------------------------------


@pytest.mark.parametrize("kind", ["reset_after", "cut", "login", "charset"])
def test_a_confirm_whose_answer_is_spoilt_is_read_back_and_sent_once(shop: Shop, kind: str) -> None:
    # A login page comes instead of the marketplace: there nothing was done.
    keys = shop.arrive(4)
    after = shop.last_call()
    shop.fault(CONFIRM, kind)
    command = shop.press(keys)
    moved = shop.quiet()
    assert shop.command(command).state == "done"
    assert shop.command(command).result["done"] == 4
    assert shop.confirms(keys) == [1, 1, 1, 1]
    sent = shop.calls(CONFIRM, after=after)
    looks = shop.calls(QUERY, after=sent[0]["n"])
    if kind == "charset":
        assert (len(sent), looks) == (1, []), "only the label was wrong: nothing was lost"
    elif kind == "login":
        assert len(sent) == 2
        assert [call["n"] for call in looks if call["n"] < sent[1]["n"]], "no read-back between"
    else:
        assert len(sent) == 1
        assert looks, "it was not read back"
    assert shop.broken() == []
    said(f"{kind}: {len(sent)} confirms, {len(looks)} read-backs, {moved:.0f} s of the day")


def test_a_confirm_that_shows_only_20_s_later_is_not_sent_again(shop: Shop) -> None:
    keys = shop.arrive(3)
    shop.fault(CONFIRM, "late_effect", value=20)
    after = shop.last_call()
    command = shop.press(keys)
    shop.drain()
    assert {effect.state for effect in shop.effects()} == {"unknown"}
    assert shop.command(command).state == "ready"
    for _ in range(4):  # whatever a sweep does meanwhile, nothing is sent
        shop.pass_time(4)
        shop.drain()
    assert len(shop.calls(CONFIRM, after=after)) == 1
    assert {effect.looks for effect in shop.effects()} == {0}, "a look before 60 s counted"
    moved = shop.quiet()
    assert shop.command(command).state == "done"
    assert len(shop.calls(CONFIRM, after=after)) == 1
    assert shop.confirms(keys) == [1, 1, 1]
    assert shop.broken() == []
    said(f"late by 20 s: 1 confirm, settled after another {moved:.0f} s")


@pytest.mark.parametrize("kind", ["reset_before", "refuse"])
def test_a_confirm_that_never_arrived_is_sent_again_after_two_looks(shop: Shop, kind: str) -> None:
    keys = shop.arrive(2)
    after = shop.last_call()
    shop.fault(CONFIRM, kind)
    command = shop.press(keys)
    shop.quiet()
    assert shop.command(command).state == "done"
    first, second = shop.calls(CONFIRM, after=after)
    looks = [
        (moment(call) - moment(first)).total_seconds()
        for call in shop.calls(QUERY, after=first["n"])
        if call["n"] < second["n"]
    ]
    assert len([look for look in looks if look >= 60]) == 2, looks
    assert looks[-1] - looks[-2] >= 30
    assert (moment(second) - moment(first)).total_seconds() >= 90
    assert shop.confirms(keys) == [1, 1]
    assert shop.broken() == []
    said(f"{kind}: looked after {[round(look) for look in looks]} s, then sent again")


def test_an_answer_that_drips_past_the_deadline_is_a_lost_one(
    open_shop: Callable[..., Shop],
) -> None:
    shop = open_shop(lease=4)
    shop.connect()
    shop.collect()
    keys = shop.arrive(2)
    after = shop.last_call()
    shop.fault(CONFIRM, "drip", value=0.05)
    command = shop.press(keys)
    shop.quiet()
    assert shop.command(command).state == "done"
    assert len(shop.calls(CONFIRM, after=after)) == 1
    assert shop.confirms(keys) == [1, 1]
    assert shop.broken() == []


# -- templates ------------------------------------------------------------------------------------


def rename(shop: Shop, name: str) -> tuple[str, str]:
    """Give the first bundle group another name; returns the command's id and the remote id."""
    for kind in ("address", "dispatch_today", "bundle_group"):
        with store.workspace(shop.workspace_id):
            templates.submit_import(shop.channel_id, kind, TESTER)
        shop.drain()
    with store.workspace(shop.workspace_id):
        with store.read() as session:
            row = templates.rows(session, shop.channel_id, "bundle_group")[0]
            values = templates.values_of(row)
        words = {True: "1", False: "", None: ""}
        raw = {key: words.get(value, str(value)) for key, value in values.items()}
        command = templates.submit_change(
            shop.channel_id, "bundle_group", row.id, {**raw, "name": name}, TESTER,
            submission=new_id(),
        )  # fmt: skip
    return command, row.remote_id


@pytest.mark.parametrize(
    ("kind", "value", "puts"),
    [("reset_after", None, 1), ("late_effect", 20, 1), ("reset_before", None, 2)],
)
def test_a_template_update_whose_answer_is_lost_is_applied_once(
    shop: Shop, kind: str, value: Any, puts: int
) -> None:
    shop.fault(f"{BUNDLES}/", kind, method="PUT", value=value)
    command, remote = rename(shop, "한 번만")
    shop.quiet()
    assert shop.command(command).state == "done"
    group = shop.world("ledger")["templates"]["bundle_group"][remote]
    assert (group["values"]["name"], group["updates"]) == ("한 번만", 1)
    sent = shop.calls(f"{BUNDLES}/", "PUT")
    assert len(sent) == puts
    assert [call for call in shop.calls(BUNDLES, "GET") if call["n"] > sent[0]["n"]]
    with store.workspace(shop.workspace_id), store.read() as session:
        row = session.scalars(select(Template).where(Template.remote_id == remote)).one()
        assert templates.values_of(row)["name"] == "한 번만"
    assert shop.broken() == []


@contextmanager
def rewriting(kind: str) -> Iterator[None]:
    """The marketplace keeps another name than the one it was sent."""
    known = registry.current()
    template: TemplateType = known.templates["smartstore", kind]
    create = template.create
    assert create is not None

    def other(client: Any, values: Any) -> Any:
        return create(client, {**values, "name": f"{values['name']} (정리됨)"})

    changed = {**known.templates, ("smartstore", kind): replace(template, create=other)}
    registry.use(replace(known, templates=changed))
    try:
        yield
    finally:
        registry.use(known)


def group(shop: Shop, name: str) -> str:
    """A person has a bundle group made; returns the command's id."""
    raw = {"name": name, "method": "MIN", "area": "NONE", "base": "", "usable": "1"}
    with store.workspace(shop.workspace_id):
        for kind in ("address", "dispatch_today", "bundle_group"):
            templates.submit_import(shop.channel_id, kind, TESTER)
            shop.drain()
        return templates.submit_change(
            shop.channel_id, "bundle_group", None, raw, TESTER, submission=new_id()
        )


def test_a_create_that_the_marketplace_rewrote_is_a_persons_to_judge_and_not_made_again(
    shop: Shop,
) -> None:
    there = len(shop.world("ledger")["templates"]["bundle_group"])
    shop.fault(BUNDLES, "reset_after", method="POST")
    with rewriting("bundle_group"):
        command = group(shop, "제주 묶음")
        shop.quiet()
        shop.pass_time(3600)
        shop.drain()
        assert shop.command(command).state == "review"
        assert len(shop.calls(BUNDLES, "POST")) == 1, "it was made a second time"
        (effect,) = shop.effects()
        with store.workspace(shop.workspace_id):
            assert jobs.decide(command, {effect.id: "done"}, TESTER) == 0
        shop.quiet()
    assert shop.command(command).state == "done"
    assert len(shop.world("ledger")["templates"]["bundle_group"]) == there + 1
    assert len(shop.calls(BUNDLES, "POST")) == 1


# -- pressed twice --------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["", "reset_after", "late_effect", "reset_before"])
def test_two_overlapping_presses_confirm_each_line_once(shop: Shop, kind: str) -> None:
    keys = shop.arrive(40)
    if kind:
        shop.fault(CONFIRM, kind)
    one, other = shop.press(keys[:25]), shop.press(keys[15:])
    shop.quiet()
    assert shop.confirms(keys) == [1] * 40
    results = [shop.command(command).result for command in (one, other)]
    assert [shop.command(command).state for command in (one, other)] == ["done", "done"]
    assert [result["done"] for result in results] == [25, 15]
    together = results[1]["already"] + results[1]["busy"] + results[1]["changed"]
    assert together == 10, results[1]
    assert {shop.line(key).state for key in keys} == {"confirmed"}
    assert shop.broken() == []


def test_a_press_after_the_fact_finds_what_was_done(shop: Shop) -> None:
    keys = shop.arrive(3)
    late = [shop.line(key) for key in keys]
    shop.press(keys)
    shop.quiet()
    after = shop.last_call()
    mark = new_id()
    with store.workspace(shop.workspace_id):
        assert orders.submit_confirm([line.id for line in late], TESTER, submission=mark) == []
    assert shop.calls(CONFIRM, after=after) == []
    assert shop.confirms(keys) == [1, 1, 1]


def test_twenty_parallel_posts_of_one_form_confirm_each_line_once(
    open_shop: Callable[..., Shop], tmp_path: Path
) -> None:
    shop = open_shop()
    shop.connect()
    shop.collect()
    keys = shop.arrive(5)
    lines = [shop.line(key).id for key in keys]
    with web(tmp_path / "web.log") as address:
        mark, people = new_id(), 20
        doors = [log_in(shop, address) for _ in range(2)]
        ready = threading.Barrier(people)

        def post(number: int) -> httpx.Response:
            cookies, token = doors[number % len(doors)]
            form = {"csrf_token": token, "submission": mark, "line": lines}
            with httpx.Client(base_url=address, cookies=cookies, timeout=60) as client:
                client.get("/healthz")
                ready.wait(60)
                return client.post("/orders/confirm", data=form)

        with ThreadPoolExecutor(people) as pool:
            answers = list(pool.map(post, range(people)))
    assert {answer.status_code for answer in answers} == {303}
    places = {answer.headers["Location"] for answer in answers}
    assert len(places) == 1, places
    with store.workspace(shop.workspace_id), store.read() as session:
        (command,) = session.scalars(select(Command).where(Command.kind == "orders.confirm"))
        pressed = [e for e in audit.entries(session) if e.action == "orders.confirm"]
    assert places.pop().endswith(command.id)
    assert len(pressed) == 1
    shop.quiet()
    assert shop.command(command.id).state == "done"
    assert shop.confirms(keys) == [1] * 5
    assert len(shop.calls(CONFIRM)) == 1
    assert shop.broken() == []
    slowest = max(answer.elapsed.total_seconds() for answer in answers)
    said(f"{people} posts (<= {slowest:.1f} s): 1 command, 1 call, each of 5 lines confirmed once")


# -- what the marketplace refuses, line by line ---------------------------------------------------


def test_lines_refused_inside_a_200_are_told_one_by_one(shop: Shop) -> None:
    fine = shop.arrive(3)
    gift = shop.arrive(1, gift=True)
    gone = shop.arrive(1)
    shop.act("buyer_cancels", line=gone[0], done=True)  # after we read it
    lines = shop.world("ledger")["lines"]
    direct = [
        key for key, line in lines.items()
        if line["status"] == "PAYED" and line["place"] == "NOT_YET" and not line["claim"]
        and key not in (*fine, *gift, *gone)
    ]  # fmt: skip
    keys = [*fine, *gift, *gone, *direct]
    command = shop.press(keys)
    shop.quiet()
    found = shop.command(command)
    assert found.state == "done"
    refused = {effect.item: effect for effect in shop.effects() if effect.state == "refused"}
    assert refused[gift[0]].code == "104443"
    assert refused[gone[0]].code == "104442"
    assert [effect for effect in refused.values() if effect.code == "101011"], "물류사 line"
    told = {reason["line"]: reason["ko"] for reason in found.result["reasons"]}
    for key, effect in refused.items():
        line = shop.line(key)
        assert told[line.id] == effect.reason["ko"]
        assert "니다" in told[line.id]
        with store.workspace(shop.workspace_id), store.read() as session:
            kinds = list(
                session.scalars(select(LineEvent.kind).where(LineEvent.line_id == line.id))
            )
        assert "confirm_refused" in kinds
    assert len(set(told.values())) == 3
    good = [key for key in keys if key not in refused]
    assert set(fine) <= set(good)
    assert set(shop.confirms(good)) == {1}
    assert set(shop.confirms(list(refused))) == {0}
    assert found.result["refused"] == len(refused)
    said(f"of {len(keys)} lines {len(good)} were confirmed, {len(refused)} refused, each told")


# -- cancelled ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "times"), [("late_effect", 1), ("reset_before", 0)])
def test_a_cancelled_command_ends_only_when_what_was_sent_is_known(
    shop: Shop, kind: str, times: int
) -> None:
    keys = shop.arrive(40)
    shop.fault(CONFIRM, kind, value=20)
    command = shop.press(keys)
    shop.drain()
    unknown = [effect.item for effect in shop.effects() if effect.state == "unknown"]
    assert len(unknown) == 30
    with store.workspace(shop.workspace_id):
        jobs.cancel(command, TESTER)
    assert shop.command(command).state == "ready", "it ended with an outcome unknown"
    confirms = len(shop.calls(CONFIRM))
    shop.quiet()
    assert shop.command(command).state == "cancelled"
    assert len(shop.calls(CONFIRM)) == confirms, "something was sent after the cancel"
    assert shop.confirms(unknown) == [times] * 30
    left = {effect.state for effect in shop.effects()}
    assert left == {"done"}, "what was read back absent goes with the command"
    if not times:
        again = shop.press(unknown)
        shop.quiet()
        assert shop.command(again).state == "done"
    assert shop.confirms(keys) == [1] * 40
    assert shop.broken() == []


@pytest.mark.parametrize(("kind", "sent"), [("late_effect", 1), ("reset_before", 2)])
def test_a_press_after_the_channel_was_put_away_reads_back_what_was_left_unknown(
    shop: Shop, kind: str, sent: int
) -> None:
    keys = shop.arrive(3)
    shop.fault(CONFIRM, kind, value=20)
    command = shop.press(keys)
    shop.drain()
    with store.workspace(shop.workspace_id):
        channels.archive(shop.channel_id, TESTER)
    assert shop.command(command).state == "cancelled", "nobody can be asked any more"
    assert {effect.state for effect in shop.effects()} == {"unknown"}
    old, before = shop.channel_id, shop.last_call()
    with store.workspace(shop.workspace_id):
        channels.add_practice("smartstore", TESTER, submission=new_id())
    shop.until_active()
    assert shop.channel().archived_at is None and shop.channel_id == old
    again = shop.press(keys)
    shop.quiet()
    calls = [call["path"] for call in shop.calls(after=before)]
    looked = next(at for at, path in enumerate(calls) if path.endswith("/query"))
    assert CONFIRM not in "".join(calls[:looked]), "it was sent blindly"
    assert shop.command(again).state == "done"
    assert shop.confirms(keys) == [1, 1, 1]
    assert len(shop.calls(CONFIRM)) == sent
    shop.collect()
    assert shop.broken() == []


class Killed(BaseException):
    """What a kill -9 is to the ledger."""


@pytest.mark.parametrize(("kind", "times"), [("late_effect", 1), ("reset_before", 0)])
def test_a_command_cancelled_in_review_ends_only_when_what_was_sent_is_known(
    shop: Shop, kind: str, times: int
) -> None:
    def kill(client: Any, sent: Any) -> Any:
        raise Killed

    keys = shop.arrive(2)
    shop.fault(CONFIRM, kind, value=20)
    command = shop.press(keys)
    shop.drain()
    with confirming(readback=kill):
        shop.pass_time(60)
        for _ in range(CLAIMS):
            with pytest.raises(Killed):
                shop.drain("urgent")
            work.horse_died(os.getpid())
        shop.drain("urgent")
    found = shop.command(command)
    assert (found.state, found.error_code) == ("review", "DIED")
    with store.workspace(shop.workspace_id):
        jobs.cancel(command, TESTER)
    assert shop.command(command).state == "ready", "it ended with an outcome unknown"
    shop.quiet()
    assert shop.command(command).state == "cancelled"
    assert len(shop.calls(CONFIRM)) == 1, "something was sent after the cancel"
    assert shop.confirms(keys) == [times, times]
    if not times:
        again = shop.press(keys)
        shop.quiet()
        assert shop.command(again).state == "done"
    assert shop.confirms(keys) == [1, 1]
    assert shop.broken() == []


def test_what_is_taken_back_at_the_last_moment_is_not_sent_beside_the_rest(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = shop.arrive(3)
    after = shop.last_call()
    command = shop.press(keys)
    commit = Run.commit
    sent_at: list[int] = []

    def commit_after_another(run: Run, point: str, *args: Any, **more: Any) -> None:
        if point == "orders.confirm.sending":
            sent_at.append(len(shop.calls(CONFIRM, after=after)))
            if len(sent_at) == 1:
                with store.write() as session:
                    session.delete(session.scalars(select(Effect).limit(1)).one())
        commit(run, point, *args, **more)

    monkeypatch.setattr(Run, "commit", commit_after_another)
    shop.quiet()
    assert sent_at == [0, 0], "the others of its batch went without a plan"
    assert shop.command(command).state == "done"
    assert {effect.item: effect.state for effect in shop.effects()} == dict.fromkeys(keys, "done")
    assert shop.confirms(keys) == [1, 1, 1]
    assert shop.broken() == []


# -- a person decides -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "verdict", "sent", "state"),
    [
        ("reset_after", "done", 1, "confirmed"),
        ("reset_before", "again", 2, "confirmed"),
        ("reset_before", "stop", 1, "new"),
    ],
)
def test_a_write_that_is_never_repeated_waits_for_a_persons_word(
    shop: Shop, kind: str, verdict: str, sent: int, state: str
) -> None:
    keys = shop.arrive(2)
    after = shop.last_call()
    shop.fault(CONFIRM, kind)
    with confirming(repeat=Repeat.ONCE):
        command = shop.press(keys)
        shop.quiet()
        found = shop.command(command)
        assert (found.state, found.error_code) == ("review", "REVIEW")
        assert "선택해 주세요" in found.error_text["ko"]
        shop.pass_time(3600)
        shop.drain()
        assert len(shop.calls(CONFIRM, after=after)) == 1, "it was sent again without a word"
        assert shop.standing().state == "ready", "a review stopped the collection"
        unknown = [effect.id for effect in shop.effects()]
        with store.workspace(shop.workspace_id):
            assert jobs.decide(command, {unknown[0]: verdict}, TESTER) == 1
            assert shop.command(command).state == "review"
            assert jobs.decide(command, {unknown[1]: verdict}, TESTER) == 0
        shop.quiet()
    assert shop.command(command).state == "done"
    assert len(shop.calls(CONFIRM, after=after)) == sent
    assert shop.confirms(keys) == [int(state == "confirmed")] * 2
    assert {effect.decided_by for effect in shop.effects()} == {TESTER.name}
    shop.collect()
    assert {shop.line(key).state for key in keys} == {state}
    assert shop.broken() == []


def test_a_write_whose_line_moved_on_meanwhile_is_unclear_and_decided_by_a_person(
    shop: Shop,
) -> None:
    keys = shop.arrive(2)
    shop.fault(CONFIRM, "reset_before")
    command = shop.press(keys)
    shop.drain()
    shop.act("buyer_cancels", line=keys[0], done=True)
    shop.quiet()
    found = shop.command(command)
    assert found.state == "review"
    assert "CANCELED" in found.error_text["ko"]
    unclear = {effect.item: effect for effect in shop.effects() if effect.state == "unknown"}
    assert keys[0] in unclear
    with store.workspace(shop.workspace_id):
        jobs.decide(command, {effect.id: "stop" for effect in unclear.values()}, TESTER)
    shop.quiet()
    assert shop.command(command).state == "done"
    assert shop.confirms(keys)[0] == 0
    shop.collect()
    assert shop.broken() == []


def test_a_write_that_may_be_repeated_is_not_repeated_for_ever(shop: Shop) -> None:
    keys = shop.arrive(2)
    after = shop.last_call()
    shop.fault(CONFIRM, "reset_before", times=-1)
    with confirming(repeat=Repeat.HARMLESS):
        command = shop.press(keys)
        shop.quiet()
        shop.pass_time(3600)
        shop.drain()
        assert len(shop.calls(CONFIRM, after=after)) == TRIES
        assert shop.command(command).state == "review"
        shop.mend()
        waiting = {effect.id: "again" for effect in shop.effects()}
        with store.workspace(shop.workspace_id):
            assert jobs.decide(command, waiting, TESTER) == 0
        shop.quiet()
    assert shop.command(command).state == "done"
    assert shop.confirms(keys) == [1, 1]
    assert shop.broken() == []


@pytest.mark.parametrize("error", [Rejected, Unavailable, ContractError])
def test_a_command_that_fails_while_an_outcome_is_unknown_waits_for_a_person(
    shop: Shop, error: type[MarketplaceError]
) -> None:
    def fail(client: Any, sent: Any) -> Any:
        raise error(code="X1")

    keys = shop.arrive(1)
    shop.fault(CONFIRM, "reset_after")
    command = shop.press(keys)
    with confirming(readback=fail):
        shop.quiet()
    found = shop.command(command)
    assert (found.state, found.ended_at) == ("review", None)
    assert [effect.state for effect in shop.effects()] == ["unknown"]
    assert found.error_text["ko"]
    with store.workspace(shop.workspace_id):
        jobs.decide(command, {effect.id: "done" for effect in shop.effects()}, TESTER)
    shop.quiet()
    assert shop.command(command).state == "done"
    shop.collect()
    assert shop.confirms(keys) == [1]
    assert shop.broken() == []


def test_a_line_that_a_person_knows_to_be_done_is_confirmed_here_too(shop: Shop) -> None:
    keys = shop.arrive(2)
    for _ in range(3):  # the feed does not tell of confirms, and never tells these lines again
        shop.pass_time(600)
        shop.drain()
    shop.fault(CONFIRM, "reset_after")
    with confirming(repeat=Repeat.ONCE):
        command = shop.press(keys)
        shop.quiet()
        waiting = {effect.id: "done" for effect in shop.effects()}
        with store.workspace(shop.workspace_id):
            assert jobs.decide(command, waiting, TESTER) == 0
        shop.quiet()
    assert {shop.line(key).state for key in keys} == {"confirmed"}
    shop.pass_time(600)
    shop.drain()
    assert {shop.line(key).state for key in keys} == {"confirmed"}
    assert shop.broken() == []
