"""`hanpan plugins`: what was loaded, and what was left out and why; and the conformance kit."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from core import registry
from core.conformance.checks import CHECKS
from core.conformance.kit import check
from core.contracts.text import Text
from core.registry import Problem, Registry
from core.support import Support, support
from hanpan.cli import WRONG_USE
from hanpan.cli.arguments import ACTION, Parser
from hanpan.terminal import complain, language, say


def main(arguments: Sequence[str]) -> int:
    """List them (the exit code is 1 when one was left out), or check one of them."""
    given = _parser().parse_args(arguments)
    found = registry.current()
    return _check(found, given) if given.action == "check" else _list(found)


def _parser() -> Parser:
    said = language()
    parser = Parser(
        "plugins",
        Text("읽은 플러그인과 빠진 플러그인을 보여 줍니다.", "Plugins loaded and left out."),
    )
    actions = parser.add_subparsers(dest="action", metavar=ACTION.in_(said))
    one = Text(
        "플러그인을 연습용 판매채널에서 검사합니다",
        "hold a plugin to its promises, in its practice marketplace",
    )
    checking = actions.add_parser("check", help=one.in_(said))
    name = Text("플러그인이나 판매채널의 이름", "the plugin, or its marketplace")
    checking.add_argument("name", help=name.in_(said))
    only = Text("이 검사만 합니다 (여러 번 쓸 수 있습니다)", "this check only (may be repeated)")
    checking.add_argument(
        "--only",
        action="append",
        default=[],
        choices=[one.key for one in CHECKS],
        metavar="CHECK",
        help=only.in_(said),
    )
    samples = Text(
        "템플릿 종류와 칸마다 넣을 값을 적은 JSON 파일",
        "a JSON file of values for forms, by template type and field",
    )
    checking.add_argument("--samples", type=Path, metavar="FILE", help=samples.in_(said))
    told = Text("결과를 JSON으로 보여 줍니다", "tell the result as JSON")
    checking.add_argument("--json", action="store_true", help=told.in_(said))
    return parser


# -- the list -----------------------------------------------------------------------------------


def _list(found: Registry) -> int:
    said = language()
    for plugin in found.plugins:
        labels = [(found.marketplaces[key].label.in_(said), key) for key in plugin.marketplaces]
        names = ", ".join(f"{label} ({key})" for label, key in labels)
        say(f"{plugin.name} {plugin.version}  {names}")
    for problem in found.problems:
        say(
            Text(
                f"{problem.plugin}  사용하지 않습니다: {problem.text}",
                f"{problem.plugin}  left out: {problem.text}",
            )
        )
        if problem.said is not None:
            say(f"  {problem.said.in_(said)}")
    return 1 if found.problems else 0


# -- the kit ------------------------------------------------------------------------------------


def _check(found: Registry, given: argparse.Namespace) -> int:
    keys = _marketplaces(found, given.name)
    if not keys:
        return WRONG_USE
    samples = _samples(given.samples)
    if samples is None:
        return WRONG_USE
    reports = [check(found, key, only=given.only, samples=samples) for key in keys]
    if given.json:
        told = [one.data() | {"support": _data(support(found, one.marketplace))} for one in reports]
        say(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        for report in reports:
            say(report.table(language()))
            say("\n" + table(support(found, report.marketplace), language()) + "\n")
    return 0 if all(report.ok for report in reports) else 1


def _marketplaces(found: Registry, name: str) -> list[str]:
    """The marketplaces of the plugin, or the one of that name, that can be practised on."""
    problem = next((one for one in found.problems if one.plugin == name), None)
    if problem is not None:
        _left_out(problem)
        return []
    loaded = next((one for one in found.plugins if one.name == name), None)
    keys = [name] if name in found.marketplaces else list(loaded.marketplaces if loaded else ())
    if not keys:
        # A plugin that was left out declares nothing: it may be called otherwise than its market.
        for one in found.problems:
            _left_out(one)
        known = ", ".join(found.marketplaces)
        complain(
            Text(
                f"{name}이라는 플러그인이나 판매채널이 없습니다. 있는 것: {known}",
                f"There is no plugin or marketplace {name}. There are: {known}",
            )
        )
    dumb = [key for key in keys if key not in found.sandboxes]
    for key in dumb:
        complain(
            Text(
                f"{key}에는 연습용 판매채널이 없어 검사할 수 없습니다.",
                f"{key} has no practice marketplace to be checked against.",
            )
        )
    return [key for key in keys if key not in dumb]


def _left_out(problem: Problem) -> None:
    name, why = problem.plugin, problem.text
    complain(
        Text(f"{name} 플러그인은 빠져 있습니다: {why}", f"The plugin {name} was left out: {why}")
    )


def _samples(path: Path | None) -> Mapping[str, Mapping[str, Any]] | None:
    """The values of the file; None when it cannot be read, which has then been said."""
    if path is None:
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        complain(
            Text(f"{path} 파일을 읽을 수 없습니다: {error}", f"{path} cannot be read: {error}")
        )
        return None
    if isinstance(found, dict) and all(isinstance(one, dict) for one in found.values()):
        return found
    complain(
        Text(
            f'{path}에는 {{"템플릿 종류": {{"칸": "값"}}}} 꼴의 JSON이 있어야 합니다.',
            f'{path} must hold JSON such as {{"template type": {{"field": "value"}}}}.',
        )
    )
    return None


# -- what is offered ----------------------------------------------------------------------------

_ASSUMED = Text("? 확인 안 됨", "? not confirmed by a source")


def table(offered: Support, said: str) -> str:
    """What a marketplace offers, a line for each thing: ✓ there, ? 확인 안 됨, – not."""
    lines = [offered.label.in_(said)]
    for row in (*offered.templates, offered.listings, offered.orders):
        cells = "  ".join(f"{cell.mark} {cell.label.in_(said)}" for cell in row.cells)
        lines.append(f"  {row.label.in_(said)}: {cells}")
    if any(cell.mark == "?" for cell in offered.cells()):
        lines.append(f"  ({_ASSUMED.in_(said)})")
    return "\n".join(lines)


def _data(offered: Support) -> dict[str, Any]:
    return {
        cell.operation: {
            "offered": cell.offered,
            "assumed": cell.assumed.stored() if cell.assumed else None,
            "why_not": cell.why_not.stored() if cell.why_not else None,
        }
        for cell in offered.cells()
    }
