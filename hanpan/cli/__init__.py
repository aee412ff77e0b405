"""The command `hanpan`: the door to it; the commands stand in `hanpan.cli.commands`."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import hanpan
from hanpan import tether

WRONG_USE = 2
"""Exit code: the command or the configuration is wrong; starting again cannot help."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; without arguments, be the process `hanpan`."""
    if arguments is None:
        os.umask(0o077)  # what Hanpan writes is for its own user only
    tether.watch()
    foreign = not_ours()
    if foreign is not None:
        print(foreign, file=sys.stderr)
        return WRONG_USE
    from hanpan.cli import commands  # only now: it imports core, which is ours

    return commands.run(list(sys.argv[1:] if arguments is None else arguments))


def not_ours() -> str | None:
    """Say which of our packages would be somebody else's: their names are common ones."""
    home = Path(hanpan.__file__).resolve().parent.parent
    for name in ("core", "web", "plugins", "worker"):
        found = importlib.util.find_spec(name)
        origin = Path(found.origin).resolve() if found and found.origin else None
        if origin not in (home / name / "__init__.py", home / f"{name}.py"):
            return (
                f"'{name}'이(가) Hanpan의 것이 아니라 {origin}입니다. Hanpan을 전용 가상 환경에 "
                "설치하고 다른 폴더에서 실행해 주세요. "
                f"('{name}' is {origin}, not Hanpan's: install Hanpan in an environment of its own "
                "and run it from another folder.)"
            )
    return None
