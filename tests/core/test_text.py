"""Sentences that are filled in, and guides that stand beside a plugin."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.contracts.text import Text
from core.guide import guide_of


def test_a_text_within_a_text_is_said_in_the_language_around_it() -> None:
    text = Text("{whose}의 키 {n}개", "{n} keys of {whose}")
    filled = text.format(whose=Text("쿠팡", "Coupang"), n=2)
    assert filled == Text("쿠팡의 키 2개", "2 keys of Coupang")


def test_a_guide_is_read_from_the_folder_of_its_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "hanpan_guided"
    folder.mkdir()
    (folder / "__init__.py").write_text("", encoding="utf-8")
    (folder / "guide.ko.md").write_text("# 키 받기", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(FileNotFoundError):
        guide_of("hanpan_guided")
    (folder / "guide.en.md").write_text("# Get a key", encoding="utf-8")
    assert guide_of("hanpan_guided") == Text("# 키 받기", "# Get a key")
