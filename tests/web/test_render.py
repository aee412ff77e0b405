"""Whole pages and parts, forms that come back, the frame, and reading that ends before drawing."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from jinja2 import ChoiceLoader, DictLoader
from sqlalchemy import select
from sqlalchemy.orm.exc import DetachedInstanceError

import web
from core import clock, store, vault
from core.contracts.text import Text
from core.fields import Field, Kind
from core.models import Command, User, Workspace, new_id
from tests.web.conftest import Browser
from tests.web.rows import make_all
from web import forms, frame
from web.database import db
from web.render import local, note, page

PAGE = """{% extends 'base.html' %}{% block title %}T{% endblock %}
{% block main %}<p>before</p>
{% block part %}<p id="part">{{ words() }} {{ me.name }}</p>{% endblock %}{% endblock %}"""


@pytest.fixture
def view(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Put something in the place of the page /plugins."""
    found = DictLoader({"test.html": PAGE})
    monkeypatch.setattr(app.jinja_env, "loader", ChoiceLoader([found, app.jinja_env.loader]))

    def use(called: Callable[..., Any]) -> None:
        monkeypatch.setitem(app.view_functions, "plugins.index", called)

    return use


def test_htmx_gets_the_block_and_everybody_else_the_page(
    owner: Browser, view: Callable[..., None]
) -> None:
    view(lambda: page("test.html", block="part", words=lambda: "안녕"))
    whole = owner.open("/plugins")
    assert "<html" in whole.text and 'id="part">안녕 김소유' in whole.text
    assert whole.headers["Vary"] == "HX-Request, Cookie"
    part = owner.open("/plugins", headers={"HX-Request": "true"})
    assert part.text == '<p id="part">안녕 김소유</p>'
    assert "HX-Request" in part.headers["Vary"]
    for more in ("HX-Boosted", "HX-History-Restore-Request"):
        again = owner.open("/plugins", headers={"HX-Request": "true", more: "true"})
        assert "<html" in again.text


def test_a_page_without_a_block_is_whole_for_htmx_too(
    owner: Browser, view: Callable[..., None]
) -> None:
    view(lambda: page("test.html", words=lambda: ""))
    assert "<html" in owner.open("/plugins", headers={"HX-Request": "true"}).text


def test_the_database_is_let_go_before_the_template_renders(
    owner: Browser, view: Callable[..., None]
) -> None:
    seen: list[object] = []

    def index() -> Any:
        user = db.session.scalars(select(User)).one()
        db.session.expire(user, ["login"])

        def words() -> str:
            seen.append(db.session().in_transaction())
            with pytest.raises(DetachedInstanceError):
                _ = user.login
            return user.name

        return page("test.html", words=words)

    view(index)
    assert owner.open("/plugins").status_code == 200
    assert seen == [False]


def test_pages_read_their_own_workspace_only(owner: Browser, view: Callable[..., None]) -> None:
    other = new_id()
    with store.workspace(other), store.write() as session:
        session.add(Workspace(id=other, name="다른 가게", created_at=clock.now()))
        session.flush()
        vault.create_workspace_key(session, other)
        stranger = User(
            login="stranger", name="남", role="owner", password_hash="-", created_at=clock.now()
        )
        session.add(stranger)
        session.flush()
        made = make_all(session, stranger.id)

    def index() -> Any:
        found = [user.name for user in db.session.scalars(select(User))]
        assert db.session.get(User, made[User]) is None
        return page("test.html", words=lambda: str(found))

    view(index)
    text = owner.open("/plugins").text
    assert "김소유" in text and "다른 사람" not in text
    assert '<span class="n' not in text, "the counts of the frame are of this workspace"


def test_a_request_leaves_its_workspace_to_nobody(
    owner: Browser, view: Callable[..., None]
) -> None:
    def fail() -> str:
        raise RuntimeError

    assert owner.open("/me").status_code == 200
    with pytest.raises(store.NoWorkspace):
        store.current_workspace()
    view(fail)
    assert owner.open("/plugins").status_code == 500
    with pytest.raises(store.NoWorkspace):
        store.current_workspace()


def test_the_frame_counts_what_waits_and_shows_what_runs(owner: Browser, app: Flask) -> None:
    with store.all_workspaces(), store.read() as session:
        mine = session.scalars(select(User)).one()
    with store.workspace(mine.workspace_id), store.write() as session:
        made = make_all(session, mine.id)
    text = owner.open("/plugins").text
    counted = len(re.findall(r'<span (?:id="n-jobs" )?class="n">1</span>', text))
    assert counted == 5, "orders and jobs, in both menus, and notices on top"
    with store.workspace(mine.workspace_id), store.write() as session:
        running = session.get_one(Command, made[Command])
        running.state, running.progress_done, running.progress_total = "running", 30, 120
        running.started_at = clock.now()
    text = owner.open("/plugins").text
    assert '<progress value="30" max="120"' in text
    assert f'href="/jobs/{made[Command]}"' in text


def test_a_moved_clock_is_said_on_every_page(owner: Browser) -> None:
    clock.move(26 * 3600 + 60)
    owner.open("/me")
    assert "연습 시계가 실제보다 1일 2시간 앞서 있습니다" in owner.text
    clock.move(0)


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("/orders?state=new", "/orders?state=new"),
        ("", "/"),
        ("orders", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/a\r\nSet-Cookie: x=1", "/"),
    ],
)
def test_only_a_path_of_ours_is_returned_to(address: str, kept: str) -> None:
    assert local(address) == kept


def test_a_note_has_a_tone(app: Flask) -> None:
    with app.test_request_context(), pytest.raises(ValueError, match="no tone"):
        note("loud", "…")


FIELDS = (
    Field(name="name", label=Text("이름", "Name"), max_length=5),
    Field(name="key", label=Text("키", "Key"), kind=Kind.SECRET),
    Field(name="off", label=Text("휴무일", "Days off"), kind=Kind.DATES, required=False),
    Field(name="kind", label=Text("종류", "Kind"), default="a", required=False),
)


def test_a_form_keeps_what_was_typed_and_never_a_secret(app: Flask) -> None:
    sent = {"name": "너무 긴 이름", "key": "비밀", "off": ["2026-12-25", "x"], "more": "1"}
    with app.test_request_context(method="POST", data=sent):
        cleaned, form = forms.read(FIELDS)
    assert not cleaned.ok
    assert form.errors.keys() == {"name", "off"}
    assert form.values == {
        "name": "너무 긴 이름",
        "key": False,
        "off": ["2026-12-25", "x"],
        "kind": "",
    }


def test_a_form_says_of_a_stored_secret_only_that_it_is_there(app: Flask) -> None:
    stored = {"name": "이름", "key": "비밀"}
    assert forms.blank(FIELDS, stored).values["key"] is True
    with app.test_request_context(method="POST", data={"name": "", "key": ""}):
        cleaned, form = forms.read(FIELDS, kept=stored)
    assert cleaned.values["key"] == "비밀"
    assert form.values["key"] is True
    with app.test_request_context(method="POST", data={"name": "", "key": ""}):
        assert forms.read(FIELDS)[1].values["key"] is None
    assert forms.blank(FIELDS).values == {"name": "", "key": False, "off": "", "kind": "a"}


def test_a_submission_is_one_of_ours_or_none(app: Flask) -> None:
    mine = forms.new_submission()
    for sent, found in ((mine, mine), ("", None), ("x" * 32, None), (mine + "0", None)):
        with app.test_request_context(method="POST", data={"submission": sent}):
            assert forms.submission() == found


def test_no_page_takes_a_name_of_the_frame(app: Flask) -> None:
    with app.test_request_context():
        ours = set(frame.frame())
    given: dict[str, set[str]] = {}
    for file in Path(web.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "page":
                names = {word.arg for word in node.keywords if word.arg}
                given.setdefault(file.name, set()).update(names)
    assert len(given) > 10 and "counts" in given["orders.py"]
    assert {name: names & ours for name, names in given.items() if names & ours} == {}
