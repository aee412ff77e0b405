"""A listing in words: its state, how it is matched, what was wanted of it, and what happened."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from markupsafe import Markup, escape

from core import clock
from core.services.listing_figures import Figures
from core.services.listing_list import ENDS_SOON
from core.services.publishing import WHO
from web.i18n import day, hour, moment, tr
from web.line_words import person

Entry = dict[str, Any]


def state_of(listing: Any) -> Entry:
    """What the state column shows: {tone, icon, word} of the macro `sx`."""
    if listing.gone_at is not None:
        return {"tone": "off", "icon": "link-off", "word": _("판매채널에 없음")}
    return standing(listing.state)


def standing(state: str) -> Entry:
    """What a state column shows of a state: {tone, icon, word}."""
    tone, icon, word = _states().get(state, ("off", "help-circle", _("알 수 없음")))
    return {"tone": tone, "icon": icon, "word": word}


def state_word(state: str) -> str:
    """Our name of a state."""
    return str(_states().get(state, ("", "", _("알 수 없음")))[2])


def _states() -> Mapping[str, tuple[str, str, str]]:
    return {
        "on_sale": ("ok", "circle-check", _("판매중")),
        "sold_out": ("warn", "alert-triangle", _("품절")),
        "stopped": ("off", "player-pause", _("판매중지")),
        "waiting": ("flow", "clock", _("판매대기")),
        "ended": ("off", "hourglass", _("판매종료")),
        "forbidden": ("bad", "ban", _("판매금지")),
    }


def match_of(figures: Figures) -> Entry:
    """How the options are matched to SKUs: {tone, icon, word}."""
    if not figures.matched:
        return {"tone": "warn", "icon": "link-off", "word": _("SKU 없음")}
    if figures.matched < figures.options:
        word = _("SKU %(n)s/%(all)s", n=figures.matched, all=figures.options)
        return {"tone": "warn", "icon": "link", "word": word}
    return {"tone": "ok", "icon": "link", "word": _("SKU 연결됨")}


def ends_of(listing: Any) -> Entry | None:
    """When the sale ends: {at, soon}; None where it does not."""
    ends = listing.sale_ends
    if ends is None:
        return None
    left = ends - clock.now()
    return {"at": day(ends), "soon": left < ENDS_SOON, "past": left.total_seconds() < 0}


def what_word(what: str) -> str:
    """Our name of what can be changed."""
    words = {
        "price": _("판매가"),
        "status": _("판매상태"),
        "display": _("진열"),
        "stock": _("재고"),
    }
    return str(words.get(what, what))


def value_word(what: str, values: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """The value of a change in words; `names` are those of the options by their numbers."""
    if what == "price":
        return _won(values.get("price"))
    if what == "status":
        if "state" in values:
            return state_word(str(values["state"]))
        return str(_("판매중") if values.get("on_sale") else _("판매중지"))
    if what == "display":
        told = values.get("displayed")
        return "–" if told is None else str(_("진열") if told else _("진열 안 함"))
    return ", ".join(
        f"{names[number]} {_count(pieces)}" if names.get(number) else _count(pieces)
        for number, pieces in values.get("options", {}).items()
    )


def _won(value: Any) -> str:
    return "–" if value is None else str(_("%(won)s원", won=f"{value:,}"))


def _count(value: Any) -> str:
    return "–" if value is None else f"{value:,}"


# -- the history -----------------------------------------------------------------------------------


def timeline(
    listing: Any,
    events: Sequence[Any],
    options: Sequence[Any],
    market: str,
    pushes: Mapping[str, Any] | None = None,
) -> list[Entry]:
    """The history as the macro `timeline` draws it, the newest first, by day; of what Hanpan sent
    by itself (`pushes` by what) the last of each is known."""
    names = {one.option_no: one.name for one in options}
    told = [(event.at, _event(event, names, market)) for event in events]
    told += [
        (push.done_at, _sent(what, push, names))
        for what, push in (pushes or {}).items()
        if push.done_at is not None and push.who == WHO and push.done_version == push.version
    ]
    told.append(
        (listing.first_seen_at, {"title": _("처음 가져옴"), "who": _("한판"), "icon": "download"})
    )
    found: list[Entry] = []
    shown = ""
    for at, entry in sorted(told, key=lambda pair: pair[0], reverse=True):
        if day(at) != shown:
            shown = day(at)
            found.append({"day": shown})
        found.append({**entry, "at": hour(at)})
    return found


def _sent(what: str, push: Any, names: Mapping[str, str]) -> Entry:
    text = value_word(what, push.values, names)
    title = _("%(what)s 보냄", what=what_word(what))
    return {"title": title, "text": text, "who": person(push.who), "icon": "send", "tone": "ok"}


def changes(events: Sequence[Any]) -> list[str]:
    """What some entries of the history say, a sentence each."""
    told = [_event(event, {}, "") for event in events]
    return [": ".join(filter(None, (str(e["title"]), str(e.get("text", ""))))) for e in told]


def _event(event: Any, names: Mapping[str, str], market: str) -> Entry:
    who = market if event.who == "marketplace" else person(event.who)
    say = _SENTENCES.get(event.kind, _other)
    return {"who": who, **say(event.detail, names)}


Say = Callable[[Mapping[str, Any], Mapping[str, str]], Entry]


def _other(detail: Mapping[str, Any], names: Mapping[str, str]) -> Entry:
    return {"title": _("바뀜")}


def _moved(before: str, after: str) -> str:
    return str(_("%(before)s → %(after)s", before=before or "–", after=after or "–"))


def _plain(title: Callable[[], str], word: Callable[[Any], str], icon: str) -> Say:
    """The sentence of a column that was one value and is another."""

    def say(detail: Mapping[str, Any], names: Mapping[str, str]) -> Entry:
        text = _moved(word(detail.get("from")), word(detail.get("to")))
        return {"title": title(), "text": text, "icon": icon}

    return say


def _text(value: Any) -> str:
    return str(value or "")


def _shown(value: Any) -> str:
    return value_word("display", {"displayed": value}, {})


def _dated(title: Callable[[], str], icon: str) -> Say:
    """The sentence of a day; where both fall on one day their times are told too."""

    def say(detail: Mapping[str, Any], names: Mapping[str, str]) -> Entry:
        told = [detail.get(name) for name in ("from", "to")]
        times = [datetime.fromisoformat(value) if value else None for value in told]
        days = [day(one) if one else str(_("정해지지 않음")) for one in times]
        if days[0] == days[1]:
            days = [moment(one) for one in times]
        return {"title": title(), "text": _moved(*days), "icon": icon}

    return say


def _stock(detail: Mapping[str, Any], names: Mapping[str, str]) -> Entry:
    parts = [
        " ".join(filter(None, (row["name"], _moved(_count(row["from"]), _count(row["to"])))))
        for row in detail.get("rows", ())
    ]
    return {"title": _("재고"), "text": _joined(parts, detail), "icon": "package"}


def _options(detail: Mapping[str, Any], names: Mapping[str, str]) -> Entry:
    parts = [_option(row) for row in detail.get("rows", ())]
    return {"title": _("옵션"), "text": _joined(parts, detail), "icon": "list-check"}


def _option(row: Mapping[str, Any]) -> str:
    name = row["name"] or row["no"]
    words = {"name": _("이름"), "code": _("코드"), "extra": _("추가금"), "state": _("상태")}
    if row["what"] == "come":
        return str(_("%(name)s 생김", name=name))
    if row["what"] == "gone":
        return str(_("%(name)s 없어짐", name=name))
    before, after = row.get("from"), row.get("to")
    if row["what"] == "state":
        before, after = state_word(str(before)), state_word(str(after))
    elif row["what"] == "extra":
        before, after = _won(before), _won(after)
    return f"{name} {words.get(row['what'], row['what'])} {_moved(str(before), str(after))}"


def _joined(parts: Sequence[str], detail: Mapping[str, Any]) -> str:
    more = detail.get("more") or 0
    told = [*parts, _("그 밖에 %(n)s개", n=more)] if more else parts
    return ", ".join(map(str, told))


def _details(detail: Mapping[str, Any], names: Mapping[str, str]) -> Entry:
    words = {"category": _("카테고리"), "image": _("대표 이미지")}
    told = ", ".join(str(words.get(name, name)) for name in detail.get("names", ()))
    return {"title": _("상품 정보 바뀜"), "text": told}


def _gone(detail: Mapping[str, Any], names: Mapping[str, str]) -> Entry:
    said = _("판매채널에서 더 이상 알려 주지 않습니다. 여기의 값과 SKU 연결은 그대로 둡니다.")
    return {"title": _("판매채널에 없음"), "text": said, "icon": "link-off", "tone": "warn"}


def _back(detail: Mapping[str, Any], names: Mapping[str, str]) -> Entry:
    return {"title": _("판매채널에 다시 있음"), "icon": "link", "tone": "ok"}


def _away(detail: Mapping[str, Any], names: Mapping[str, str]) -> Entry:
    return {"title": _("목록에서 지움"), "icon": "x"}


def _edited(detail: Mapping[str, Any], names: Mapping[str, str]) -> Entry:
    what = str(detail.get("what", ""))
    told = value_word(what, detail.get("values", {}), names)
    return {
        "title": _("%(what)s 수정", what=what_word(what)),
        "text": _with_job(told, detail),
        "icon": "pencil",
        "tone": "ok",
    }


def _refused(detail: Mapping[str, Any], names: Mapping[str, str]) -> Entry:
    said, code = str(tr(detail)), detail.get("code")
    if code:
        said = str(_("%(said)s 마켓 코드 %(code)s", said=said, code=code))
    return {
        "title": _("%(what)s 수정 안 됨", what=what_word(str(detail.get("what", "")))),
        "text": _with_job(said, detail),
        "icon": "alert-circle",
        "tone": "bad",
    }


def _linked(detail: Mapping[str, Any], names: Mapping[str, str]) -> Entry:
    on = bool(detail.get("on"))
    return {"title": _("재고연동 켬") if on else _("재고연동 끔"), "icon": "link"}


def _with_job(text: str, detail: Mapping[str, Any]) -> str | Markup:
    command = detail.get("command")
    if not command:
        return text
    href = escape(url_for("jobs.show", id=command))
    return Markup('{} <a href="{}">{}</a>').format(text, href, _("작업 보기"))


_SENTENCES: Mapping[str, Say] = {
    "name": _plain(lambda: _("상품명"), _text, "pencil"),
    "code": _plain(lambda: _("판매자 상품코드"), _text, "barcode"),
    "price": _plain(lambda: _("판매가"), _won, "cash"),
    "state": _plain(lambda: _("판매상태"), lambda value: state_word(str(value)), "arrow-right"),
    "display": _plain(lambda: _("진열"), _shown, "eye"),
    "starts": _dated(lambda: _("판매 시작일"), "calendar"),
    "ends": _dated(lambda: _("판매 종료일"), "hourglass"),
    "stock": _stock,
    "options": _options,
    "details": _details,
    "gone": _gone,
    "back": _back,
    "away": _away,
    "edited": _edited,
    "edit_refused": _refused,
    "linked": _linked,
}
