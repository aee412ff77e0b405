"""The example of the guide keeps every promise, and the guide tells the truth about the kit."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from core import registry
from core.conformance.kit import check
from core.conformance.shop import APPROVALS
from core.practice import World
from core.registry import Registry

HOME = Path(__file__).parent.parent.parent
GUIDE = (HOME / "docs" / "writing-a-plugin.md").read_text(encoding="utf-8")
OFFERED = GUIDE.partition("### What a practice marketplace must offer")[2].partition("###")[0]
SHOWN = GUIDE.partition("### How to read")[2].partition("```text\n")[2].partition("```")[0]


def test_the_example_keeps_every_promise_and_the_kit_is_as_the_guide_tells() -> None:
    declared = registry.load(folder=HOME / "examples")
    asked = watched(declared)
    report = check(declared, "acme")  # once for all: it takes a while
    assert report.ok, "\n" + report.table("en")

    skipped = {one.check: one.skipped for one in report.outcomes if one.state == "skipped"}
    assert skipped == {
        "why-not": "there are no template types",
        "assumed": "no call is assumed",
        "sunset": "it has not closed",
        "approval": "nothing is approved apart from the keys",
        "upgrade": "the form is in its first version",
    }

    act, other_act = APPROVALS
    assert set(re.findall(r"act `(\w+)`", OFFERED)) == asked.acts | {act}
    assert f"`{other_act}`" in OFFERED
    assert set(re.findall(r"option `(\w+)`", OFFERED)) == asked.options | {"granted"}

    said = [uncounted(line) for line in report.table("en").splitlines()]
    shown = [uncounted(line) for line in SHOWN.splitlines() if line != "…"]
    assert len(shown) > 5 and [line for line in shown if line not in said] == []


class Asked:
    """What the kit asked of a practice marketplace: acts, and options of new worlds."""

    def __init__(self) -> None:
        self.acts: set[str] = set()
        self.options: set[str] = set()


def watched(declared: Registry) -> Asked:
    """Look on at what the practice ACME is asked."""
    sandbox, asked = declared.sandboxes["acme"], Asked()
    assert sandbox.act is not None
    seed, act = sandbox.seed, sandbox.act

    def seeding(world: World, size: str) -> None:
        asked.options |= set(world.options)
        seed(world, size)

    def acting(world: World, name: str, data: dict[str, Any]) -> Any:
        asked.acts.add(name)
        return act(world, name, data)

    declared.sandboxes["acme"] = replace(sandbox, seed=seeding, act=acting)
    return asked


def uncounted(line: str) -> str:
    """The line without its numbers: how many cases it was, and how long they took."""
    return " ".join(re.sub(r"[0-9.]+", "", line).split())
