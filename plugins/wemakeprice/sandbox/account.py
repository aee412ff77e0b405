"""What the world tells about itself: credentials that work, and the ledger."""

from __future__ import annotations

from typing import Any

from hanpan.api import World
from plugins.wemakeprice.sandbox import listings
from plugins.wemakeprice.sandbox.bundles import Row, lines_of, rows
from plugins.wemakeprice.sandbox.claims import claim_of

GONE = {"CANCEL": "CANCELED", "RETURN": "RETURNED"}


def credentials(world: World) -> dict[str, Any]:
    """Values of the credentials form, core's own fields included."""
    seller = world.state["seller"]
    return {
        "seller_id": seller["id"],
        "store": seller["store"],
        "api_key": world.state["key"],
        "settle_cycle": "weekly",
    }


def ledger(world: World) -> dict[str, Any]:
    """Per line its true state and its confirms; listings and templates, and their writes; calls."""
    return {
        "listings": listings.ledger(world),
        "lines": {
            key: _line(world, row, option)
            for row in rows(world).values()
            for key, _, option in lines_of(row)
        },
        "templates": {
            "shipping": {
                key: {
                    "values": row["values"],
                    "updates": row["updates"],
                    "listings": row["listings"],
                }
                for key, row in world.state["policies"].items()
                if not row.get("deleted")
            }
        },
        "calls": {api: entry["count"] for api, entry in world.counts.get("call", {}).items()},
    }


def _line(world: World, row: Row, option: Row) -> dict[str, Any]:
    claim = claim_of(world, row, option) or {}
    gone = row.get("gone", {}).get(option["no"], 0)
    ended = gone >= option["quantity"]
    return {
        "order": row["purchase"],
        "bundle": row["no"],
        "status": GONE[claim["type"]] if ended else row["status"],
        "claim": f"{claim['type']}.{claim['status']}" if claim else None,
        "quantity": option["quantity"],
        "gone": gone,
        "revision": 1,
        "confirms": {"1": row["confirms"]} if row.get("confirms") else {},
        "dispatches": row.get("dispatches", 0),
        "invoice": (row.get("delivery") or {}).get("number"),
    }
