"""What befalls a line and a channel in time: claims, dispatch elsewhere, approval, older values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from core import store
from core.conformance.bare import own_values
from core.conformance.order_operations import look_again
from core.conformance.report import Finding
from core.conformance.shop import APPROVALS, Shop, told
from core.conformance.trial import Trial
from core.conformance.trouble import NotConcerned, attempt
from core.contracts.order import LineState
from core.couriers import COURIERS
from core.services import channels
from core.services.line_state import has_open_claim

LATER = 900.0
"""Seconds between what happens and the next collection."""


def claims(trial: Trial) -> Iterator[Finding]:
    """A cancel request comes with the lines, goes when it is withdrawn, and ends the line."""
    trial.order_sync()
    shop = trial.open_shop()
    shop.furnish()
    key = _line(shop)
    steps: list[tuple[str, dict[str, Any], str]] = [
        ("buyer_cancels", {}, "open"),
        ("buyer_withdraws", {}, "none"),
        ("buyer_cancels", {"done": True}, "gone"),
    ]
    for act, data, wanted in steps:
        trial.cases += 1
        row = _after(shop, key, act, **data)
        if wanted == "open" and not has_open_claim(row):
            yield Finding(act, f"no claim is open: {_shown(row)}")
        if wanted == "none" and has_open_claim(row):
            yield Finding(act, f"the claim is still open: {_shown(row)}")
        gone = row.cancelled >= row.quantity or row.state == LineState.CANCELLED.value
        if wanted == "gone" and not gone:
            yield Finding(act, f"the line is not cancelled: {_shown(row)}")


def dispatch_elsewhere(trial: Trial) -> Iterator[Finding]:
    """A line that was sent in the seller centre is shipping here, with a courier that is known."""
    trial.order_sync()
    shop = trial.open_shop()
    shop.furnish()
    key = _line(shop)
    row = _after(shop, key, "dispatch_elsewhere")
    if row.state != LineState.SHIPPING.value:
        yield Finding("dispatch_elsewhere", f"the line is {_shown(row)}")
    for one in shop.all_lines():
        if one.courier and one.courier not in COURIERS:
            codes = {courier.code for courier in trial.market.couriers}
            known = "a code of the wire" if one.courier in codes else "unknown"
            yield Finding("courier", f"{one.courier!r} is {known}, not a key of Hanpan's list")


def _line(shop: Shop) -> str:
    """A line that has come in and is known here."""
    keys = shop.trial.arrive(1)
    shop.known |= set(keys)
    shop.collect()
    sync = shop.trial.orders
    if keys[0] not in shop.lines() and sync is not None and sync.take_new is not None:
        shop.settle(shop.take())
    return keys[0]


def _after(shop: Shop, key: str, act: str, **data: Any) -> Any:
    """The line once something has happened to it and it was collected."""
    shop.trial.act(act, line=key, **data)
    shop.trial.pass_time(LATER)
    look_again(shop)
    shop.collect()
    return shop.lines()[key]


def _shown(row: Any) -> str:
    return f"{row.state}, claim {row.claim_kind} {row.claim_state}, {row.cancelled} cancelled"


# -- the connection -----------------------------------------------------------------------------


def approval(trial: Trial) -> Iterator[Finding]:
    """Until the service is approved the channel waits; then it works."""
    form = trial.form
    if form.approval is None:
        raise NotConcerned("nothing is approved apart from the keys")
    shop = trial.open_shop(granted=False, connected=False)
    trial.cases += 1
    shop.add()
    if shop.channel().state != "waiting":
        yield Finding("channel.verify", f"without an approval the channel is {_state(shop)}")
    least, most = form.approval.usual_days
    if not 0 <= least <= most:
        yield Finding("approval", f"{least} to {most} days is no time")
    shop.be_granted()
    if shop.channel().state != "active":
        acts = " or ".join(APPROVALS)
        yield Finding("channel.verify", f"after {acts} the channel is {_state(shop)}")
    trial.give_up_shop()


def _state(shop: Shop) -> str:
    channel = shop.channel()
    return f"{channel.state} {(channel.problem or {}).get('en', '')}".strip()


def upgrade(trial: Trial) -> Iterator[Finding]:
    """Values that were stored by an older version of the form still connect."""
    form = trial.known.forms[trial.key]
    if form.version == 1:
        raise NotConcerned("the form is in its first version")
    if form.upgrade is None:
        yield Finding("upgrade", f"version {form.version} has none")
        return
    now = own_values(form, trial.place.credentials())
    call = form.upgrade
    for version in range(1, form.version):
        trial.cases += 1
        upgraded, error = attempt(lambda: call(dict(now), version))  # noqa: B023
        if error is not None:
            yield Finding("upgrade", f"from version {version}: {type(error).__name__}")
            continue
        lost = {item.name for item in form.fields if now.get(item.name)} - set(upgraded)
        if lost:
            yield Finding("upgrade", f"from version {version} it loses {', '.join(sorted(lost))}")
        yield from _connects(trial, version)


def _connects(trial: Trial, version: int) -> Iterator[Finding]:
    """A channel whose values are of that version, checked again."""
    shop = trial.shop
    with store.workspace(shop.workspace_id), store.write() as session:
        channel = channels.get(session, shop.channel_id)
        channel.form_version, channel.seal_version = version, channel.seal_version + 1
    command = shop.settle(shop.submit(channels.check_again, shop.channel_id))
    if command.state != "done":
        yield Finding("upgrade", f"from version {version} the check ended {told(command)}")
