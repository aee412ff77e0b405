"""사용자 and 내 정보: people, roles, passwords, devices, and how pages look to a person."""

from __future__ import annotations

import pytest

from core import store
from core.models import User
from core.services import accounts
from tests.web.conftest import OWNER, PASSWORD, STAFF, Browser, log_in
from web.pages.me import device

FRESH = "새로 정한 긴 비밀번호"


def person(login: str) -> User:
    """The user with this login."""
    with store.all_workspaces():
        return next(user for user in accounts.users() if user.login == login)


def test_an_owner_adds_somebody_who_can_then_log_in(owner: Browser, visitor: Browser) -> None:
    values = {"name": "박포장", "login": STAFF, "role": "staff", "password": PASSWORD}
    answer = owner.post("/users/add", values)
    assert answer.request.path == "/users"
    assert "사용자를 추가했습니다" in owner.text
    assert "박포장" in owner.text and "직원" in owner.text
    assert log_in(visitor, STAFF).request.path == "/"


def test_a_note_is_said_once(owner: Browser) -> None:
    owner.post("/me/name", {"name": "김대표"})
    assert "이름을 저장했습니다" in owner.text
    owner.open("/me")
    assert "이름을 저장했습니다" not in owner.text


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"name": ""}, "꼭 넣어 주세요"),
        ({"name": "가" * 81}, "80자까지"),
        ({"login": "x"}, "3자 이상"),
        ({"login": OWNER}, "이미 쓰고 있는 아이디"),
        ({"role": "admin"}, "목록에서 선택해 주세요"),
        ({"password": "짧다"}, "10자 이상"),
        ({"password": "packer"}, "10자 이상"),
        ({"name": "a\x00b"}, "쓸 수 없는 문자"),
    ],
)
def test_a_wrong_user_comes_back_with_the_reason_beside_the_field(
    owner: Browser, wrong: dict[str, str], reason: str
) -> None:
    good = {"name": "박포장", "login": STAFF, "role": "staff", "password": PASSWORD}
    answer = owner.post("/users/add", {**good, **wrong})
    assert answer.status_code == 422
    assert reason in owner.text
    (name,) = wrong
    assert f'id="u-{name}-e"' in answer.text
    assert PASSWORD not in answer.text
    with store.all_workspaces():
        assert len(accounts.users()) == 1


def test_a_list_of_users_shows_formulas_and_markup_as_text(owner: Browser) -> None:
    values = {"login": STAFF, "role": "staff", "password": PASSWORD}
    owner.post("/users/add", {**values, "name": "<img src=x onerror=alert(1)>"})
    assert owner.shown is not None
    assert "<img" not in owner.shown.text
    assert "&lt;img src=x" in owner.shown.text


def test_the_own_role_and_access_are_locked_and_say_why(owner: Browser) -> None:
    me = person(OWNER)
    answer = owner.open(f"/users/{me.id}")
    assert "본인의 역할은 바꿀 수 없습니다" in owner.text
    assert "사용 중지하기" not in answer.text
    for path, values in (("role", {"role": "staff"}), ("disable", {}), ("password", {})):
        assert owner.post(f"/users/{me.id}/{path}", values).status_code == 422
    assert (person(OWNER).role, person(OWNER).disabled_at) == ("owner", None)


def test_a_new_password_from_the_owner_logs_the_person_out(owner: Browser, staff: Browser) -> None:
    packer = person(STAFF)
    answer = owner.post(f"/users/{packer.id}/password", {"password": "짧다"})
    assert answer.status_code == 422 and "10자 이상" in owner.text
    owner.post(f"/users/{packer.id}/password", {"password": FRESH})
    assert staff.open("/me").request.path == "/login"
    assert log_in(staff, STAFF, PASSWORD).status_code == 422
    assert log_in(staff, STAFF, FRESH).request.path == "/"


def test_somebody_who_was_stopped_can_be_let_in_again(owner: Browser, staff: Browser) -> None:
    packer = person(STAFF)
    owner.post(f"/users/{packer.id}/disable")
    assert "사용 중지" in owner.text
    owner.post(f"/users/{packer.id}/enable")
    assert log_in(staff, STAFF).request.path == "/"


def test_the_own_name_and_the_frame_change(owner: Browser) -> None:
    owner.post("/me/name", {"name": "김대표"})
    assert "김대표" in owner.text
    assert owner.post("/me/name", {"name": "  "}).status_code == 422


def test_changing_the_password_needs_the_old_one_and_ends_other_sessions(
    owner: Browser, visitor: Browser
) -> None:
    log_in(visitor, OWNER)
    assert owner.post("/me/password", {"old": "", "new": FRESH}).status_code == 422
    answer = owner.post("/me/password", {"old": "not the password", "new": FRESH})
    assert answer.status_code == 422 and "지금 비밀번호가 맞지 않습니다" in owner.text
    assert owner.post("/me/password", {"old": PASSWORD, "new": "짧다"}).status_code == 422
    assert owner.post("/me/password", {"old": PASSWORD, "new": FRESH}).status_code == 200
    assert owner.open("/me").status_code == 200
    assert visitor.open("/me").request.path == "/login"
    assert log_in(visitor, OWNER, FRESH).request.path == "/"


def test_guessing_the_old_password_is_slowed_down(owner: Browser) -> None:
    wrong = {"old": "not the password", "new": FRESH}
    codes = [owner.post("/me/password", wrong).status_code for _ in range(8)]
    assert codes[0] == 422 and codes[-1] == 429


def test_other_devices_are_listed_and_can_be_logged_out(owner: Browser, visitor: Browser) -> None:
    agent = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36"
    visitor.client.environ_base["HTTP_USER_AGENT"] = agent
    log_in(visitor, OWNER)
    answer = owner.open("/me")
    assert "Chrome · Windows" in owner.text and "지금 이 기기" in owner.text
    path = answer.text.split("/me/sessions/")[1].split("/end")[0]
    owner.post(f"/me/sessions/{path}/end")
    assert visitor.open("/me").request.path == "/login"
    log_in(visitor, OWNER)
    owner.post("/me/sessions/end-others")
    assert visitor.open("/me").request.path == "/login"
    assert owner.open("/me").request.path == "/me"


def test_devices_have_short_names() -> None:
    iphone = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1"
    edge = "Mozilla/5.0 (Macintosh; Intel Mac OS X) Chrome/140.0 Safari/537.36 Edg/140.0"
    assert device(iphone) == "Safari · iPhone"
    assert device(edge) == "Edge · macOS"
    assert device("curl/8.5.0") == ""


def test_language_theme_and_keys_are_the_persons_own(owner: Browser, staff: Browser) -> None:
    owner.post("/me/language", {"lang": "en", "next": "/me"})
    owner.post("/me/theme", {"theme": "dark", "next": "/me"})
    answer = owner.post("/me/keys", {"keys": "off"})
    assert '<html lang="en" data-bs-theme="dark" data-keys="off">' in answer.text
    assert '<html lang="ko" data-bs-theme="auto" data-keys="on">' in staff.open("/me").text


@pytest.mark.parametrize(
    ("path", "values"),
    [("language", {"lang": "xx"}), ("theme", {"theme": "<b>"}), ("language", {})],
)
def test_an_unknown_choice_changes_nothing_and_says_so(
    owner: Browser, path: str, values: dict[str, str]
) -> None:
    owner.post(f"/me/{path}", {**values, "next": "/me"})
    assert "바꾸지 않았습니다" in owner.text
