"""Secrets and buyers' data, marked, in a whole round: then everything is searched for the marks."""

from __future__ import annotations

import base64
import json
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from html import unescape
from pathlib import Path
from urllib.parse import quote, urljoin, urlsplit

import httpx
import pytest
from sqlalchemy import func, select

from core import keys, settings, store
from core.ledger.run import forget_connections
from core.models import OrderLine
from core.services import channels, contacts, orders
from tests.databases import redis_server
from tests.faults.nursery import Crew
from tests.faults.shop import CONFIRM, QUERY, Shop
from tests.faults.site import OWNER, PASSWORD, log_in, token_of, web
from tests.faults.stage import TESTER

MOST_PAGES = 100
BUYER = {
    "receiver": "홍카나",
    "phone": "010-7391-4682",
    "phone2": "02-7391-4683",
    "street": "카나리로 7391",
    "detail": "카나리빌라 739호",
    "memo": "카나리 문 앞에 두세요",
    "customs": "P739146820001",
}
CONTACT = {
    "name": "담카나",
    "position": "카나리부 팀장",
    "email": "canary@keeper.example",
    "phone": "02-7391-0000",
    "mobile": "010-7391-0000",
}
SEARCH = "박카나"


def until(condition: Callable[[], object], seconds: float, what: str) -> None:
    """Look again and again until the condition holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.05)


def spellings(canary: str) -> set[bytes]:
    """How a text may be written down: plain, as JSON, in a URL, as base64."""
    plain = canary.encode()
    found = {
        plain,
        json.dumps(canary)[1:-1].encode(),
        quote(canary).encode(),
        quote(canary, safe="").encode(),
        canary.encode("utf-16-le"),
        re.sub(r"[^0-9A-Za-z가-힣]", "", canary).encode(),
    }
    for shift in range(3):
        # The middle of its base64, wherever it begins in a longer text.
        inner = base64.b64encode(b"\0" * shift + plain)[4:-4]
        if len(inner) >= 12:
            found.add(inner)
    return {spelling for spelling in found if len(spelling) >= 6}


def found_in(canaries: dict[str, str], places: Iterable[tuple[str, bytes]]) -> list[str]:
    """Which canary stands where."""
    wanted = [(name, spelling) for name, text in canaries.items() for spelling in spellings(text)]
    return sorted(
        {f"{name} in {place}" for place, data in places for name, each in wanted if each in data}
    )


def crawl(client: httpx.Client) -> dict[str, bytes]:
    """Every page that links lead to."""
    seen: dict[str, bytes] = {}
    waiting = ["/"]
    kinds: dict[str, int] = {}
    while waiting and len(seen) < MOST_PAGES:
        path = waiting.pop(0)
        if path in seen:
            continue
        answer = client.get(path)
        seen[path] = answer.content + str(answer.headers).encode()
        if "html" not in answer.headers.get("Content-Type", ""):
            continue
        for link in re.findall(r'href="([^"#]+)', answer.text):
            parts = urlsplit(urljoin(str(answer.url), unescape(link)))
            if parts.netloc != client.base_url.netloc.decode() or parts.path.startswith("/static"):
                continue
            target = parts.path + (f"?{parts.query}" if parts.query else "")
            shape = re.sub(r"[0-9a-f]{32}", "*", parts.path) + re.sub(r"=[^&]*", "", parts.query)
            kinds[shape] = kinds.get(shape, 0) + 1
            if target not in seen and kinds[shape] <= 6:
                waiting.append(target)
    return seen


@pytest.fixture
def journaling_redis() -> Iterator[tuple[str, Path]]:
    """A Redis that writes down every change in plain, and where."""
    options = ["--appendonly", "yes", "--aof-use-rdb-preamble", "no", "--appendfsync", "always"]
    with redis_server(*options, "--rdbcompression", "no") as url:
        yield url, Path(url.removeprefix("unix://")).parent


def test_no_secret_and_no_buyers_data_stands_anywhere_in_plain(
    open_shop: Callable[..., Shop], journaling_redis: tuple[str, Path]
) -> None:
    url, redis_folder = journaling_redis
    shop = open_shop(redis=url, settle=1.0)
    with tempfile.TemporaryDirectory(prefix="hp-c-", dir="/tmp") as logs:
        crew_log, web_log = Path(logs, "crew.log"), Path(logs, "web.log")
        with Crew(crew_log) as crew, web(web_log) as address:
            for what in ("clock", "sync", "urgent"):
                crew.start(what)
            pages, secrets, allowed = a_whole_round(shop, address)
        canaries = {**BUYER, **{f"contact {name}": text for name, text in CONTACT.items()}}
        del canaries["contact position"]  # a department: the channel's page shows it
        canaries |= {"search": SEARCH, "password": PASSWORD, **secrets}
        told = crew_log.read_bytes() + web_log.read_bytes()
        assert b"WARNING" in told, "nothing was logged: there was nothing to search"
        places = [("the logs", told), *((f"page {path}", text) for path, text in pages.items())]
        places += _files("Redis", redis_folder)
        places += _files("HANPAN_DATA", shop.folder, but=("keys.json", "secret"))
        database = Path(shop.url.removeprefix("sqlite:///"))
        places += _files("database", database.parent, only=f"{database.name}*")
        _dump_tables(shop, places)
    # The search does find what is there.
    known = {"order": allowed["order"], "queue": "hanpan:ring:sync"}
    hits = found_in(known, places)
    assert any(hit.startswith("order in database") for hit in hits)
    assert any(hit.startswith("order in page") for hit in hits)
    assert any(hit.startswith("queue in Redis") for hit in hits)
    assert all(text in allowed["revealed"] for text in (BUYER["receiver"], BUYER["memo"]))
    found = found_in(canaries, places)
    assert found == []
    size = sum(len(data) for _, data in places)
    sys.stdout.write(
        f"\n{len(canaries)} canaries, {len(pages)} pages, {len(places)} places, {size:,} bytes:"
        " found nowhere but in the answer to [보기]\n"
    )


def a_whole_round(
    shop: Shop, address: str
) -> tuple[dict[str, bytes], dict[str, str], dict[str, str]]:
    """Connect, collect, confirm, fail, look; returns pages, secrets, and what may be shown."""
    with store.workspace(shop.workspace_id):
        shop.channel_id = channels.add_practice("smartstore", TESTER, submission="a" * 32)
    until(lambda: shop.channel().state == "active", 60, "the channel is active")
    with store.workspace(shop.workspace_id):
        contacts.change(shop.channel_id, CONTACT, TESTER)
    told = shop.act("new_order", orders=4)
    ids = [key for order in told for key in order["lines"]]
    fields = {
        "shippingAddress": {
            "name": BUYER["receiver"],
            "tel1": BUYER["phone"],
            "tel2": BUYER["phone2"],
            "zipCode": "06236",
            "baseAddress": f"서울특별시 예시구 {BUYER['street']}",
            "detailedAddress": BUYER["detail"],
        },
        "shippingMemo": BUYER["memo"],
        "individualCustomUniqueCode": BUYER["customs"],
    }
    shop.act("overwrite", lines=ids, fields=fields)
    # Answers that break off in the middle of a buyer, and errors that quote one.
    quoting = {"status": 500, "body": json.dumps({"message": " ".join(BUYER.values())})}
    shop.fault(QUERY, "cut")
    shop.fault(QUERY, "status", value=quoting)
    shop.pass_time(10)
    until(lambda: _collect(shop, ids), 90, "the lines are here")
    shop.fault(CONFIRM, "status", value=quoting)
    command = shop.press(ids)
    until(lambda: _done(shop, command), 90, "the lines are confirmed")
    cookies, token = log_in(shop, address)
    secrets = {
        "client secret": shop.world("credentials")["client_secret"],
        "session": next(iter(cookies.values())),
    }
    with httpx.Client(base_url=address, cookies=cookies, timeout=60) as client:
        pages = crawl(client)
        line = shop.line(ids[0]).id
        form = {"csrf_token": token, "reason": "delivery"}
        revealed = client.post(f"/orders/{line}/reveal", data=form)
        assert revealed.status_code == 200
        found = client.post("/orders/search", data={"csrf_token": token, "q": SEARCH})
        assert found.status_code == 303
        pages["the address of a search"] = found.headers["Location"].encode()
        pages |= error_pages(client, token)
        after = ("/", f"/orders/{line}", "/orders", "/jobs", "/me")
        pages |= {f"{path} after the look": client.get(path).content for path in after}
    assert shop.host is not None
    tokens = list(shop.host.world("smartstore").state["tokens"])
    secrets |= {f"token {n}": token for n, token in enumerate(tokens)}
    for name, key in keys.read(settings.current().keys_file).keys.items():
        secrets[f"master key {name}"] = base64.b64encode(key).decode()
    forget_connections()
    allowed = {"order": shop.line(ids[0]).order_no, "revealed": unescape(revealed.text)}
    return pages, secrets, allowed


def _collect(shop: Shop, wanted: list[str]) -> bool:
    with store.workspace(shop.workspace_id):
        orders.collect_now(None)
    shop.pass_time(1)
    with store.workspace(shop.workspace_id), store.read() as session:
        count = select(func.count()).where(OrderLine.line_key.in_(wanted))
        return session.scalar(count) == len(wanted)


def _done(shop: Shop, command: str) -> bool:
    shop.pass_time(1)
    return shop.command(command).state == "done"


def error_pages(client: httpx.Client, token: str) -> dict[str, bytes]:
    """Pages of errors: of requests, of rows that are not there, of wrong passwords."""
    wrong = {
        "400": client.post("/orders/search", data={"q": "x"}),
        "404": client.get("/orders/00000000000000000000000000000000"),
        "405": client.request("PUT", "/orders", headers={"X-CSRFToken": token}),
        "422": client.post(
            "/me/password",
            data={"csrf_token": token, "old": PASSWORD + "x", "new": "짧", "again": "짧"},
        ),
    }
    for status, answer in wrong.items():
        assert answer.status_code in (int(status), 429), (status, answer.status_code)
    with httpx.Client(base_url=str(client.base_url), timeout=60) as stranger:
        page = stranger.get("/login")
        data = {"login": OWNER, "password": PASSWORD + "틀림", "csrf_token": token_of(page.text)}
        wrong["login"] = stranger.post("/login", data=data)
    return {f"error {status}": answer.content for status, answer in wrong.items()}


def _files(
    what: str, folder: Path, *, but: tuple[str, ...] = (), only: str = "*"
) -> list[tuple[str, bytes]]:
    return [
        (f"{what} {path.relative_to(folder)}", path.read_bytes())
        for path in sorted(folder.rglob(only))
        if path.is_file() and path.name not in but
    ]


def _dump_tables(shop: Shop, places: list[tuple[str, bytes]]) -> None:
    """The database once more, as SQL: strings that pages of the file cut in two are whole here."""
    with store.engine().connect() as connection:
        raw = connection.connection.driver_connection
        assert raw is not None
        places.append(("database dump", "\n".join(raw.iterdump()).encode()))


def test_the_search_finds_a_canary_in_every_spelling() -> None:
    text = BUYER["receiver"]
    for data in (
        text.encode(),
        json.dumps({"name": text}).encode(),
        f"/orders?q={quote(text)}".encode(),
        text.encode("utf-16-le"),
    ):
        assert found_in({"name": text}, [("place", data)]) == ["name in place"]
    long = BUYER["memo"]
    for before in ("", "a", "ab", "abc"):
        data = base64.b64encode(f"{before}{long} and more".encode())
        assert found_in({"memo": long}, [("place", data)]) == ["memo in place"]
    assert found_in({"phone": BUYER["phone"]}, [("p", b"01073914682")]) == ["phone in p"]
    assert found_in({"name": text}, [("place", "홍길동".encode())]) == []
