"""The `/<marketplace>/_world/…` calls, for the seller who practises, tests and benches.

A POST must be JSON and the Host header loopback: a page of a foreign site cannot send either.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

from core import clock
from core.files.writing import write_rows
from core.practice.faults import Reply, Rule
from core.practice.place import Place
from core.practice.server import Request

SIZES = ("small", "busy", "bench")

_JSON = (("Content-Type", "application/json; charset=utf-8"), ("Cache-Control", "no-store"))
_XLSX = (
    "Content-Type",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
)
_REASONS = {200: "OK", 400: "Bad Request", 403: "Forbidden", 404: "Not Found", 409: "Conflict"}


class Refused(Exception):
    """The call cannot be done; `status` and the sentence are told to the caller."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


def answer(status: int, data: Any) -> Reply:
    """A JSON answer of the host itself."""
    body = json.dumps(data, ensure_ascii=False).encode()
    return Reply(status=status, reason=_REASONS.get(status, ""), headers=_JSON, body=body)


def serve(place: Place, request: Request, call: str) -> Reply:
    """Answer one `_world` call; `call` is the last part of its path."""
    try:
        check_caller(request)
        known = _CALLS.get((request.method, call))
        if known is None:
            raise Refused(404, f"there is no {request.method} _world/{call}")
        told = known(place, request)
        return told if isinstance(told, Reply) else answer(200, told)
    except Refused as refused:
        return answer(refused.status, {"error": str(refused)})
    except KeyError as unknown:
        return answer(400, {"error": f"there is no {', '.join(map(repr, unknown.args))} here"})
    except (ValueError, TypeError) as wrong:
        return answer(400, {"error": str(wrong) or repr(wrong)})


def check_caller(request: Request) -> None:
    """Refuse what a browser could be made to send by a page of somebody else."""
    host = request.headers.get("host", "").rpartition(":")[0] or request.headers.get("host", "")
    if host not in ("127.0.0.1", "localhost"):
        raise Refused(403, "only http://127.0.0.1 and http://localhost")
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    if request.method == "POST" and kind != "application/json":
        raise Refused(400, "send JSON with Content-Type: application/json")


def _body(request: Request) -> Any:
    return json.loads(request.body or b"{}")


class Fields(dict[str, Any]):
    """What a call was given; one that is not there is refused by its name."""

    def __missing__(self, name: str) -> Any:
        raise Refused(400, f"the field {name!r} is missing")


def _fields(request: Request) -> Fields:
    data = _body(request)
    if not isinstance(data, dict):
        raise ValueError("a JSON object is wanted")
    return Fields(data)


def _credentials(place: Place, request: Request) -> Any:
    return place.credentials()


def _ledger(place: Place, request: Request) -> Any:
    return place.ledger()


def _log(place: Place, request: Request) -> Any:
    """All calls, or those with `?path=` in their path, of `?method=`, after number `?after=`."""
    wanted = {name: values[-1] for name, values in parse_qs(request.query).items()}
    path, method = wanted.get("path", ""), wanted.get("method", "").upper()
    after = int(wanted.get("after", "0"))
    calls = [
        call
        for call in list(place.calls)
        if path in call["path"] and call["n"] > after and method in ("", call["method"])
    ]
    return {"calls": calls}


def _export(place: Place, request: Request) -> Any:
    """The .xlsx that the seller centre would give, for the parser `?kind=`."""
    kind = parse_qs(request.query).get("kind", [""])[-1]
    head, *rows = place.export(kind)
    book = io.BytesIO()
    write_rows(book, [str(cell) for cell in head], rows, sheet="목록")
    named = ("Content-Disposition", f'attachment; filename="{place.world.marketplace}.xlsx"')
    return Reply(status=200, reason="OK", headers=(_XLSX, named), body=book.getvalue())


def _seed(place: Place, request: Request) -> Any:
    options = _fields(request)
    size = options.pop("size", "small")
    if size not in SIZES:
        raise ValueError(f"size is one of {', '.join(SIZES)}")
    place.seed(size, options)
    return {"marketplace": place.world.marketplace, "world": size, "options": options}


def _act(place: Place, request: Request) -> Any:
    data = _fields(request)
    name = str(data.pop("act", ""))
    return {"act": name, "result": place.act(name, data)}


def _add_faults(place: Place, request: Request) -> Any:
    data = _body(request)
    rules = [Rule.read(rule) for rule in (data if isinstance(data, list) else [data])]
    place.faults.extend(rules)
    return _faults(place, request)


def _faults(place: Place, request: Request) -> Any:
    return {"faults": [rule.shown() for rule in place.faults]}


def _no_faults(place: Place, request: Request) -> Any:
    place.faults.clear()
    return _faults(place, request)


def _clock(place: Place, request: Request) -> Any:
    return {
        "now": place.world.now().isoformat(timespec="milliseconds"),
        "offset": clock.offset(),
        "skew": place.world.skew,
    }


def _move_clock(place: Place, request: Request) -> Any:
    data = _fields(request)
    mode = data.get("mode")
    if mode == "skew":
        place.shift(_wanted(data, place.world.now().timestamp(), place.world.skew))
    elif mode == "both":
        if place.may_move_day is not None and not place.may_move_day():
            raise Refused(
                409, "the day is not moved while a channel exists that is not a practice channel"
            )
        clock.move(_wanted(data, clock.now().timestamp(), clock.offset()))
    else:
        raise ValueError("mode is both or skew")
    return _clock(place, request)


def _wanted(data: dict[str, Any], shown: float, moved: float) -> float:
    """How far the clock is to be moved in all: `seconds` more, until `to`, or back to `now`."""
    if data.get("to") == "now":
        return 0.0
    if "to" in data:
        to = datetime.fromisoformat(str(data["to"]))
        if to.tzinfo is None:
            raise ValueError("`to` needs its time zone, such as +09:00")
        return moved + to.timestamp() - shown
    return moved + float(data["seconds"])


_CALLS: dict[tuple[str, str], Callable[[Place, Request], Any]] = {
    ("GET", "credentials"): _credentials,
    ("GET", "ledger"): _ledger,
    ("GET", "log"): _log,
    ("GET", "export"): _export,
    ("POST", "seed"): _seed,
    ("POST", "act"): _act,
    ("GET", "faults"): _faults,
    ("POST", "faults"): _add_faults,
    ("DELETE", "faults"): _no_faults,
    ("GET", "clock"): _clock,
    ("POST", "clock"): _move_clock,
}
