"""The fourth plugin reads like the first, and what is not a plugin knows no marketplace."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from core import registry

HOME = Path(__file__).parents[2]
PLUGINS = sorted(path.parent for path in (HOME / "plugins").glob("*/__init__.py"))

EVERY = {
    "__init__.py", "client.py", "forms.py", "templates", "lines.py", "orders.py", "position.py",
    "products.py", "listings.py", "refusals.py", "guide.ko.md", "guide.en.md", "sandbox", "tests",
}  # fmt: skip
"""What each folder has."""
BESIDE = {
    "migration.py": "the files of its seller centre, where listings come from files",
    "product_writes.py": "what is changed of a listing, where that is much",
    "search.py": "how listings are searched, where that is much",
    "emptiness.py": "listings without a piece left, where no stock of 0 is taken",
    "apis.py": "the endpoints as a table, where there are many",
    "signature.py": "how a token is asked for, where that is signed",
    "assumed.py": "calls that no source confirms",
    "feeds.py": "the lists of a round, where what changed is not told by one of them",
    "claims.py": "claims, where they are told in lists of their own",
    "withdrawals.py": "claims taken back, where no list tells it",
    "services.py": "what keys are issued for, where each service has its own",
}
"""What may stand beside it, and why; nothing else does."""
SANDBOX = {"__init__.py", "account.py", "acts.py", "arrivals.py", "gateway.py", "seeds.py"}


def names_in(folder: Path) -> set[str]:
    """What a folder holds, but for what Python leaves there."""
    return {path.name for path in folder.iterdir() if path.name != "__pycache__"}


def test_there_are_the_four_launch_marketplaces() -> None:
    assert [path.name for path in PLUGINS] == [
        "eleven_st", "interpark", "smartstore", "wemakeprice",
    ]  # fmt: skip
    assert set(registry.current().marketplaces) >= {path.name for path in PLUGINS}
    assert registry.current().problems == []


@pytest.mark.parametrize("folder", PLUGINS, ids=lambda path: path.name)
def test_each_plugin_has_the_same_files(folder: Path) -> None:
    assert names_in(folder) >= EVERY
    assert names_in(folder) - EVERY <= set(BESIDE)
    assert {"__init__.py"} < names_in(folder / "templates")
    assert names_in(folder / "sandbox") >= SANDBOX
    assert "test_conformance.py" in names_in(folder / "tests")
    assumes = bool(registry.current().marketplaces[folder.name].assumed)
    assert ("assumed.py" in names_in(folder)) == assumes


def _words() -> re.Pattern[str]:
    words: list[str] = []
    for market in registry.current().marketplaces.values():
        words += [market.key, market.label.ko, market.label.en]
        words += [url.partition("://")[2].partition("/")[0] for url in market.bases.values()]
    return re.compile("|".join(map(re.escape, words)), re.IGNORECASE)


@pytest.mark.parametrize("package", ["core", "web"])
def test_nothing_outside_the_plugins_names_a_marketplace(package: str) -> None:
    words = _words()
    assert words.search("스마트스토어"), "it would be found"
    named = [
        f"{path.relative_to(HOME)}:{number}"
        for path in sorted((HOME / package).rglob("*"))
        if path.suffix in (".py", ".html", ".css", ".js", ".po", ".svg")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if words.search(line)
    ]
    assert named == []


def test_plugins_take_what_they_share_from_the_api() -> None:
    """What two folders define by the same name and body would belong into core."""
    bodies: dict[str, list[str]] = {}
    for folder in PLUGINS:
        for path in folder.rglob("*.py"):
            if "tests" in path.parts:
                continue
            for body in re.findall(
                r"^(?:def|class) (?:.*\n)(?:(?:    .*)?\n)+", path.read_text(encoding="utf-8"), re.M
            ):
                if body.count("\n") > 8:
                    bodies.setdefault(body.strip(), []).append(str(path.relative_to(HOME)))
    assert {first.splitlines()[0]: found for first, found in bodies.items() if len(found) > 1} == {}
