"""Fixtures of the page tests: the app on a fresh database, and people at their browsers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from html import unescape
from pathlib import Path
from typing import Any, ClassVar

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2.bccache import Bucket, BytecodeCache
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from core import registry, settings, store, vault
from core.services import accounts, first_run, logins, passwords
from core.settings import Settings
from tests.conftest import installed
from web import create_app, sessions

PASSWORD = "바다가 보이는 창고 12"
OWNER, STAFF = "owner@shop.example", "packer"


class Compiled(BytecodeCache):
    """Templates compiled once a test run; compiling them is most of what a page test would take."""

    codes: ClassVar[dict[tuple[str, str], Any]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give the code when the source is the one that it was compiled from."""
        bucket.code = self.codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep the code."""
        self.codes[bucket.key, bucket.checksum] = bucket.code


class CompiledRule(Rule):
    """An address whose builder is compiled once a test run; half of making the app is this."""

    builders: ClassVar[dict[tuple[str, bool], Callable[..., tuple[str, str]]]] = {}

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        key = self.rule, append_unknown
        if key not in self.builders:
            self.builders[key] = super()._compile_builder(append_unknown)
        return self.builders[key]


Flask.url_rule_class = CompiledRule


def build(settings: Settings) -> Flask:
    """The app, with the templates that earlier tests have compiled."""
    app = create_app(settings)
    app.jinja_env.bytecode_cache = Compiled()
    return app


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Passwords that are hashed in no time: how they are hashed is tested elsewhere."""
    quick = passwords.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", quick)
    passwords._nobody.cache_clear()
    yield
    passwords._nobody.cache_clear()


@pytest.fixture
def configured(
    database: str, data_folder: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Settings]:
    """The settings of a fresh installation."""
    monkeypatch.setattr(store, "_engine", None)
    found = settings.load(
        {"HANPAN_DATA": str(data_folder), "DATABASE_URL": database, "REDIS_URL": redis_url}
    )
    settings.use(found)
    registry.use(installed())
    yield found
    settings.use(None)
    registry.use(None)
    vault.unload()


@pytest.fixture
def town(configured: Settings) -> None:
    """Beside the marketplaces that are installed, the two of `plugins/corner.py`.

    To be asked for by `usefixtures`: it has to be there before the app is.
    """
    registry.use(registry.load(folder=Path(__file__).parent / "plugins"))


@pytest.fixture
def app(configured: Settings) -> Iterator[Flask]:
    """The app of a fresh installation, without an owner."""
    yield build(configured)
    store.engine().dispose()


@pytest.fixture
def app_with(configured: Settings) -> Callable[..., Flask]:
    """Build the app with other settings: `app_with(proxy_hops=1)`."""
    return lambda **changed: build(replace(configured, **changed))


@dataclass
class Browser:
    """A person's browser: keeps cookies, follows redirects, fills in forms that pages show."""

    client: FlaskClient
    shown: TestResponse | None = field(default=None, init=False)

    def open(self, path: str, **more: Any) -> TestResponse:
        """Open an address."""
        self.shown = self.client.get(path, follow_redirects=True, **more)
        return self.shown

    def post(self, path: str, values: dict[str, Any] | None = None, **more: Any) -> TestResponse:
        """Send a form as the page that is shown would: with its token."""
        data = {"csrf_token": self.token(), **(values or {})}
        more.setdefault("follow_redirects", True)
        self.shown = self.client.post(path, data=data, **more)
        return self.shown

    def token(self) -> str:
        """The token of the page that is shown; of the page of the person where none is."""
        if self.shown is None or 'name="csrf-token"' not in self.shown.text:
            self.open("/me")
        assert self.shown is not None
        found = re.search(r'name="csrf-token" content="([^"]+)"', self.shown.text)
        assert found is not None
        return found[1]

    @property
    def text(self) -> str:
        """What the page says, without tags."""
        assert self.shown is not None
        return unescape(re.sub(r"<[^>]+>", " ", self.shown.text))


@pytest.fixture
def visitor(app: Flask) -> Browser:
    """Somebody who has not logged in; an owner exists only when the test asks for one."""
    return Browser(app.test_client())


@pytest.fixture
def owner(app: Flask) -> Browser:
    """The owner, who has logged in; test_door comes through the page of the first run."""
    code = first_run.new_first_run_code()
    made = first_run.create_owner(
        workspace="고요상회", name="김소유", login=OWNER, password=PASSWORD, code=code
    )
    with store.all_workspaces():
        accounts.set_preferences(made, language="ko")
    browser = Browser(app.test_client())
    token = logins.log_in(OWNER, PASSWORD, address="127.0.0.1", agent="")
    browser.client.set_cookie(sessions.COOKIE, token)
    return browser


@pytest.fixture
def staff(app: Flask, owner: Browser) -> Browser:
    """A member of staff, added by the owner, who has logged in by the form."""
    owner.post(
        "/users/add",
        {"name": "박포장", "login": STAFF, "role": "staff", "password": PASSWORD},
    )
    browser = Browser(app.test_client())
    log_in(browser, STAFF)
    return browser


def log_in(browser: Browser, login: str, password: str = PASSWORD) -> TestResponse:
    """Log in through the form."""
    browser.open("/login")
    return browser.post("/login", {"login": login, "password": password})
