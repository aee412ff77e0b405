"""발송마감 templates of 11번가 (§4): by when an order is dispatched, weekdays and Saturdays."""

from __future__ import annotations

from collections.abc import Mapping

from hanpan.api import (
    Capability,
    Field,
    Kind,
    Page,
    Remote,
    TemplateType,
    Text,
    Values,
    take,
)
from plugins.eleven_st.client import CENTER, ElevenSt, Row
from plugins.eleven_st.refusals import NO_DELETE

KEY = "eleven_st"

NORMAL, TODAY, IN_TURN = "01", "02", "03"
HOURS = tuple(f"{hour:02}00" for hour in range(9, 21))
NO_TERM, NO_HOUR = "0", "0900"
"""What is sent where a field has no meaning: all are required (§4), 0 is what a list shows."""

_TYPES = (
    (TODAY, Text("오늘발송", "Same day")),
    (NORMAL, Text("일반발송", "Ordinary")),
    (IN_TURN, Text("재고확인 후 순차발송", "In turn, once stock is checked")),
)
_CUTOFFS = tuple((hour, Text(f"{hour[:2]}:00", f"{hour[:2]}:00")) for hour in HOURS)
_DEADLINE_WORDS = {
    "토요일": "saturday_cutoff",
    "마감시간": "cutoff",
    "발송기한": "term",
    "발송유형": "send_type",
    "대표": "representative",
}
_NAMED = Text(
    "템플릿명은 11번가가 정한 값으로 만들어 줍니다.", "11st makes the name from the values."
)
_TERMS: Mapping[str, tuple[int, int, Text]] = {
    NORMAL: (1, 2, Text("일반발송은 1일이나 2일입니다.", "Ordinary dispatch takes 1 or 2 days.")),
    IN_TURN: (
        3,
        14,
        Text(
            "재고확인 후 순차발송은 3일부터 7일까지이고, 해외직구는 14일까지입니다.",
            "Dispatch in turn takes 3 to 7 days, for goods from abroad up to 14.",
        ),
    ),
}


def fetch_deadlines(client: ElevenSt, cursor: str) -> Page[Remote]:
    """Every 발송마감 template; the list has no pages."""
    return Page([_deadline(row) for row in client.deadlines()], "")


def _deadline(row: Row) -> Remote:
    kind, saturday = row.get("sendClfCd", ""), row.get("satSendYn") == "Y"
    term = row.get("sendCmplTerm", "")
    values = {
        "send_type": kind,
        "cutoff": row.get("wkdayPayCmplHm", "") if kind == TODAY else None,
        "term": int(term) if kind in _TERMS and term.isdecimal() else None,
        "saturday": saturday,
        "saturday_cutoff": row.get("satPayCmplHm", "") if saturday else None,
        "representative": row.get("repCloseTimeYn") == "Y",
        "name": row.get("prdInfoTmpltNm", ""),
    }
    return Remote(str(take(row, "prdInfoTmpltNo")), values)


def create_deadline(client: ElevenSt, values: Values) -> Remote:
    """Register a template."""
    return Remote(client.save_deadline(None, _wire(values), _DEADLINE_WORDS), values)


def update_deadline(client: ElevenSt, remote_id: str, values: Values) -> Remote:
    """Change a template; every product that uses it follows at once."""
    client.save_deadline(remote_id, _wire(values), _DEADLINE_WORDS)
    return Remote(remote_id, values)


def _wire(values: Values) -> dict[str, str]:
    def yes(name: str) -> str:
        return "Y" if values.get(name) else "N"

    return {
        "sendClfCd": str(values["send_type"]),
        "satSendYn": yes("saturday"),
        "sendCmplTerm": str(values.get("term") or NO_TERM),
        "wkdayPayCmplHm": str(values.get("cutoff") or NO_HOUR),
        "satPayCmplHm": str(values.get("saturday_cutoff") or NO_HOUR),
        "repCloseTimeYn": yes("representative"),
    }


def check_deadline(values: Values) -> dict[str, Text]:
    """Reasons for values that do not fit together."""
    if values.get("send_type") not in _TERMS:
        return {}
    least, most, reason = _TERMS[values["send_type"]]
    fits = values.get("term") is not None and least <= values["term"] <= most
    return {} if fits else {"term": reason}


def _clock(hour: str) -> str:
    return f"{hour[:2]}:{hour[2:]}"


def _deadline_title(values: Values) -> str:
    """11번가's own name; until that is read, what it is made of."""
    if values.get("name"):
        return str(values["name"])
    kind = dict(_TYPES).get(values["send_type"])
    parts = [kind.ko if kind else str(values["send_type"])]
    if values.get("cutoff"):
        parts.append(f"평일 {_clock(values['cutoff'])} 마감")
    if values.get("term"):
        parts.append(f"{values['term']}일 이내")
    if values.get("saturday_cutoff"):
        parts.append(f"토요일 {_clock(values['saturday_cutoff'])} 마감")
    return " · ".join(parts)


DISPATCH_DEADLINE = TemplateType(
    marketplace=KEY,
    key="dispatch_deadline",
    label=Text("발송마감", "Dispatch deadlines"),
    fields=(
        Field(
            name="send_type", label=Text("발송유형", "Kind of dispatch"), kind=Kind.CHOICE,
            choices=_TYPES, default=TODAY,
        ),
        Field(
            name="cutoff", label=Text("평일 마감시간", "Weekday cut-off"), kind=Kind.CHOICE,
            choices=_CUTOFFS, default="1500", show_if=("send_type", (TODAY,)),
            help=Text(
                "이 시각까지 결제된 주문을 당일에 발송합니다.",
                "Orders paid by then are dispatched the same day.",
            ),
        ),
        Field(
            name="term", label=Text("평일 발송기한", "Days until dispatch"), kind=Kind.NUMBER,
            default=1, unit=Text("일", "days"),
            show_if=("send_type", (NORMAL, IN_TURN)),
            help=Text(
                "일반발송은 1~2일, 재고확인 후 순차발송은 3~7일 (해외직구 14일까지)입니다.",
                "1 or 2 for ordinary dispatch, 3 to 7 (from abroad up to 14) in turn.",
            ),
        ),
        Field(
            name="saturday", label=Text("토요일 발송", "Dispatch on Saturdays"), kind=Kind.FLAG,
            required=False, default=False,
        ),
        Field(
            name="saturday_cutoff", label=Text("토요일 마감시간", "Saturday cut-off"),
            kind=Kind.CHOICE, choices=_CUTOFFS, default="1200",
            show_if=("saturday", ("1", "on", "true", "True")),
        ),
        Field(
            name="representative", label=Text("대표 마감시간으로 설정", "Representative"),
            kind=Kind.FLAG, required=False, default=False,
            help=Text(
                "대표는 하나뿐입니다. 이 템플릿을 대표로 정하면 지금의 대표는 해제됩니다.",
                "There is one: making this the representative ends the present one.",
            ),
        ),
        Field(
            name="name", label=Text("템플릿명", "Name"), required=False, readonly=_NAMED,
        ),
    ),
    title=_deadline_title,
    fetch=fetch_deadlines,
    create=create_deadline,
    update=update_deadline,
    check=check_deadline,
    why_not={Capability.DELETE: NO_DELETE},
    seller_center=CENTER,
    touches_others=True,  # a new representative ends the old one, and 11번가 makes the name
)  # fmt: skip
