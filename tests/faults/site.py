"""The pages of a shop over real HTTP, and people who come in by the login form."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from sqlalchemy import select

from core import store
from core.models import User
from core.services import accounts
from tests.databases import free_port
from tests.faults.shop import Shop
from tests.faults.stage import TESTER

PASSWORD = "바다가 보이는 창고 12"
OWNER = "owner@shop.example"
_TOKEN = re.compile(r'name="csrf-token" content="([^"]+)"')


@contextmanager
def web(log: Path) -> Iterator[str]:
    """The real web process; its stderr goes to the log."""
    port = free_port()
    with log.open("ab") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "hanpan", "web"],
            env=os.environ | {"HANPAN_PORT": str(port)},
            stderr=stderr,
            stdout=stderr,
            cwd=Path(__file__).parents[2],
        )
        try:
            address = f"http://127.0.0.1:{port}"
            deadline = time.monotonic() + 60
            while not _answers(address):
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.05)
            yield address
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/healthz", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


def log_in(shop: Shop, address: str) -> tuple[dict[str, str], str]:
    """Come in as the owner by the form; returns the cookies and the token of forms."""
    _ensure_owner(shop)
    with httpx.Client(base_url=address, timeout=60) as client:
        shown = client.get("/login").text
        form = {"login": OWNER, "password": PASSWORD, "csrf_token": token_of(shown)}
        answer = client.post("/login", data=form)
        assert answer.status_code == 303, answer.text
        return dict(client.cookies), token_of(client.get("/me").text)


def _ensure_owner(shop: Shop) -> None:
    with store.workspace(shop.workspace_id):
        with store.read() as session:
            if session.scalar(select(User.id).limit(1)) is not None:
                return
        accounts.create_user(
            login=OWNER, name="김소유", role=accounts.OWNER, password=PASSWORD, actor=TESTER
        )


def token_of(page: str) -> str:
    """The token that a page's forms send back."""
    found = _TOKEN.search(page)
    assert found is not None, page[:500]
    return found[1]
