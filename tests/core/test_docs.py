"""The documents are held to the code: what they name exists, and what they show runs."""

from __future__ import annotations

import json
import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

import hanpan
from core import api, errors, hookspecs, practice, registry, settings, store, work
from core.conformance.kit import check
from core.contracts import form, template
from core.contracts.file import FileRow
from core.errors import AuthError
from core.ledger import drain as draining
from core.ledger.run import forget_connections
from core.models import Channel, Effect, OrderLine, new_id
from core.practice import control
from core.practice.faults import Kind, Rule
from core.services import channels, orders
from core.services.audit import Actor
from hanpan.cli.commands import COMMANDS
from hanpan.testing import Gate, Kept, host_of
from scripts import hooks_doc

HOME = Path(__file__).parent.parent.parent
DOCS = HOME / "docs"
EXAMPLES = HOME / "examples"
PAPERS = [HOME / "README.md", HOME / "CHANGELOG.md", *sorted(DOCS.glob("*.md"))]
WRITING = (DOCS / "writing-a-plugin.md").read_text(encoding="utf-8")
OPERATIONS = (DOCS / "operations.md").read_text(encoding="utf-8")
PICTURE_BYTES = 250_000
TESTER = Actor(None, "시험")

BLOCKS = re.findall(r"^```(\w+) +([^\n]+)\n(.*?)^```$", WRITING, re.S | re.M)


def blocks(kind: str, about: str) -> list[tuple[str, str]]:
    """Code blocks of writing-a-plugin.md: what stands behind the language, and the code."""
    return [(told, code) for name, told, code in BLOCKS if name == kind and about in told]


def all_papers() -> str:
    """Every document, one after the other."""
    return "\n".join(paper.read_text(encoding="utf-8") for paper in PAPERS)


# -- what is named exists -------------------------------------------------------------------------


def test_every_setting_stands_in_the_table_with_its_example() -> None:
    rows = dict(re.findall(r"^\| `([A-Z_]+)` \| .* \| `([^`|]+)` \|$", OPERATIONS, re.M))
    assert rows == settings.NAMES


def test_no_document_names_a_setting_that_does_not_exist() -> None:
    known = {*settings.NAMES, *settings.INTERNAL, *(f"{name}_FILE" for name in settings.SECRETS)}
    assert set(re.findall(r"\bHANPAN_[A-Z_]+\b", all_papers())) <= known


def test_every_make_target_and_command_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (HOME / "Makefile").read_text(), re.M))
    code = re.compile(r"(?:^|`)(?:[A-Z_]+=\S+ |[^`\n]*&& )?make ([a-z]+)", re.M)
    named = set(code.findall(all_papers()))
    assert {"run", "doctor", "test", "lint", "bench", "soak", "install", "lock"} <= named
    assert named <= targets
    said = set(re.findall(r"(?:`|bin/)hanpan ([a-z]+)", all_papers()))
    assert {"backup", "restore", "doctor", "keys"} <= said <= set(COMMANDS)
    assert set(re.findall(r"`hanpan ([a-z]+)[ `]", OPERATIONS)) == set(COMMANDS)


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(paper: Path) -> None:
    text = paper.read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)\s]+)\)", text)
    for link in links:
        path, _, anchor = link.partition("#")
        if "://" in link:
            continue
        target = (paper.parent / path).resolve() if path else paper
        assert target.exists(), f"{paper.name}: {link}"
        if anchor:
            assert anchor in anchors(target.read_text(encoding="utf-8")), f"{paper.name}: {link}"


def anchors(text: str) -> set[str]:
    """The anchors of a document: its headings as GitHub names them, and those set by hand."""
    heads = re.findall(r"^#+ (.+)$", text, re.M)
    made = {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}
    return made | set(re.findall(r'<a id="([^"]+)"', text))


def test_every_dependency_has_a_line_of_why() -> None:
    project = tomllib.loads((HOME / "pyproject.toml").read_text())
    extras = project["project"]["optional-dependencies"].values()
    wanted = [*project["project"]["dependencies"], *(one for extra in extras for one in extra)]
    names = {re.split(r"[\[<>=;]", one)[0] for one in wanted}
    told = re.findall(r"^\| ([a-z0-9, -]+) \| ", (DOCS / "decisions.md").read_text(), re.M)
    assert names <= {name for row in told for name in row.split(", ")}


def test_the_changelog_knows_this_version() -> None:
    assert f"## [{hanpan.__version__}]" in (HOME / "CHANGELOG.md").read_text(encoding="utf-8")


def test_pictures_are_there_and_small() -> None:
    pictures = list((DOCS / "pictures").glob("*.png"))
    assert len(pictures) >= 6
    large = [one.name for one in pictures if one.stat().st_size > PICTURE_BYTES]
    assert large == [], "run python -m scripts.screenshots"


def test_the_reference_of_hooks_is_what_the_code_says() -> None:
    written = (DOCS / "hooks.md").read_text(encoding="utf-8")
    assert written == hooks_doc.render(), "run python -m scripts.hooks_doc"


def test_the_reference_describes_everything_that_is_exported() -> None:
    heads = set(re.findall(r"^###+ (\w+)$", hooks_doc.render(), re.M))
    raised = {name for name in api.__all__ if name in vars(errors)}
    assert set(api.__all__) - heads - raised == set()


def test_the_guide_names_every_hook_every_call_of_the_world_and_every_fault() -> None:
    hooks = [name for name in vars(hookspecs) if name.startswith("register_")]
    assert re.findall(r"^\| `(register_\w+)` \|", WRITING, re.M) == hooks
    calls = re.findall(r"^\| `(GET|POST|DELETE) (\w+)` \|", WRITING, re.M)
    assert set(calls) == set(control._CALLS)
    kinds = re.findall(r"^\| `([a-z_]+)` \| .*\|$", WRITING, re.M)
    assert [kind for kind in kinds if not kind.startswith("register_")] == [k.value for k in Kind]


def test_the_reference_tells_what_a_plugin_calls_and_how_errors_are_made() -> None:
    told = hooks_doc.render()
    for call in ("`json() -> Any`", "`ok`", "`record(kind: str, key: str, ", "`count(kind: str, "):
        assert call in told, call
    for call in (
        "`number(kind: str)",
        "`Step.template(target: str, ",
        "`format(**values",
        "`dirty`",
    ):
        assert call in told, call
    for ours in ("`stored(", "`save(", "`reset("):
        assert ours not in told
    assert "retry_after: float = 1.0, code: str = '', detail: str = '')`: `RateLimited`" in told


def test_the_guide_names_every_reserved_name() -> None:
    assert {
        name for name in form.RESERVED | template.RESERVED if f"`{name}`" not in WRITING
    } == set()


# -- what is shown runs ---------------------------------------------------------------------------


def test_code_that_is_shown_of_the_example_is_its_code() -> None:
    shown: dict[str, list[str]] = {}
    for told, code in blocks("python", "file="):
        shown.setdefault(told.removeprefix("file="), []).append(code)
    assert set(shown) == {
        "examples/listkeeper.py", *(f"examples/acme/{name}.py" for name in ("__init__", "sandbox")),
    }  # fmt: skip
    for path, parts in shown.items():
        text = (HOME / path).read_text(encoding="utf-8")
        assert "".join("".join(parts).split()) == "".join(text.split()), f"{path} has changed"
        assert all(part in text for part in parts), f"{path} has changed"


def test_blocks_that_are_marked_runnable_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(HOME)
    found = blocks("python", "run")
    assert len(found) >= 4
    for number, (_, code) in enumerate(found):
        exec(compile(code, f"writing-a-plugin.md, block {number}", "exec"), {})


def test_calls_of_the_world_are_taken_and_answered_as_shown() -> None:
    """A GET shows its answer, a POST what is sent."""
    acme = registry.load(folder=EXAMPLES).sandboxes["acme"]
    with practice.start([acme]) as host, httpx.Client(base_url=host.url, trust_env=False) as http:
        http.get("/acme/api/v1/shop")
        shown = blocks("json", " ")
        assert {told for told, _ in shown} == {
            f"{method} {call}"
            for method, call in control._CALLS
            if method != "DELETE" and call != "export"  # which is a file
        }
        for told, code in shown:
            method, call = told.split()
            given = json.loads(code)
            path = f"/acme/_world/{call}"
            answer = http.get(path) if method == "GET" else http.post(path, json=given)
            assert answer.status_code == 200, f"{told}: {answer.text}"
            if method == "GET":
                assert shape(given) == shape(answer.json()), told


def shape(data: Any) -> Any:
    """The names in it, of lists and of maps by number or id the first entry's only."""
    if isinstance(data, list):
        return [shape(data[0])] if data else []
    if not isinstance(data, dict):
        return None
    first = next(iter(data), "")
    if re.search(r"[0-9]{3}", first):
        return {"": shape(data[first])}
    return {name: shape(value) for name, value in data.items()}


# -- the recipes ----------------------------------------------------------------------------------


class Shop:
    """A marketplace with a login, and the client of the recipe that calls it."""

    def __init__(self) -> None:
        self.gate, self.memory = Gate(), Kept()
        self.logins, self.good = 0, True
        acme = registry.load(folder=EXAMPLES).forms["acme"].connect
        names: dict[str, Any] = {"refusal": vars(sys.modules[acme.__module__])["refusal"]}
        exec(compile(recipe("login"), "login", "exec"), names)
        host = host_of(
            httpx.MockTransport(self._answer),
            {"api": "https://api.shop.example"},
            gate=self.gate,
            memory=self.memory,
        )
        self.client = names["Shop"]({"client_id": "C", "client_secret": "S"}, host)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/login":
            self.logins += 1
            told = {"token": f"token-{self.logins}", "expires_in": 3600}
            return httpx.Response(200, json=told)
        right = request.headers["Authorization"] == f"Bearer token-{self.logins}"
        return httpx.Response(200 if right and self.good else 401, json={})


def recipe(name: str) -> str:
    """The code of a recipe."""
    ((_, code),) = blocks("python", f"run {name}")
    return code


def test_the_login_of_the_guide_is_made_once_and_again_when_its_token_is_refused() -> None:
    shop = Shop()
    shop.client.call("GET", "/v1/lines")
    shop.client.call("POST", "/v1/accept", write=True)
    assert shop.logins == 1 and shop.memory == {"token": "token-1"}
    shop.memory["token"] = "token-0"  # ended before its time
    shop.client.call("POST", "/v1/accept", write=True)
    assert shop.logins == 2 and shop.memory == {"token": "token-2"}
    shop.good = False
    for logins in (3, 4):
        with pytest.raises(AuthError):
            shop.client.call("GET", "/v1/lines")
        assert shop.logins == logins, "a new token that is refused is not asked for again"
        shop.memory.clear()
    assert {(call.path, call.write) for call in shop.gate.calls if call.method == "POST"} == {
        ("/v1/login", False),
        ("/v1/accept", True),
    }
    login = next(call for call in shop.gate.calls if call.path == "/v1/login")
    assert "token-1" in login.response_body and "token-1" not in login.clean(login.response_body)


class Feed:
    """Lines by the time of their last change, two to a page; they go on changing while read."""

    def __init__(self, lines: int) -> None:
        self.moment = datetime(2026, 3, 2, 9, tzinfo=UTC)
        self.restless = True
        self.changed = {n: self.moment - timedelta(hours=60 - n) for n in range(lines)}

    def now(self) -> datetime:
        """The marketplace's time."""
        return self.moment

    def orders(self, since: datetime, until: datetime, *, page: int) -> dict[str, Any]:
        """One page of a window of 24 hours at most, after which its oldest line changes."""
        assert until - since <= timedelta(hours=24)
        within = [(at, n) for n, at in self.changed.items() if since <= at < until]
        found = sorted(within)
        self.moment += timedelta(seconds=7)
        if found and self.restless:
            self.changed[found[0][1]] = self.moment
        here = found[2 * page - 2 : 2 * page]
        return {"lines": here, "pages": -(-len(found) // 2)}


def test_the_windows_of_the_guide_lose_no_line_that_changes_while_they_are_read() -> None:
    names: dict[str, Any] = {"line": lambda told: told}
    exec(compile(recipe("windows"), "windows", "exec"), names)
    feed = Feed(40)
    cursor, seen, calls = names["start"](feed.now() - timedelta(days=7)), set(), 0
    for _ in range(3):
        more = True
        while more:
            page = names["changes"](feed, cursor)
            assert not (page.more and page.cursor == cursor)
            seen |= set(page.items)
            cursor, more, calls = page.cursor, page.more, calls + 1
            assert calls < 200, "the pages do not end"
        feed.moment += timedelta(minutes=5)
        feed.restless = False
    assert {(at, n) for n, at in feed.changed.items()} <= seen, "a change was lost"


def test_the_windows_of_the_guide_keep_what_the_kit_asks_of_pages_and_cursors() -> None:
    declared = registry.load(folder=HOME / "tests" / "conformance" / "plugins_dir")
    beta = declared.orders["beta"]
    named = vars(sys.modules[beta.changes.__module__])
    recipes: dict[str, Any] = {"line": named["line"]}
    exec(compile(recipe("windows"), "windows", "exec"), recipes)

    class Client:
        """Beta's client as the recipe calls it."""

        def __init__(self, client: Any) -> None:
            self.now, self.of = client.host.now, client

        def orders(self, since: datetime, until: datetime, *, page: int) -> Any:
            return self.of.changes(since, until, page)

    declared.orders["beta"] = replace(
        beta,
        start=recipes["start"],
        changes=lambda client, cursor: recipes["changes"](Client(client), cursor),
    )
    checks = {"round", "cursor", "every-line", "empty-page", "endless"}
    report = check(declared, "beta", only=checks, operations={"orders.changes"})
    assert report.ok, "\n" + report.table("en")


def test_the_rows_of_the_guide_are_a_parser_as_the_kit_asks_for_one() -> None:
    names: dict[str, Any] = {}
    exec(compile(recipe("rows"), "rows", "exec"), names)
    head = [column.headers[0] for column in names["COLUMNS"]]
    table = (head, ["7", "가방", "1", "3"], ["7", "가방", "2", ""], ["8", "컵", "", "5"])
    declared = registry.load(folder=HOME / "tests" / "conformance" / "plugins_dir")
    parser = declared.parsers["beta", "list"]
    rows = replace(parser, key="rows", columns=names["COLUMNS"], rows=names["rows"], sample=table)
    declared.parsers["beta", "rows"] = rows
    report = check(declared, "beta", only={"files"})
    assert report.ok, "\n" + report.table("en")
    cells = (dict(zip(("no", "name", "option", "stock"), row, strict=True)) for row in table[1:])
    found = list(rows.rows(FileRow(n, row) for n, row in enumerate(cells, start=2)))
    made = [row.listing for row in found if row.listing is not None]
    assert [(one.product_no, len(one.options)) for one in made] == [("7", 2), ("8", 1)]  # type: ignore[arg-type]


# -- the example, through core --------------------------------------------------------------------


class Market:
    """A practice channel of ACME in a fresh installation, worked on by this process."""

    def __init__(self, host: practice.PracticeHost) -> None:
        self.place = host.place("acme")
        self.channel_id = channels.add_practice("acme", TESTER, submission=new_id())
        draining.drain("urgent")

    def channel(self) -> Channel:
        """The channel as it stands now."""
        with store.read() as session:
            return channels.get(session, self.channel_id)

    def collect(self) -> dict[str, OrderLine]:
        """Collect everything up to now; the stored lines by key."""
        orders.collect_now(None)
        draining.drain("sync")
        with store.read() as session:
            return {line.line_key: line for line in session.scalars(select(OrderLine))}

    def confirm(self, *lines: OrderLine) -> None:
        """Press 발주확인 on these lines and work until nothing is due."""
        orders.submit_confirm([line.id for line in lines], TESTER, submission=new_id())
        draining.drain("urgent")

    def effects(self) -> dict[str, str]:
        """The state of each write, by line."""
        with store.read() as session:
            return {one.item: one.state for one in session.scalars(select(Effect))}

    def accepted(self) -> dict[str, int]:
        """How often ACME accepted each line."""
        return {key: line["confirms"] for key, line in self.place.ledger()["lines"].items()}


@pytest.fixture
def market(store_bound: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Market]:
    """Everything as `HANPAN_PLUGINS_DIR=examples` would have it."""
    with practice.start([registry.load(folder=EXAMPLES).sandboxes["acme"]]) as host:
        for name, value in {
            "HANPAN_PLUGINS_DIR": str(EXAMPLES),
            "HANPAN_PRACTICE_PORT": str(host.port),
            "HANPAN_SETTLE_S": "0.2",
            "REDIS_URL": "unix:///nowhere/redis.sock",
        }.items():
            monkeypatch.setenv(name, value)
        settings.use(None)
        registry.use(None)
        work.begin()
        try:
            yield Market(host)
        finally:
            forget_connections()
            settings.use(None)
            registry.use(None)


def test_the_example_connects_collects_and_confirms(market: Market) -> None:
    assert (market.channel().state, market.channel().store) == ("active", "연습 에이스")
    lines = market.collect()
    assert set(lines) == set(market.accepted()) and len(lines) == 5
    assert {line.state for line in lines.values()} == {"new"}
    first, second, *_ = lines.values()
    market.place.act("buyer_cancels", {"line": second.line_key, "done": True})
    market.confirm(first, second)
    assert market.effects() == {first.line_key: "done", second.line_key: "refused"}
    assert sum(market.accepted().values()) == market.accepted()[first.line_key] == 1
    (order,) = market.place.act("new_order", {})
    (fresh,) = order["lines"]
    lines = market.collect()
    assert lines[fresh].state == "new" and len(lines) == 6
    assert lines[first.line_key].state == "confirmed"
    assert lines[second.line_key].state == "cancelled"


def test_a_lost_answer_of_the_example_ends_accepted_once(market: Market) -> None:
    first, *_ = market.collect().values()
    market.place.faults.append(Rule.read({"kind": "reset_after", "match": "/v1/accept"}))
    market.confirm(first)
    assert market.effects() == {first.line_key: "done"}
    assert market.accepted()[first.line_key] == 1
    reads = [call["path"] for call in market.place.calls if call["path"] == "/api/v1/lines"]
    assert len(reads) == 1, "it was not read back"


def test_a_refused_key_of_the_example_asks_for_its_seller(market: Market) -> None:
    market.place.act("new_key", {})
    orders.collect_now(None)
    draining.drain("sync")
    assert market.channel().state == "needs_you"
    channels.check_again(market.channel_id, TESTER)
    draining.drain("urgent")
    assert market.channel().state == "active"
