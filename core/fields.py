"""A form as data: one declaration gives the inputs, the checks and the help."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from typing import Any
from urllib.parse import urlsplit

from core import clock
from core.contracts.text import Text

Values = Mapping[str, Any]

log = logging.getLogger(__name__)


class Kind(Enum):
    """How a field is drawn and read; each kind has one macro in `web/templates/fields.html`."""

    TEXT = "text"
    SECRET = "secret"
    TEXTAREA = "textarea"
    NUMBER = "number"
    MONEY = "money"
    FLAG = "flag"
    CHOICE = "choice"
    TIME = "time"
    DATES = "dates"
    WEEKDAYS = "weekdays"
    PHONE = "phone"
    EMAIL = "email"
    URL = "url"
    LOOKUP = "lookup"


WEEKDAYS = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")

PASTED = 2000
"""Letters of a pasted text that a field's `tidy` is asked about."""
LETTERS = 10
"""How many letters that cannot be carried a reason names."""

REQUIRED = Text("꼭 넣어 주세요.", "This is required.")
_DIGITS = Text("숫자만 넣어 주세요.", "Digits only.")
_CHOICE = Text("목록에서 선택해 주세요.", "Choose one of the list.")
_TIME = Text("시각은 14:00 처럼 넣어 주세요.", "Give a time such as 14:00.")
_DATES = Text("날짜는 2026-01-31 처럼 넣어 주세요.", "Give dates such as 2026-01-31.")
_PAST = Text(
    "지난 날짜({days})가 들어 있습니다. 지난 날짜를 빼 주세요.",
    "It holds dates that have passed ({days}). Take them out.",
)
_PHONE = Text("숫자와 - 로 된 번호를 넣어 주세요.", "Give a number of digits and hyphens.")
_EMAIL = Text("이메일 주소의 꼴이 아닙니다.", "This is not an e-mail address.")
_URL = Text(
    "https:// 로 시작하는 주소를 넣어 주세요.", "Give an address that begins with https://."
)
NOT_CARRIED = Text(
    "판매채널이 받지 못하는 글자({letters})가 있습니다. 다른 글자로 바꿔 주세요.",
    "The marketplace cannot take {letters}. Use other letters.",
)
_CONTROL = Text("쓸 수 없는 문자가 들어 있습니다.", "It holds a character that cannot be used.")


@dataclass(frozen=True, kw_only=True)
class Field:
    """One input. `name` is the key in stored values and in the reasons of a refusal.

    `show_if=(other, values)` shows the field, and requires it, only while the field `other`
    has one of `values`. `tidy(text)` makes of what was pasted what is meant, before it is
    checked and kept. `check(value)` returns a reason or None. Both must be pure.
    `row` draws fields that follow each other with the same row as one row of a table.
    `fixed` is chosen when the thing is made and shown, not asked, when it is changed. `encoding`
    names what the wire carries: what it cannot carry is refused here. A LOOKUP holds what
    a search of the marketplace's own found (`TemplateType.lookups`). `group` draws fields that
    follow each other with the same group under that heading. DATES that are `upcoming` take no
    day that has passed in Korea.
    """

    name: str
    label: Text
    kind: Kind = Kind.TEXT
    required: bool = True
    help: Text | None = None
    choices: Sequence[tuple[str, Text]] = ()
    default: Any = ""
    max_length: int = 200
    minimum: int = 0
    maximum: int = 999_999_999
    unit: Text | None = None
    placeholder: str = ""
    readonly: Text | None = None
    row: Text | None = None
    group: Text | None = None
    fixed: bool = False
    upcoming: bool = False
    encoding: str = "utf-8"
    show_if: tuple[str, tuple[str, ...]] | None = None
    tidy: Callable[[str], str] | None = None
    check: Callable[[Any], Text | None] | None = None


@dataclass(frozen=True)
class Cleaned:
    """What a submitted form came to: `values` by field name, or `problems` beside the fields."""

    values: dict[str, Any] = field(default_factory=dict)
    problems: dict[str, Text] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """True when nothing is wrong."""
        return not self.problems


class _Wrong(ValueError):
    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


DROP = "drop"
"""The input that names stored secrets to be emptied, several in one value parted by blanks."""


def clean(
    fields: Sequence[Field],
    raw: Mapping[str, Any],
    *,
    kept: Values | None = None,
) -> Cleaned:
    """Read a submitted form: strings (or lists of strings) by field name.

    `kept` are the stored values: a secret left empty keeps its stored value, unless it is
    optional and named under `DROP`, and a field that is read only keeps whatever is stored.
    Fields whose `show_if` does not hold become None.
    """
    done = Cleaned()
    dropped = {name for item in _listed(raw.get(DROP)) for name in item.split()}
    stored = kept or {}
    # What is not asked for decides all the same which other fields are shown.
    raw = {**raw, **{item.name: stored.get(item.name) for item in fields if item.readonly}}
    for item in fields:
        if not _shown(item, raw):
            done.values[item.name] = None
            continue
        if item.readonly is not None:
            done.values[item.name] = stored.get(item.name, item.default)
            continue
        empty = item.kind is Kind.SECRET and not _first(raw.get(item.name))
        if empty and stored.get(item.name) and (item.required or item.name not in dropped):
            done.values[item.name] = stored[item.name]
            continue
        try:
            value = _read(item, raw.get(item.name))
            reason = _checked(item, value)
        except _Wrong as wrong:
            value, reason = None, wrong.text
        if reason is not None:
            done.problems[item.name] = reason
        else:
            done.values[item.name] = value
    return done


def _checked(item: Field, value: Any) -> Text | None:
    """What the field's own check says; one that raises says nothing."""
    if item.check is None or value in (None, ""):
        return None
    reason: Text | None = _asked(item, "check", item.check, value, otherwise=None)
    return reason


def _tidied(item: Field, text: str) -> str:
    """What the field's own `tidy` makes of it; one that raises leaves it as it is."""
    if item.tidy is None or not text or len(text) > PASTED:
        return text
    return str(_asked(item, "tidy", item.tidy, text, otherwise=text))


def _asked(
    item: Field, what: str, function: Callable[[Any], Any], value: Any, *, otherwise: Any
) -> Any:
    """What a plugin's function answers; that it raised is logged."""
    try:
        return function(value)
    except Exception:
        log.exception("the %s of the field %s raised", what, item.name)
        return otherwise


def _shown(item: Field, raw: Mapping[str, Any]) -> bool:
    if item.show_if is None:
        return True
    other, values = item.show_if
    return _first(raw.get(other)) in values


def _listed(raw: Any) -> Sequence[str]:
    return raw if isinstance(raw, (list, tuple)) else [raw] if raw else []


def _first(raw: Any) -> str:
    if isinstance(raw, (list, tuple)):
        raw = raw[0] if raw else ""
    return "" if raw is None else str(raw).strip()


def _read(item: Field, raw: Any) -> Any:
    if item.kind is Kind.FLAG:
        return _first(raw) in ("on", "1", "true", "True")
    if item.kind in (Kind.WEEKDAYS, Kind.DATES):
        return _many(item, raw)
    text = _tidied(item, _first(raw))
    if not text:
        if item.required:
            raise _Wrong(REQUIRED)
        return None if item.kind in (Kind.NUMBER, Kind.MONEY) else ""
    letters = not_carried(text, item.encoding)
    if letters:
        raise _Wrong(NOT_CARRIED.format(letters=letters))
    if len(text) > item.max_length:
        raise _Wrong(
            Text(
                f"{item.max_length}자까지 넣을 수 있습니다.",
                f"At most {item.max_length} characters.",
            )
        )
    if any(ord(c) < 32 and not (c in "\r\n\t" and item.kind is Kind.TEXTAREA) for c in text):
        raise _Wrong(_CONTROL)
    return _READERS[item.kind](item, text)


def not_carried(text: str, encoding: str) -> str:
    """The letters that an encoding does not have, each once and with commas; "" for none.

    EUC-KR composes syllables that it lacks (뷁) of eight bytes, which nobody reads: not carried.
    """
    longest = 2 if encoding.lower().replace("_", "-") == "euc-kr" else 4
    lacking = [letter for letter in dict.fromkeys(text) if not _carried(letter, encoding, longest)]
    return ", ".join(lacking[:LETTERS])


def _carried(letter: str, encoding: str, longest: int) -> bool:
    try:
        return len(letter.encode(encoding)) <= longest
    except UnicodeEncodeError:
        return False


def _many(item: Field, raw: Any) -> list[str]:
    given = raw if isinstance(raw, (list, tuple)) else [raw or ""]
    found = [part for text in given for part in re.split(r"[\s,]+", str(text)) if part]
    if item.required and not found:
        raise _Wrong(REQUIRED)
    if item.kind is Kind.WEEKDAYS:
        allowed = [key for key, _ in item.choices] or list(WEEKDAYS)
        if any(part not in allowed for part in found):
            raise _Wrong(_CHOICE)
        return [day for day in allowed if day in found]
    try:
        days = sorted({date.fromisoformat(part).isoformat() for part in found})
    except ValueError:
        raise _Wrong(_DATES) from None
    today = clock.kst(clock.now()).date().isoformat()
    past = [day for day in days if day < today]
    if item.upcoming and past:
        raise _Wrong(_PAST.format(days=", ".join(past)))
    return days


def _number(item: Field, text: str) -> int:
    digits = text.replace(",", "")
    if item.kind is Kind.MONEY:
        digits = digits.removesuffix("원").rstrip()
    if not re.fullmatch(r"-?[0-9]{1,40}", digits):
        raise _Wrong(_DIGITS)
    value = int(digits)
    if not item.minimum <= value <= item.maximum:
        raise _Wrong(
            Text(
                f"{item.minimum:,}부터 {item.maximum:,}까지 넣을 수 있습니다.",
                f"Between {item.minimum:,} and {item.maximum:,}.",
            )
        )
    return value


def _choice(item: Field, text: str) -> str:
    if text not in dict(item.choices):
        raise _Wrong(_CHOICE)
    return text


def _pattern(pattern: str, wrong: Text) -> Callable[[Field, str], str]:
    def read(item: Field, text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise _Wrong(wrong)
        return text

    return read


def _url(item: Field, text: str) -> str:
    try:
        parts = urlsplit(text)
        host = parts.hostname
    except ValueError:
        raise _Wrong(_URL) from None
    if parts.scheme != "https" or not host or "@" in parts.netloc:
        raise _Wrong(_URL)
    return text


def _plain(item: Field, text: str) -> str:
    return text


_READERS: dict[Kind, Callable[[Field, str], Any]] = {
    Kind.TEXT: _plain,
    Kind.SECRET: _plain,
    Kind.TEXTAREA: _plain,
    Kind.NUMBER: _number,
    Kind.MONEY: _number,
    Kind.CHOICE: _choice,
    Kind.TIME: _pattern(r"([01][0-9]|2[0-3]):[0-5][0-9]", _TIME),
    Kind.PHONE: _pattern(r"\+?[0-9][0-9-]{6,19}", _PHONE),
    Kind.EMAIL: _pattern(r"[^@\s]+@[^@\s]+\.[^@\s]+", _EMAIL),
    Kind.URL: _url,
    Kind.LOOKUP: _plain,
}
