"""From `make run` to the first page, the environment being installed already."""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

from bench.crew import ROOT
from bench.installation import Servers
from bench.processor import end_with_parent, those_with, wait_until
from bench.result import Result
from bench.sizes import Sizes
from tests.databases import free_port

LIMIT_S = 5.0
PATIENCE = 60.0
OURS = ("HANPAN_", "DATABASE_URL", "REDIS_URL")


def run(servers: Servers, sizes: Sizes) -> Iterator[Result]:
    """What `make run` runs, with its own Redis, SQLite and practice host."""
    with tempfile.TemporaryDirectory(prefix="hp-b-", dir="/tmp") as folder:
        first = _start(folder)
        again = [_start(folder) for _ in range(sizes.starts)]
    warm = statistics.median(again)
    yield Result("start to the first page", warm, "s", "a limit", LIMIT_S, goal="<= 1")
    yield Result("  the very first, with a new database", first, "s", "a limit", LIMIT_S)


def _start(folder: str) -> float:
    """Seconds from the start to the first page; every process is gone afterwards."""
    port, practice_port = free_port(), free_port()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    environment = {
        **kept,
        "HANPAN_DATA": folder,
        "HANPAN_PORT": str(port),
        "HANPAN_PRACTICE_PORT": str(practice_port),
    }
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "hanpan", "run"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=end_with_parent,
    )
    try:
        wait_until(lambda: _answers(f"http://127.0.0.1:{port}/", process), PATIENCE, "the start")
        took = time.monotonic() - began
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)
    wait_until(lambda: not those_with("HANPAN_DATA", folder), 10, "the end of every process")
    return took


def _answers(url: str, process: subprocess.Popen[bytes]) -> bool:
    if process.poll() is not None:
        raise RuntimeError(f"hanpan run ended with {process.returncode}")
    try:
        with urllib.request.urlopen(url, timeout=5) as reply:
            return bool(reply.status == 200)
    except (urllib.error.URLError, ConnectionError):
        return False
