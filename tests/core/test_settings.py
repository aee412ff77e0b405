"""Settings: every wrong one is a sentence with an example, all at once, no secret repeated."""

from __future__ import annotations

from pathlib import Path

import pytest

from core import settings
from core.settings import NAMES, SECRETS, SettingsError, load, unknown

WRONG = [
    ("HANPAN_PORT", "eighty", "1 to 65535"),
    ("HANPAN_PORT", "0", "1 to 65535"),
    ("HANPAN_PORT", "70000", "1 to 65535"),
    ("HANPAN_PRACTICE_PORT", "-1", "1 to 65535"),
    ("HANPAN_HOST", "http://127.0.0.1", "not an address"),
    ("HANPAN_HOST", "127.0.0.1:8000", "not an address"),
    ("HANPAN_LEASE_S", "0", "seconds from 1"),
    ("HANPAN_LEASE_S", "nan", "seconds from 1"),
    ("HANPAN_SWEEP_S", "1e3", "seconds from 0.1"),
    ("HANPAN_SETTLE_S", "-2", "seconds from 0"),
    ("HANPAN_IDLE_MINUTES", "0", "minutes from 1"),
    ("HANPAN_PROXY_HOPS", "one", "0 to 9"),
    ("HANPAN_INSECURE_HTTP", "maybe", "1 or 0"),
    ("HANPAN_PLUGINS_DIR", "/no/such/folder", "no folder"),
    ("HANPAN_PUBLIC_URL", "hanpan.example", "not the address of a website"),
    ("HANPAN_SMTP_URL", "mail.example", "not the address of a mail server"),
    ("HANPAN_MAIL_FROM", "a b@c", "not an e-mail address"),
    ("DATABASE_URL", "mysql://db/hanpan", "neither"),
    ("DATABASE_URL", "sqlite://", "path of the SQLite file"),
    ("DATABASE_URL", "postgresql://db", "name of the database"),
    ("DATABASE_URL", "postgresql://db:port/hanpan", "malformed"),
    ("REDIS_URL", "http://redis", "not the address of a Redis"),
    ("REDIS_URL", "redis://redis/first", "not a number"),
    ("REDIS_URL", "unix://", "not the address of a Redis"),
]


def problems_of(environ: dict[str, str]) -> list[settings.Problem]:
    """What is wrong with an environment."""
    with pytest.raises(SettingsError) as caught:
        load(environ)
    return caught.value.problems


def test_an_empty_environment_is_a_loopback_installation_on_sqlite() -> None:
    found = load({})
    assert (found.host, found.port, found.practice_port) == ("127.0.0.1", 8000, 8100)
    assert found.data == Path("var").absolute()
    assert found.database_url == f"sqlite:///{found.data}/hanpan.db"
    assert found.redis == f"unix://{found.data}/redis/redis.sock"
    assert found.keys_file == found.data / "keys.json"
    assert (found.lease_s, found.sweep_s, found.settle_s) == (60, 30, None)


@pytest.mark.parametrize(("name", "value", "phrase"), WRONG)
def test_a_wrong_value_is_one_sentence_with_an_example(name: str, value: str, phrase: str) -> None:
    (problem,) = [found for found in problems_of({name: value}) if found.setting == name]
    assert phrase in problem.text.en
    for sentence in (problem.text.ko, problem.text.en):
        assert sentence.startswith(f"{name}: ")
        assert f"{name}={NAMES[name]}" in sentence


def test_every_example_is_itself_right(tmp_path: Path) -> None:
    load({**NAMES, "HANPAN_PLUGINS_DIR": str(tmp_path)})


def test_everything_that_is_wrong_is_said_at_once() -> None:
    found = problems_of({"HANPAN_PORT": "x", "DATABASE_URL": "y", "REDIS_URL": "z"})
    assert {problem.setting for problem in found} == {"HANPAN_PORT", "DATABASE_URL", "REDIS_URL"}


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("shape", ["ftp://u:{}@h/x", "//{}", "{}", "redis://u:{}@h:port/0"])
def test_no_sentence_repeats_what_may_be_a_password(name: str, shape: str) -> None:
    for problem in problems_of({name: shape.format("canary-9f3")}):
        assert "canary-9f3" not in problem.text.ko + problem.text.en


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_may_stand_in_a_file(name: str, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(f"{NAMES[name]}\n")
    more = {"HANPAN_MAIL_FROM": "a@b.example"}
    assert load({f"{name}_FILE": str(file), **more}) == load({name: NAMES[name], **more})


def test_a_secret_given_twice_or_in_no_file_is_said() -> None:
    (twice,) = problems_of({"REDIS_URL": "redis://h", "REDIS_URL_FILE": "/x"})
    assert "both set" in twice.text.en
    (missing,) = problems_of({"DATABASE_URL_FILE": "/no/such/file"})
    assert "/no/such/file" in missing.text.en


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.0.7", "::", "shop.example"])
def test_other_computers_are_let_in_only_by_https_or_on_purpose(host: str) -> None:
    (refused,) = problems_of({"HANPAN_HOST": host})
    assert "HANPAN_PROXY_HOPS=1" in refused.text.ko
    assert "HANPAN_INSECURE_HTTP=1" in refused.text.ko
    assert load({"HANPAN_HOST": host, "HANPAN_PROXY_HOPS": "1"}).host == host
    assert load({"HANPAN_HOST": host, "HANPAN_INSECURE_HTTP": "1"}).insecure_http


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.0.1", "::1", "[::1]", "localhost"])
def test_this_computer_alone_needs_no_leave(host: str) -> None:
    load({"HANPAN_HOST": host})


def test_the_practice_port_is_not_the_port() -> None:
    (problem,) = problems_of({"HANPAN_PORT": "8100"})
    assert problem.setting == "HANPAN_PRACTICE_PORT"
    assert load({"HANPAN_PORT": "8100", "HANPAN_PRACTICE_PORT": "0"}).practice_port == 0


def test_mail_needs_a_sender() -> None:
    (problem,) = problems_of({"HANPAN_SMTP_URL": "smtp://mail.example"})
    assert problem.setting == "HANPAN_MAIL_FROM"


def test_a_misspelt_name_is_found_with_the_one_that_is_meant() -> None:
    given = {"HANPAN_PROT": "1", "HANPAN_XYZZY": "1", "HANPAN_PORT": "1", "HANPAN_CRASH": "1"}
    assert list(unknown(given)) == [("HANPAN_PROT", "HANPAN_PORT"), ("HANPAN_XYZZY", None)]


def test_a_long_data_folder_has_its_socket_in_a_short_one() -> None:
    long = load({"HANPAN_DATA": "/srv/" + "deep/" * 30})
    assert len(str(long.redis_socket)) < 104
    assert long.redis_socket == load({"HANPAN_DATA": str(long.data)}).redis_socket
    assert long.redis_socket != load({"HANPAN_DATA": f"{long.data}x"}).redis_socket


def test_passwords_are_known_so_that_logs_can_hide_them() -> None:
    found = load({"DATABASE_URL": "postgresql://u:p%40ss-word@h/d", "REDIS_URL": "redis://:hush@h"})
    assert set(found.secrets) == {"p%40ss-word", "p@ss-word", "hush"}
