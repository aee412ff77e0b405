"""발송마감 templates (§4): the list, and writes that are answered in shape B."""

from __future__ import annotations

from typing import Any

from hanpan.api import Response, World
from plugins.eleven_st.sandbox.wire import (
    DECLARED,
    LABEL,
    Call,
    Refusal,
    body_of,
    encoded,
    leaf,
    told_client,
)

Template = dict[str, Any]

HOURS = tuple(f"{hour:02}00" for hour in range(9, 21))
TERMS = {"01": range(1, 3), "02": range(2), "03": range(3, 8)}
"""Days by sendClfCd; 재고확인 of 해외직구 goes up to 14 (§4)."""
_ABROAD = range(3, 15)
_KINDS = {"01": "일반발송", "02": "오늘발송", "03": "재고확인 후 순차발송"}
NEEDED = (
    "sendClfCd", "satSendYn", "sendCmplTerm", "wkdayPayCmplHm", "satPayCmplHm", "repCloseTimeYn",
)  # fmt: skip


def templates(world: World) -> dict[str, Template]:
    """The templates by their number."""
    found: dict[str, Template] = world.state["deadlines"]
    return found


def put(world: World, **values: str) -> str:
    """A template that was made in the seller office; returns its number."""
    number = str(344_800 + world.number("deadline"))
    templates(world)[number] = {**values, "writes": 0}
    return number


def listed(call: Call) -> Response:
    """`sendCloseList`."""
    told = "".join(
        "<templateBOList>"
        + leaf("memNo", call.world.state["member"])
        + leaf("prdInfoTmpltNm", named(values))
        + leaf("prdInfoTmpltClfCd", "07")
        + leaf("prdInfoTmpltNo", number)
        + "".join(leaf(name, values[name]) for name in NEEDED)
        + "</templateBOList>"
        for number, values in templates(call.world).items()
    )
    # result_message may be absent (§4).
    tail = leaf("result_message", "성공") if told else ""
    root = "productInformationTemplateList"
    body = DECLARED + encoded(f"<{root}>{told}{tail}</{root}>")
    return Response(200, body, content_type=LABEL)


def named(values: Template) -> str:
    """The name that 11번가 makes from the settings: there is none in the request (§4)."""
    kind = values["sendClfCd"]
    parts = [_KINDS[kind]]
    if kind == "02":
        parts.append(f"평일 {values['wkdayPayCmplHm'][:2]}시 마감")
    else:
        parts.append(f"{values['sendCmplTerm']}일 이내 발송")
    if values["satSendYn"] == "Y":
        parts.append(f"토요일 {values['satPayCmplHm'][:2]}시 마감")
    return " / ".join(parts)


def create(call: Call) -> Response:
    """`POST sendCloseTemplate`."""
    given = _given(call)
    number = str(344_800 + call.world.number("deadline"))
    return _keep(call, number, given, "create", "발송마감 템플릿 등록 성공")


def update(call: Call) -> Response:
    """`PUT sendCloseTemplate/{number}`: numbers belong to one account (§4)."""
    given = _given(call)
    if call.parts[0] not in templates(call.world):
        raise Refusal("500", "존재하지 않는 발송마감 템플릿입니다.")
    return _keep(call, call.parts[0], given, "update", "발송마감 템플릿 등록 성공")


def _keep(call: Call, number: str, given: Template, what: str, said: str) -> Response:
    held = templates(call.world)
    writes = held.get(number, {"writes": 0})["writes"] + 1
    if given["repCloseTimeYn"] == "Y":
        for key, one in held.items():
            held[key] = {**one, "repCloseTimeYn": "N"}
    held[number] = {**{name: given[name] for name in NEEDED}, "writes": writes}
    call.world.dirty = True
    call.world.record(what, f"dispatch_deadline:{number}")
    return told_client("200", said, prdInfoTmpltNo=number)


def _given(call: Call) -> dict[str, str]:
    given = body_of(call, "SendCloseTmplt")
    missing = [name for name in NEEDED if not given.get(name)]
    if missing:
        raise Refusal("500", f"발송마감 템플릿 등록 실패 : {missing[0]} 값은 필수입니다.")
    problem = _wrong(call, given)
    if problem:
        raise Refusal("500", f"발송마감 템플릿 등록 실패 : {problem}")
    return given


def _wrong(call: Call, given: dict[str, str]) -> str:
    terms = dict(TERMS)
    if call.world.state["seller_type"] == "global":
        terms["03"] = _ABROAD
    kind, term = given["sendClfCd"], given["sendCmplTerm"]
    if kind not in terms:
        return "발송유형이 올바르지 않습니다."
    if not term.isdecimal() or int(term) not in terms[kind]:
        return "발송기한이 올바르지 않습니다."
    if given["satSendYn"] not in ("Y", "N") or given["repCloseTimeYn"] not in ("Y", "N"):
        return "대표 여부와 토요일 발송 여부는 Y 또는 N입니다."
    if kind == "02" and given["wkdayPayCmplHm"] not in HOURS:
        return "평일 마감시간이 올바르지 않습니다."
    if given["satSendYn"] == "Y" and given["satPayCmplHm"] not in HOURS:
        return "토요일 마감시간이 올바르지 않습니다."
    return ""
