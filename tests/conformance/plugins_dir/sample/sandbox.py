"""The practice Beta: the same wire, as strict, over a world of invented orders."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from hanpan.api import Request, Response, Sandbox, World, WsgiApp, person

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

PAGE, ADDRESSES, PRODUCTS = 50, 2, 40
DAY = timedelta(hours=24)
SMALL = 14
OPTIONS = {"orders", "days", "mix", "limits", "products"}
SHELF = 6
NEEDED = ("name", "code", "price", "state", "shown", "options")
TOLD = (*NEEDED, "ends", "memo")

Answered = tuple[int, Any]


class Refused(Exception):
    """What the marketplace does not take."""

    def __init__(self, status: int, **told: Any) -> None:
        super().__init__(str(told))
        self.status, self.told = status, told


def app(world: World) -> WsgiApp:
    """The base `api` is served under `/api`."""

    def serve(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        call = Request.read(world, environ)
        with world.lock:
            try:
                status, told = answer(world, call)
            except Refused as refused:
                status, told = refused.status, refused.told
        body = json.dumps(told, ensure_ascii=False).encode()
        return Response(status, body).start(start_response)

    return serve


def answer(world: World, call: Request) -> Answered:
    """Status and JSON of one call."""
    if (call.method, call.path) == ("POST", "/v1/login"):
        return login(world, json.loads(call.body))
    if call.headers.get("x-token") not in world.state["tokens"]:
        raise Refused(401, error="token")
    _, _, kind, *rest = call.path.split("/")
    do = CALLS.get((call.method, kind, bool(rest)))
    if do is None:
        raise Refused(404, error="no such call")
    return do(world, call, rest[0] if rest else "")


def login(world: World, given: dict[str, Any]) -> Answered:
    """A token for the right key."""
    if (given.get("id"), given.get("secret")) != (world.state["id"], world.state["secret"]):
        raise Refused(401, error="key")
    token = f"tok-{world.rng.getrandbits(96):024x}"
    world.state["tokens"].append(token)
    return 200, {"token": token, "expires_in": 600}


def shop(world: World, call: Request, number: str) -> Answered:
    """The account."""
    return 200, {"id": world.state["shop"], "name": "연습 베타"}


def addresses(world: World, call: Request, number: str) -> Answered:
    """One page of the addresses, as they are to be seen now."""
    rows = [row for row in map(lambda row: seen(world, row), world.state["addresses"].values())
            if not row.get("gone")]  # fmt: skip
    page = int(call.one("page", "1"))
    told = [{name: row[name] for name in ("no", "name", "road", "phone")} for row in rows]
    pages = max(1, -(-len(told) // ADDRESSES))
    return 200, {"addresses": told[(page - 1) * ADDRESSES : page * ADDRESSES], "pages": pages}


def save(world: World, call: Request, number: str) -> Answered:
    """Make or replace an address."""
    given = json.loads(call.body)
    for name in ("name", "road", "phone"):
        if not given.get(name):
            raise Refused(400, field=name, why="값을 넣어 주세요.")
    rows = world.state["addresses"]
    if number and number not in rows:
        raise Refused(404, error="no such address")
    if not number:
        number = str(700 + world.number("address"))
        rows[number] = {"no": number, "updates": 0, "gone": True}
        write(world, rows[number], gone=False, **given)
    else:
        write(world, rows[number], updates=rows[number]["updates"] + 1, **given)
    return 200, {"no": number}


def delete(world: World, call: Request, number: str) -> Answered:
    """Take an address away."""
    row = world.state["addresses"].get(number)
    if row is None or row.get("gone"):
        raise Refused(404, error="no such address")
    write(world, row, gone=True)
    return 200, {"no": number}


def write(world: World, row: dict[str, Any], **facts: Any) -> None:
    """Change a row; what reads show follows after the lateness of this call."""
    before = {name: value for name, value in row.items() if name != "late"}
    row.update(facts)
    if world.lateness:
        until = world.now() + timedelta(seconds=world.lateness)
        row["late"] = {"until": until.timestamp(), "before": before}
    world.dirty = True


def seen(world: World, row: dict[str, Any]) -> dict[str, Any]:
    """A row as reads show it now."""
    late = row.get("late")
    if late and world.now().timestamp() < late["until"]:
        return dict(late["before"])
    return row


# -- lines ----------------------------------------------------------------------------------------


def changes(world: World, call: Request, number: str) -> Answered:
    """One page of a window of 24 hours at most, the oldest change first."""
    since, until = (datetime.fromisoformat(call.one(name)) for name in ("from", "to"))
    if until - since > DAY or until > world.now() + timedelta(seconds=1) or since > until:
        raise Refused(400, error="window")
    rows = [seen(world, row) for row in world.state["lines"].values()]
    found = [row for row in rows if since.timestamp() <= row["at"] <= until.timestamp()]
    found.sort(key=lambda row: (row["at"], row["id"]))
    page = int(call.one("page", "1"))
    pages = max(1, -(-len(found) // PAGE))
    return 200, {"lines": [told(row) for row in found[(page - 1) * PAGE : page * PAGE]],
                 "pages": pages}  # fmt: skip


def lines(world: World, call: Request, number: str) -> Answered:
    """Lines by id."""
    rows = world.state["lines"]
    wanted = call.one("ids").split(",")
    return 200, {"lines": [told(seen(world, rows[key])) for key in wanted if key in rows]}


def told(row: dict[str, Any]) -> dict[str, Any]:
    """A line as the wire has it."""
    buyer = person(row["buyer"])
    moment = datetime.fromtimestamp(row["at"]).astimezone()
    return {
        "id": row["id"],
        "order": row["order"],
        "state": row["state"],
        "changed_at": moment.isoformat(),
        "paid_at": datetime.fromtimestamp(row["paid"]).astimezone().isoformat(),
        "product": row["product"],
        "option": row["option"],
        "name": "면 티셔츠",
        "quantity": row["quantity"],
        "gone": row.get("gone", 0),
        "courier": row.get("courier"),
        "invoice": row.get("invoice"),
        "claim": row.get("claim"),
        "buyer": {"name": buyer.name, "phone": buyer.phone, "road": buyer.address,
                  "door": buyer.detail},
    }  # fmt: skip


def accept(world: World, call: Request, number: str) -> Answered:
    """Each line has its own answer."""
    return 200, {
        "results": [
            {"id": key, "error": accepted(world, key)} for key in json.loads(call.body)["lines"]
        ]
    }


def accepted(world: World, key: str) -> str | None:
    """None, or why not."""
    row = world.state["lines"].get(key)
    if row is None:
        return "unknown"
    if row["state"] != "paid":
        return "cancelled" if row["state"] == "cancelled" else "not_paid"
    write(world, row, state="accepted", confirms=row["confirms"] + 1, at=now(world))
    return None


# -- products -------------------------------------------------------------------------------------


def products(world: World, call: Request, number: str) -> Answered:
    """One page of the products whose name holds a word, or one of them."""
    rows = [bare(seen(world, row)) for row in world.state["products"].values()]
    if number:
        found = [row for row in rows if row["no"] == number]
        if not found:
            raise Refused(404, error="no such product")
        return 200, found[0]
    found = [row for row in rows if call.one("word") in row["name"]]
    page = int(call.one("page", "1"))
    first = (page - 1) * PRODUCTS
    pages = max(1, -(-len(found) // PRODUCTS))
    return 200, {"products": found[first : first + PRODUCTS], "pages": pages}


def bare(row: dict[str, Any]) -> dict[str, Any]:
    """A product as the wire has it."""
    return {name: row[name] for name in ("no", *TOLD)}


def replace(world: World, call: Request, number: str) -> Answered:
    """Replace a product: what is not sent is gone."""
    given = json.loads(call.body)
    row = world.state["products"].get(number)
    if row is None:
        raise Refused(404, error="no such product")
    for name in NEEDED:
        if given.get(name) in (None, ""):
            raise Refused(400, field=name, why="값을 넣어 주세요.")
    for option in given["options"]:
        if not isinstance(option.get("pieces"), int) or not option.get("id"):
            raise Refused(400, field="options", why="재고를 넣어 주세요.")
    write(world, row, **{name: given.get(name) for name in TOLD})
    return 200, {"no": number}


def shelf(world: World) -> None:
    """Put products on it: `products` of them."""
    ends = (world.now() + timedelta(days=20)).astimezone().isoformat(timespec="seconds")
    for n in range(1, int(world.options.get("products", SHELF)) + 1):
        sizes = ["M", "L"] if n % 2 else [""]
        world.state["products"][str(5000 + n)] = {
            "no": str(5000 + n), "name": f"면 티셔츠 {n}", "code": f"SKU-{n}",
            "price": 10_000 + 100 * n, "state": "on", "shown": True,
            "ends": None if n == SHELF else ends, "memo": f"비고 {n}",
            "options": [
                {"id": f"{n}-{size}", "text": size, "pieces": 50} for size in sizes
            ],
        }  # fmt: skip


def product_list(world: World) -> list[list[Any]]:
    """The product list as the seller centre gives it."""
    rows = [[one["no"], one["name"], one["price"]] for one in world.state["products"].values()]
    return [["상품번호", "상품명", "판매가"], *rows]


CALLS: dict[tuple[str, str, bool], Callable[[World, Request, str], Answered]] = {
    ("GET", "shop", False): shop,
    ("GET", "addresses", False): addresses,
    ("POST", "addresses", False): save,
    ("PUT", "addresses", True): save,
    ("DELETE", "addresses", True): delete,
    ("GET", "changes", False): changes,
    ("GET", "lines", False): lines,
    ("POST", "accept", False): accept,
    ("GET", "products", False): products,
    ("GET", "products", True): products,
    ("PUT", "products", True): replace,
}

# -- the world ------------------------------------------------------------------------------------


def now(world: World) -> float:
    """The marketplace's time in epoch seconds."""
    return world.now().timestamp()


def arrive(world: World, ago: float, lines: int = 1) -> dict[str, Any]:
    """One order of so many lines, paid so many seconds ago."""
    order = f"B{world.number('order'):06d}"
    keys = []
    for _ in range(lines):
        key = f"BL{world.number('line'):06d}"
        at = now(world) - ago
        world.state["lines"][key] = {
            "id": key, "order": order, "state": "paid", "at": at, "paid": at,
            "quantity": world.rng.randint(1, 3), "buyer": world.rng.randrange(10_000),
            "confirms": 0, **bought(world, key),
        }  # fmt: skip
        keys.append(key)
    world.dirty = True
    return {"order": order, "lines": keys}


def bought(world: World, line: str) -> dict[str, Any]:
    """Which product of the shelf a line is of, and which row of it."""
    wares = list(world.state["products"].values())
    ware = wares[int(line[-6:]) % len(wares)]
    return {"product": ware["no"], "option": ware["options"][-1]["id"]}


def seed(world: World, size: str) -> None:
    """Fill an empty world. Options: `orders` (lines), `days`, `mix`, `limits`, `products`."""
    if unknown := set(world.options) - OPTIONS:
        raise ValueError(f"there is no {', '.join(sorted(unknown))}")
    rng = world.rng
    world.state.update(
        id=f"K{rng.getrandbits(32):08d}",
        secret=f"sec-{rng.getrandbits(96):024x}",
        shop=f"shop-{rng.getrandbits(32):08x}",
        tokens=[],
        lines={},
        addresses={},
        products={},
    )
    shelf(world)
    for name in ("출고지", "반품지", "창고"):
        number = str(700 + world.number("address"))
        world.state["addresses"][number] = {
            "no": number, "name": name, "road": "서울특별시 예시구 보기로 1",
            "phone": "02-0000-0000", "updates": 0,
        }  # fmt: skip
    count = int(world.options.get("orders", SMALL))
    span = float(world.options.get("days", 3)) * 86400
    for number in range(count):
        arrive(world, span * (number + 1) / (count + 1))
    states = ("paid", "accepted", "sent", "cancelled")
    for number, row in enumerate(world.state["lines"].values()):
        state = states[number % len(states)] if world.options.get("mix", True) else "paid"
        row.update(state=state, gone=row["quantity"] if state == "cancelled" else 0)


def act(world: World, name: str, data: dict[str, Any]) -> Any:
    """What others do."""
    if name == "new_order":
        count, each = int(data.get("orders", 1)), int(data.get("lines", 1))
        return [arrive(world, 0, each) for _ in range(count)]
    row = world.state["lines"].get(str(data.get("line")))
    if row is None or name not in ACTS:
        raise ValueError(f"acts are new_order, {', '.join(ACTS)}, of a line that there is")
    facts = dict(ACTS[name])
    if name == "buyer_cancels" and data.get("done"):
        facts = {"claim": "done", "state": "cancelled", "gone": row["quantity"]}
    row.update(facts, at=now(world))
    return row["id"]


ACTS: dict[str, dict[str, Any]] = {
    "buyer_cancels": {"claim": "asked"},
    "buyer_withdraws": {"claim": "withdrawn"},
    "confirm_elsewhere": {"state": "accepted"},
    "dispatch_elsewhere": {"state": "sent", "courier": "BETA-CJ", "invoice": "600000000000"},
}


def ledger(world: World) -> dict[str, Any]:
    """Each line's true state and its confirms; each address and how often it was written."""
    return {
        "lines": {
            key: {
                "status": row["state"],
                "quantity": row["quantity"],
                "gone": row.get("gone", 0),
                "confirms": {"1": row["confirms"]} if row["confirms"] else {},
            }
            for key, row in world.state["lines"].items()
        },
        "listings": {
            key: {
                "name": row["name"],
                "price": row["price"],
                "on_sale": row["state"] == "on",
                "displayed": row["shown"],
                "sale_ends": row["ends"],
                "options": {
                    one["id"]: {"stock": one["pieces"], "extra": 0} for one in row["options"]
                },
                "kept": [row["memo"], [one.get("text") for one in row["options"]]],
            }
            for key, row in world.state["products"].items()
        },
        "templates": {
            "address": {
                key: {"values": row, "updates": row["updates"]}
                for key, row in world.state["addresses"].items()
                if not row.get("gone")
            }
        },
    }


def credentials(world: World) -> dict[str, Any]:
    """Values of the connection form that work now."""
    return {
        "seller_id": "beta_practice",
        "store": "연습 베타",
        "key_id": world.state["id"],
        "secret": world.state["secret"],
    }


SANDBOX = Sandbox(
    marketplace="beta",
    app=app,
    seed=seed,
    credentials=credentials,
    act=act,
    ledger=ledger,
    exports={"list": product_list},
)
