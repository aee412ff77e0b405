"""The table of commands, and how one is found.

A command's module has `main(arguments) -> exit code` and is imported when it is asked for.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence

from core.contracts.text import Text
from core.settings import SettingsError
from hanpan.cli import WRONG_USE
from hanpan.terminal import complain, language, say

COMMANDS = {
    "run": Text("이 컴퓨터에서 모두 시작합니다", "start everything on this machine"),
    "web": Text("웹 서버", "the web server"),
    "worker": Text("작업 하나의 줄을 처리하는 프로세스", "a worker for one queue"),
    "clock": Text("밀린 작업을 깨우고 오래된 기록을 지웁니다", "ring due work, prune old records"),
    "practice": Text("연습용 판매채널", "the practice marketplaces"),
    "doctor": Text("무엇이 잘못되었는지 알려 줍니다", "say what is wrong"),
    "plugins": Text("읽은 플러그인과 빠진 플러그인", "plugins loaded and left out"),
    "db": Text("데이터베이스를 만들고 올립니다", "create and upgrade the database"),
    "user": Text("사용자와 비밀번호", "people and their passwords"),
    "keys": Text("암호화 키", "encryption keys"),
    "backup": Text("백업을 만듭니다", "make a backup"),
    "restore": Text("백업으로 되돌립니다", "restore a backup"),
    "version": Text("버전", "the version"),
}


def run(given: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    if not given or given[0] in ("-h", "--help", "help"):
        say(usage())
        return 0
    name = "version" if given[0] in ("-V", "--version") else given[0]
    if name not in COMMANDS:
        complain(Text(f"'{name}' 명령은 없습니다.\n", f"There is no command '{name}'.\n"))
        complain(usage())
        return WRONG_USE
    try:
        return int(importlib.import_module(f"hanpan.cli.{name}").main(given[1:]))
    except SettingsError as error:
        complain_of(error)
        return WRONG_USE
    except KeyboardInterrupt:
        return 130


def usage() -> str:
    """What commands there are."""
    first = Text("사용법: hanpan <명령>", "Usage: hanpan <command>").in_(language())
    width = max(len(name) for name in COMMANDS)
    lines = [f"  {name:<{width}}  {text.in_(language())}" for name, text in COMMANDS.items()]
    return "\n".join([first, "", *lines])


def complain_of(error: SettingsError) -> None:
    """Say every wrong setting in a sentence of its own."""
    complain(Text("설정이 잘못되어 시작하지 않았습니다.", "Not started: the settings are wrong."))
    for problem in error.problems:
        complain(f"  - {problem.text.in_(language())}")
