"""Every route × role × row against the table of `web.access`."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Blueprint, Flask
from werkzeug.test import TestResponse

from core import clock, registry, schema, settings, store, vault
from core.models import LoginSession, User, Workspace, new_id
from core.services import logins
from tests.web.conftest import build
from tests.web.rows import MODELS, TEMPLATE, make_all
from web import access, create_app

# What a part of an address that names no row may be.
ARGUMENTS = {
    "filename": "hanpan.css",
    "marketplace": "smartstore",
    "type": TEMPLATE,
    "token": "nobody-knows-it",
    "digest": "0" * 64,
    "number": "1",
}
# What a form must hold to be looked at.
VALUES = {"channels.add_practice": {"marketplace": "smartstore"}}
ROLES = ("owner", "staff", "anonymous")


@dataclass(frozen=True)
class World:
    """A prepared installation: two workspaces, a session per role, a row of every model."""

    data: Path
    tokens: dict[str, str]
    own: dict[tuple[type, str], str]
    foreign: dict[type, str]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    data = tmp_path_factory.mktemp("world")
    engine = store.make_engine(f"sqlite:///{data / 'hanpan.db'}")
    schema.upgrade(engine)
    before, store._engine = store._engine, None
    store.bind(engine)
    vault.start(data / "keys.json")
    tokens: dict[str, str] = {}
    own: dict[tuple[type, str], str] = {}
    foreign: dict[type, str] = {}
    for number in range(2):
        workspace = new_id()
        with store.workspace(workspace), store.write() as session:
            session.add(Workspace(id=workspace, name=f"가게 {number}", created_at=clock.now()))
            session.flush()
            vault.create_workspace_key(session, workspace)
            people = {role: _person(role) for role in ("owner", "staff")}
            session.add_all(people.values())
            session.flush()
            if number:
                foreign = make_all(session, people["owner"].id)
                continue
            for role, person in people.items():
                tokens[role] = f"token of the {role}"
                session.add(_session(tokens[role], person.id))
                made = make_all(session, person.id)
                own |= {(model, role): key for model, key in made.items()}
    engine.dispose()
    vault.unload()
    store._engine = before
    yield World(data, tokens, own, foreign)


def _person(role: str) -> User:
    return User(
        id=new_id(), login=new_id(), name=role, role=role, password_hash="-", created_at=clock.now()
    )


def _session(token: str, user_id: str) -> LoginSession:
    return LoginSession(
        id=logins.session_id(token),
        user_id=user_id,
        csrf="csrf",
        created_at=clock.now(),
        seen_at=clock.now(),
        address="192.0.2.1",
        agent="",
    )


@pytest.fixture(scope="module")
def one_app(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """One app for the whole walk, on a copy of the world."""
    data = tmp_path_factory.mktemp("walk") / "data"
    shutil.copytree(world.data, data)
    before = store._engine
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HANPAN_DATA", str(data))
        yield build(settings.load({"HANPAN_DATA": str(data)}))
    store.engine().dispose()
    store._engine = before
    settings.use(None)
    registry.use(None)
    vault.unload()


@pytest.fixture
def app(world: World, one_app: Flask) -> Iterator[Flask]:
    """The app on a fresh copy of the world, so that what another case changed is gone."""
    data = one_app.config["HANPAN"].data
    store.engine().dispose()
    for file in data.glob("hanpan.db*"):
        file.unlink()
    shutil.copy(world.data / "hanpan.db", data)
    yield one_app


def ask(app: Flask, world: World, endpoint: str, role: str, rows: dict[str, str]) -> TestResponse:
    """Send what a page would: a GET, or a POST with the token of the session."""
    route = next(rule for rule in app.url_map.iter_rules() if rule.endpoint == endpoint)
    method = "GET" if "GET" in (route.methods or ()) else "POST"
    values = {name: rows.get(name) or ARGUMENTS[name] for name in route.arguments}
    with app.test_request_context():
        path = app.url_for(endpoint, **values)
    client = app.test_client()
    if role in world.tokens:
        client.set_cookie("hanpan", world.tokens[role])
    form = {"csrf_token": "csrf", **VALUES.get(endpoint, {})} if method == "POST" else {}
    return client.open(path, method=method, data=form, buffered=True)


@pytest.mark.parametrize("endpoint", sorted(access.TABLE))
def test_a_route_lets_in_whom_the_table_names_and_nobody_else(
    app: Flask, world: World, endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = access.TABLE[endpoint]
    monkeypatch.setitem(app.view_functions, endpoint, lambda **named: "let in")
    for role in ROLES:
        answer = ask(app, world, endpoint, role, own_rows(world, rule, role))
        if role in rule.roles and role != "anonymous":
            assert (answer.status_code, answer.text) == (200, "let in"), role
        elif role in rule.roles:
            # Before login a POST needs the token of the door, which `test_security` looks at.
            assert answer.status_code in (200, 400)
        elif role == "anonymous":
            assert answer.status_code == 303
            assert answer.location.startswith("/login")
        else:
            assert (answer.status_code, "let in" in answer.text) == (403, False), role


@pytest.mark.parametrize("endpoint", sorted(access.TABLE))
def test_a_page_answers_those_whom_it_lets_in(app: Flask, world: World, endpoint: str) -> None:
    rule = access.TABLE[endpoint]
    for role in sorted(rule.roles):
        answer = ask(app, world, endpoint, role, own_rows(world, rule, role))
        assert answer.status_code < 500 or endpoint == "health.ready", (role, answer.status)
        assert answer.status_code != 403 or "소유자만 할 수 있는" not in answer.text, role


def own_rows(world: World, rule: access.Rule, role: str) -> dict[str, str]:
    """The person's own rows for the address; of the owner for somebody who has none."""
    whose = role if role in world.tokens else "owner"
    return {name: world.own[model, whose] for name, model in rule.rows.items()}


@pytest.mark.parametrize(
    "endpoint", sorted(name for name, rule in access.TABLE.items() if rule.rows)
)
def test_rows_of_others_and_absent_rows_are_not_found(
    app: Flask, world: World, endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = access.TABLE[endpoint]
    monkeypatch.setitem(app.view_functions, endpoint, lambda **named: "let in")
    for role in rule.roles:
        for wrong, model in rule.rows.items():
            own = own_rows(world, rule, role)
            others = [world.foreign[model], new_id(), "x" * 300]
            if rule.personal:
                other = "staff" if role == "owner" else "owner"
                others.append(world.own[model, other])
            for key in others:
                answer = ask(app, world, endpoint, role, {**own, wrong: key})
                assert answer.status_code == 404, (role, wrong, answer.status)


def test_every_part_of_an_address_is_a_row_of_the_table_or_known_to_name_none(app: Flask) -> None:
    for route in app.url_map.iter_rules():
        rows = access.TABLE[route.endpoint].rows
        assert route.arguments <= rows.keys() | ARGUMENTS.keys(), route.rule


def test_every_model_that_an_address_names_is_walked() -> None:
    named = {model for rule in access.TABLE.values() for model in rule.rows.values()}
    assert named <= set(MODELS)


def test_a_route_without_a_line_keeps_the_app_from_starting(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(access.TABLE, "plugins.index")
    with pytest.raises(access.Unlisted, match=r"plugins\.index: no line"):
        access.check(app)


def test_a_line_without_a_route_keeps_the_app_from_starting(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(access.TABLE, "gone.index", access.Rule(access.STAFF))
    with pytest.raises(access.Unlisted, match=r"gone\.index: no such route"):
        access.check(app)


def test_a_line_that_names_an_argument_which_the_address_lacks_keeps_the_app_from_starting(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(access.TABLE, "plugins.index", access.Rule(access.STAFF, {"id": User}))
    with pytest.raises(access.Unlisted, match="its address has no <id>"):
        access.check(app)


def test_create_app_asks_for_the_lines(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    from web import pages

    stray = Blueprint("stray", __name__)
    stray.add_url_rule("/stray", "index", lambda: "")
    monkeypatch.setattr(pages, "BLUEPRINTS", (*pages.BLUEPRINTS, stray))
    with pytest.raises(access.Unlisted, match=r"stray\.index"):
        create_app(app.config["HANPAN"])


def test_somebody_sent_to_the_login_comes_back_to_the_page_they_wanted(
    app: Flask, world: World
) -> None:
    answer = app.test_client().get("/users?page=2")
    assert answer.location == "/login?next=/users?page%3D2"


def test_a_part_asked_for_after_the_session_ended_sends_the_whole_browser_to_the_login(
    app: Flask, world: World
) -> None:
    answer = app.test_client().get("/plugins", headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/login"


@pytest.mark.parametrize(
    ("referrer", "following"),
    [
        ("http://localhost/orders?view=new", "/login?next=/orders?view%3Dnew"),
        ("http://localhost/orders/confirm", "/login"),  # opened by a POST alone
        ("http://evil.example/orders", "/login"),
        ("http://localhost//evil.example/", "/login"),
        ("", "/login"),
    ],
)
def test_what_was_pressed_after_the_session_ended_is_said_not_to_be_sent(
    app: Flask, world: World, referrer: str, following: str
) -> None:
    client = app.test_client()
    answer = client.post("/orders/collect", headers={"Referer": referrer} if referrer else {})
    assert answer.location == following
    page = client.get(answer.location).text
    assert "로그인이 끝났습니다. 방금 누른 것은 보내지 않았습니다." in page
    assert "로그인이 끝났습니다" not in client.get("/login").text, "it is said once"


def test_a_part_that_was_pressed_leads_back_to_the_page_around_it(app: Flask, world: World) -> None:
    told = {"HX-Request": "true", "HX-Current-URL": "http://localhost/jobs?state=waiting"}
    answer = app.test_client().post("/orders/collect", headers=told)
    assert answer.headers["HX-Redirect"] == "/login?next=/jobs?state%3Dwaiting"
