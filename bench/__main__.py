"""`python -m bench [names]`: measure, print the tables, write bench/results/latest.json."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from bench import collect, idle, machine, markets, press, preview, reading, start
from bench.installation import Servers
from bench.result import Result, lines_of, write
from bench.sizes import FULL, SMALL, Sizes
from tests import databases

LATEST = Path(__file__).parent / "results" / "latest.json"

Bench = Callable[[Servers, Sizes], Iterator[Result]]
BENCHES: dict[str, Bench] = {
    "collect": collect.run,
    "markets": markets.run,
    "press": press.run,
    "idle": idle.run,
    "start": start.run,
    "reading": reading.run,
    "preview": preview.run,
}


def main() -> int:
    """0 when every goal was held, 1 when one was missed."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(BENCHES))
    parser.add_argument(
        "--small", action="store_true", help="small sizes, to try out; latest.json is not written"
    )
    chosen = parser.parse_args()
    unknown = set(chosen.names) - BENCHES.keys()
    if unknown:
        parser.error(f"no such bench: {', '.join(sorted(unknown))}; there are {', '.join(BENCHES)}")
    sizes = SMALL if chosen.small else FULL
    missed: list[str] = []
    with databases.postgresql() as postgresql, databases.redis_server() as redis:
        servers = Servers(postgresql, redis)
        facts = machine.facts(servers)
        print(" · ".join(f"{name} {value}" for name, value in facts.items()), flush=True)
        for name in chosen.names or BENCHES:
            began, load = time.monotonic(), machine.load()
            print(f"\n{name} (load before {load})", flush=True)
            results: list[Result] = []
            for result in BENCHES[name](servers, sizes):
                results.append(result)
                print("\n".join(lines_of([result])), flush=True)
            print(f"({time.monotonic() - began:.0f} s)", flush=True)
            missed += [result.name.strip() for result in results if result.held is False]
            if not chosen.small:
                write(LATEST, name, results, facts | {"load_before": load})
    if missed:
        print(f"\nmissed: {', '.join(missed)}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
