"""What Hanpan says on a terminal: Korean, or English where the terminal speaks English."""

from __future__ import annotations

import os
import sys
from typing import TextIO

from core.contracts.text import Text


def language() -> str:
    """`HANPAN_LANG`, else the language of the terminal, else Korean."""
    for name in ("HANPAN_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name, ""):
            return "en" if value.lower().startswith("en") else "ko"
    return "ko"


def say(text: Text | str) -> None:
    """Tell what was asked for."""
    _put(text, sys.stdout)


def complain(text: Text | str) -> None:
    """Tell what is wrong."""
    _put(text, sys.stderr)


def _put(text: Text | str, stream: TextIO) -> None:
    print(text if isinstance(text, str) else text.in_(language()), file=stream, flush=True)
