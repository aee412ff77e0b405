"""The practice ACME: the same wire, as strict, over a world of invented orders."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from hanpan.api import Sandbox, World, WsgiApp

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

SIZES = {"small": 5, "busy": 500, "bench": 20_000}
WORDS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found"}


def app(world: World) -> WsgiApp:
    """The base `api` is served under `/api`."""

    def serve(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        query = {name: values[-1] for name, values in parse_qs(environ["QUERY_STRING"]).items()}
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"] or 0))
        call = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}"
        with world.lock:
            if environ.get("HTTP_X_ACME_KEY") != world.state["key"]:
                status, told = 401, {"error": "bad_key"}
            else:
                status, told = answer(world, call, query, body)
        start_response(f"{status} {WORDS[status]}", [("Content-Type", "application/json")])
        return [json.dumps(told).encode()]

    return serve


def answer(world: World, call: str, query: dict[str, str], body: bytes) -> tuple[int, Any]:
    """Status and JSON of one call with a right key."""
    lines = world.state["lines"]
    if call == "GET /api/v1/shop":
        return 200, {"id": "shop-1", "name": "연습 에이스"}
    if call == "GET /api/v1/changes":
        return changes(lines.values(), query)
    if call == "GET /api/v1/lines":
        return 200, {"lines": [lines[key] for key in query["ids"].split(",") if key in lines]}
    if call == "POST /api/v1/accept":
        wanted = json.loads(body)["lines"]
        if len(wanted) > 20:
            return 400, {"error": "too_many"}
        return 200, {"results": [{"id": key, "error": accept(world, key)} for key in wanted]}
    return 404, {"error": "no such call"}


def changes(lines: Iterable[dict[str, Any]], query: dict[str, str]) -> tuple[int, Any]:
    """Lines in the order of their last change, from a moment or after a number."""
    known = sorted(lines, key=lambda one: int(one["number"]))
    if "after" in query:
        found = [one for one in known if one["number"] > int(query["after"])]
    else:
        since = datetime.fromisoformat(query["since"])
        found = [one for one in known if datetime.fromisoformat(one["changed_at"]) >= since]
    page = found[: int(query["limit"])]
    last = [0, *(one["number"] for one in page or known)][-1]
    return 200, {"lines": page, "last": last, "more": len(page) < len(found)}


def accept(world: World, key: str) -> str | None:
    """None, or why not; `record` counts every time that it really happened."""
    line = world.state["lines"].get(key)
    if line is None:
        return "unknown"
    if line["state"] != "paid":
        return "cancelled" if line["state"] == "cancelled" else "not_paid"
    world.record("accept", key)
    change(world, line, state="accepted")
    return None


def change(world: World, line: dict[str, Any], **facts: Any) -> None:
    """Something happened to a line: it is the newest change now."""
    line.update(facts, number=world.number("change"), changed_at=world.now().isoformat())
    world.dirty = True


def arrive(world: World, ago: timedelta) -> str:
    """One order of one line, paid so long ago; returns the line's id."""
    number = world.number("line")
    line = {
        "id": f"L{number:06d}",
        "order": f"O{number:06d}",
        "state": "paid",
        "paid_at": (world.now() - ago).isoformat(),
        "product": "P-7",
        "name": "면 티셔츠",
        "quantity": world.rng.randint(1, 3),
        "won": 19_900,
        "buyer": {"name": "박견본", "phone": "0502-0000-0000"},
    }
    change(world, line)
    world.state["lines"][line["id"]] = line
    return str(line["id"])


def seed(world: World, size: str) -> None:
    """Fill an empty world."""
    world.state.update(key=f"acme-{world.rng.getrandbits(64):016x}", lines={})
    for back in range(SIZES[size], 0, -1):
        arrive(world, timedelta(minutes=back))


def act(world: World, name: str, data: dict[str, Any]) -> Any:
    """What others do: `new_order`, `buyer_cancels` (a `line`), `new_key`."""
    if name == "new_order":
        return arrive(world, timedelta())
    if name == "buyer_cancels":
        return change(world, world.state["lines"][data["line"]], state="cancelled")
    if name == "new_key":
        return world.state.update(key=f"acme-{world.rng.getrandbits(64):016x}")
    raise ValueError("acts are new_order, buyer_cancels, new_key")


def ledger(world: World) -> dict[str, Any]:
    """Each line's true state, and how often it was really accepted."""
    return {
        "lines": {
            key: {"state": line["state"], "accepted": world.count("accept", key)}
            for key, line in world.state["lines"].items()
        }
    }


SANDBOX = Sandbox(
    marketplace="acme",
    app=app,
    seed=seed,
    credentials=lambda world: {"api_key": world.state["key"]},
    act=act,
    ledger=ledger,
)
