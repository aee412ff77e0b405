"""Headers, cookies, proof that a POST is ours, lockout, and failures that tell nothing."""

from __future__ import annotations

import logging
import re
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, abort
from werkzeug.test import TestResponse

from core import keys, settings, store
from core.contracts.text import Text
from core.services import accounts
from core.services.outcome import Forbidden, Locked, Missing, Wrong
from core.settings import Settings
from tests.web.conftest import OWNER, PASSWORD, STAFF, Browser, log_in
from web import create_app, health, security

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


class HTTPError(Exception):
    """Stands for `abort(code)`."""

    def __init__(self, code: int) -> None:
        self.code = code


HTTPS = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "198.51.100.7"}


def cookies(answer: TestResponse) -> dict[str, str]:
    """The Set-Cookie headers by the cookie's name."""
    return {line.split("=", 1)[0]: line for line in answer.headers.getlist("Set-Cookie")}


# Headers


@pytest.mark.parametrize(
    "path", ["/login", "/me", "/users", "/plugins", "/start", "/nowhere", "/healthz", "/readyz"]
)
def test_every_answer_carries_the_headers(owner: Browser, path: str) -> None:
    answer = owner.client.get(path)
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cache-Control"] == "no-store"
    assert re.fullmatch(r"[0-9a-f]{12}", answer.headers["X-Request-Id"])
    assert "Strict-Transport-Security" not in answer.headers


def test_no_page_has_anything_inline_or_foreign(owner: Browser) -> None:
    for path in ("/me", "/users", "/users/add", "/plugins", "/start", "/nowhere"):
        text = owner.open(path).text
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:", text)
        assert not re.search(r"""(?:src|href|action)=["'](?:https?:)?//""", text), path


def test_files_may_be_kept_and_pages_may_not(owner: Browser) -> None:
    found = re.search(r'href="(/static/hanpan\.[0-9a-f]{8}\.css)"', owner.open("/me").text)
    assert found is not None
    with owner.client.get(found[1]) as answer:
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_over_https_cookies_are_bound_to_the_host_and_hsts_is_sent(
    app_with: Callable[..., Flask], owner: Browser
) -> None:
    app = app_with(proxy_hops=1, public_url="https://shop.example")
    client = app.test_client()
    answer = client.get("/login", headers=HTTPS)
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    token = re.search(r'name="csrf_token" value="([^"]+)"', answer.text)
    assert token is not None
    door = cookies(answer)["__Host-hanpan-notes"]
    assert "Secure" in door and "HttpOnly" in door and "Path=/" in door and "Domain" not in door
    client.set_cookie("__Host-hanpan-notes", door.split("=", 1)[1].split(";")[0])
    form = {"csrf_token": token[1], "login": OWNER, "password": PASSWORD}
    answer = client.post("/login", data=form, headers=HTTPS)
    assert answer.status_code == 303
    line = cookies(answer)["__Host-hanpan"]
    assert "Secure" in line and "HttpOnly" in line and "SameSite=Lax" in line and "Path=/" in line
    assert "Domain" not in line and "Expires" not in line and "Max-Age" not in line


def test_over_http_the_cookie_has_a_plain_name(owner: Browser) -> None:
    browser = Browser(owner.client.application.test_client())
    browser.open("/login")
    answer = browser.post("/login", {"login": OWNER, "password": PASSWORD}, follow_redirects=False)
    line = cookies(answer)["hanpan"]
    assert "HttpOnly" in line and "SameSite=Lax" in line and "Secure" not in line


def test_a_proxy_that_was_not_declared_is_not_believed(owner: Browser) -> None:
    answer = owner.client.get("/me", headers=HTTPS)
    assert answer.status_code == 200, "the session's plain cookie counts: this is http"
    assert "Strict-Transport-Security" not in answer.headers


def test_an_unencrypted_installation_that_others_reach_says_so_on_every_page(
    app_with: Callable[..., Flask], owner: Browser
) -> None:
    app = app_with(insecure_http=True)
    browser = Browser(app.test_client())
    for path in ("/login", "/nowhere"):
        browser.open(path)
        assert "암호화되지 않은 연결입니다" in browser.text
    assert "암호화되지 않은" not in owner.open("/me").text


# A POST is ours


@pytest.mark.parametrize(
    "sent", [{}, {"csrf_token": ""}, {"csrf_token": "x"}, {"csrf_token": "한글"}]
)
def test_a_post_without_the_token_changes_nothing(owner: Browser, sent: dict[str, str]) -> None:
    answer = owner.client.post("/me/name", data={"name": "바뀐 이름", **sent})
    assert answer.status_code == 400
    assert "바뀐 이름" not in owner.open("/me").text


def test_the_token_of_another_session_does_not_serve(owner: Browser, staff: Browser) -> None:
    token = staff.token()
    answer = owner.client.post("/me/name", data={"name": "바뀐 이름", "csrf_token": token})
    assert answer.status_code == 400


def test_the_token_may_come_as_a_header(owner: Browser) -> None:
    answer = owner.client.post(
        "/me/name", data={"name": "새 이름"}, headers={security.HEADER: owner.token()}
    )
    assert answer.status_code == 303
    assert "새 이름" in owner.open("/me").text


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:9999"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_post_from_another_site_is_refused_even_with_the_token(
    owner: Browser, headers: dict[str, str]
) -> None:
    answer = owner.post("/me/name", {"name": "바뀐 이름"}, headers=headers)
    assert answer.status_code == 400
    assert "다른 사이트에서 보낸 요청" in owner.text


def test_behind_a_proxy_that_rewrites_the_host_the_public_address_is_ours(
    app_with: Callable[..., Flask], owner: Browser
) -> None:
    browser = Browser(app_with(public_url="https://shop.example").test_client())
    browser.open("/login")
    answer = browser.post(
        "/login",
        {"login": OWNER, "password": PASSWORD},
        headers={"Origin": "https://shop.example"},
    )
    assert answer.status_code != 400


def test_every_form_of_the_pages_carries_the_token(owner: Browser, staff: Browser) -> None:
    for path in ("/me", "/users", "/users/add", "/plugins", "/start"):
        text = owner.open(path).text
        forms = re.findall(r"<form\b.*?</form>", text, re.S)
        posts = [form for form in forms if 'method="post"' in form]
        assert posts
        assert all('name="csrf_token" value="' in form for form in posts), path


def test_a_form_that_is_too_large_is_refused(owner: Browser) -> None:
    answer = owner.post("/me/name", {"name": "가" * 1_000_000})
    assert answer.status_code == 413


# Sessions


def test_a_login_begins_a_session_of_its_own(visitor: Browser, owner: Browser) -> None:
    visitor.client.set_cookie("hanpan", "chosen by a stranger")
    log_in(visitor, OWNER)
    cookie = visitor.client.get_cookie("hanpan")
    assert cookie is not None and cookie.value != "chosen by a stranger"
    assert visitor.open("/me").status_code == 200


def test_logging_out_ends_the_session_on_the_server(owner: Browser) -> None:
    cookie = owner.client.get_cookie("hanpan")
    assert cookie is not None
    owner.post("/logout")
    owner.client.set_cookie("hanpan", cookie.value)
    owner.open("/me")
    assert owner.shown is not None and owner.shown.request.path == "/login"


def test_a_disabled_user_is_out_at_once(owner: Browser, staff: Browser) -> None:
    with store.all_workspaces():
        packer = next(user for user in accounts.users() if user.login == STAFF)
    owner.post(f"/users/{packer.id}/disable")
    staff.open("/me")
    assert staff.shown is not None and staff.shown.request.path == "/login"
    assert log_in(staff, STAFF).status_code == 422


def test_a_role_that_was_taken_is_gone_with_the_next_page(owner: Browser, staff: Browser) -> None:
    with store.all_workspaces():
        packer = next(user for user in accounts.users() if user.login == STAFF)
    assert staff.open("/users").status_code == 403
    owner.post(f"/users/{packer.id}/role", {"role": "owner"})
    assert staff.open("/users").status_code == 200


def test_wrong_passwords_are_slowed_down_only_where_they_come_from(
    app_with: Callable[..., Flask], owner: Browser
) -> None:
    app = app_with(proxy_hops=1)

    def attempt(address: str, password: str) -> TestResponse:
        browser = Browser(app.test_client())
        headers = {"X-Forwarded-For": address}
        browser.open("/login", headers=headers)
        values = {"login": OWNER, "password": password}
        return browser.post("/login", values, headers=headers, follow_redirects=False)

    answers = [attempt("198.51.100.7", "wrong password") for _ in range(7)]
    assert [answer.status_code for answer in answers[:4]] == [422] * 4
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert "기다려야 합니다" in answers[-1].text
    assert attempt("198.51.100.7", PASSWORD).status_code == 429
    assert attempt("203.0.113.9", PASSWORD).status_code == 303


def test_the_login_does_not_tell_who_has_an_account(visitor: Browser, owner: Browser) -> None:
    def words(login: str) -> str:
        browser = Browser(visitor.client.application.test_client())
        log_in(browser, login, "wrong password")
        return browser.text.replace(login, "")

    assert words(OWNER) == words("nobody@shop.example")


@pytest.mark.parametrize(
    "wanted", ["//evil.example", "https://evil.example", "/\\evil.example", "/\tevil", "me"]
)
def test_after_the_login_nobody_is_sent_to_another_site(
    visitor: Browser, owner: Browser, wanted: str
) -> None:
    visitor.open("/login")
    values = {"login": OWNER, "password": PASSWORD, "next": wanted}
    answer = visitor.post("/login", values, follow_redirects=False)
    assert answer.location == "/"


# What is kept and told


def test_the_key_of_the_notes_is_readable_by_us_alone_and_kept(configured: Settings) -> None:
    first = create_app(configured).secret_key
    assert create_app(configured).secret_key == first
    mode = stat.S_IMODE((configured.data / "secret").stat().st_mode)
    assert mode == 0o600
    assert [path.name for path in configured.data.glob("secret*")] == ["secret"]


def test_the_log_names_routes_and_nobody(owner: Browser, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    owner.open("/login?next=/orders?q=홍길동")
    owner.post("/users/add", {"name": "홍길동", "login": "hong@shop.example", "password": "secret"})
    told = "\n".join(record.getMessage() for record in caplog.records)
    assert "POST /users/add 422" in told
    for hidden in ("홍길동", "hong", "secret", OWNER, "127.0.0.1", "q="):
        assert hidden not in told


def test_a_failure_of_ours_tells_its_number_and_not_its_words(
    app: Flask, owner: Browser, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    buyer = ("홍길" + "동", "010" + "-1234-5678")

    def fail(**named: Any) -> str:
        raise ValueError(" ".join(buyer))

    monkeypatch.setitem(app.view_functions, "plugins.index", fail)
    answer = owner.open("/plugins")
    assert answer.status_code == 500
    assert "저희 쪽 잘못입니다" in owner.text
    number = answer.headers["X-Request-Id"]
    assert number in answer.text
    told = "\n".join(record.getMessage() for record in caplog.records)
    assert f"request {number} failed" in told and "ValueError" in told and "in fail" in told
    assert not any(hidden in told + answer.text for hidden in buyer)


@pytest.mark.parametrize(
    ("raised", "code", "words"),
    [
        (HTTPError(422), 422, "요청하신 대로 할 수 없습니다"),
        (HTTPError(415), 415, "이 요청을 읽을 수 없습니다"),
        (HTTPError(503), 503, "지금은 화면을 만들 수 없습니다"),
        (Missing("x"), 404, "이 주소에는 화면이 없습니다"),
        (Forbidden(Text("이 마켓에는 없는 일입니다.", "-")), 403, "이 마켓에는 없는 일입니다."),
        (Wrong({"": Text("하나뿐인 소유자입니다.", "-")}), 422, "하나뿐인 소유자입니다."),
        (Locked(61.5, {"": Text("기다려 주세요.", "-")}), 429, "기다려 주세요."),
    ],
)
def test_whatever_a_page_declines_is_said_in_words(
    app: Flask,
    owner: Browser,
    monkeypatch: pytest.MonkeyPatch,
    raised: Exception,
    code: int,
    words: str,
) -> None:
    def decline(**named: Any) -> str:
        if isinstance(raised, HTTPError):
            abort(raised.code)
        raise raised

    monkeypatch.setitem(app.view_functions, "plugins.index", decline)
    answer = owner.open("/plugins")
    assert answer.status_code == code
    assert words in owner.text and "저희 쪽 잘못" not in owner.text
    if code == 429:
        assert answer.headers["Retry-After"] == "62"


def test_an_address_for_buttons_says_so(owner: Browser) -> None:
    answer = owner.open("/me/name")
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "OPTIONS, POST"
    assert "버튼으로만 쓰는 주소입니다" in owner.text


def test_the_site_starts_and_says_so_while_the_database_is_away(
    configured: Settings, tmp_path: Path
) -> None:
    keys.create(configured.keys_file)
    away = replace(configured, database_url=f"sqlite:///{tmp_path / 'no' / 'such' / 'folder.db'}")
    browser = Browser(create_app(away).test_client())
    answer = browser.open("/login")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "60"
    assert "데이터베이스가 바쁘거나" in browser.text
    assert browser.open("/healthz").status_code == 200
    answer = browser.open("/readyz")
    assert answer.status_code == 503
    assert "데이터베이스가 응답하지 않습니다" in answer.text
    browser.client.set_cookie("hanpan", "a token")
    assert browser.open("/readyz").status_code == 503
    assert "데이터베이스가 응답하지 않습니다" in browser.text


def test_readyz_says_that_redis_is_away(app_with: Callable[..., Flask], tmp_path: Path) -> None:
    browser = Browser(app_with(redis_url=f"unix://{tmp_path / 'nobody'}").test_client())
    answer = browser.open("/readyz")
    assert answer.status_code == 503
    assert answer.text.startswith("Redis가 응답하지 않습니다")


def test_pages_say_that_redis_is_away_until_it_is_back(
    owner: Browser, configured: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "LOOK_S", 0.0)
    said = "Redis가 응답하지 않습니다"
    owner.open("/")
    assert said not in owner.text
    settings.use(replace(configured, redis_url=f"unix://{tmp_path / 'nobody'}"))
    owner.open("/")
    assert said in owner.text
    settings.use(configured)
    owner.open("/")
    assert said not in owner.text


def test_readyz_says_when_all_is_there(visitor: Browser) -> None:
    answer = visitor.open("/readyz")
    assert answer.status_code == 200, answer.text


# Addresses


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "evil.example:8000"])
def test_another_sites_name_for_us_is_refused(owner: Browser, host: str) -> None:
    for path in ("/me", "/login", "/healthz"):
        assert owner.client.get(path, headers={"Host": host}).status_code == 400, path
    for ours in ("localhost", "127.0.0.1:8765", "[::1]:8765"):
        assert owner.client.get("/login", headers={"Host": ours}).status_code in (200, 302, 303)


def test_behind_a_proxy_only_the_public_name_is_ours(
    app_with: Callable[..., Flask], owner: Browser
) -> None:
    client = app_with(proxy_hops=1, public_url="https://shop.example").test_client()
    assert (
        client.get("/login", headers={**HTTPS, "X-Forwarded-Host": "shop.example"}).status_code
        == 200
    )
    named = {**HTTPS, "X-Forwarded-Host": "evil.example"}
    assert client.get("/login", headers=named).status_code == 400


@pytest.mark.parametrize(
    "address", ["/orders?q=a%00b", "/orders?q=%00", "/jobs?ch=%00", "/orders/a%00b", "/login?%00"]
)
def test_an_address_that_no_database_takes_is_refused(owner: Browser, address: str) -> None:
    assert owner.client.get(address).status_code == 400


@pytest.mark.parametrize("length", [200, 255, 4000])
def test_a_file_with_an_absurd_name_is_not_found(visitor: Browser, length: int) -> None:
    for name in ("a" * length + ".css", "/".join("ab" * (length // 4)) + ".12345678.css"):
        assert visitor.client.get(f"/static/{name}").status_code == 404
