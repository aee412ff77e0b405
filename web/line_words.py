"""An order line in words: where it stands, when it has to go, and what happened to it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from markupsafe import Markup, escape

from core import clock, couriers, registry
from core.services.line_state import OPEN_CLAIMS, TO_SEND, has_open_claim
from web.i18n import day, hour, span, tr

Entry = dict[str, Any]


def state_of(line: Any, confirm: Any = None) -> Entry:
    """What the state column shows: {key, word} of the macro `st`, and a second line `sub`.

    `confirm` is the confirm that was wanted for the line in its present revision.
    """
    own = _own_state(line, confirm)
    if has_open_claim(line):
        return {
            "key": f"{line.claim_kind}_request",
            "word": claim_word(line.claim_kind, line.claim_state),
            "sub": state_word(line.state) if line.state != "unknown" else "",
        }
    return own


def _own_state(line: Any, confirm: Any) -> Entry:
    plain = {"key": line.state, "word": "", "sub": ""}
    if line.state == "unknown":
        return {**plain, "word": line.remote_state or _("알 수 없음")}
    if line.state != "new":
        return plain
    if confirm is not None and confirm.state == "refused":
        return {**plain, "key": "refused", "word": _("발주확인 거절")}
    if confirm is not None and confirm.state == "unknown":
        return {**plain, "key": "checking"}
    if confirm is not None and confirm.state in ("planned", "sending"):
        return {**plain, "sub": _("발주확인 보내는 중")}
    if confirm is not None and confirm.state == "done":
        return {**plain, "sub": _("발주확인됨, 수집을 기다림")}
    if line.confirm_state == "withdrawn":
        return {**plain, "sub": _("발주확인이 해제됨")}
    return plain


def state_word(state: str) -> str:
    """Our name of a state."""
    words = {
        "waiting_payment": _("결제 대기"),
        "new": _("신규"),
        "confirmed": _("발주확인"),
        "shipping": _("배송중"),
        "delivered": _("배송완료"),
        "decided": _("구매확정"),
        "cancelled": _("취소"),
        "returned": _("반품"),
        "exchanged": _("교환"),
    }
    return str(words.get(state, _("알 수 없음")))


def claim_word(kind: str, state: str) -> str:
    """A claim and how far it is: 취소 요청, 반품 처리 중."""
    words = {
        ("cancel", "requested"): _("취소 요청"),
        ("cancel", "in_progress"): _("취소 처리 중"),
        ("cancel", "held"): _("취소 보류"),
        ("cancel", "done"): _("취소 완료"),
        ("cancel", "withdrawn"): _("취소 철회"),
        ("return", "requested"): _("반품 요청"),
        ("return", "in_progress"): _("반품 처리 중"),
        ("return", "held"): _("반품 보류"),
        ("return", "done"): _("반품 완료"),
        ("return", "withdrawn"): _("반품 철회"),
        ("exchange", "requested"): _("교환 요청"),
        ("exchange", "in_progress"): _("교환 처리 중"),
        ("exchange", "held"): _("교환 보류"),
        ("exchange", "done"): _("교환 완료"),
        ("exchange", "withdrawn"): _("교환 철회"),
    }
    return str(words.get((kind, state), _("클레임")))


def claim_of(line: Any, market: str) -> Entry | None:
    """A claim as the line's own page says it: {word, text, open}; None where there is none."""
    if not line.claim_kind:
        return None
    still_open = has_open_claim(line)
    said = _("%(market)s에서 끝난 요청입니다.", market=market)
    if still_open:
        said = _("판매자센터에서 답해 주세요. 한판에서 답하는 기능은 다음 판에 들어옵니다.")
    told = [_reason(line.claim_reason)] if line.claim_reason else []
    return {
        "word": claim_word(line.claim_kind, line.claim_state),
        "text": " ".join([*map(str, told), str(said)]),
        "open": still_open,
    }


def _reason(told: str) -> str:
    """The buyer's reason as the marketplace tells it; a bare code is named as one."""
    if re.fullmatch(r"[A-Z0-9_]+", told):
        return str(_("마켓의 사유 코드 %(code)s.", code=told))
    return str(_("마켓의 사유: %(reason)s.", reason=told))


def due_of(line: Any) -> Entry | None:
    """The deadline of a line that is still to be sent: {at, left, tone}; None where none counts."""
    if line.dispatch_due is None or line.state not in TO_SEND:
        return None
    if has_open_claim(line):
        return {"at": _("멈춤"), "left": _("먼저 요청에 답해 주세요"), "tone": "warn"}
    seconds = (line.dispatch_due - clock.now()).total_seconds()
    at = f"{day(line.dispatch_due)} {hour(line.dispatch_due)}"
    if seconds < 0:
        return {"at": at, "left": _("%(span)s 지남", span=span(-seconds)), "tone": "bad"}
    today = clock.kst(line.dispatch_due).date() <= clock.kst(clock.now()).date()
    return {
        "at": at,
        "left": _("%(span)s 남음", span=span(seconds)),
        "tone": "warn" if today else "",
    }


def courier_of(marketplace: str, key: str | None) -> str:
    """A courier's name, by our key or the marketplace's code."""
    market = registry.current().marketplaces.get(marketplace)
    for courier in market.couriers if market else ():
        if key in (courier.key, courier.code):
            return str(tr(couriers.name_of(courier.key)))
    return key or ""


def person(who: str) -> str:
    """Somebody's name as it was stored, or the part of Hanpan that acted."""
    ours = {"한판": _("한판"), "hanpan": _("한판"), "자동 발주확인": _("자동 발주확인")}
    return str(ours.get(who, who))


# -- the timeline -----------------------------------------------------------------------------


def timeline(
    line: Any,
    market: str,
    events: Sequence[Any],
    confirm: Any,
    seen: Sequence[tuple[datetime, Entry]] = (),
) -> list[Entry]:
    """What the macro `timeline` draws, the newest first, the next deadline on top.

    `seen` are entries of who looked at the buyer (`web.looks`).
    """
    told = [(event.at, _event(event, line, market)) for event in events]
    kinds = {event.kind for event in events}
    told += [*_facts(line, market, kinds), *_sending(confirm, market), *seen]
    told.sort(key=lambda pair: pair[0], reverse=True)
    drawn: list[Entry] = []
    due = due_of(line)
    if due is not None:
        drawn.append(_deadline(line.dispatch_due, due, market))
    last = ""
    for at, entry in told:
        if (named := day(at)) != last:
            drawn.append({"day": named})
            last = named
        drawn.append({**entry, "at": hour(at)})
    return drawn


def _deadline(at: datetime, due: Entry, market: str) -> Entry:
    late = due["tone"] == "bad"
    said = _("이때까지 발송처리하지 않으면 %(market)s의 발송지연으로 집계됩니다.", market=market)
    return {
        "at": hour(at),
        "title": _("발송기한이 지났습니다") if late else _("발송기한"),
        "who": f"{day(at)} · {due['left']}",
        "text": said,
        "tone": "bad" if late else "",
        "icon": "clock",
        "future": not late,
    }


def _facts(line: Any, market: str, kinds: set[str]) -> list[tuple[datetime, Entry]]:
    """What the line itself says, where no event says it better, the newest first."""
    found: list[tuple[datetime, Entry]] = []
    if line.dispatched_at:
        sent = {"title": _("발송"), "who": market, "icon": "truck", "tone": "ok"}
        found.append((line.dispatched_at, sent))
    if line.confirmed_at and "confirmed" not in kinds:
        told = {"title": _("발주확인"), "who": market, "icon": "check", "tone": "ok"}
        found.append((line.confirmed_at, told))
    if line.claim_kind and "claim" not in kinds:
        detail = {"kind": line.claim_kind, "state": line.claim_state}
        known = _claim_entry(detail, _("처음 수집할 때 이미 이 상태였습니다."))
        found.append((line.first_seen_at, {"who": market, **known}))
    began = {"title": _("수집"), "who": _("한판"), "icon": "download"}
    if line.paid_at and line.first_seen_at > line.paid_at:
        waited = span((line.first_seen_at - line.paid_at).total_seconds())
        began["text"] = _("결제 %(span)s 뒤에 가져왔습니다.", span=waited)
    found.append((line.first_seen_at, began))
    if line.paid_at:
        found.append((line.paid_at, {"title": _("결제 완료"), "who": market, "icon": "cash"}))
    if line.dated:
        found.append((line.ordered_at, {"title": _("주문"), "who": market, "icon": "receipt"}))
    return found


def _sending(confirm: Any, market: str) -> list[tuple[datetime, Entry]]:
    """A confirm that is on its way, or whose answer was lost."""
    if confirm is None or confirm.state not in ("planned", "sending", "unknown"):
        return []
    job = _job_link(confirm.command_id)
    if confirm.state == "unknown":
        entry = {
            "title": _("결과 확인 중"),
            "text": job + " · " + _("응답이 끊겨 다시 보내지 않고 먼저 물어봅니다."),
            "tone": "warn",
            "icon": "rotate",
        }
    else:
        entry = {"title": _("발주확인 보내는 중"), "text": job, "icon": "send"}
    entry["who"] = _("한판 → %(market)s", market=market)
    return [(confirm.changed_at, entry)]


def _event(event: Any, line: Any, market: str) -> Entry:
    who = market if event.who == "marketplace" else person(event.who)
    return {"who": who, **_SENTENCES.get(event.kind, _other)(event, line)}


def _job_link(command_id: str) -> Markup:
    href = escape(url_for("jobs.show", id=command_id))
    return Markup('<a href="{}">{}</a>').format(href, _("작업 보기"))


def _other(event: Any, line: Any) -> Entry:
    return {"title": event.kind}


def _state(event: Any, line: Any) -> Entry:
    before, after = event.detail.get("from", ""), event.detail.get("to", "")
    said = _("%(before)s → %(after)s", before=state_word(before), after=state_word(after))
    return {"title": state_word(after), "text": said, **_LOOKS.get(after, {})}


_LOOKS: Mapping[str, Entry] = {
    "confirmed": {"icon": "check", "tone": "ok"},
    "shipping": {"icon": "truck"},
    "delivered": {"icon": "package", "tone": "ok"},
    "decided": {"icon": "circle-check", "tone": "ok"},
    "cancelled": {"icon": "ban", "tone": "warn"},
    "returned": {"icon": "truck-return", "tone": "warn"},
    "exchanged": {"icon": "repeat", "tone": "warn"},
}


def _claim(event: Any, line: Any) -> Entry:
    open_now = event.detail.get("state", "") in OPEN_CLAIMS
    said = _("이 주문은 발주확인에서 빠집니다.") if open_now and line.state == "new" else ""
    return _claim_entry(event.detail, said)


def _claim_entry(detail: Mapping[str, str], said: str) -> Entry:
    kind, state = detail.get("kind", ""), detail.get("state", "")
    icons = {"cancel": "arrow-back-up", "return": "truck-return", "exchange": "repeat"}
    return {
        "title": claim_word(kind, state),
        "text": said,
        "icon": icons.get(kind, "arrow-back-up"),
        "tone": "warn" if state in OPEN_CLAIMS else "",
    }


def _withdrawn(event: Any, line: Any) -> Entry:
    return {
        "title": _("발주확인 해제"),
        "text": _("판매채널에서 발주확인이 해제되었습니다. 다시 확인하려면 직접 눌러 주세요."),
        "icon": "arrow-back-up",
        "tone": "warn",
    }


def _invoice(event: Any, line: Any) -> Entry:
    marketplace = line.account.partition(":")[0]
    name = courier_of(marketplace, event.detail.get("courier"))
    said = f"{name} {event.detail.get('number', '')}".strip()
    return {"title": _("송장"), "text": said, "icon": "barcode"}


def _address(event: Any, line: Any) -> Entry:
    said = _("출력한 송장이 있으면 주소를 다시 확인해 주세요.")
    return {"title": _("배송지 변경"), "text": said, "icon": "map-pin", "tone": "warn"}


def _confirmed(event: Any, line: Any) -> Entry:
    found: Entry = {"title": _("발주확인"), "icon": "check", "tone": "ok"}
    if command := event.detail.get("command"):
        found["text"] = _job_link(command)
    return found


def _refused(event: Any, line: Any) -> Entry:
    code = event.detail.get("code", "")
    said = tr(event.detail)
    text = _("%(said)s 마켓 코드 %(code)s", said=said, code=code) if code else said
    return {"title": _("발주확인 거절"), "text": text, "icon": "alert-circle", "tone": "bad"}


def _decided(event: Any, line: Any) -> Entry:
    words = {
        "done": _("이미 처리된 것으로 정했습니다."),
        "again": _("다시 보내기로 정했습니다."),
        "stop": _("보내지 않기로 정했습니다."),
    }
    said = words.get(event.detail.get("verdict", ""), "")
    return {"title": _("결과를 사람이 정함"), "text": said, "icon": "user-circle"}


_SENTENCES = {
    "state": _state,
    "claim": _claim,
    "confirm_withdrawn": _withdrawn,
    "invoice": _invoice,
    "address": _address,
    "confirmed": _confirmed,
    "confirm_refused": _refused,
    "decided": _decided,
}
