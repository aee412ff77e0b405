"""A plugin that breaks a promise is left out whole, and says why; the others run."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from core import registry

SOUND = """
from hanpan.api import *

API = (0, 1)
FORM = CredentialsForm(
    marketplace="{key}",
    fields=(Field(name="key", label=Text("키", "Key"), kind=Kind.SECRET),),
    connect=lambda values, host: None,
    verify=lambda client: Verified(identity="1"),
    bucket=lambda values: "1",
)

@hookimpl
def register_marketplaces():
    return [
        Marketplace(
            key="{key}", label=Text("가게", "Shop"), mark="가", tone=Tone.TEAL,
            bases={{"api": "https://api.shop.example"}}, setup=(Step.credentials(),),
        )
    ]

@hookimpl
def register_credentials_forms():
    return [FORM]
"""


def plugin(folder: Path, name: str, source: str) -> None:
    """Write a plugin of one file."""
    (folder / f"{name}.py").write_text(textwrap.dedent(source))


def test_a_sound_plugin_of_the_folder_is_in_use(tmp_path: Path) -> None:
    plugin(tmp_path, "corner", SOUND.format(key="corner"))
    found = registry.load(folder=tmp_path)
    assert found.problems == []
    assert "corner" in found.marketplaces and "corner" in found.forms


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("raise RuntimeError('boom')", "boom"),
        ("API = (0, 1)\nimport sys\nsys.exit(3)", "SystemExit"),
        ("API = (9, 0)", "written for API (9, 0)"),
        ("x = 1", "does not say which API"),
        ("API = (0, 1)", "declares nothing"),
        (
            "from hanpan.api import hookimpl\nAPI = (0, 1)\n"
            "@hookimpl\ndef register_marketplace():\n    return []",
            "unknown hook",
        ),
        (
            "from hanpan.api import hookimpl\nAPI = (0, 1)\n"
            "@hookimpl\ndef register_marketplaces(app):\n    return []",
            "app",
        ),
        (
            "from hanpan.api import hookimpl\nAPI = (0, 1)\n"
            "@hookimpl\ndef register_marketplaces():\n    return ['shop']",
            "not Marketplace",
        ),
        (SOUND.format(key="corner").replace("Kind.SECRET", "Kind.TEXT"), "no secret field"),
        (SOUND.format(key="corner").replace("https://api", "http://api"), "not https"),
        (SOUND.format(key="corner").replace("(Step.credentials(),)", "()"), "begins with"),
        (
            SOUND.format(key="corner").replace("return [FORM]", "return []"),
            "no credentials form",
        ),
        (
            SOUND.format(key="corner").replace(
                "(Step.credentials(),)", "(Step.credentials(), Step.template('x'))"
            ),
            "unknown template type 'x'",
        ),
    ],
)
def test_a_broken_plugin_is_left_out_with_the_reason(
    tmp_path: Path, source: str, words: str
) -> None:
    plugin(tmp_path, "broken", source)
    plugin(tmp_path, "sound", SOUND.format(key="sound"))
    found = registry.load(folder=tmp_path)
    assert [problem.plugin for problem in found.problems] == ["broken"]
    assert words in found.problems[0].text
    assert "sound" in found.marketplaces and "corner" not in found.marketplaces


def test_a_marketplace_that_is_taken_leaves_the_second_plugin_out(tmp_path: Path) -> None:
    plugin(tmp_path, "first", SOUND.format(key="corner"))
    plugin(tmp_path, "second", SOUND.format(key="corner"))
    found = registry.load(folder=tmp_path)
    assert [problem.plugin for problem in found.problems] == ["second"]
    assert "already declared" in found.problems[0].text


def test_a_check_that_raises_counts_as_the_default() -> None:
    assert registry.guarded(lambda: 1 / 0, default=7.0) == 7.0
