"""`hanpan plugins`: what was loaded, and what was left out and why."""

from __future__ import annotations

from collections.abc import Sequence

from core import registry
from core.contracts.text import Text
from hanpan.terminal import say


def main(arguments: Sequence[str]) -> int:
    """List them; the exit code is 1 when one was left out."""
    found = registry.current()
    for plugin in found.plugins:
        names = ", ".join(
            f"{found.marketplaces[key].label.ko} ({key})" for key in plugin.marketplaces
        )
        say(f"{plugin.name} {plugin.version}  {names}")
    for problem in found.problems:
        say(
            Text(
                f"{problem.plugin}  사용하지 않습니다: {problem.text}",
                f"{problem.plugin}  left out: {problem.text}",
            )
        )
    return 1 if found.problems else 0
