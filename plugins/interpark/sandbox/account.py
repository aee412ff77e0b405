"""What the world tells about itself: credentials that work, and the ledger."""

from __future__ import annotations

from typing import Any

from hanpan.api import World
from plugins.interpark.sandbox import listings
from plugins.interpark.sandbox.lines import NEW, Row, left_of, rows, state_of
from plugins.interpark.sandbox.wire import stamp
from plugins.interpark.services import cite_name, secret_name


def credentials(world: World) -> dict[str, Any]:
    """Values of the credentials form, core's own fields included."""
    seller = world.state["seller"]
    keys: dict[str, list[str]] = world.state["keys"]
    return {
        "seller_id": seller["entr_id"].lower(),
        "store": seller["store"],
        "supply_entr_no": seller["entr_no"],
        "supply_ctrt_seq": seller["ctrt_seq"],
        "entr_id": seller["entr_id"],
        **{cite_name(service): cite for service, (cite, _) in keys.items()},
        **{secret_name(service): secret for service, (_, secret) in keys.items()},
    }


def ledger(world: World) -> dict[str, Any]:
    """Per line its true state and how often it was confirmed; listings and templates, and their
    writes."""
    counts = world.counts
    return {
        "listings": listings.ledger(world),
        "lines": {key: _line(row) for key, row in rows(world).items()},
        "templates": {
            template: {
                key: {"values": row["values"], "updates": row["updates"]}
                for key, row in held.items()
            }
            for template, held in world.state["templates"].items()
        },
        "granted": world.state["granted"],
        "calls": {api: entry["count"] for api, entry in counts.get("call", {}).items()},
    }


def _line(row: Row) -> dict[str, Any]:
    state = state_of(row)
    quantity = row.get("quantity", 1)
    asked, claims = row.get("requests", []), row.get("claims", [])
    return {
        "order": row["order"],
        "status": state,
        "place": "NOT_YET" if state == NEW else "OK",
        "claim": claims[-1]["stat"] if claims else _request(asked[-1]) if asked else None,
        "changed_at": stamp(row["changed"]),
        "package": f"{row['order']}-1",
        "quantity": quantity,
        "gone": quantity - left_of(row),
        "provided": True,
        "added": row.get("type") == "03",
        "revision": 1,
        "confirms": row.get("confirms", {}),
        "dispatches": row.get("dispatches", 0),
        "invoice": (row.get("delivery") or {}).get("number"),
    }


def _request(one: Row) -> str:
    return "WITHDRAWN" if one.get("withdrawn") or one.get("refused") else "REQUESTED"
