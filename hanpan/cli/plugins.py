"""`hanpan plugins`: what was loaded, and what was left out and why."""

from __future__ import annotations

from collections.abc import Sequence

from core import registry
from core.contracts.text import Text
from hanpan.terminal import language, say


def main(arguments: Sequence[str]) -> int:
    """List them; the exit code is 1 when one was left out."""
    found, said = registry.current(), language()
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
