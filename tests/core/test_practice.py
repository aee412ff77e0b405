"""The practice host through real HTTP, with a toy marketplace that can do three things."""

from __future__ import annotations

import http.client
import io
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from core import clock, registry
from core.contracts.sandbox import Sandbox
from core.practice import PracticeHost, World, start
from core.practice.acts import act_by_name, ordered
from core.practice.timelines import Timelines
from core.practice.world import as_it_is, hide, seen

JSON = {"Content-Type": "application/json"}


def toy_app(world: World) -> Any:
    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        environ["hanpan.key"] = environ.get("HTTP_X_KEY", "")
        if environ["PATH_INFO"] == "/main/broken":
            raise RuntimeError("a bug in the sandbox")
        if environ["REQUEST_METHOD"] == "POST":
            sent = environ["wsgi.input"].read().decode()
            world.record("effect", sent)
            world.state.setdefault("done", []).append([sent, world.lateness])
        shown = {"path": environ["PATH_INFO"], "done": world.state.get("done", []), "word": "주문"}
        start_response("200 OK", [("Content-Type", "application/json;charset=UTF-8")])
        return [json.dumps(shown, ensure_ascii=False).encode()]

    return app


def toy_seed(world: World, size: str) -> None:
    if "colour" in world.options:
        raise ValueError("no colour")
    world.state["orders"] = [world.number("order") for _ in range(3)]


def toy_act(world: World, name: str, data: dict[str, Any]) -> Any:
    if name == "cancel":
        return world.state["lines"][data["line"]]
    if name != "order":
        raise ValueError(f"no act {name}")
    world.state["orders"].append(world.number("order"))
    return world.state["orders"]


TOY = Sandbox(
    marketplace="toy",
    app=toy_app,
    seed=toy_seed,
    credentials=lambda world: {"key": "K"},
    act=toy_act,
    ledger=lambda world: {"lines": {str(n): {} for n in world.state["orders"]}},
    exports={"list": lambda world: [["상품번호", "상품명"], ["1", "컵"], [2, "접시"]]},
)


@pytest.fixture(autouse=True)
def own_clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("HANPAN_DATA", str(tmp_path))
    clock.move(0)
    yield
    clock.move(0)


@pytest.fixture
def host() -> Iterator[PracticeHost]:
    with start([TOY]) as started:
        yield started


def calling(host: PracticeHost) -> Any:
    return closing(http.client.HTTPConnection("127.0.0.1", host.port, timeout=10))


def ask(
    host: PracticeHost, method: str, path: str, body: Any = None, **headers: str
) -> tuple[int, Any]:
    sent = None if body is None else json.dumps(body)
    kind = {} if body is None else JSON
    with calling(host) as connection:
        connection.request(method, path, sent, {**kind, **headers})
        answer = connection.getresponse()
        data = answer.read()
    return answer.status, json.loads(data) if data else None


def fault(host: PracticeHost, kind: str, value: Any = None, **more: Any) -> None:
    rule = {"kind": kind, "value": value, **more}
    status, _ = ask(host, "POST", "/toy/_world/faults", [rule])
    assert status == 200


def send(host: PracticeHost, body: str = "x") -> tuple[http.client.HTTPResponse, bytes]:
    with calling(host) as connection:
        connection.request("POST", "/toy/main/do", body)
        answer = connection.getresponse()
        return answer, answer.read()


def test_one_connection_carries_many_calls(host: PracticeHost) -> None:
    with calling(host) as connection:
        connection.connect()
        first = connection.sock
        for n in range(3):
            connection.request("GET", f"/toy/main/{n}?a=b")
            assert json.loads(connection.getresponse().read())["path"] == f"/main/{n}"
            assert connection.sock is first


def test_a_browser_is_told_what_this_is_and_a_program_gets_json(host: PracticeHost) -> None:
    with calling(host) as connection:
        connection.request("GET", "/", headers={"Accept": "text/html,*/*;q=0.8"})
        answer = connection.getresponse()
        page = answer.read().decode()
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        assert "연습용 판매채널" in page and "Practice marketplaces" in page
        assert "docs/writing-a-plugin.md" in page and f"{host.url}/toy" in page
        for path, accept in (("/", "*/*"), ("/", "application/json"), ("/_hosts", "text/html")):
            connection.request("GET", path, headers={"Accept": accept})
            told = json.loads(connection.getresponse().read())
            assert [one["marketplace"] for one in told["hosts"]] == ["toy"]


def test_requests_that_come_in_pieces_or_two_at_once_are_read_right(host: PracticeHost) -> None:
    with socket.create_connection(("127.0.0.1", host.port), timeout=10) as raw:
        head = b"POST /toy/main/do HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 3\r\n\r\n"
        for piece in (head[:9], head[9:40], head[40:] + b"a", b"bc" + head + b"xyz"):
            raw.sendall(piece)
        raw.shutdown(socket.SHUT_WR)
        with raw.makefile("rb") as reader:
            assert reader.read().count(b"HTTP/1.1 200 OK") == 2
    assert [done for done, _ in host.world("toy").state["done"]] == ["abc", "xyz"]


def test_what_is_not_http_is_answered_400(host: PracticeHost) -> None:
    with socket.create_connection(("127.0.0.1", host.port), timeout=10) as raw:
        raw.sendall(b"hello there\r\n\r\n")
        with raw.makefile("rb") as reader:
            assert reader.read().startswith(b"HTTP/1.1 400 ")


def test_every_practice_marketplace_sells_the_same_goods_by_the_same_codes() -> None:
    sandboxes = registry.load().sandboxes
    with start(sandboxes.values(), seed=None) as host:
        for key in sandboxes:
            host.place(key).seed("small", {"orders": 0, "products": 34})
        shops = [
            {(one["code"], one["name"]) for one in host.place(key).ledger()["listings"].values()}
            for key in sandboxes
        ]
    assert len(shops) == 4 and len(shops[0]) == 34
    assert all(shop == shops[0] for shop in shops)


def test_the_listing_names_what_is_served(host: PracticeHost) -> None:
    _, told = ask(host, "GET", "/_hosts")
    assert told["hosts"] == [{"marketplace": "toy", "url": f"{host.url}/toy", "world": "small"}]
    assert ask(host, "GET", "/nobody/main/x")[0] == 404


def test_a_sandbox_that_cannot_start_leaves_the_others_alone() -> None:
    def broken(world: World) -> Any:
        raise RuntimeError("no")

    bad = Sandbox(marketplace="bad", app=broken, seed=toy_seed, credentials=lambda world: {})
    with start([bad, TOY]) as host:
        assert host.problems == ["bad"]
        assert ask(host, "GET", "/toy/main/x")[0] == 200


def test_a_sandbox_that_fails_is_a_500_and_serves_on(host: PracticeHost) -> None:
    assert ask(host, "GET", "/toy/main/broken")[0] == 500
    assert ask(host, "GET", "/toy/main/x")[0] == 200


def test_the_log_has_every_call_and_is_filtered(host: PracticeHost) -> None:
    ask(host, "GET", "/toy/main/a?x=1", **{"X-Key": "one"})
    send(host)
    _, told = ask(host, "GET", "/toy/_world/log")
    assert [(c["n"], c["method"], c["path"], c["query"], c["key"]) for c in told["calls"]] == [
        (1, "GET", "/main/a", "x=1", "one"),
        (2, "POST", "/main/do", "", ""),
    ]
    assert all(call["status"] == 200 for call in told["calls"])
    for filtered, wanted in (("path=/do", [2]), ("after=1", [2]), ("method=get", [1])):
        _, told = ask(host, "GET", f"/toy/_world/log?{filtered}")
        assert [call["n"] for call in told["calls"]] == wanted


def test_the_ledger_counts_effects(host: PracticeHost) -> None:
    send(host, "x")
    send(host, "x")
    _, told = ask(host, "GET", "/toy/_world/ledger")
    assert told["counts"]["effect"] == {"x": {"count": 2}}
    assert list(told["lines"]) == ["1", "2", "3"]
    assert (told["marketplace"], told["world"]) == ("toy", "small")


def test_the_file_of_a_seller_centre_is_given_out(host: PracticeHost) -> None:
    for query in ("", "?kind=list"):
        with calling(host) as connection:
            connection.request("GET", f"/toy/_world/export{query}")
            answer = connection.getresponse()
            book = openpyxl.load_workbook(io.BytesIO(answer.read()))
        assert answer.status == 200 and "toy.xlsx" in answer.headers["Content-Disposition"]
        rows = [list(row) for row in book.active.iter_rows(values_only=True)]
        assert rows == [["상품번호", "상품명"], ["1", "컵"], [2, "접시"]]
    status, told = ask(host, "GET", "/toy/_world/export?kind=deals")
    assert status == 400 and "list" in told["error"]


def test_a_new_world_issues_numbers_never_used_before(host: PracticeHost) -> None:
    send(host)
    status, told = ask(host, "POST", "/toy/_world/seed", {"size": "busy", "orders": 7})
    assert (status, told["options"]) == (200, {"orders": 7})
    world = host.world("toy")
    assert (world.name, world.options, world.state) == (
        "busy",
        {"orders": 7},
        {"orders": [4, 5, 6]},
    )
    assert world.counts == {}
    assert ask(host, "GET", "/toy/_world/log")[1] == {"calls": []}


def test_a_call_that_lacks_a_field_is_told_which_and_one_that_names_nothing_what(
    host: PracticeHost,
) -> None:
    host.world("toy").state["lines"] = {}
    refused = {
        ("act", '{"act": "cancel"}'): "the field 'line' is missing",
        ("act", '{"act": "cancel", "line": "L9"}'): "there is no 'L9' here",
        ("clock", '{"mode": "skew"}'): "the field 'seconds' is missing",
    }
    for (call, body), why in refused.items():
        assert ask(host, "POST", f"/toy/_world/{call}", json.loads(body)) == (400, {"error": why})


def test_a_seed_that_is_refused_leaves_the_world_as_it_was(host: PracticeHost) -> None:
    send(host)
    for wrong in ({"size": "huge"}, {"size": "busy", "colour": "red"}):
        assert ask(host, "POST", "/toy/_world/seed", wrong)[0] == 400
    world = host.world("toy")
    assert (world.name, world.options, world.count("effect", "x")) == ("small", {}, 1)
    assert world.state["orders"] == [1, 2, 3]
    assert len(host.place("toy").calls) == 1


def test_acts_are_handed_to_the_sandbox(host: PracticeHost) -> None:
    status, told = ask(host, "POST", "/toy/_world/act", {"act": "order"})
    assert (status, told) == (200, {"act": "order", "result": [1, 2, 3, 4]})
    status, told = ask(host, "POST", "/toy/_world/act", {"act": "fly"})
    assert (status, told) == (400, {"error": "no act fly"})


def test_pages_of_other_sites_cannot_steer_the_world(host: PracticeHost) -> None:
    plain = {"Content-Type": "text/plain"}
    with calling(host) as connection:
        connection.request("POST", "/toy/_world/seed", '{"size": "busy"}', plain)
        assert connection.getresponse().status == 400
    status, _ = ask(host, "GET", "/toy/_world/credentials", Host=f"evil.example:{host.port}")
    assert status == 403
    assert host.world("toy").name == "small"


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("refuse", http.client.RemoteDisconnected),
        ("reset_before", ConnectionResetError),
        ("reset_after", ConnectionResetError),
        ("late_effect", ConnectionResetError),
        ("cut", http.client.IncompleteRead),
    ],
)
def test_a_broken_connection_loses_the_answer_and_only_some_the_effect(
    host: PracticeHost, kind: str, error: type[Exception]
) -> None:
    fault(host, kind)
    with pytest.raises(error):
        send(host)
    happened = kind in ("reset_after", "late_effect", "cut")
    assert host.world("toy").count("effect", "x") == int(happened)
    assert host.place("toy").calls[-1]["fault"] == kind
    answer, _ = send(host)
    assert answer.status == 200


def test_a_cut_answer_ends_after_the_given_bytes(host: PracticeHost) -> None:
    fault(host, "cut", 7)
    with pytest.raises(http.client.IncompleteRead) as caught:
        send(host)
    assert len(caught.value.partial) == 7


def test_only_the_call_under_a_late_effect_is_late(host: PracticeHost) -> None:
    fault(host, "late_effect", 12)
    with pytest.raises(ConnectionResetError):
        send(host, "late")
    send(host, "prompt")
    assert host.world("toy").state["done"] == [["late", 12.0], ["prompt", 0.0]]


def test_a_status_fault_says_what_it_was_told_to(host: PracticeHost) -> None:
    fault(host, "status", {"status": 429, "retry_after": 3, "body": "{}"})
    answer, body = send(host)
    assert (answer.status, answer.getheader("Retry-After"), body) == (429, "3", b"{}")
    fault(host, "status", {"status": 400, "body": {"code": ["없음", None]}})
    answer, body = send(host)
    assert answer.getheader("Content-Type") == "application/json"
    assert json.loads(body) == {"code": ["없음", None]}
    fault(host, "status", {"body": [1], "content_type": "text/xml"})
    answer, body = send(host)
    assert (answer.getheader("Content-Type"), body) == ("text/xml", b"[1]")
    fault(host, "status", 502)
    answer, _ = send(host)
    assert (answer.status, answer.getheader("Retry-After")) == (502, None)
    assert host.world("toy").counts == {}


def test_a_login_page_comes_as_200(host: PracticeHost) -> None:
    fault(host, "login")
    answer, body = send(host)
    assert (answer.status, answer.getheader("Content-Type")) == (200, "text/html; charset=utf-8")
    assert b"<form" in body


def test_a_wrong_charset_is_only_a_wrong_label(host: PracticeHost) -> None:
    fault(host, "charset")
    answer, body = send(host)
    assert answer.getheader("Content-Type") == "application/json;charset=euc-kr"
    assert "주문" in body.decode("utf-8")


def test_a_huge_body_is_as_huge_as_asked(host: PracticeHost) -> None:
    fault(host, "huge", 70_000)
    answer, body = send(host)
    assert (answer.getheader("Content-Length"), len(body)) == ("70000", 70_000)


def test_drip_and_delay_take_their_time(host: PracticeHost) -> None:
    fault(host, "drip", 0.001)
    began = time.monotonic()
    _, body = send(host)
    assert time.monotonic() - began >= 0.001 * len(body)
    fault(host, "delay", 0.2)
    began = time.monotonic()
    send(host)
    assert time.monotonic() - began >= 0.2


def test_stopping_does_not_wait_for_a_delayed_answer() -> None:
    host = start([TOY])
    fault(host, "delay", 60)
    with socket.create_connection(("127.0.0.1", host.port), timeout=10) as raw:
        raw.sendall(b"GET /toy/main/x HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        while not host.place("toy").calls:
            select.select([raw], [], [], 0.01)
        began = time.monotonic()
        host.stop()
        assert raw.recv(100) == b""
    assert time.monotonic() - began < 5
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", host.port), timeout=1)


def test_a_rule_spoils_only_its_calls(host: PracticeHost) -> None:
    match = {"path": "/do", "method": "POST"}
    fault(host, "status", 500, match=match, times=2, after=1)
    assert ask(host, "GET", "/toy/main/do")[0] == 200
    assert ask(host, "GET", "/toy/main/other")[0] == 200
    assert [send(host)[0].status for _ in range(4)] == [200, 500, 500, 200]
    _, told = ask(host, "GET", "/toy/_world/faults")
    shown = {"match": match, "kind": "status", "times": 2, "after": 1, "value": 500}
    assert told == {"faults": [{**shown, "seen": 3, "hits": 2}]}


def test_faults_can_be_endless_and_taken_away(host: PracticeHost) -> None:
    fault(host, "status", times=-1)
    assert [send(host)[0].status for _ in range(3)] == [503] * 3
    ask(host, "DELETE", "/toy/_world/faults")
    assert send(host)[0].status == 200


def test_a_rule_that_is_wrong_is_refused(host: PracticeHost) -> None:
    for rule in (
        {"kind": "flood"},
        {"kind": "cut", "match": {"host": "x"}},
        {"kind": "cut", "n": 1},
    ):
        assert ask(host, "POST", "/toy/_world/faults", rule)[0] == 400
    assert host.place("toy").faults == []


def test_the_date_header_goes_by_the_clock_of_the_world(host: PracticeHost) -> None:
    ask(host, "POST", "/toy/_world/clock", {"mode": "skew", "seconds": 240})
    answer, _ = send(host)
    told = datetime.strptime(str(answer.getheader("Date")), "%a, %d %b %Y %H:%M:%S %Z")
    ahead = told - datetime.utcfromtimestamp(time.time())
    assert timedelta(seconds=230) < ahead < timedelta(seconds=245)


def test_both_moves_the_day_of_hanpan_too(host: PracticeHost) -> None:
    before = clock.now()
    ask(host, "POST", "/toy/_world/clock", {"mode": "both", "seconds": 3600})
    ask(host, "POST", "/toy/_world/clock", {"mode": "both", "seconds": 3600})
    assert clock.now() - before >= timedelta(hours=2)
    assert abs(host.world("toy").now() - clock.now()) < timedelta(seconds=1)
    ask(host, "POST", "/toy/_world/clock", {"mode": "both", "to": "2030-03-01T00:30:00+09:00"})
    assert clock.kst(clock.now()).strftime("%Y-%m-%d %H:%M") == "2030-03-01 00:30"
    status, told = ask(host, "POST", "/toy/_world/clock", {"mode": "both", "to": "now"})
    assert (status, told["offset"]) == (200, 0.0)


def test_the_day_stays_while_a_real_channel_exists() -> None:
    with start([TOY], may_move_day=lambda: False) as host:
        status, told = ask(host, "POST", "/toy/_world/clock", {"mode": "both", "seconds": 60})
        assert (status, clock.offset()) == (409, 0.0)
        assert "practice" in told["error"]
        assert ask(host, "POST", "/toy/_world/clock", {"mode": "skew", "seconds": 60})[0] == 200


def test_a_kept_world_goes_on_after_a_restart(tmp_path: Path) -> None:
    with start([TOY], data=tmp_path) as host:
        host.place("toy").act("order", {})
        send(host)
    with start([TOY], data=tmp_path) as host:
        world = host.world("toy")
        assert world.state["orders"] == [1, 2, 3, 4]
        assert world.count("effect", "x") == 1
        assert world.number("order") == 5
        assert ask(host, "GET", "/toy/_world/log")[1] == {"calls": []}  # calls are not kept


def test_after_a_crash_numbers_skip_those_that_may_have_been_issued(tmp_path: Path) -> None:
    file = tmp_path / "practice" / "toy.json"
    with start([TOY], data=tmp_path) as host:
        host.world("toy").save(file)
        saved = file.read_bytes()
        issued = [host.world("toy").number("order") for _ in range(5)]
    file.write_bytes(saved)
    with start([TOY], data=tmp_path) as host:
        assert host.world("toy").number("order") > max(issued)


def test_a_bench_world_is_not_kept_but_its_numbers_are(tmp_path: Path) -> None:
    with start([TOY], data=tmp_path) as host:
        host.place("toy").seed("bench", {})
    kept = json.loads((tmp_path / "practice" / "toy.json").read_text())
    assert "state" not in kept
    with start([TOY], data=tmp_path) as host:
        assert (host.world("toy").name, host.world("toy").state) == ("small", {"orders": [7, 8, 9]})


def test_the_saver_writes_while_the_host_runs(tmp_path: Path) -> None:
    file = tmp_path / "practice" / "toy.json"
    with start([TOY], data=tmp_path) as host:
        send(host, "seen")
        until = time.monotonic() + 10
        while not (file.exists() and "seen" in file.read_text()):
            assert time.monotonic() < until
            time.sleep(0.05)


def test_a_forked_child_holds_no_connection_open(host: PracticeHost) -> None:
    fault(host, "reset_before", match="/gone")
    raw = socket.create_connection(("127.0.0.1", host.port), timeout=5)
    raw.sendall(b"GET /toy/main/x HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    assert raw.recv(65536).startswith(b"HTTP/1.1 200")
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(writing)
        os.read(reading, 1)
        os._exit(0)
    try:
        raw.sendall(b"GET /toy/main/gone HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            raw.recv(1)  # a child that still held the socket would keep it from being reset
    finally:
        raw.close()
        os.close(writing)
        os.close(reading)
        os.waitpid(child, 0)


def test_a_host_can_be_started_in_a_forked_child(host: PracticeHost) -> None:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        with start([TOY]) as own:
            status, told = ask(own, "GET", "/_hosts")
            os.write(writing, f"{status} {len(told['hosts'])}".encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        assert pipe.read() == "200 1"
    assert os.waitpid(child, 0)[1] == 0


RUN = """
import sys
from pathlib import Path
from core.contracts.sandbox import Sandbox
from core.practice import run
def app(world):
    def serve(environ, start_response):
        start_response("200 OK", [])
        return [b"up"]
    return serve
def seed(world, size):
    world.state["n"] = world.number("n")
box = Sandbox(marketplace="toy", app=app, seed=seed, credentials=lambda world: {})
run([box], port=int(sys.argv[1]), data=Path(sys.argv[2]), may_move_day=lambda: True)
"""


def test_run_serves_until_it_is_told_to_end_and_keeps_its_worlds(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-c", RUN, str(port), str(tmp_path)])
    try:
        until = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                assert process.poll() is None
                assert time.monotonic() < until
                time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait()
    kept = json.loads((tmp_path / "practice" / "toy.json").read_text())
    assert (kept["state"], kept["ended"]) == ({"n": 1}, True)


def test_acts_are_done_by_name_to_one_line_or_several() -> None:
    world, done = World("shop"), []
    world.state["lines"] = {"L1": {}, "L2": {}}
    act = act_by_name(
        {"move": lambda world, data: done.append(data) or "moved"},
        {"send": lambda world, line, data: line.update(data)},
        lambda world, key: world.state["lines"].get(key),
    )
    assert act(world, "move", {"to": 1}) == "moved" and done == [{"to": 1}]
    assert act(world, "send", {"lines": ["L1", "L2"], "by": "CJ"}) == ["L1", "L2"]
    assert act(world, "send", {"line": "L2", "by": "post"}) == ["L2"]
    assert world.state["lines"] == {"L1": {"by": "CJ"}, "L2": {"by": "post"}}
    with pytest.raises(ValueError, match="no such line"):
        act(world, "send", {"lines": ["L1", "L3"], "by": "nobody"})
    assert world.state["lines"]["L1"] == {"by": "CJ"}, "none of them was done"
    with pytest.raises(ValueError, match="acts are move, send"):
        act(world, "sell", {})


def test_what_an_order_and_a_seed_do_not_know_is_refused() -> None:
    told = {"orders": 2, "minutes_ago": 1.5, "lines": 3}
    assert ordered(told, {"lines"}) == (2, 90.0, {"lines": 3}) and len(told) == 3
    assert ordered({}, ()) == (1, 0.0, {})
    with pytest.raises(ValueError, match="an order has no colour"):
        ordered({"colour": "red"}, {"lines"})
    world = World("shop")
    world.reset("small", {"orders": 3})
    world.know_options({"orders"})
    with pytest.raises(ValueError, match="shop's seed has no orders"):
        world.know_options({"days"})


def test_a_row_that_is_hidden_shows_what_it_was_until_then() -> None:
    world = World("shop")
    row = {"state": "paid"}
    hide(world, row, as_it_is(row))
    assert "hidden" not in row, "there is no fault"
    with world.late(60):
        hide(world, row, as_it_is(row), second=1000)
        row["state"] = "sent"
        hide(world, row, as_it_is(row), second=1000)
        row["state"] = "arrived"
    now = world.now().timestamp() * 1000
    assert seen(row, now) == {"state": "paid"} and seen(row, now + 61_000) is row


def test_rows_stand_in_their_lists_by_time_and_move_once_the_change_shows() -> None:
    world = World("shop")
    world.state["lines"] = {
        key: {"id": key, "state": state, "at": at}
        for key, state, at in (("b", "new", 2), ("a", "new", 2), ("c", "sent", 5))
    }

    def lines() -> Timelines:
        return Timelines.of(
            world,
            "lines",
            lambda world: world.state["lines"],
            lambda row: [(row["state"], row["at"])],
            lambda world: world.now().timestamp(),
        )

    def write(row: dict[str, Any]) -> bytes:
        return json.dumps(row, sort_keys=True).encode()

    assert Timelines.made(world, "lines") is None
    assert list(lines().between("new", 1, 2)) == [(2, "a"), (2, "b")]
    assert list(lines().between("new", 2, 9, after="b")) == [(2, "b")]
    assert not [*lines().between("new", 3, 9), *lines().between("none", 0, 9)]
    assert lines() is Timelines.made(world, "lines")
    row, now = world.state["lines"]["a"], world.now().timestamp()
    before = lines().written("a", "json", now, write)
    with world.late(60):
        hide(world, row, as_it_is(row))
    row.update(state="sent", at=4)
    lines().moved("a")
    lines().settle(now)
    assert lines().every("new") == ["a", "b"], "it does not show yet"
    assert lines().written("a", "json", now, write) == before
    lines().settle(now + 61)
    assert lines().every("new") == ["b"] and lines().every("sent") == ["a", "c"]
    assert json.loads(lines().written("a", "json", now + 61, write))["state"] == "sent"
    world.state["lines"]["d"] = {"id": "d", "state": "new", "at": 1}
    lines().moved("d")
    assert lines().every("new") == ["d", "b"]
