"""One RQ worker for one queue: `python worker.py urgent`, or `hanpan worker urgent`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from core import queue
from hanpan import logs


def main(arguments: Sequence[str] | None = None) -> int:
    """Work for one queue until told to stop."""
    parser = argparse.ArgumentParser(prog="hanpan worker", description=__doc__)
    parser.add_argument("queue", choices=queue.QUEUES)
    parser.add_argument("--burst", action="store_true", help="stop when nothing waits")
    chosen = parser.parse_args(arguments)
    logs.to_stderr()
    queue.work(chosen.queue, burst=chosen.burst)
    return 0


if __name__ == "__main__":
    sys.exit(main())
