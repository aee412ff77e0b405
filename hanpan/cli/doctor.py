"""`hanpan doctor`: says in sentences what is wrong, and what to do."""

from __future__ import annotations

import json
from collections.abc import Sequence

from core.contracts.text import Text
from hanpan import checks
from hanpan.cli.arguments import Parser
from hanpan.finding import ERROR, OK, WARNING
from hanpan.terminal import language, say

MARKS = {OK: "  ", WARNING: "! ", ERROR: "X "}

NAMES = {
    "hanpan": Text("한판", "Hanpan"),
    "python": Text("Python", "Python"),
    "settings": Text("설정", "Settings"),
    "data": Text("데이터 폴더", "Data folder"),
    "time": Text("날짜와 시각", "Date and time"),
    "ports": Text("포트", "Ports"),
    "database": Text("데이터베이스", "Database"),
    "keys": Text("키 파일", "Key file"),
    "audit": Text("감사 기록", "Audit chain"),
    "clock": Text("예약된 작업", "Due work"),
    "channels": Text("판매채널", "Channels"),
    "redis": Text("작업 신호 (Redis)", "Signals (Redis)"),
    "worker": Text("작업 처리", "Workers"),
    "plugins": Text("플러그인", "Plugins"),
}
"""What is looked at, for people."""


def main(arguments: Sequence[str]) -> int:
    """Look at everything; the exit code is 1 when something is wrong."""
    parser = Parser(
        "doctor",
        Text("무엇이 잘못되었는지 문장으로 알려 줍니다.", "Say in sentences what is wrong."),
    )
    parser.add_argument(
        "--json",
        action="store_true",
        help=Text("프로그램이 읽을 수 있게", "for machines").in_(language()),
    )
    chosen = parser.parse_args(arguments)
    found = list(checks.look())
    if chosen.json:
        rows = [{"about": each.about, "level": each.level, **each.text.stored()} for each in found]
        say(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        for each in found:
            name = NAMES[each.about].in_(language())
            say(f"{MARKS[each.level]}{name}: {each.text.in_(language())}")
        say(_in_all(sum(each.level != OK for each in found)))
    return 1 if any(each.level == ERROR for each in found) else 0


def _in_all(number: int) -> Text:
    if not number:
        return Text("\n잘못된 것이 없습니다.", "\nNothing is wrong.")
    return Text(
        f"\n확인할 것이 {number}가지 있습니다. 위에서 X와 !로 시작하는 줄을 봐 주세요.",
        f"\nThings to look at: {number}. They are the lines above that begin with X or !.",
    )
