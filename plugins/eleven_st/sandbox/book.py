"""The address book (§3): three kinds, no delete, and the search of buildings."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from hanpan.api import Response, World
from plugins.eleven_st.sandbox.buildings import BUILDINGS, BY_LOT, BY_NUMBER, matching
from plugins.eleven_st.sandbox.wire import (
    DECLARED,
    LABEL,
    NAMESPACE,
    Call,
    Refusal,
    body_of,
    encoded,
    leaf,
    listed,
    row,
    told_book,
)

Entry = dict[str, Any]

SHELVES = ("out", "in", "global")
NAMES = {"out": "출고지", "in": "반품/교환지", "global": "해외출고지"}
_PHONE = re.compile(r"0\d{1,3}-\d{3,4}-\d{4}")


def entries(world: World, kind: str) -> dict[str, Entry]:
    """The entries of a kind by their number. Overseas ones are numbered with the 출고지."""
    found: dict[str, Entry] = world.state["addresses"][kind]
    return found


def put(world: World, kind: str, name: str, house: int, number: str = "") -> Entry:
    """An entry that was made in the seller office; the two lists may share a `number` (§3)."""
    building = BUILDINGS[house % len(BUILDINGS)]
    entry: Entry = {
        "addrSeq": number or _next(world),
        "addrNm": name,
        "rcvrNm": "김견본",
        "gnrlTlphnNo": "02-000-0000",
        "prtblTlphnNo": "010-0000-0000",
        "buildMngNO": building.number,
        "lnmAddrSeq": "",
        "dtlsAddr": f"{house + 1}층",
        "writes": 0,
    }
    entries(world, kind)[entry["addrSeq"]] = entry
    return entry


def put_abroad(world: World, name: str) -> Entry:
    """An overseas entry that was made in the seller office."""
    entry: Entry = {
        "addrSeq": _next(world),
        "addrNm": name,
        "rcvrNm": "Hong Gildong",
        "gnrlTlphnNo": "8621000000",
        "prtblTlphnNo": "8613800000000",
        "countryCd": "CN",
        "state": "Example",
        "city": "Mockcity",
        "addr1": "1 Sample Road",
        "addr2": "Unit 2",
        "zipCode": "200000",
        "writes": 0,
    }
    entries(world, "global")[entry["addrSeq"]] = entry
    return entry


def _next(world: World) -> str:
    """Numbers are small and per seller (§3)."""
    return str(world.number("address"))


# -- reading ------------------------------------------------------------------------------------


def outbound(call: Call) -> Response:
    """`outboundarea`: 출고지, and among them (assumed) the overseas ones."""
    both = [*entries(call.world, "out").values(), *entries(call.world, "global").values()]
    return _list(call, both)


def inbound(call: Call) -> Response:
    """`inboundarea`."""
    return _list(call, list(entries(call.world, "in").values()))


def _list(call: Call, found: list[Entry]) -> Response:
    told = [encoded(row("inOutAddress", _thin(call.world, entry))) for entry in found]
    if not told:
        return told_book("등록된 주소가 없습니다.")
    # result_message is not always there on success (§2 shape F).
    tail = encoded(leaf("ns2:result_message", "SUCCESS")) if len(told) % 2 else b""
    return listed("inOutAddresss", [*told, tail])


def _thin(world: World, entry: Entry) -> Entry:
    told = {name: entry[name] for name in ("addrNm", "addrSeq", "rcvrNm")}
    told |= {name: _echoed(entry, name) for name in ("gnrlTlphnNo", "prtblTlphnNo")}
    return {"addr": _whole(entry)} | told | {"memNo": world.state["member"]}


def _whole(entry: Entry) -> str:
    if "countryCd" in entry:
        parts = ("addr1", "addr2", "city", "state", "zipCode", "countryCd")
        return " ".join(str(entry[name]) for name in parts if entry[name])
    building = _building(entry)
    base = building.by_lot if entry["lnmAddrSeq"] else building.road
    return f"{base} {entry['dtlsAddr']}"


def _building(entry: Entry) -> Any:
    return BY_NUMBER.get(entry["buildMngNO"]) or BY_LOT[entry["lnmAddrSeq"]]


def one(kind: str) -> Callable[[Call], Response]:
    """A single read: `getOutAddressInfo` (a POST), `getRtnAddressInfo`, `getGlobalOutAddress`."""

    def answer(call: Call) -> Response:
        entry = entries(call.world, kind).get(call.parts[0])
        if entry is None:
            return told_book(f"{NAMES[kind]} 조회 오류 : 존재하지 않는 주소입니다.")
        if kind == "global":
            return _nested(entry)
        building = _building(entry)
        told = {
            "addrNm": entry["addrNm"],
            "addrSeq": entry["addrSeq"],
            "baseAddrYN": "N",
            "dtlsAddr": entry["dtlsAddr"],
            "gnrlTlphnNo": entry["gnrlTlphnNo"],
            "mailNO": building.postcode,
            "mailNOSeq": "",
            "buildMngNO": entry["buildMngNO"],
            "prtblTlphnNo": entry["prtblTlphnNo"],
            "rcvrNm": entry["rcvrNm"],
        }
        return listed("inOutAddresss", [encoded(row("inOutAddress", told))])

    return answer


def _nested(entry: Entry) -> Response:
    """Overseas answers are nested, with the message inside the row (§3)."""
    told = {name: value for name, value in entry.items() if name != "writes"}
    told |= {name: _echoed(entry, name) for name in ("gnrlTlphnNo", "prtblTlphnNo")}
    inside = "".join(leaf(name, value) for name, value in told.items())
    inside += leaf("ns2:result_message", "SUCCESS")
    root, name = f'ns2:inOutAddresss xmlns:ns2="{NAMESPACE}"', "ns2:inOutAddresss"
    text = f"<{root}><{name}>{inside}</{name}></{name}>"
    return Response(200, DECLARED + encoded(text), content_type=LABEL)


def _echoed(entry: Entry, name: str) -> str:
    """Overseas numbers are taken without hyphens and told with them (§3)."""
    number = str(entry[name])
    if "countryCd" not in entry or "-" in number:
        return number
    return "-".join(part for part in (number[:2], number[2:-4], number[-4:]) if part)


# -- writing --------------------------------------------------------------------------------------


def save(kind: str, *, new: bool) -> Callable[[Call], Response]:
    """`register…` and `update…`. What is wrong is told in one sentence and no code (§2 shape F)."""
    what = f"{NAMES[kind]} {'등록' if new else '수정'} 오류 : "

    def answer(call: Call) -> Response:
        given = body_of(call, "InOutAddress")
        held = entries(call.world, kind)
        problem = _wrong(given, kind)
        if not new and given.get("addrSeq") not in held:
            problem = "존재하지 않는 주소입니다."
        if problem:
            call.world.record("refusal", f"address.{kind}")
            return told_book(what + problem)
        number = _next(call.world) if new else given["addrSeq"]
        entry = _kept(given, kind) | {"addrSeq": number}
        entry["writes"] = held.get(number, {"writes": 0})["writes"] + 1
        held[number] = entry
        call.world.dirty = True
        call.world.record("create" if new else "update", f"address.{kind}:{number}")
        if kind == "global":
            return _nested(entry)
        # The guide prints the row of an update as intOutAddress (§3).
        told = {name: value for name, value in entry.items() if name != "writes"}
        shown = row("inOutAddress" if new else "intOutAddress", told)
        return listed("inOutAddresss", [encoded(shown + leaf("ns2:result_message", "SUCCESS"))])

    return answer


_HOME = ("buildMngNO", "lnmAddrSeq", "dtlsAddr", "addrClfCd")
_ABROAD = ("countryCd", "addr1", "addr2", "city", "state", "zipCode")


def _kept(given: dict[str, str], kind: str) -> Entry:
    names = ("addrNm", "rcvrNm", "gnrlTlphnNo", "prtblTlphnNo")
    more = _ABROAD if kind == "global" else _HOME
    return {name: given.get(name, "") for name in (*names, *more)}


def _wrong(given: dict[str, str], kind: str) -> str:
    """What is wrong with the values, or ""."""
    if not given.get("addrNm"):
        return "주소명을 입력해 주세요."
    if not given.get("rcvrNm"):
        return "담당자 이름을 입력해 주세요."
    return _wrong_abroad(given) if kind == "global" else _wrong_home(given)


def _wrong_home(given: dict[str, str]) -> str:
    if not _PHONE.fullmatch(given.get("gnrlTlphnNo", "")):
        return "전화번호 형식이 올바르지 않습니다."
    if not _PHONE.fullmatch(given.get("prtblTlphnNo", "")):
        return "휴대폰번호 형식이 올바르지 않습니다."
    building, lot = given.get("buildMngNO", ""), given.get("lnmAddrSeq", "")
    if bool(building) == bool(lot):
        return "건물관리번호와 지번일련번호 중 하나를 입력해 주세요."
    if building not in BY_NUMBER and lot not in BY_LOT:
        return "주소정보가 올바르지 않습니다."
    if given.get("addrClfCd", "01") != ("01" if building else "02"):
        return "주소정보가 올바르지 않습니다."
    detail = given.get("dtlsAddr", "")
    if not detail or len(detail.encode("euc-kr", "replace")) > 200:
        return "상세주소는 한글 100자까지 입력할 수 있습니다."
    return ""


def _wrong_abroad(given: dict[str, str]) -> str:
    if not re.fullmatch(r"[A-Z]{2}", given.get("countryCd", "")):
        return "국가코드가 올바르지 않습니다."
    for name, said in (("gnrlTlphnNo", "전화번호"), ("prtblTlphnNo", "휴대폰번호")):
        if not re.fullmatch(r"[0-9-]{7,20}", given.get(name, "")):
            return f"{said} 형식이 올바르지 않습니다."
    if not given.get("zipCode"):
        return "우편번호를 입력해 주세요."
    return "" if given.get("addr1") and given.get("city") else "주소정보가 올바르지 않습니다."


# -- the search of buildings ----------------------------------------------------------------------


def search(call: Call) -> Response:
    """`searchAddr`: the words are UTF-8 (§1.3); errors tell a code alone."""
    given = body_of(call, "RoadAddrSearchRequest")
    words = given.get("searchRoadAddrKwd", "")
    if not words:
        raise Refusal("E011", "")
    if len(words.encode("euc-kr", "replace")) < 4:
        raise Refusal("E013", "")
    size, page = given.get("fetchSize", ""), given.get("pageNum", "")
    if not (size.isdecimal() and page.isdecimal() and 0 < int(size) <= 100 and int(page)):
        raise Refusal("E012", "")
    first = (int(page) - 1) * int(size)
    told = [
        "<roadAddrInfo>"
        + leaf("buildMngNO", found.number)
        + leaf("mailAddr", found.by_lot)
        + leaf("mailNo", found.postcode)
        + leaf("roadAddr", found.road)
        + leaf("roadNm", found.road_name)
        + leaf("sidoNm", found.sido)
        + leaf("sigunguNm", found.sigungu)
        + leaf("ueupmyonNm", None)
        + leaf("lawDongNm", found.dong)
        + leaf("buildMainNo", found.main)
        + leaf("buildSubNo", 0)
        + leaf("lnmAddrSeq", found.lot)
        + "</roadAddrInfo>"
        for found in matching(words)[first : first + int(size)]
    ]
    body = DECLARED + encoded(f"<RoadAddrList>{''.join(told)}</RoadAddrList>")
    return Response(200, body, content_type=LABEL)
