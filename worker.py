"""One RQ worker for one queue: `python worker.py urgent`, or `hanpan worker urgent`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from core import keys, queue, schema
from core.contracts.text import Text
from core.ledger import kinds
from hanpan import logs, tether
from hanpan.cli.arguments import Parser
from hanpan.database import open_database
from hanpan.terminal import complain


def main(arguments: Sequence[str] | None = None) -> int:
    """Wait for the database, then work for one queue until told to stop."""
    parser = Parser("worker", Text("작업을 처리하는 프로세스입니다.", "Works for one queue."))
    parser.add_argument("queue", choices=kinds.QUEUES)
    parser.add_argument("--burst", action="store_true", help="stop when nothing waits")
    chosen = parser.parse_args(arguments)
    logs.to_stderr()
    try:
        open_database(wait=True)
        queue.work(chosen.queue, burst=chosen.burst)
    except (schema.WrongRevision, keys.KeysError) as error:
        complain(str(error))
        return 2
    return 0


if __name__ == "__main__":
    tether.watch()
    sys.exit(main())
