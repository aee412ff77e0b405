"""What the world tells about itself: credentials that work, and the ledger."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hanpan.api import World, shelves
from plugins.eleven_st.sandbox import listings
from plugins.eleven_st.sandbox.book import SHELVES, entries
from plugins.eleven_st.sandbox.deadlines import templates
from plugins.eleven_st.sandbox.lines import Row, rows
from plugins.eleven_st.sandbox.telling import STORE, state_of

UNPAID = ("102", "200")
"""States whose lists a seller's orders are not collected from: nothing is to be done yet."""


def credentials(world: World) -> dict[str, Any]:
    """Values of the credentials form, core's own fields included."""
    return {
        "seller_id": "hanpan_practice",
        "store": STORE,
        "api_key": world.state["key"],
        "seller_type": world.state["seller_type"],
    }


def ledger(world: World) -> dict[str, Any]:
    """Per line its true state and how often it was confirmed; listings and templates, and their
    writes."""
    now = world.now().timestamp()
    return {
        "listings": {
            number: _listing(one, now) for number, one in listings.listings(world).items()
        },
        "lines": {key: _line(row) for key, row in rows(world).items()},
        "templates": {
            "address": {
                f"{kind}:{number}": _kept(entry)
                for kind in SHELVES
                for number, entry in entries(world, kind).items()
            },
            "dispatch_deadline": {
                number: _kept(template) for number, template in templates(world).items()
            },
        },
        "calls": {api: entry["count"] for api, entry in world.counts.get("call", {}).items()},
    }


def _kept(values: dict[str, Any]) -> dict[str, Any]:
    told = {name: value for name, value in values.items() if name != "writes"}
    return {"values": told, "updates": values["writes"]}


def _listing(one: listings.Listing, now: float) -> dict[str, Any]:
    status = listings.status_of(one, now)
    sold = status in (listings.ON_SALE, listings.SOLD_OUT)
    return {
        "price": one["price"],
        "name": one["name"],
        "code": one["code"],
        "state": status,
        "on_sale": sold,
        "displayed": sold,
        "stock": shelves.pieces_of(one),
        "options": {
            number: {
                "stock": row["qty"],
                "extra": row["extra"],
                # What buyers can have of it: nothing while the sale is stopped.
                "buyable": row["qty"] if sold else 0,
            }
            for number, row in one["rows"].items()
        },
        "sale_ends": None
        if one["ends"] is None
        else datetime.fromtimestamp(one["ends"], UTC).isoformat(),
        "writes": dict(one["writes"]),
    }


def _line(row: Row) -> dict[str, Any]:
    claim = (row.get("claims") or [None])[-1]
    return {
        "order": row["order"],
        "status": state_of(row),
        "claim": f"{claim['kind']} {claim['state']}" if claim else None,
        "main": row.get("main"),
        "added": "of" in row,
        "package": row["dlv"],
        "quantity": row.get("qty", 1),
        "gone": row.get("cancelled", 0) + row.get("returned", 0),
        "provided": state_of(row) not in UNPAID,
        "revision": 1,
        "confirms": {"1": row["confirms"]} if row.get("confirms") else {},
        "dispatches": 0,
        "invoice": row.get("invoice"),
    }
