"""What keeps a channel's commands from running now."""

from __future__ import annotations

from typing import Any

from core import registry
from core.contracts.marketplace import Service
from core.ledger.kinds import Kind

_SWITCHES = {
    Service.PRODUCT: "on_product",
    Service.ORDER: "on_order",
    Service.CS: "on_cs",
    Service.STOCK: "on_stock",
}


def stopped_by(channel: Any, kind: Kind) -> str | None:
    """Why a command of this kind must not run on the channel now, or None."""
    if channel.archived_at is not None:
        return "paused"
    if channel.marketplace not in registry.current().marketplaces:
        return "plugin"
    if registry.has_closed(channel):
        return "sunset"
    if channel.state == "paused":
        return "paused"
    if channel.state in ("checking", "needs_you") and not kind.verifies:
        return "needs_you"
    if channel.state == "waiting" and kind.service and kind.service is awaited(channel):
        return "approval"
    if not channel.on_all or (kind.service and not getattr(channel, _SWITCHES[kind.service])):
        return "switch"
    if kind.writes and (channel.note or {}).get("resume") == "collect_first":
        return "restored"
    return None


def awaited(channel: Any) -> Service | None:
    """The service that the channel's marketplace approves apart from the keys, if any."""
    form = registry.current().forms.get(channel.marketplace)
    return form.approval.service if form is not None and form.approval is not None else None
