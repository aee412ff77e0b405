"""Every operation that a plugin offers, by the name that the support matrix has for it."""

from __future__ import annotations

from collections.abc import Iterator

from core.conformance import order_operations as orders
from core.conformance.begun import Begun, Operation, ended
from core.conformance.shop import Shop
from core.conformance.template_operations import reads_of, writes_of
from core.conformance.trial import Trial
from core.models import Command
from core.services import channels


def of(trial: Trial) -> list[Operation]:
    """What the plugin declares, reads before writes; where the trial is about some, those."""
    return [one for one in _every(trial) if not trial.only or one.name in trial.only]


def _every(trial: Trial) -> list[Operation]:
    found = [Operation(name="channel.verify", begin=_verify)]
    for template in trial.templates:
        found += reads_of(template)
    sync = trial.orders
    if sync is not None:
        found.append(Operation(name="orders.changes", begin=orders.begin_changes))
        if sync.recheck:
            found.append(Operation(name="orders.get", begin=orders.begin_get))
    for template in trial.templates:
        found += writes_of(template)
    if sync is not None and sync.confirm is not None:
        after = sync.confirm.settles_after
        confirm = orders.begin_confirm
        found.append(Operation(name="orders.confirm", begin=confirm, write=True, settles=after))
        if sync.confirm.readback is not None:
            name = "orders.confirm.readback"
            found.append(Operation(name=name, begin=orders.begin_confirm_lost))
    if sync is not None and sync.take_new is not None:
        found.append(Operation(name="orders.take_new", begin=orders.begin_take, write=True))
        name = "orders.take_new.readback"
        found.append(Operation(name=name, begin=orders.begin_take_lost))
    return found


def may_change(name: str) -> bool:
    """Whether the operation of this name is there to change something."""
    writes = ("create", "update", "delete", "confirm", "take_new")
    return name.rpartition(".")[2] in writes


def _verify(shop: Shop) -> Begun:
    before = shop.channel().identity

    def check(command: Command) -> Iterator[str]:
        yield from ended(command)
        channel = shop.channel()
        if channel.state != "active":
            yield f"the channel is {channel.state}"
        if channel.identity != before:
            yield "the account has another identity than before"

    return Begun(shop.submit(channels.check_again, shop.channel_id), check)
