"""The commands of whoever runs the server: `hanpan user` and `hanpan db`."""

from __future__ import annotations

import io
import os

import pytest

from core import schema, settings, store
from core.services import accounts, logins
from core.services.audit import Actor
from core.services.outcome import Wrong
from hanpan import cli

PASSWORD = "correct horse 판매"
BY = Actor(None, "test")


@pytest.fixture
def hanpan(store_bound, monkeypatch, capsys):
    """Run a command on the bound database: (exit code, what it said, what it complained)."""
    monkeypatch.setenv("DATABASE_URL", store_bound.url)
    monkeypatch.setenv("HANPAN_LANG", "en")
    monkeypatch.setattr(settings, "_current", None)
    monkeypatch.setattr(store, "_engine", store_bound.engine)

    def run(*arguments, typed=""):
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        code = cli.main(arguments)
        store.engine().dispose()
        store.bind(store_bound.engine)
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def add_owner():
    accounts.create_user(login="owner", name="주인", role="owner", password=PASSWORD, actor=BY)


def log_in(login, password=PASSWORD):
    return logins.log_in(login, password, address="192.0.2.7", agent="")


def test_people_are_added_listed_and_given_a_new_password(hanpan):
    add_owner()
    code, said, _ = hanpan("user", "add", "Staff", "--name", "담당", typed=f"{PASSWORD}\n")
    assert (code, said) == (0, "")
    assert hanpan("user", "list")[1].splitlines() == [
        "한판 가게\towner\t주인\towner",
        "한판 가게\tstaff\t담당\tstaff",
    ]
    token = log_in("staff")
    assert hanpan("user", "password", "staff", typed="one that is new\n")[0] == 0
    assert logins.resolve(token) is None
    log_in("staff", "one that is new")


def test_a_lost_owner_comes_back_by_the_command_line(hanpan):
    add_owner()
    hanpan("user", "add", "second", "--name", "둘", typed=f"{PASSWORD}\n")
    assert hanpan("user", "role", "second", "owner")[0] == 0
    assert hanpan("user", "disable", "owner")[0] == 0
    with pytest.raises(Wrong):
        log_in("owner")
    assert "disabled" in hanpan("user", "list")[1]
    assert hanpan("user", "enable", "owner")[0] == 0
    log_in("owner")


def test_what_is_refused_is_said_in_sentences(hanpan):
    add_owner()
    assert hanpan("user", "disable", "owner")[::2] == (
        1,
        "This is the only owner. Make somebody else an owner first.\n",
    )
    code, _, complaint = hanpan("user", "add", "staff", "--name", "담당", typed="short\n")
    assert code == 1 and complaint.startswith("password: ")
    assert hanpan("user", "password", "nobody")[::2] == (1, "There is no login nobody.\n")
    code, _, complaint = hanpan("user", "add", "x", "--name", "x", "--workspace", "none")
    assert code == 1 and "한판 가게" in complaint


def test_the_database_says_where_it_stands(hanpan):
    assert hanpan("db", "status") == (0, f"{schema.head()}\n", "")
    code, said, complaint = hanpan("db", "upgrade")
    assert (code, complaint) == (0, "") and said.splitlines()[-1] == schema.head()


def test_a_database_that_does_not_answer_is_said_so(hanpan, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://hanpan:not-shown@127.0.0.1:1/hanpan")
    settings.use(None)
    code, _, complaint = hanpan("db", "status")
    assert code == 1 and "does not answer" in complaint and "not-shown" not in complaint


def test_the_labels_of_plugins_follow_the_language_of_the_terminal(hanpan, monkeypatch):
    assert "Smart Store (smartstore)" in hanpan("plugins")[1]
    monkeypatch.setenv("HANPAN_LANG", "ko")
    assert "스마트스토어 (smartstore)" in hanpan("plugins")[1]


def test_only_the_process_hanpan_keeps_what_it_writes_to_itself(hanpan, monkeypatch):
    before = os.umask(0o022)
    try:
        hanpan("version")
        assert os.umask(0o022) == 0o022
        monkeypatch.setattr("sys.argv", ["hanpan", "version"])
        cli.main()
        assert os.umask(0o022) == 0o077
    finally:
        os.umask(before)


WRONG_USES = (
    (("user", "add"), "빠진 것이 있습니다: login, --name", "missing: login, --name"),
    (("user",), "빠진 것이 있습니다: 할일", "missing: action"),
    (("db", "down"), "할일에 'down'은(는) 없습니다", "action cannot be 'down'"),
    (("backup", "a", "b"), "모르는 인자입니다: b", "no such argument: b"),
    (("restore", "a", "--keys"), "--keys 뒤에 값을 하나 넣어 주세요", "one value after --keys"),
    (("doctor", "--json=1"), "--json에는 값을 넣지 않습니다: '1'", "--json takes no value: '1'"),
    (("worker", "slow"), "이 가운데 하나를 넣어 주세요", "choose one of"),
    (("web", "--fd", "x"), "--fd에 'x'을(를) 넣을 수 없습니다", "--fd cannot be 'x'"),
)


@pytest.mark.parametrize(("given", "korean", "english"), WRONG_USES)
def test_wrong_arguments_are_told_in_the_language_of_the_terminal(
    monkeypatch, capsys, given, korean, english
):
    for language, sentence, usage in (("ko", korean, "사용법: "), ("en", english, "Usage: ")):
        monkeypatch.setenv("HANPAN_LANG", language)
        with pytest.raises(SystemExit) as ended:
            cli.main(given)
        said = capsys.readouterr().err
        assert ended.value.code == 2
        assert sentence in said and f"{usage}hanpan {given[0]}" in said
        assert "error:" not in said and ("More: " in said) == (language == "en")


def test_the_help_of_a_command_is_in_the_language_of_the_terminal(monkeypatch, capsys):
    monkeypatch.setenv("HANPAN_LANG", "ko")
    for name in ("run", "web", "worker", "doctor", "db", "user", "keys", "backup", "restore"):
        with pytest.raises(SystemExit) as ended:
            cli.main([name, "--help"])
        said = capsys.readouterr().out
        assert ended.value.code == 0
        assert said.startswith(f"사용법: hanpan {name}")
        for english in ("show this help", "positional arguments", "options:", "default:"):
            assert english not in said
