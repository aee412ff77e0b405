"""Claims as 11번가 lists them (§7): each line's latest one, and what is gone by them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hanpan.api import UNCHANGED, Claim, ClaimKind, ClaimState, Line, whole
from plugins.eleven_st.client import Row
from plugins.eleven_st.lines import key_of


@dataclass(frozen=True)
class ClaimList:
    """A list, and what its rows are where they say nothing closer (clmStat)."""

    name: str
    kind: ClaimKind
    state: ClaimState


LISTS = (
    ClaimList("cancelorders", ClaimKind.CANCEL, ClaimState.REQUESTED),
    ClaimList("canceledorders", ClaimKind.CANCEL, ClaimState.DONE),
    ClaimList("withdrawcanceledorders", ClaimKind.CANCEL, ClaimState.WITHDRAWN),
    ClaimList("returnorders", ClaimKind.RETURN, ClaimState.REQUESTED),
    ClaimList("returnedorders", ClaimKind.RETURN, ClaimState.DONE),
    ClaimList("retractretorders", ClaimKind.RETURN, ClaimState.WITHDRAWN),
    ClaimList("exchangeorders", ClaimKind.EXCHANGE, ClaimState.REQUESTED),
    ClaimList("exchangedorders", ClaimKind.EXCHANGE, ClaimState.DONE),
    ClaimList("retractexcorders", ClaimKind.EXCHANGE, ClaimState.WITHDRAWN),
)
STATES: Mapping[str, ClaimState] = {
    "103": ClaimState.IN_PROGRESS,
    "104": ClaimState.HELD,
    "105": ClaimState.REQUESTED,
    "106": ClaimState.DONE,
    "107": ClaimState.WITHDRAWN,
    "108": ClaimState.WITHDRAWN,
    "109": ClaimState.HELD,
    "201": ClaimState.REQUESTED,
    "212": ClaimState.IN_PROGRESS,
    "214": ClaimState.HELD,
    "221": ClaimState.IN_PROGRESS,
    "232": ClaimState.WITHDRAWN,
    "233": ClaimState.WITHDRAWN,
    "301": ClaimState.IN_PROGRESS,
    "302": ClaimState.DONE,
}
"""clmStat of returns and exchanges."""

CANCEL_REASONS: Mapping[str, Mapping[str, str]] = {
    "01": {
        "00": "미입금", "04": "배송 늦음", "06": "정보 오류", "07": "재주문", "08": "품절",
        "09": "다른 상품 주문", "10": "타사이트 주문", "11": "단순 변심", "14": "단순 변심",
        "12": "기타 (구매자)", "13": "기타 (판매자)", "15": "옵션 변경", "16": "잘못 주문",
        "99": "기타",
    },
    "02": {
        "06": "배송 지연 예상", "07": "상품·가격 정보 오류", "08": "품절", "09": "옵션 품절",
        "10": "고객 변심", "17": "배송 지연", "18": "품절",
    },
}  # fmt: skip
"""ordCnRsnCd by who asked (ordCnMnbdCd: 01 the buyer, 02 the seller); §7."""

RETURN_REASONS: Mapping[str, str] = {
    "101": "단순 변심", "105": "상세 설명과 다름", "108": "오배송", "110": "옵션 잘못 선택",
    "111": "파손·하자", "112": "미도착", "113": "기타", "114": "교환을 반품으로", "115": "기타",
    "116": "기타", "121": "단순 변심", "122": "하자", "123": "배송 지연·품질", "125": "구성 누락",
    "126": "품절 안내", "206": "옵션 잘못 선택", "207": "하자", "208": "오배송", "209": "품절 협의",
    "210": "상세 설명과 다름", "211": "기타", "212": "반품을 교환으로", "213": "기타",
    "214": "기타", "215": "옵션 잘못 선택", "216": "불량·오배송", "217": "품절 협의",
    "218": "누락 추가 발송",
}  # fmt: skip
"""clmReqRsn of returns and exchanges (§7)."""

_FINAL = (ClaimState.DONE, ClaimState.WITHDRAWN)
_GONE = {
    ClaimKind.CANCEL: "cancelled",
    ClaimKind.RETURN: "returned",
    ClaimKind.EXCHANGE: "exchanged",
}


@dataclass(frozen=True)
class Told:
    """One claim as a list told it; `at` is when it was asked for, in 11번가's own writing."""

    key: str
    order_no: str
    line_no: str
    kind: ClaimKind
    state: ClaimState
    remote_state: str
    reason: str
    quantity: int
    at: str
    number: int


def read(listed: ClaimList, rows: Iterable[Row]) -> list[Told]:
    """The claims of one list. Raises ContractError for a row that names no line."""
    return [_read(listed, row) for row in rows]


def _read(listed: ClaimList, row: Row) -> Told:
    cancel = listed.kind is ClaimKind.CANCEL
    state = row.get("ordCnStatCd" if cancel else "clmStat", "")
    number = row.get("ordPrdCnSeq" if cancel else "clmReqSeq", "")
    return Told(
        key=key_of(row),
        order_no=row["ordNo"],
        line_no=row["ordPrdSeq"],
        kind=listed.kind,
        state=listed.state if cancel else STATES.get(state, listed.state),
        remote_state=state or listed.name,
        reason=_cancel_reason(row) if cancel else _return_reason(row),
        quantity=whole(row.get("ordCnQty" if cancel else "clmReqQty")) or 0,
        at=row.get("createDt" if cancel else "reqDt", ""),
        number=whole(number) or 0,
    )


def _cancel_reason(row: Row) -> str:
    """In words; a code that we do not know stays as it is."""
    code = row.get("ordCnRsnCd", "")
    return CANCEL_REASONS.get(row.get("ordCnMnbdCd", ""), {}).get(code, code)


def _return_reason(row: Row) -> str:
    code = row.get("clmReqRsn", "")
    return RETURN_REASONS.get(code, code)


def lines_of(told: Iterable[Told]) -> dict[str, Line]:
    """One partial line for each line with a claim: its latest claim, and what is gone.

    All lists of a time are told together, for a line may stand in several of them: an earlier
    request that was withdrawn must not hide a later one.
    """
    by_line: dict[str, list[Told]] = {}
    for one in told:
        by_line.setdefault(one.key, []).append(one)
    return {key: _line(claims) for key, claims in by_line.items()}


def _line(claims: list[Told]) -> Line:
    # The same claim may be met in two lists while it moves on: then its end counts.
    last = max(claims, key=lambda one: (one.at, one.number, one.state in _FINAL))
    finished = {(one.kind, one.number): one for one in claims if one.state is ClaimState.DONE}
    gone: dict[str, int] = {}
    for one in finished.values():
        gone[_GONE[one.kind]] = gone.get(_GONE[one.kind], 0) + one.quantity
    return Line(
        order_no=last.order_no,
        line_no=last.line_no,
        line_key=last.key,
        claim=Claim(
            kind=last.kind,
            state=last.state,
            remote_state=last.remote_state,
            reason=last.reason,
        ),
        cancelled=gone.get("cancelled", UNCHANGED),
        returned=gone.get("returned", UNCHANGED),
        exchanged=gone.get("exchanged", UNCHANGED),
    )


def ended(line: Line) -> bool:
    """Whether a claim has taken something away: the line's own state tells how much is left."""
    return (line.cancelled, line.returned, line.exchanged) != (UNCHANGED,) * 3
