"""Plugins in HANPAN_PLUGINS_DIR that are wrong are left out whole, and the site says why."""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from flask import Flask

from core import registry, settings, store, vault
from core.services import first_run, logins
from web import create_app
from web.sessions import COOKIE

HEAD = "from hanpan.api import *\nfrom plugins.smartstore import forms\nAPI = (0, 1)\n"
MARKET = """
@hookimpl
def register_marketplaces():
    return [Marketplace(
        key={key!r}, label=Text("시험장", "Testing ground"), mark="시", tone=Tone.GREEN,
        bases={{"api": {base!r}}}, setup=(Step.credentials(),), buckets=(),
        guide=Text("안내", "Guide"),
    )]
"""
FORM = """
@hookimpl
def register_credentials_forms():
    return [CredentialsForm(
        marketplace={key!r}, fields=forms.FIELDS, connect=forms.connect, verify=forms.verify,
        bucket=forms.bucket,
    )]
"""


def market(key: str, base: str = "https://api.example") -> str:
    """The source of a marketplace."""
    return HEAD + MARKET.format(key=key, base=base)


WRONG: dict[str, tuple[str, tuple[str, ...]]] = {
    "raises": ("raise RuntimeError('burst pipe')", ("RuntimeError", "burst pipe")),
    "raises_in_hook": (
        HEAD + "@hookimpl\ndef register_marketplaces():\n    raise KeyError('hook broke')\n",
        ("KeyError", "hook broke"),
    ),
    "exits": ("raise SystemExit('gone')", ("SystemExit", "gone")),
    "broken_syntax": ("def (", ("SyntaxError",)),
    "misspelt": (
        HEAD + "@hookimpl\ndef register_marketplace():\n    return []\n",
        ("register_marketplace",),
    ),
    "twice": (
        market("smartstore") + FORM.format(key="smartstore"),
        ("smartstore", "already declared"),
    ),
    "half_wrong": (
        market("half", base="http://plain.example") + FORM.format(key="half"),
        ("not https",),
    ),
    "no_form": (market("formless"), ("no credentials form",)),
    "too_new": (HEAD.replace("(0, 1)", "(0, 2)") + MARKET.format(key="late", base="https://x"),
                ("API", "(0, 2)")),
    "too_new_whole": (HEAD.replace("(0, 1)", "(1, 0)"), ("API", "(1, 0)")),
    "silent": ("x = 1", ("API",)),
    "wrong_kind": (
        HEAD + "@hookimpl\ndef register_marketplaces():\n    return ['market']\n",
        ("str", "Marketplace"),
    ),
    "not-a-name": (market("dashed") + FORM.format(key="dashed"), ("not-a-name",)),
}  # fmt: skip
GOOD = "testing_ground"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Every wrong plugin and one that is right, as files; one as a package."""
    found = tmp_path / "plugins"
    found.mkdir()
    for name, (source, _) in WRONG.items():
        (found / f"{name}.py").write_text(source, encoding="utf-8")
    package = found / GOOD
    package.mkdir()
    text = market(GOOD) + FORM.format(key=GOOD)
    (package / "__init__.py").write_text(text, encoding="utf-8")
    (found / "_notes.py").write_text("raise RuntimeError('never read')", encoding="utf-8")
    return found


@pytest.fixture
def site(
    database: str,
    data_folder: Path,
    redis_url: str,
    folder: Path,
    quick_hashes: None,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Flask]:
    """The app of an installation with that folder."""
    monkeypatch.setattr(store, "_engine", None)
    registry.use(None)
    chosen = settings.load(
        {
            "HANPAN_DATA": str(data_folder),
            "DATABASE_URL": database,
            "REDIS_URL": redis_url,
            "HANPAN_PLUGINS_DIR": str(folder),
        }
    )
    settings.use(chosen)
    yield create_app(chosen)
    store.engine().dispose()
    settings.use(None)
    registry.use(None)
    vault.unload()


def test_each_wrong_plugin_is_left_out_whole_with_its_reason_and_the_others_run(
    folder: Path,
) -> None:
    loaded = registry.load(folder=folder)
    problems = {problem.plugin: problem.text for problem in loaded.problems}
    assert set(problems) == set(WRONG)
    for name, (_, words) in WRONG.items():
        assert all(word in problems[name] for word in words), problems[name]
    installed = set(registry.load(folder=None).marketplaces)
    assert {"smartstore"} <= installed
    assert {plugin.name for plugin in loaded.plugins} == {*installed, GOOD}
    assert set(loaded.marketplaces) == {*installed, GOOD}
    assert set(loaded.forms) == {*installed, GOOD}
    assert {kind[0] for kind in loaded.templates} == installed


def test_the_site_runs_and_its_page_names_each_and_why(site: Flask) -> None:
    client = site.test_client()
    with site.app_context():
        code = first_run.new_first_run_code()
        first_run.create_owner(
            workspace="고요상회",
            name="김소유",
            login="owner@shop.example",
            password="바다가 보이는 창고 12",
            code=code,
        )
        token = logins.log_in(
            "owner@shop.example", "바다가 보이는 창고 12", address="127.0.0.1", agent="test"
        )
    client.set_cookie(COOKIE, token)
    shown = client.get("/plugins")
    assert shown.status_code == 200
    page = unescape(shown.text)
    for name, (_, words) in WRONG.items():
        assert name in page
        assert all(word in page for word in words), (name, words)
    assert GOOD in page and "스마트스토어" in page
    assert client.get("/channels").status_code == 200
