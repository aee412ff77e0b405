"""A running Hanpan and a real Chromium: what `make run` starts, seen as a person sees it."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

REPOSITORY = Path(__file__).parents[2]
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
]
START_S, STOP_S = 60, 20


def chromium_path() -> str | None:
    """Debian's chromium (or another on PATH); None leaves the choice to Playwright."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((found for name in names if (found := shutil.which(name))), None)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """Playwright, driving whatever Chromium there is."""
    with sync_playwright() as running:
        if chromium_path() is None and not Path(running.chromium.executable_path).exists():
            if os.environ.get("HANPAN_REQUIRE_BROWSER") == "1":
                pytest.fail("no Chromium, and HANPAN_REQUIRE_BROWSER=1")
            pytest.skip("no Chromium on this machine: the browser tests are skipped")
        yield running


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """A headless Chromium."""
    browser = playwright.chromium.launch(executable_path=chromium_path(), args=ARGUMENTS)
    yield browser
    browser.close()


@dataclass
class Installation:
    """A Hanpan that runs as `make run` starts it."""

    data: Path
    port: int
    practice_port: int
    process: subprocess.Popen[str]
    first: str = ""

    @property
    def url(self) -> str:
        """Where the pages are."""
        return f"http://127.0.0.1:{self.port}"

    def world(self, call: str, **data: Any) -> Any:
        """Call the practice marketplace's world: GET without data, POST with."""
        address = f"http://127.0.0.1:{self.practice_port}/smartstore/_world/{call}"
        body = json.dumps(data).encode() if data else None
        request = urllib.request.Request(address, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def installation(data: Path) -> Iterator[Installation]:
    """Start everything on a fresh data folder; stop it all afterwards."""
    port, practice_port = free_port(), free_port()
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("HANPAN_") and name not in ("DATABASE_URL", "REDIS_URL")
    }
    environment |= {
        "HANPAN_DATA": str(data),
        "HANPAN_PORT": str(port),
        "HANPAN_PRACTICE_PORT": str(practice_port),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "hanpan", "run"],
        env=environment,
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    running = Installation(data, port, practice_port, process)
    try:
        running.first = _first_address(process)
        yield running
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        finally:
            assert process.stdout is not None
            process.stdout.close()


def _first_address(process: subprocess.Popen[str]) -> str:
    """The address with the first-run code, which the start prints."""
    said: list[str] = []
    assert process.stdout is not None
    for line in process.stdout:
        said.append(line)
        if found := re.search(r"http://\S+/first\?code=\S+", line):
            return found.group(0)
    raise AssertionError("Hanpan ended before it gave its address:\n" + "".join(said))


@pytest.fixture
def hanpan(tmp_path: Path) -> Iterator[Installation]:
    """A fresh installation of its own."""
    with installation(tmp_path / "data") as running:
        yield running


@dataclass
class Watched:
    """A page whose complaints are kept: console errors and warnings, and what failed to load."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    bytes: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.page.set_default_timeout(20_000)
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _console(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{self.page.url}: {message.text}")


def until(condition: Callable[[], bool], what: str, seconds: float = 30) -> None:
    """Wait until a condition holds; fail when it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {seconds} s")
        time.sleep(0.1)
