"""The first run, the login and the choice of where to start."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask

from core import registry, store
from core.services import accounts, first_run
from tests.web.conftest import OWNER, PASSWORD, Browser, log_in

FIRST = {"workspace": "고요상회", "name": "김소유", "login": OWNER, "password": PASSWORD}


@pytest.fixture
def code(app: Flask) -> str:
    """The code that the start printed."""
    return first_run.new_first_run_code()


def test_a_fresh_installation_leads_to_the_first_run_and_asks_for_its_code(
    visitor: Browser,
) -> None:
    answer = visitor.open("/")
    assert answer.request.path == "/first"
    assert "처음 설정은 시작 주소로 엽니다" in visitor.text
    assert 'name="password"' not in answer.text


def test_a_wrong_code_is_said_and_opens_nothing(visitor: Browser, code: str) -> None:
    answer = visitor.open("/first?code=wrong")
    assert "이 코드는 맞지 않거나 이미 쓴 코드입니다" in visitor.text
    assert 'name="password"' not in answer.text
    answer = visitor.post("/first", {**FIRST, "code": "wrong"})
    assert answer.status_code == 422
    assert not first_run.owner_exists()


def test_the_first_run_makes_the_owner_and_leads_to_the_first_choice(
    visitor: Browser, code: str
) -> None:
    visitor.open(f"/first?code={code}")
    answer = visitor.post("/first", {**FIRST, "code": code})
    assert answer.request.path == "/start"
    assert "무엇으로 시작할까요?" in visitor.text
    visitor.open("/me")
    assert "고요상회" in visitor.text and "김소유" in visitor.text and "소유자" in visitor.text


def test_everything_that_is_wrong_is_told_at_once(visitor: Browser, code: str) -> None:
    visitor.open(f"/first?code={code}")
    answer = visitor.post("/first", {**FIRST, "code": code, "name": "", "password": "짧다"})
    assert answer.status_code == 422
    assert "2개 항목을 수정해 주세요" in visitor.text
    assert re.findall(r'id="f-(\w+)-e"', answer.text) == ["name", "password"]


def test_the_owner_keeps_the_language_that_the_first_run_was_in(
    visitor: Browser, code: str
) -> None:
    english = {"Accept-Language": "en"}
    visitor.open(f"/first?code={code}", headers=english)
    visitor.post("/first", {**FIRST, "code": code}, headers=english)
    assert '<html lang="en"' in visitor.open("/me").text


def test_another_language_keeps_what_was_typed_into_the_first_form(
    visitor: Browser, code: str
) -> None:
    visitor.open(f"/first?code={code}")
    answer = visitor.post("/first", {**FIRST, "code": code, "lang": "en"})
    assert '<html lang="en"' in answer.text and not first_run.owner_exists()
    assert 'value="고요상회"' in answer.text and f'value="{OWNER}"' in answer.text
    assert PASSWORD not in answer.text
    visitor.post("/first", {**FIRST, "code": code})
    assert '<html lang="en"' in visitor.open("/me").text


def test_a_wrong_first_form_comes_back_with_reasons_and_what_was_typed(
    visitor: Browser, code: str
) -> None:
    visitor.open(f"/first?code={code}")
    values = {**FIRST, "code": code, "name": "", "login": "a b", "password": "짧다"}
    answer = visitor.post("/first", values)
    assert answer.status_code == 422
    assert 'value="고요상회"' in answer.text
    assert "꼭 넣어 주세요" in visitor.text
    assert 'aria-invalid="true"' in answer.text and 'role="alert"' in answer.text
    assert "짧다" not in answer.text
    answer = visitor.post("/first", {**values, "name": "김소유"})
    assert answer.status_code == 422
    assert "띄어쓰기 없이 3자 이상" in visitor.text
    assert "10자 이상으로 정해 주세요" in visitor.text
    assert visitor.post("/first", {**FIRST, "code": code}).request.path == "/start"


def test_the_code_serves_once(visitor: Browser, owner: Browser, code: str) -> None:
    answer = visitor.open(f"/first?code={code}")
    assert answer.request.path == "/login"
    visitor.post("/first", {**FIRST, "login": "second@shop.example", "code": code})
    with store.all_workspaces():
        assert [user.login for user in accounts.users()] == [OWNER]


def test_pressing_the_first_button_twice_makes_one_owner(visitor: Browser, code: str) -> None:
    visitor.open(f"/first?code={code}")
    form = {**FIRST, "code": code}
    token = visitor.token()
    visitor.client.post("/first", data={**form, "csrf_token": token})
    visitor.client.post("/first", data={**form, "csrf_token": token})
    with store.all_workspaces():
        assert len(accounts.users()) == 1


def test_somebody_who_logs_in_gets_to_the_page_that_they_wanted(
    visitor: Browser, owner: Browser
) -> None:
    visitor.open("/plugins?x=1")
    assert visitor.shown is not None and visitor.shown.request.path == "/login"
    assert 'name="next" value="/plugins?x=1"' in visitor.shown.text
    values = {"login": OWNER, "password": PASSWORD, "next": "/plugins?x=1"}
    answer = visitor.post("/login", values, follow_redirects=False)
    assert answer.location == "/plugins?x=1"


def test_a_wrong_password_comes_back_with_the_login_kept_and_the_password_gone(
    visitor: Browser, owner: Browser
) -> None:
    answer = log_in(visitor, OWNER, "not the password")
    assert answer.status_code == 422
    assert "아이디 또는 비밀번호가 맞지 않습니다" in visitor.text
    assert f'value="{OWNER}"' in answer.text
    assert "not the password" not in answer.text


def test_a_forgotten_password_leads_to_the_command_as_it_is_typed(
    visitor: Browser, owner: Browser
) -> None:
    assert ".venv/bin/hanpan user password 아이디" in visitor.open("/login").text


def test_an_empty_login_says_what_is_missing(visitor: Browser, owner: Browser) -> None:
    answer = log_in(visitor, "", "")
    assert answer.status_code == 422
    assert answer.text.count('aria-invalid="true"') == 2


@pytest.mark.parametrize("typed", ["<script>alert(1)</script>", '"><b>x', "=1+1", "' OR 1=1"])
def test_what_was_typed_is_shown_escaped(visitor: Browser, owner: Browser, typed: str) -> None:
    answer = log_in(visitor, typed, "x")
    assert "<script>alert" not in answer.text and "><b>x" not in answer.text
    assert answer.status_code == 422


def test_nobody_who_is_logged_in_sees_the_login(owner: Browser) -> None:
    assert owner.open("/login").request.path == "/"


def test_the_first_choice_offers_the_practice_channel_of_each_marketplace(owner: Browser) -> None:
    answer = owner.open("/start")
    offered = re.findall(r'<option value="(\w+)"', answer.text)
    assert sorted(offered) == sorted(registry.current().sandboxes)
    known = registry.current().marketplaces
    closed = [known[key].sunset is not None for key in offered]
    assert closed == sorted(closed), "those that have closed come last"
    assert answer.text.count("btn-primary") == 1


def test_the_first_choice_says_how_to_turn_the_practice_server_on(
    app_with: Callable[..., Flask], owner: Browser
) -> None:
    browser = Browser(app_with(practice_port=0).test_client())
    log_in(browser, OWNER)
    answer = browser.open("/start")
    assert "HANPAN_PRACTICE_PORT" in browser.text
    assert 'name="marketplace"' not in answer.text


def test_after_the_login_the_page_that_was_pressed_on_is_open(
    owner: Browser, visitor: Browser
) -> None:
    came = {"Referer": "http://localhost/channels"}
    visitor.open("/login")
    visitor.post("/orders/collect", headers=came)
    assert visitor.shown is not None
    kept = re.findall(r'name="next" value="([^"]*)"', visitor.shown.text)[-1]
    visitor.post("/login", {"login": OWNER, "password": PASSWORD, "next": kept})
    assert visitor.shown.request.path == "/channels"
