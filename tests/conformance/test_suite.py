"""The class that authors subclass: it holds a plugin in a folder, and says why one is left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.conformance import kit
from hanpan.conformance import Conformance
from tests.conformance.sabotage import PLANTS

FOLDER = Path(__file__).parent / "plugins_dir"


class Sample(Conformance):
    marketplace = "beta"
    folder = FOLDER


def test_a_plugin_of_a_folder_is_found() -> None:
    assert "beta" in Sample().declared().sandboxes


def test_a_plugin_that_is_left_out_is_told_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("raise RuntimeError('a typo')")

    class Broken(Conformance):
        marketplace = "broken"
        folder = tmp_path

    with pytest.raises(AssertionError, match="a typo"):
        Broken().declared()


def test_what_is_found_fails_the_test_with_the_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kit, "CHECKS", [one for one in kit.CHECKS if one.key == "guide"])
    plant = next(one for one in PLANTS if one.check == "guide")
    source = FOLDER / "sample"
    (tmp_path / "sample").mkdir()
    for file in source.glob("*.py"):
        text = file.read_text(encoding="utf-8")
        spoilt = plant.into(text) if file.name == "__init__.py" else text
        (tmp_path / "sample" / file.name).write_text(spoilt, encoding="utf-8")

    class Spoilt(Conformance):
        marketplace = "beta"
        folder = tmp_path

    Sample().test_it_keeps_every_promise()
    with pytest.raises(AssertionError, match="✗ guide"):
        Spoilt().test_it_keeps_every_promise()
