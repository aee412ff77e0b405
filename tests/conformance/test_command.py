"""`hanpan plugins check`: the table, the JSON, the exit codes, and what it says of wrong use."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core import registry, settings
from hanpan.cli import plugins

FOLDER = Path(__file__).parent / "plugins_dir"


@pytest.fixture(autouse=True)
def with_the_sample(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As `HANPAN_PLUGINS_DIR=tests/conformance/plugins_dir` would have it, in English."""
    monkeypatch.setenv("HANPAN_LANG", "en")
    monkeypatch.setenv("HANPAN_PLUGINS_DIR", str(FOLDER))
    settings.use(None)
    registry.use(None)
    yield
    settings.use(None)
    registry.use(None)


def run(*arguments: str) -> int:
    try:
        return plugins.main(arguments)
    except SystemExit as ended:
        return int(ended.code or 0)


def test_a_plugin_that_keeps_its_promises_is_told_as_a_table_with_what_it_offers(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run("check", "beta", "--only", "round", "--only", "guide") == 0
    told = capsys.readouterr().out
    assert "✓ round" in told and "✓ guide" in told and "fault." not in told
    assert "0 of 2 checks" in told and "Beta Market" in told
    assert "Addresses: ✓ Import  ✓ Create  ✓ Change  ✓ Delete" in told
    assert "Listings: ✓ Search  ✓ Read  ✓ Price  ✓ Stock  ✓ State  – Display  ✓ Extend" in told


def test_a_plugin_is_known_by_its_own_name_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("check", "sample", "--only", "guide") == 0
    assert "beta: 0 of 1 checks" in capsys.readouterr().out


def test_the_result_is_json_on_request(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("check", "beta", "--only", "guide", "--json") == 0
    (told,) = json.loads(capsys.readouterr().out)
    assert (told["marketplace"], told["ok"]) == ("beta", True)
    assert [one["check"] for one in told["checks"]] == ["guide"]
    assert told["support"]["template.address.delete"]["offered"] is True
    assert told["support"]["orders.take_new"]["why_not"]["en"]


def test_what_is_found_is_said_and_the_exit_code_is_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = registry.load(folder=FOLDER)
    found.marketplaces["beta"] = replace(found.marketplaces["beta"], guide=None)
    registry.use(found)
    assert run("check", "beta", "--only", "guide") == 1
    told = capsys.readouterr().out
    assert "✗ guide" in told and "there is none" in told


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("check", "nobody"), "There is no plugin or marketplace nobody. There are: "),
        (("check",), "This is missing: "),
        (("check", "beta", "--only", "everything"), "cannot be 'everything'"),
        (("check", "beta", "--samples", "/nowhere.json"), "cannot be read"),
    ],
)
def test_wrong_use_is_said_plainly(
    arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*arguments) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("name", ["dalbit", "dalbit_market"])
def test_a_plugin_that_was_left_out_is_told_with_its_reason(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "dalbit_market.py").write_text("import nothing_of_that_name\n", encoding="utf-8")
    registry.use(registry.load(folder=tmp_path))
    assert run("check", name) == 2
    told = capsys.readouterr().err
    assert "dalbit_market was left out" in told and "nothing_of_that_name" in told


def test_samples_must_be_values_by_type_and_field(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "samples.json"
    file.write_text('["address"]', encoding="utf-8")
    assert run("check", "beta", "--samples", str(file)) == 2
    assert "template type" in capsys.readouterr().err
    file.write_text('{"address": {"name": "둘째 창고"}}', encoding="utf-8")
    assert run("check", "beta", "--samples", str(file), "--only", "round") == 0


def test_a_plugin_without_a_practice_marketplace_is_told_so(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = registry.load(folder=FOLDER)
    del found.sandboxes["beta"]
    registry.use(found)
    assert run("check", "beta") == 2
    assert "beta has no practice marketplace" in capsys.readouterr().err


def test_without_an_action_the_plugins_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run() == 0
    assert "sample " in capsys.readouterr().out
