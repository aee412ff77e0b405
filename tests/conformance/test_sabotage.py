"""Every fault that is planted into a plugin is found, and found by its name."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from core import registry
from core.conformance.checks import CHECKS
from core.conformance.kit import check
from core.conformance.report import Report
from core.registry import Registry
from tests.conformance.sabotage import PLANTS, Plant

SAMPLE = Path(__file__).parent / "plugins_dir" / "sample"
CHEAP = {
    "texts", "guide", "setup", "why-not", "couriers", "assumed", "sunset", "connect",
}  # fmt: skip
"""Checks that cost nothing: they must not find what is planted for another one."""


def sample(folder: Path, *plants: Plant) -> Registry:
    """The sample plugin with these faults in it."""
    shutil.copytree(SAMPLE, folder / "sample", ignore=shutil.ignore_patterns("__pycache__"))
    for plant in plants:
        file = folder / "sample" / plant.file
        file.write_text(plant.into(file.read_text(encoding="utf-8")), encoding="utf-8")
    # What a folder's plugin imports of its own stays loaded: here it is another one each time.
    for name in [name for name in sys.modules if name.startswith("hanpan_plugin_sample.")]:
        del sys.modules[name]
    found = registry.load(folder=folder)
    assert not found.problems, found.problems
    return found


def held(declared: Registry, *only: str, at: tuple[str, ...] = ()) -> Report:
    return check(declared, "beta", only=only, operations=at)


def test_at_least_twenty_faults_are_planted_and_every_kind_of_check_has_one() -> None:
    assert len(PLANTS) >= 20
    assert len({plant.what for plant in PLANTS}) == len(PLANTS)
    planted = {plant.check for plant in PLANTS}
    known = {one.key for one in CHECKS}
    assert planted <= known
    # Nothing is planted for these: the sample has nothing that they look at, or they are found by
    # the same code as another one.
    assert known - planted == {
        "setup", "sunset", "approval", "fault.slow-body",
    }  # fmt: skip


def test_the_sample_keeps_every_promise(tmp_path: Path) -> None:
    report = held(sample(tmp_path))
    assert report.ok, "\n" + report.table("en")


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.what)
def test_what_is_planted_is_found_by_its_name(plant: Plant, tmp_path: Path) -> None:
    report = held(sample(tmp_path, plant), plant.check, *CHEAP, at=plant.at)
    assert report.failed == [plant.check], "\n" + report.table("en")
