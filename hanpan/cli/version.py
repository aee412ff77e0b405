"""`hanpan version`."""

from collections.abc import Sequence

import hanpan
from hanpan.terminal import say


def main(arguments: Sequence[str]) -> int:
    """Say the version."""
    say(f"hanpan {hanpan.__version__}")
    return 0
