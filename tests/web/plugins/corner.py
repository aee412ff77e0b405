"""Two invented marketplaces for page tests: one that approves, searches and confirms by reading,
and one that has closed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from hanpan.api import (
    Approval,
    Assumed,
    Capability,
    CredentialsForm,
    Field,
    Found,
    Host,
    KeyRule,
    Kind,
    Line,
    LineState,
    Marketplace,
    NotFound,
    OrderSync,
    Page,
    Rejected,
    Remote,
    Repeat,
    Request,
    Response,
    Sandbox,
    Scope,
    Service,
    Step,
    Sunset,
    TakeNew,
    TemplateType,
    Text,
    Tone,
    Values,
    Verified,
    World,
    Write,
    WsgiApp,
    hookimpl,
    take,
)

API = (0, 1)
KEY, CLOSED = "corner", "dusk"
READ, WRITE = Text("주소 조회", "Read addresses"), Text("주소 등록", "Make addresses")
IN_USE = Text("상품 300개가 쓰고 있어 지울 수 없습니다.", "300 products use it.")


class Client:
    """One call of everything: a name, and what goes with it."""

    def __init__(self, values: Values, host: Host) -> None:
        self.values, self.http = values, host.http["api"]

    def ask(self, what: str, *, write: bool = False, **told: Any) -> Any:
        """The answer to `what`; raises Rejected with the reason that the marketplace gave."""
        answer = self.http.send("POST", f"/{what}", bucket="", write=write, json=told)
        if answer.status == 404:
            raise NotFound
        if answer.status == 409:
            raise Rejected(IN_USE)
        return answer.json()


def verify(client: Client) -> Verified:
    told = client.ask("shop")
    return Verified(identity=str(take(told, "id")), granted=bool(told["granted"]))


def fetch(client: Client, cursor: str) -> Page[Remote]:
    return Page([Remote(one["id"], one["values"]) for one in client.ask("addresses")], "")


def create(client: Client, values: Values) -> Remote:
    return Remote(client.ask("make", write=True, values=dict(values)), values)


def update(client: Client, remote_id: str, values: Values) -> Remote:
    client.ask("change", write=True, id=remote_id, values=dict(values))
    return Remote(remote_id, values)


def delete(client: Client, remote_id: str) -> None:
    client.ask("delete", write=True, id=remote_id)


def search(client: Client, query: str) -> Sequence[Found]:
    return [
        Found(value=code, label=text, fills={"address": text})
        for code, text in client.ask("search", query=query)
    ]


def line(told: dict[str, Any]) -> Line:
    when = datetime.fromisoformat(told["at"])
    return Line(
        order_no=told["no"], line_no="1", line_key=told["no"], state=LineState.CONFIRMED,
        ordered_at=when, paid_at=when, product_name="Soap", product_no="1", quantity=1,
        amount=9_000,
    )  # fmt: skip


def taken(client: Client, start: datetime, end: datetime) -> Sequence[Line]:
    return [line(one) for one in client.ask("confirmed")]


def take_new(client: Client, start: datetime, end: datetime) -> Sequence[Line]:
    return [line(one) for one in client.ask("take", write=True)]


def _key(name: str, ko: str, en: str, row: Text) -> Field:
    return Field(name=name, label=Text(ko, en), kind=Kind.SECRET, required=False, row=row)


FIELDS = (
    Field(name="shop_no", label=Text("상점번호", "Shop number")),
    _key("read_cite", "인증키", "Key", READ),
    _key("read_secret", "비밀키", "Secret key", READ),
    _key("write_cite", "인증키", "Key", WRITE),
    _key("write_secret", "비밀키", "Secret key", WRITE),
)
ADDRESS = TemplateType(
    marketplace=KEY,
    key="place",
    label=Text("창고 주소", "Warehouses"),
    fields=(
        Field(name="name", label=Text("이름", "Name"), encoding="euc-kr"),
        Field(
            name="use", label=Text("쓰임", "Use"), kind=Kind.CHOICE, default="out", fixed=True,
            choices=(("out", Text("출고", "Ships")), ("in", Text("반품", "Returns"))),
        ),
        Field(name="fee", label=Text("추가 요금", "Extra fee"), kind=Kind.MONEY, required=False),
        Field(name="building", label=Text("주소 찾기", "Find the address"), kind=Kind.LOOKUP),
        Field(
            name="address", label=Text("주소", "Address"), required=False,
            readonly=Text("찾은 주소로 정해집니다.", "Set by the search."),
        ),
    ),
    title=lambda values: str(values["name"]),
    fetch=fetch,
    create=create,
    update=update,
    delete=delete,
    lookups={"building": search},
    needs={
        Capability.IMPORT: ["read_cite", "read_secret"],
        Capability.CREATE: ["write_cite", "write_secret"],
    },
    may_be_empty=True,
)  # fmt: skip


def serve(world: World) -> WsgiApp:
    def app(environ: Any, start_response: Any) -> Any:
        asked = Request.read(world, environ)
        told = json.loads(asked.body or b"{}")
        with world.lock:
            status, said = answer(world, asked.path.strip("/"), told)
        return Response(status, json.dumps(said).encode()).start(start_response)

    return app


def answer(world: World, what: str, told: dict[str, Any]) -> tuple[int, Any]:
    state, places = world.state, world.state["places"]
    world.record("call", what)
    if what == "shop":
        return 200, {"id": "corner-1", "granted": state["granted"]}
    if what == "addresses":
        return 200, [{"id": key, "values": values} for key, values in places.items()]
    if what == "make":
        key = str(world.number("place"))
        places[key] = told["values"]
        return 200, key
    if what == "change":
        places[told["id"]] = told["values"]
    elif what == "delete":
        if state["used"] == told["id"]:
            return 409, None
        places.pop(told["id"], None)
    elif what == "search":
        known = {"1111": "Sejong-daero 110", "2222": "Sejong-daero 209"}
        return 200, [(code, text) for code, text in known.items() if told["query"] in text]
    elif what == "take":
        fresh, state["new"] = state["new"], []
        state["confirmed"] += fresh
        return 200, fresh
    elif what == "confirmed":
        return 200, state["confirmed"]
    return 200, None


def seed(world: World, size: str) -> None:
    place = {"name": "Main", "use": "in", "fee": 3000, "building": "1111", "address": "Old road 1"}
    order = {"no": f"C{world.number('order'):05d}", "at": world.now().isoformat()}
    world.state.update(
        granted=True,
        used="",
        new=[order],
        confirmed=[],
        places={"7": place, "8": {**place, "name": "Spare"}},
    )


def act(world: World, name: str, data: dict[str, Any]) -> None:
    """`set` changes what stands in the world."""
    if name != "set":
        raise ValueError(name)
    world.state.update(data)
    world.dirty = True


def credentials(world: World) -> dict[str, Any]:
    keys = {name: "k" * 24 for name in ("read_cite", "read_secret")}
    return {"seller_id": "corner", "store": "Corner", "shop_no": "77", **keys}


@hookimpl
def register_marketplaces() -> list[Marketplace]:
    return [
        Marketplace(
            key=KEY,
            label=Text("모퉁이장터", "Corner"),
            mark="C",
            tone=Tone.OLIVE,
            bases={"api": "https://corner.example"},
            setup=(Step.credentials(), Step.template("place")),
            caller_ip_limit=2,
            key_rules=(
                KeyRule(Text("키는 해마다 바꿉니다.", "Keys change each year."), monthly=True),
            ),
            assumed=(
                Assumed(
                    calls=("template.place.delete",),
                    text=Text("지우는 호출은 짐작한 것입니다.", "Deleting is composed."),
                ),
            ),
        ),
        Marketplace(
            key=CLOSED,
            label=Text("저녁장터", "Dusk"),
            mark="D",
            tone=Tone.SLATE,
            bases={"api": "https://dusk.example"},
            setup=(Step.credentials(),),
            sunset=Sunset(
                on=date(2025, 11, 10),
                source="dusk.example/notice",
                text=Text("저녁장터는 문을 닫았습니다.", "Dusk has closed."),
            ),
        ),
    ]


@hookimpl
def register_credentials_forms() -> list[CredentialsForm]:
    return [
        CredentialsForm(
            marketplace=KEY,
            fields=FIELDS,
            connect=Client,
            verify=verify,
            bucket=lambda values: str(values["shop_no"]),
            approval=Approval(
                service=Service.ORDER,
                usual_days=(2, 5),
                text=Text("주문 API는 메일로 신청합니다.", "Ask for the order API by mail."),
            ),
        ),
        CredentialsForm(
            marketplace=CLOSED,
            fields=(Field(name="key", label=Text("열쇠", "Key"), kind=Kind.SECRET),),
            connect=Client,
            verify=verify,
            bucket=lambda values: "dusk",
        ),
    ]


@hookimpl
def register_template_types() -> list[TemplateType]:
    return [ADDRESS]


@hookimpl
def register_order_syncs() -> list[OrderSync]:
    def of(marketplace: str, **more: Any) -> OrderSync:
        return OrderSync(
            marketplace=marketplace,
            start=lambda since: "",
            changes=lambda client, cursor: Page([], ""),
            get=lambda client, keys: [],
            every=timedelta(minutes=10),
            **more,
        )

    confirm = Write(scope=Scope.LINE, repeat=Repeat.HARMLESS, send=lambda client, items: [])
    return [of(KEY, take_new=TakeNew(take=take_new, taken=taken)), of(CLOSED, confirm=confirm)]


@hookimpl
def register_sandboxes() -> list[Sandbox]:
    return [
        Sandbox(
            marketplace=KEY,
            app=serve,
            seed=seed,
            credentials=credentials,
            act=act,
            example="Market street",
        ),
        Sandbox(
            marketplace=CLOSED,
            app=serve,
            seed=seed,
            credentials=lambda world: {"seller_id": "dusk", "store": "Dusk", "key": "k"},
            act=act,
        ),
    ]
