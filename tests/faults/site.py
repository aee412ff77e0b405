"""The pages of a shop over real HTTP, and people who come in by the login form."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from sqlalchemy import select
from werkzeug.serving import WSGIRequestHandler, make_server

from core import store
from core.models import User
from core.services import accounts
from tests.faults.shop import Shop
from tests.faults.stage import TESTER
from web import create_app

PASSWORD = "바다가 보이는 창고 12"
OWNER = "owner@shop.example"
_TOKEN = re.compile(r'name="csrf-token" content="([^"]+)"')


class _Silent(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:
        """Say nothing: the app keeps its own log."""


@contextmanager
def serving() -> Iterator[str]:
    """Serve the pages of the shop that is open from threads; yields the address."""
    before = store.engine()
    server = make_server("127.0.0.1", 0, create_app(), threaded=True, request_handler=_Silent)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        store.engine().dispose()
        store.bind(before)


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
