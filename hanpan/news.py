"""What the terminal of `hanpan run` tells of the logs: a line for each change, not for each line.

The logs hold everything; here the same news is not told again until it changes or was quiet long.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from core import errors
from core.contracts.text import Text

QUIET_S = 3600.0
"""What was not heard for so long is news again."""

_LOUD = re.compile(r"\S+ (\S{5})\S* (WARNING|ERROR|CRITICAL) (.*)")
_CALL = re.compile(r"core\.ledger\.ends: command (\S+) \(\S+, (\w+) (\S+)\): (\w+) ")

_OURS = (
    (
        "core.queue: Redis does not answer",
        "redis",
        Text(
            "Redis가 응답하지 않아 기다립니다. 돌아오면 자동으로 이어 합니다.",
            "Redis does not answer; work waits and goes on by itself.",
        ),
    ),
    (
        "core.queue: Redis answers again",
        "redis",
        Text("Redis가 다시 응답합니다.", "Redis answers again."),
    ),
    (
        "hanpan.database: the database does not answer",
        "database",
        Text(
            "데이터베이스가 응답하지 않아 기다립니다.",
            "The database does not answer; it is waited for.",
        ),
    ),
)
"""Lines of our own whose news is known: the line's beginning, what it is about, the sentence."""

_OTHER = {
    "WARNING": Text("{name}: 경고를 기록했습니다. {log}", "{name}: logged a warning. {log}"),
    "ERROR": Text("{name}: 오류를 기록했습니다. {log}", "{name}: logged an error. {log}"),
}


@dataclass
class News:
    """Remembers what was told. `labels` are the names of marketplaces by key."""

    logs: Path
    labels: Mapping[str, Text] = field(default_factory=dict)
    _told: dict[str, tuple[str, float]] = field(default_factory=dict, init=False)

    def of(self, name: str, line: str) -> Text | None:
        """What a line that the process `name` has logged is to the terminal; None when no news."""
        loud = _LOUD.match(line)
        if loud is None:
            return None
        about, text = self._read(name, loud[2], loud[3])
        before, at = self._told.get(about, ("", 0.0))
        now = time.monotonic()
        self._told[about] = (text.en, now)
        return _dated(loud[1], loud[3], text) if before != text.en or now - at > QUIET_S else None

    def _read(self, name: str, level: str, said: str) -> tuple[str, Text]:
        """What a line is about, and the sentence."""
        call = _CALL.match(said)
        error = getattr(errors, call[4], None) if call else None
        if call is not None and error is not None:
            label = self.labels.get(call[2], Text(call[2], call[2]))
            why = error.text_default
            number = call[3]
            return f"{call[2]} {number}", Text(
                f"{label.ko} ({number}): {why.ko}", f"{label.en} ({number}): {why.en}"
            )
        for beginning, about, text in _OURS:
            if said.startswith(beginning):
                return about, text
        other = _OTHER["WARNING" if level == "WARNING" else "ERROR"]
        logger = said.partition(":")[0]
        about = f"{name} {level} {logger}"
        return about, other.format(name=name, log=self.logs / f"{name}.log")


def _dated(at: str, said: str, text: Text) -> Text:
    """The sentence with its time of day and, where it is about a job, the page that tells more."""
    call = _CALL.match(said)
    more = Text(f" 작업 /jobs/{call[1]}", f" Job /jobs/{call[1]}") if call else Text("", "")
    return Text(f"{at} {text.ko}{more.ko}", f"{at} {text.en}{more.en}")
