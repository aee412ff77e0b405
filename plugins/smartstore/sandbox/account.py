"""What the world tells about itself: credentials that work, and the ledger."""

from __future__ import annotations

from typing import Any

from hanpan.api import World
from plugins.smartstore.sandbox import listings
from plugins.smartstore.sandbox.lines import rows
from plugins.smartstore.sandbox.wire import iso


def credentials(world: World) -> dict[str, Any]:
    """Values of the credentials form, core's own fields included, for the application in use."""
    state = world.state
    seller = state["seller"]
    client_id, app = next(
        (key, app) for key, app in state["apps"].items() if app["name"] == state["app"]
    )
    by_seller = state["app"] != "own"
    return {
        "seller_id": seller["account_id"],
        "store": seller["store"],
        "app_base": app["base"],
        "client_id": client_id,
        "client_secret": app["secret"],
        "token_type": "SELLER" if by_seller else "SELF",
        "account_id": seller["account_id"] if by_seller else "",
        "api_id": "",
        "agency_confirmed": app["base"] == "partner",
        "store_url": seller["url"],
        "fee_class": "small",
        "quick_settlement": False,
        "window_seller": "none",
    }


def ledger(world: World) -> dict[str, Any]:
    """Per line its true state and the confirms of each revision; listings and their writes;
    templates and their updates."""
    state = world.state
    counts = world.counts
    return {
        "lines": {key: _line(row) for key, row in rows(world).items()},
        "listings": listings.ledger(world),
        "templates": {
            "bundle_group": {
                key: {"values": row["values"], "updates": row["updates"]}
                for key, row in state["bundles"].items()
            },
            "dispatch_today": {
                "dispatch_today": {
                    "values": state["this_day"]["values"],
                    "updates": state["this_day"]["updates"],
                }
            },
            "address": {
                str(entry["addressBookNo"]): {"values": entry, "updates": 0}
                for entry in state["addresses"]
            },
        },
        "token_punishments": sum(
            entry["count"] for entry in counts.get("token_punishment", {}).values()
        ),
        "calls": {api: entry["count"] for api, entry in counts.get("call", {}).items()},
    }


def _line(row: dict[str, Any]) -> dict[str, Any]:
    claim = row.get("claim") or {}
    return {
        "order": row["order"],
        "status": row.get("status", "PAYED"),
        "place": row.get("place", "NOT_YET"),
        "claim": claim.get("status"),
        "changed_at": iso(row["changed"]),
        "change": row.get("change", "PAYED"),
        "main": row.get("main"),
        "added": "of" in row,
        "package": row["package"],
        "quantity": row.get("quantity", 1),
        "gone": row.get("gone", 0),
        "provided": not row.get("withdrawn"),
        "revision": row.get("revision", 1),
        "confirms": row.get("confirms", {}),
        "dispatches": row.get("dispatches", 0),
        "invoice": (row.get("delivery") or {}).get("number"),
    }
