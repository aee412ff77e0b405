"""`hanpan doctor`: says in sentences what is wrong, and what to do."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence

from hanpan import checks
from hanpan.finding import ERROR, OK, WARNING
from hanpan.terminal import language, say

MARKS = {OK: "  ", WARNING: "! ", ERROR: "X "}


def main(arguments: Sequence[str]) -> int:
    """Look at everything; the exit code is 1 when something is wrong."""
    parser = argparse.ArgumentParser(prog="hanpan doctor", description=__doc__)
    parser.add_argument("--json", action="store_true", help="for machines")
    chosen = parser.parse_args(arguments)
    found = list(checks.look())
    if chosen.json:
        rows = [{"about": each.about, "level": each.level, **each.text.stored()} for each in found]
        say(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        for each in found:
            say(f"{MARKS[each.level]}{each.about:<9} {each.text.in_(language())}")
    return 1 if any(each.level == ERROR for each in found) else 0
