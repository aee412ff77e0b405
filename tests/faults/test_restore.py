"""After a restore nothing that was sent before is sent again, and everything comes right (I12)."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from core import clock, settings, store
from core.ledger.run import forget_connections
from core.models import Command, JournalEntry, new_id
from core.services import backup, channels, job_items, jobs, restore, templates
from tests.faults.shop import BUNDLES, CONFIRM, ORDERS, Shop
from tests.faults.stage import TESTER

VERSION = "0.0.test"


def back_up(shop: Shop) -> Path:
    """Make a backup of everything."""
    path = shop.folder / "saved.zip"
    backup.make(store.engine(), path, keys_file=settings.current().keys_file, version=VERSION)
    return path


def put_back(shop: Shop, path: Path) -> restore.Restored:
    """Put the backup in the place of what there is."""
    forget_connections()
    found = restore.restore(
        store.engine(),
        path,
        keys_path=None,
        keys_file=settings.current().keys_file,
        folder=shop.folder,
        replace=True,
        version=VERSION,
    )
    store.engine().dispose()
    return found


def resume(shop: Shop) -> None:
    """A person lets the channel go on."""
    with store.workspace(shop.workspace_id):
        channels.resume(shop.channel_id, TESTER)


def sent_since(shop: Shop, moment: object) -> list[str]:
    """The lines that our journal says were sent to be confirmed since."""
    with store.workspace(shop.workspace_id), store.read() as session:
        rows = session.scalars(select(JournalEntry).where(JournalEntry.path.endswith("/confirm")))
        bodies = [job_items.body_of(row) for row in rows if row.at >= moment]
    return [
        key for body in bodies if body for key in json.loads(body["request"])["productOrderIds"]
    ]


@pytest.mark.parametrize("mode", ["manual", "auto"])
def test_ten_lines_confirmed_after_the_backup_are_not_confirmed_again(
    shop: Shop, mode: str
) -> None:
    old = shop.arrive(6)
    shop.pass_time(3 * 24 * 3600)  # the collection after the restore does not reach back to these
    shop.collect()
    young = shop.arrive(6)
    shop.switch(confirm_mode=mode if mode == "manual" else "manual")
    path = back_up(shop)
    sent, left = [*old[:5], *young[:5]], [old[5], young[5]]
    shop.press(sent)
    shop.quiet()
    assert shop.confirms(sent) == [1] * 10
    later = shop.arrive(2)  # came in and was confirmed after the backup: no row knows of it
    shop.press(later[:1])
    shop.quiet()
    shop.pass_time(600)

    told = put_back(shop, path)
    restored_at = clock.now()
    before = shop.last_call()
    assert (told.channels, told.unknown) == (1, 0)
    assert shop.channel().state == "paused"
    shop.drain()
    assert shop.calls(after=before) == [], "something was called before a person said so"
    resume(shop)
    if mode == "auto":
        shop.switch(confirm_mode="auto")
    else:
        again = shop.press([*sent, *left])
        shop.drain()
        assert shop.calls(CONFIRM, after=before) == [] or _collected_first(shop, before)
    shop.quiet()
    shop.collect()
    shop.quiet()
    if mode == "manual":
        shop.press(later[1:])
        assert shop.command(again).state == "done"
        shop.quiet()
    assert shop.confirms([*sent, *left, *later]) == [1] * 14
    repeated = [key for key in sent_since(shop, restored_at) if key in [*sent, later[0]]]
    assert repeated == [], "it was sent again, and only the marketplace's refusal saved us"
    assert {shop.line(key).state for key in [*sent, *left, *later]} == {"confirmed"}
    assert shop.broken() == []
    sys.stdout.write(
        f"\n{mode}: 11 confirmed after the backup, 0 sent again; {len(left)} left then, each once\n"
    )


def _collected_first(shop: Shop, before: int) -> bool:
    """Whether orders were read before the first write."""
    calls = shop.calls(ORDERS, after=before)
    first = next(call["n"] for call in calls if call["path"].endswith("/confirm"))
    return any(call["path"].endswith("statuses") and call["n"] < first for call in calls)


def test_work_that_was_under_way_at_the_backup_is_read_back_and_goes_on(shop: Shop) -> None:
    keys = shop.arrive(4)
    shop.fault(CONFIRM, "late_effect", value=20)
    command = shop.press(keys)
    shop.drain()
    waiting = shop.arrive(2)
    shop.switch(on_order="")
    held = shop.press(waiting)
    shop.drain()
    path = back_up(shop)  # one with its outcome unknown, one that was never sent
    shop.switch()
    shop.quiet()
    assert shop.confirms([*keys, *waiting]) == [1] * 6
    confirms = len(shop.calls(CONFIRM))

    told = put_back(shop, path)
    assert (told.held, told.unknown) == (3, 4)
    shop.switch()
    resume(shop)
    shop.quiet()
    for name in (command, held):
        if shop.command(name).state == "held":
            assert shop.command(name).held_for == "asks"
            with store.workspace(shop.workspace_id):
                jobs.retry(name, TESTER)
    shop.quiet()
    assert len(shop.calls(CONFIRM)) == confirms, "something was sent again"
    assert shop.confirms([*keys, *waiting]) == [1] * 6
    assert {shop.command(name).state for name in (command, held)} == {"done"}
    assert shop.broken() == []


def test_a_write_of_a_restored_channel_waits_for_its_first_collection(shop: Shop) -> None:
    keys = shop.arrive(2)
    path = back_up(shop)
    put_back(shop, path)
    shop.fault("last-changed-statuses", "status", value=503, times=-1)
    before = shop.last_call()
    resume(shop)
    command = shop.press(keys)
    for _ in range(5):
        shop.drain()
        shop.pass_time(120)
    assert shop.calls(CONFIRM, after=before) == []
    assert shop.command(command).held_for == "restored"
    shop.mend()
    shop.pass_time(900)
    shop.quiet()
    assert shop.command(command).state == "done"
    assert shop.confirms(keys) == [1, 1]
    with store.workspace(shop.workspace_id), store.read() as session:
        assert session.scalars(select(Command).where(Command.state == "review")).all() == []
    assert shop.broken() == []


def test_an_hour_of_waiting_is_counted_from_before_the_backup(shop: Shop) -> None:
    keys = shop.arrive(2)
    shop.switch(on_order="")
    command = shop.press(keys)
    shop.drain()
    shop.pass_time(40 * 60)
    path = back_up(shop)
    shop.pass_time(40 * 60)
    put_back(shop, path)
    before = shop.last_call()
    shop.switch()
    resume(shop)
    shop.quiet()
    assert shop.calls(ORDERS, after=before), "it was not collected"
    assert (shop.command(command).state, shop.command(command).held_for) == ("held", "asks")
    assert shop.calls(CONFIRM, after=before) == []
    with store.workspace(shop.workspace_id):
        jobs.retry(command, TESTER)
    shop.quiet()
    assert shop.command(command).state == "done"
    assert shop.confirms(keys) == [1, 1]
    assert shop.broken() == []


def test_a_template_that_was_made_after_the_backup_is_not_made_again(shop: Shop) -> None:
    with store.workspace(shop.workspace_id):
        for kind in ("address", "dispatch_today", "bundle_group"):
            templates.submit_import(shop.channel_id, kind, TESTER)
            shop.drain("urgent")
        raw = {"name": "제주 묶음", "method": "MIN", "area": "NONE", "base": "", "usable": "1"}
        command = templates.submit_change(
            shop.channel_id, "bundle_group", None, raw, TESTER, submission=new_id()
        )
    path = back_up(shop)
    shop.quiet()
    assert len(shop.calls(BUNDLES, "POST")) == 1
    put_back(shop, path)
    resume(shop)
    shop.quiet()
    assert shop.command(command).state == "done"
    assert len(shop.calls(BUNDLES, "POST")) == 1, "it was made a second time"
    with store.workspace(shop.workspace_id), store.read() as session:
        rows = templates.rows(session, shop.channel_id, "bundle_group")
    assert [row.title for row in rows].count("제주 묶음") == 1
    assert shop.broken() == []
