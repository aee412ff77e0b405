"""Arguments of commands, read by argparse, whose sentences are said in the terminal's language."""

from __future__ import annotations

import argparse
import re
from typing import Any, NoReturn

from core.contracts.text import Text
from hanpan.terminal import language

_SENTENCES = (
    (
        r"the following arguments are required: (.*)",
        Text("빠진 것이 있습니다: {0}", "This is missing: {0}"),
    ),
    (
        r"unrecognized arguments: (.*)",
        Text("모르는 인자입니다: {0}", "There is no such argument: {0}"),
    ),
    (
        r"argument (.*): invalid choice: (.*) \(choose from (.*)\)",
        Text(
            "{0}에 {1}은(는) 없습니다. 이 가운데 하나를 넣어 주세요: {2}",
            "{0} cannot be {1}: choose one of {2}",
        ),
    ),
    (
        r"argument (.*): expected one argument",
        Text("{0} 뒤에 값을 하나 넣어 주세요.", "Give one value after {0}."),
    ),
    (
        r"argument (.*): invalid \w+ value: (.*)",
        Text("{0}에 {1}을(를) 넣을 수 없습니다.", "{0} cannot be {1}."),
    ),
    (
        r"argument (.*): ignored explicit argument (.*)",
        Text("{0}에는 값을 넣지 않습니다: {1}", "{0} takes no value: {1}"),
    ),
    (
        r"ambiguous option: (.*) could match (.*)",
        Text(
            "{0}만으로는 알 수 없습니다. 이 가운데 하나를 다 써 주세요: {1}",
            "{0} may mean several: write out one of {1}",
        ),
    ),
)
"""What argparse says when something is wrong, and how we say it."""

ACTION = Text("할일", "action")
"""What a subcommand is called where none was given."""

_POSITIONALS = Text("넣을 것", "arguments")
_OPTIONS = Text("선택", "options")
_USAGE = Text("사용법: ", "Usage: ")
_HELP = Text("이 도움말을 보여 줍니다", "show this help")
_MORE = Text("자세한 사용법: {command} --help", "More: {command} --help")


class Parser(argparse.ArgumentParser):
    """The parser of `hanpan <command>`; ends with code 2 when the arguments are wrong."""

    def __init__(self, command: str = "", about: Text | None = None, **given: Any) -> None:
        given.setdefault("prog", f"hanpan {command}")  # that of a subcommand is given
        super().__init__(
            description=about.in_(language()) if about else None,
            add_help=False,
            **given,
        )
        self._positionals.title = _POSITIONALS.in_(language())
        self._optionals.title = _OPTIONS.in_(language())
        self.add_argument("-h", "--help", action="help", help=_HELP.in_(language()))

    def format_usage(self) -> str:
        """How the command is called."""
        return self._in_our_words(super().format_usage())

    def format_help(self) -> str:
        """How the command is called, and what each argument is."""
        return self._in_our_words(super().format_help())

    def _in_our_words(self, text: str) -> str:
        return re.sub(r"\Ausage: ", _USAGE.in_(language()), text)

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the arguments, and end."""
        more = _MORE.format(command=self.prog).in_(language())
        self.exit(2, f"{_said(message)}\n{self.format_usage()}{more}\n")


def _said(message: str) -> str:
    for pattern, text in _SENTENCES:
        if found := re.fullmatch(pattern, message, re.S):
            return text.in_(language()).format(*found.groups())
    return message
