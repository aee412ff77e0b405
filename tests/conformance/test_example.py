"""The example of the guide keeps every promise, and the guide tells the truth about the kit."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from core import registry
from core.conformance.kit import check
from core.conformance.shop import APPROVALS
from core.contracts.page import UNCHANGED
from core.files import reading
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
        "shipping": "one template of each type of the setup is joined",
        "why-not": "there are no template types and no listings",
        "assumed": "no call is assumed",
        "sunset": "it has not closed",
        "listings": "no listings are read",
        "listing-writes": "no listings are read",
        "listing-vanish": "no listings are read",
        "approval": "nothing is approved apart from the keys",
        "upgrade": "the form is in its first version",
    }

    act, other_act = APPROVALS
    assert set(re.findall(r"act `(\w+)`", OFFERED)) == asked.acts | {act}
    assert f"`{other_act}`" in OFFERED
    assert set(re.findall(r"option `(\w+)`", OFFERED)) == asked.options | {"granted", "products"}

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


def test_the_parser_of_the_example_reads_a_file_of_its_tool(tmp_path: Path) -> None:
    parser = registry.load(folder=HOME / "examples").parsers["acme", "listkeeper"]
    file = tmp_path / "export.csv"
    head, row = (*parser.sample[0], "관리코드"), (*parser.sample[1], "TS-001")
    table = [head, row, ["", "컵", "1,000", "C-1"], row, ["1002", "컵", "", ""]]
    lines = (",".join(f'"{cell}"' for cell in cells) for cells in table)
    file.write_bytes("\r\n".join(lines).encode("cp949"))
    with reading.read(file, parser.columns) as opened:
        found = list(parser.rows(row for block in opened for row in block))
    shirt, cup = (one.listing for one in found if one.listing and not one.problem)
    assert (shirt.product_no, shirt.name, shirt.price, shirt.code) == (
        "1001", "면 티셔츠", 19_900, "TS-001",
    )  # fmt: skip
    assert (cup.product_no, cup.price, cup.code) == ("1002", UNCHANGED, "")
    assert [one.number for one in found if one.problem is not None] == [3, 4]
