"""The practice ACME: the same wire, as strict, over a world of invented orders."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from hanpan.api import Request, Response, Sandbox, World, WsgiApp

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

SIZES = {"small": 5, "busy": 500, "bench": 20_000}


def app(world: World) -> WsgiApp:
    """The base `api` is served under `/api`."""

    def serve(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        call = Request.read(world, environ)
        with world.lock:
            if call.headers.get("x-acme-key") != world.state["key"]:
                status, told = 401, {"error": "bad_key"}
            else:
                try:
                    status, told = answer(world, call)
                except ValueError:
                    status, told = 400, {"error": "bad_request"}
        body = json.dumps(told, ensure_ascii=False).encode()
        return Response(status, body).start(start_response)

    return serve


def answer(world: World, call: Request) -> tuple[int, Any]:
    """Status and JSON of one call with a right key. Raises ValueError for what it cannot read."""
    lines = world.state["lines"]
    match call.method, call.path:
        case "GET", "/v1/shop":
            return 200, {"id": "shop-1", "name": "연습 에이스"}
        case "GET", "/v1/changes":
            return 200, changes(world, call)
        case "GET", "/v1/lines":
            wanted = [lines[key] for key in call.one("ids").split(",") if key in lines]
            return 200, {"lines": [before(world, line) or line for line in wanted]}
        case "POST", "/v1/accept":
            keys = json.loads(call.body).get("lines", [])
            if not 1 <= len(keys) <= 20:
                return 400, {"error": "from 1 to 20 lines"}
            return 200, {"results": [{"id": key, "error": accept(world, key)} for key in keys]}
    return 404, {"error": "no such call"}


def changes(world: World, call: Request) -> dict[str, Any]:
    """Lines in the order of their last change, from a moment or after a number."""
    every = sorted(world.state["lines"].values(), key=lambda line: int(line["number"]))
    known = list(takewhile(lambda line: before(world, line) is None, every))
    if after := call.one("after"):
        found = [line for line in known if line["number"] > int(after)]
    else:
        since = datetime.fromisoformat(call.one("since"))
        found = [line for line in known if datetime.fromisoformat(line["changed_at"]) >= since]
    page = found[: int(call.one("limit"))]
    last = [0, *(line["number"] for line in page or known)][-1]
    return {"lines": page, "last": last, "more": len(page) < len(found)}


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
    if world.lateness:
        world.cache[line["id"]] = world.now() + timedelta(seconds=world.lateness), dict(line)
    line.update(facts, number=world.number("change"), changed_at=world.now().isoformat())
    world.dirty = True


def before(world: World, line: dict[str, Any]) -> dict[str, Any] | None:
    """What reads go on showing of a line whose change shows late (the fault `late_effect`)."""
    until, was = world.cache.get(line["id"], (world.now(), None))
    return was if world.now() < until else None


def arrive(world: World, ago: timedelta = timedelta()) -> dict[str, Any]:
    """One order of one line, paid so long ago; returns the line."""
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
        "cancel_asked": False,
        "courier": None,
        "invoice": None,
        "buyer": {"name": "박견본", "phone": "0502-0000-0000"},
    }
    change(world, line)
    world.state["lines"][line["id"]] = line
    return line


def seed(world: World, size: str) -> None:
    """Fill an empty world; the option `orders` says how many there are."""
    world.state.update(key=new_key(world), lines={})
    for back in range(int(world.options.get("orders", SIZES[size])), 0, -1):
        arrive(world, timedelta(minutes=back))


def new_key(world: World) -> str:
    """Another API key."""
    return f"acme-{world.rng.getrandbits(64):016x}"


ACTS: dict[str, dict[str, Any]] = {
    "buyer_cancels": {"cancel_asked": True},
    "buyer_withdraws": {"cancel_asked": False},
    "confirm_elsewhere": {"state": "accepted"},
    "dispatch_elsewhere": {"state": "sent", "courier": "CJ", "invoice": "600000000000"},
}


def act(world: World, name: str, data: dict[str, Any]) -> Any:
    """What others do: `new_order` (`orders`: how many), `new_key`, and ACTS to a `line`."""
    if name == "new_order":
        made = [arrive(world) for _ in range(int(data.get("orders", 1)))]
        return [{"order": line["order"], "lines": [line["id"]]} for line in made]
    if name == "new_key":
        return world.state.update(key=new_key(world))
    if name not in ACTS:
        raise ValueError(f"acts are new_order, new_key, {', '.join(ACTS)}")
    done = name == "buyer_cancels" and data.get("done")
    facts = {"state": "cancelled", "cancel_asked": False} if done else ACTS[name]
    return change(world, world.state["lines"][data["line"]], **facts)


def ledger(world: World) -> dict[str, Any]:
    """Each line's true state, and how often it was really accepted."""
    return {
        "lines": {
            key: {"state": line["state"], "confirms": world.count("accept", key)}
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
