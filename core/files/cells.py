"""One cell made into a value: what can be mended is, what cannot is a problem."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from core.contracts.file import ColumnKind
from core.contracts.text import Text
from core.files import limits
from core.files.book import Fault
from core.files.told import Repair

BOUNDS = {ColumnKind.WON: 9_999_999_999, ColumnKind.COUNT: 99_999_999}
FORMULA_STARTS = tuple("=+-@\t\r＝＋－＠")
"""What a text begins with that a spreadsheet may take for a formula."""
EXACT = 1e15
"""Excel keeps fifteen digits: of a larger number the last ones are gone."""

_NUMBER = Text("'{value}'은(는) 숫자가 아닙니다.", "'{value}' is no number.")
_WHOLE = Text("'{value}'은(는) 정수가 아닙니다.", "'{value}' is no whole number.")
_NEGATIVE = Text("0보다 작은 값입니다: {value}", "The value is below zero: {value}")
_HUGE = Text(
    "값이 너무 큽니다: {value} (최대 {most})", "The value is too large: {value} ({most} at most)"
)
_DAY = Text("'{value}'은(는) 날짜가 아닙니다.", "'{value}' is no date.")
_FLAG = Text(
    "'{value}'은(는) 예/아니오(Y/N)로 읽을 수 없습니다.", "'{value}' is neither yes nor no (Y/N)."
)
_EXPONENT = Text(
    "'{value}'처럼 줄여 쓴 숫자라 원래 값을 알 수 없습니다. 셀 서식을 '텍스트'로 바꾸고 다시 "
    "저장해 주세요.",
    "The number is shortened to '{value}', so its digits are lost. Set the cell's format to "
    "'Text' and save the file again.",
)
_DIGITS = Text(
    "15자리가 넘는 숫자라 엑셀이 뒷자리를 지웠습니다. 셀 서식을 '텍스트'로 바꾸고 다시 적어 "
    "주세요.",
    "A number of more than 15 digits, whose last ones Excel has dropped. Set the cell's format "
    "to 'Text' and type it again.",
)
_LONG = Text(
    f"{limits.MOST_LETTERS:,}자가 넘는 칸입니다.",
    f"The cell holds more than {limits.MOST_LETTERS:,} letters.",
)
_LETTERS = Text(
    "읽을 수 없는 글자가 있습니다. 파일을 UTF-8이나 엑셀로 다시 저장해 주세요.",
    "There are letters that cannot be read. Save the file again as UTF-8 or as Excel.",
)
FAULTS = {
    Fault.FORMULA: Text(
        "수식만 있고 계산된 값이 없습니다. 엑셀에서 열어 저장한 뒤 다시 올려 주세요.",
        "There is a formula but no value. Open the file in Excel, save it and upload it again.",
    ),
    Fault.ERROR: Text(
        "엑셀 오류값(#N/A 등)이 들어 있습니다. 그 칸을 고쳐 주세요.",
        "The cell holds an error of Excel's (#N/A and the like). Mend the cell.",
    ),
}

_HIDDEN = "\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\x00-\x08\x0e-\x1f\x7f"
_BLANK = "\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_TAKEN_OUT = re.compile(f"[{_HIDDEN}]")
_TO_SPACE = re.compile(f"[{_BLANK}]")
_UNREADABLE = re.compile("[\ud800-\udfff]")
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_IS_WIDE = re.compile("[\uff01-\uff5e]")
_QUOTED = re.compile(r'="((?:[^"]|"")*)"')
_SHORTENED = re.compile(r"([0-9])(?:\.([0-9]+))?[Ee]\+?([0-9]{1,3})")
_THOUSANDS = re.compile(r"-?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?")
_DECIMAL = re.compile(r"[-+]?[0-9]{1,30}(?:\.([0-9]{0,30}))?")
_UNIT = re.compile(r"^[₩￦\\]\s*|\s*(?:원|개|건|KRW|krw)$")
_DATE = re.compile(
    r"([0-9]{4}|[0-9]{2})\s*(?:[-./]|년)\s*([0-9]{1,2})\s*(?:[-./]|월)\s*([0-9]{1,2})\s*[.일]?"
    r"(?:\([월화수목금토일]\))?(?:[ T]*(?:오전|오후|AM|PM)?\s*[0-9]{1,2}:[0-9]{2}.*)?"
)
_DIGIT_DATE = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})(?:[0-9]{4}|[0-9]{6})?")
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_EPOCH = date(1899, 12, 30)
EARLIEST = date(1900, 1, 1)
"""What is earlier stands for no date at all (0001-01-01)."""
_SERIALS = (20_000, 110_000)
"""Days that Excel counts, 1954 to 2201: a number in a column of days is one of these."""
_YES = {"y", "yes", "예", "네", "o", "ㅇ", "true", "1", "사용", "사용함", "함", "있음", "on"}
_NO = {
    "n", "no", "아니오", "아니요", "x", "false", "0", "미사용", "사용안함", "사용 안함", "안함",
    "없음", "off",
}  # fmt: skip
_SHOWN = 40
_LONGEST_NUMBER = 60


@dataclass(frozen=True, slots=True)
class Cell:
    """A converted cell: its value, what was mended, and why there is none."""

    value: Any
    repairs: tuple[Repair, ...] = ()
    problem: Text | None = None


_NOTHING = Cell(None)


def _bad(problem: Text, value: object = "", **more: object) -> Cell:
    shown = str(value)
    shown = shown if len(shown) <= _SHOWN else shown[:_SHOWN] + "…"
    return Cell(None, (), problem.format(value=shown, **more))


def of_value(kind: ColumnKind, value: Any) -> Cell:
    """A cell that is no text: a number, a day, a yes or no."""
    if value is None:
        return _NOTHING
    if isinstance(value, bool):
        return _from_bool(kind, value)
    if isinstance(value, (int, float)):
        return _from_number(kind, value)
    if isinstance(value, datetime):
        value = value.date() if kind is ColumnKind.DAY or value.time() == time() else value
    if kind is ColumnKind.DAY and isinstance(value, date):
        return Cell(value) if value >= EARLIEST else _bad(_DAY, value)
    if kind in (ColumnKind.TEXT, ColumnKind.CODE) and isinstance(value, (date, time)):
        return Cell(value.isoformat(*([" "] if isinstance(value, datetime) else [])))
    if kind in (ColumnKind.TEXT, ColumnKind.CODE) and isinstance(value, timedelta):
        return Cell(str(value))
    return _bad(_WANTED[kind], value)


def _from_bool(kind: ColumnKind, value: bool) -> Cell:
    if kind is ColumnKind.FLAG:
        return Cell(value)
    if kind in (ColumnKind.TEXT, ColumnKind.CODE):
        return Cell("TRUE" if value else "FALSE")
    return _bad(_WANTED[kind], "TRUE" if value else "FALSE")


def _from_number(kind: ColumnKind, value: float) -> Cell:
    if not math.isfinite(value):
        return _bad(_NUMBER, value)
    whole = value == int(value)
    if kind in BOUNDS:
        return _bounded(kind, int(value)) if whole else _bad(_WHOLE, value)
    if kind is ColumnKind.DAY:
        return _from_serial(value)
    if kind is ColumnKind.FLAG:
        return Cell(bool(value)) if value in (0, 1) else _bad(_FLAG, value)
    if abs(value) >= EXACT:
        return _bad(_DIGITS)
    return Cell(str(int(value)) if whole else repr(value))


def _from_serial(value: float) -> Cell:
    if _SERIALS[0] <= value < _SERIALS[1]:
        return Cell(_EPOCH + timedelta(days=int(value)), (Repair.DAY,))
    return _from_day(str(int(value))) if value == int(value) else _bad(_DAY, value)


def _bounded(kind: ColumnKind, value: int, repairs: tuple[Repair, ...] = ()) -> Cell:
    most = BOUNDS[kind]
    if value < 0:
        return _bad(_NEGATIVE, f"{value:,}")
    if value > most:
        return _bad(_HUGE, f"{value:,}", most=f"{most:,}")
    return Cell(value, repairs)


def of_text(kind: ColumnKind, text: str, *, typed: bool) -> Cell:
    """A cell of text; `typed` where the file would tell a number from a text."""
    if not text:
        return _NOTHING
    if len(text) > limits.MOST_LETTERS:
        return _bad(_LONG)
    if _UNREADABLE.search(text):
        return _bad(_LETTERS)
    text, repairs = _cleaned(kind, text)
    if not text:
        return Cell(None, tuple(repairs))
    if kind is ColumnKind.CODE:
        return _from_code(text, repairs)
    if kind is not ColumnKind.TEXT and len(text) > _LONGEST_NUMBER:
        return _bad(_WANTED[kind], text)
    if kind in BOUNDS:
        return _from_written_number(kind, text, repairs, typed=typed)
    if kind is ColumnKind.DAY:
        made = _from_day(text)
    elif kind is ColumnKind.FLAG:
        folded = text.casefold()
        made = Cell(folded in _YES) if folded in _YES | _NO else _bad(_FLAG, text)
    else:
        made = Cell(text)
    return Cell(made.value, (*repairs, *made.repairs), made.problem)


def _cleaned(kind: ColumnKind, text: str) -> tuple[str, list[Repair]]:
    """The text without what Excel, copying and typing leave in it."""
    repairs = []
    seen = _TO_SPACE.sub(" ", _TAKEN_OUT.sub("", text))
    if seen != text:
        repairs.append(Repair.SPACES)
    text = seen.strip()
    quoted = _QUOTED.fullmatch(text)
    if quoted:
        text = quoted[1].replace('""', '"').strip()
        repairs.append(Repair.FORMULA_TEXT)
    if kind is not ColumnKind.TEXT and _IS_WIDE.search(text):
        text = text.translate(_WIDE).strip()
        repairs.append(Repair.WIDE)
    if text.startswith("'") and (kind is not ColumnKind.TEXT or text.count("'") == 1):
        text = text[1:].strip()
        repairs.append(Repair.APOSTROPHE)
    return text, repairs


def _from_code(text: str, repairs: list[Repair]) -> Cell:
    short = _SHORTENED.fullmatch(text)
    if short is None:
        return Cell(text, tuple(repairs))
    digits = _written_out(short)
    if digits is None:
        return _bad(_EXPONENT, text)
    return Cell(digits, (*repairs, Repair.EXPONENT))


def _written_out(short: re.Match[str]) -> str | None:
    """The digits of 1.23456E+5, which has them all; None where some were rounded away."""
    decimals = short[2] or ""
    return short[1] + decimals if len(decimals) == int(short[3]) else None


def _from_written_number(
    kind: ColumnKind, text: str, repairs: list[Repair], *, typed: bool
) -> Cell:
    number = text
    bare = _UNIT.sub("", _UNIT.sub("", number)).strip()
    if bare != number:
        repairs.append(Repair.UNIT)
        number = bare
    if number in ("-", "–", "—"):
        return Cell(None, tuple(repairs))
    if number.startswith(("△", "▲")) or (number.startswith("(") and number.endswith(")")):
        number = "-" + number.strip("△▲() ")
    if _THOUSANDS.fullmatch(number):
        number = number.replace(",", "")
        repairs.append(Repair.SEPARATORS)
    short = _SHORTENED.fullmatch(number)
    if short is not None:
        digits = _written_out(short)
        if digits is None:
            return _bad(_EXPONENT, text)
        number = digits
        repairs.append(Repair.EXPONENT)
    found = _DECIMAL.fullmatch(number)
    if found is None:
        return _bad(_NUMBER, text)
    if (found[1] or "").strip("0"):
        return _bad(_WHOLE, text)
    if typed and not repairs:
        repairs.append(Repair.TEXT_NUMBER)
    return _bounded(kind, int(number.partition(".")[0]), tuple(repairs))


def _from_day(text: str) -> Cell:
    found = _DIGIT_DATE.fullmatch(text) or _DATE.fullmatch(text)
    if found is None:
        return _bad(_DAY, text)
    year = int(found[1]) + (2000 if len(found[1]) == 2 else 0)
    try:
        day = date(year, int(found[2]), int(found[3]))
    except ValueError:
        return _bad(_DAY, text)
    if day < EARLIEST:
        return _bad(_DAY, text)
    return Cell(day, () if _ISO.match(text) else (Repair.DAY,))


_WANTED = {
    ColumnKind.TEXT: _NUMBER,
    ColumnKind.CODE: _NUMBER,
    ColumnKind.WON: _NUMBER,
    ColumnKind.COUNT: _NUMBER,
    ColumnKind.DAY: _DAY,
    ColumnKind.FLAG: _FLAG,
}
