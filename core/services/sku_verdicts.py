"""What each row of a file would do to the catalogue: new, changed, same, or a problem and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from core import store
from core.contracts.file import FileRow
from core.contracts.text import Text
from core.models import Product, Sku
from core.services import sku_columns
from core.services.catalogue_list import called
from core.services.joins import PRODUCT_OF_SKU
from core.services.sku_columns import LABELS

NEW, CHANGED, SAME, PROBLEM = "new", "changed", "same", "problem"

_SKU: Any = Sku.__table__
_PRODUCT: Any = Product.__table__

NO_NAME = Text(
    "새 상품인데 상품명이 없습니다. 상품명을 넣어 주세요.",
    "It is new but has no name. Give a name.",
)
UNKNOWN_CODE = Text(
    "고유상품코드 '{code}'인 상품이 없습니다. 새 상품이면 이 칸을 비워 주세요.",
    "No SKU has the code '{code}'. Leave the cell empty for a new one.",
)
TWO = Text(
    "자체상품코드는 '{first}', 고유상품코드는 '{second}' 상품의 것입니다. 하나로 맞춰 주세요.",
    "The own code is that of {first}, the Hanpan code that of {second}. Make them agree.",
)
TWO_NAMED = Text(
    "상품명과 옵션명이 같은 상품이 {n}개입니다. 코드를 넣어 주세요.",
    "{n} SKUs have this name and option. Give a code.",
)
PUT_AWAY = Text(
    "보관된 상품입니다. 먼저 목록에서 다시 꺼내 주세요.",
    "It is archived. Revive it in the list first.",
)
TWICE = Text(
    "{row}행과 같은 상품입니다. 한 행만 남겨 주세요.",
    "Row {row} is the same SKU. Keep one of them.",
)
OTHER_NAME = Text(
    "{row}행과 같은 상품의 옵션인데 상품명이 다릅니다. 상품명을 같게 해 주세요.",
    "It is an option of the same product as row {row}, with another name. Make the names agree.",
)


@dataclass
class Judged:
    """A row with its verdict; `changes` are [was, would be] by name. `product_id` is not kept."""

    number: int
    values: dict[str, Any]
    verdict: str
    reason: Text | None = None
    sku_id: str | None = None
    changes: dict[str, list[Any]] | None = None
    product_id: str = ""

    def stored(self, batch_id: str) -> dict[str, Any]:
        """As a row of the batch."""
        return {
            "batch_id": batch_id,
            "number": self.number,
            "values": self.values,
            "verdict": self.verdict,
            "reason": self.reason.stored() if self.reason else None,
            "sku_id": self.sku_id,
            "changes": self.changes,
            "outcome": "",
        }


@dataclass
class Known:
    """The SKUs that some rows may mean, by what the rows call them."""

    own: dict[str, Any] = field(default_factory=dict)
    our: dict[str, Any] = field(default_factory=dict)
    named: dict[tuple[str, str], list[Any]] = field(default_factory=dict)


def known(session: Session, values: Sequence[Mapping[str, Any]]) -> Known:
    """Look up what these rows name."""
    own = {value["own_code"] for value in values if "own_code" in value}
    our = {value["our_code"] for value in values if "our_code" in value}
    names = {value["name"] for value in values if "name" in value and not _has_code(value)}
    found = Known()
    for row in _where(session, _SKU.c.own_code, own):
        found.own[row.own_code] = row
    for row in _where(session, _SKU.c.our_code, our):
        found.our[row.our_code] = row
    for row in _where(session, _PRODUCT.c.name, names):
        found.named.setdefault((row.name, row.option_name), []).append(row)
    return found


def _has_code(values: Mapping[str, Any]) -> bool:
    return any(name in values for name in sku_columns.CODES)


def _where(session: Session, column: Any, wanted: Iterable[str]) -> Iterable[Any]:
    query = store.select_in(_SKU, *_SKU.c, _PRODUCT.c.name).join(_PRODUCT, PRODUCT_OF_SKU)
    return store.rows_among(session, query, column, wanted)


class Judge:
    """Judges the rows of one file in their order; remembers what the rows before meant."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, ...], int] = {}
        self._names: dict[str, tuple[str, int]] = {}

    def block(
        self, session: Session, rows: Sequence[FileRow]
    ) -> tuple[list[Judged], dict[int, Text]]:
        """The verdicts of some rows, and reasons for rows of earlier blocks that they spoil."""
        read = [(row.number, *sku_columns.parsed(row)) for row in rows]
        there = known(session, [values for _, values, _ in read])
        judged: dict[int, Judged] = {}
        spoilt: dict[int, Text] = {}
        for number, values, problems in read:
            one = judge(number, values, problems, there)
            judged[number] = one
            for first in self._clashes(one):
                told = TWICE.format(row=number)
                if first in judged:
                    judged[first].verdict, judged[first].reason = PROBLEM, told
                else:
                    spoilt[first] = told
            self._compare_names(one)
        return list(judged.values()), spoilt

    def _clashes(self, one: Judged) -> list[int]:
        """Rows before that mean the same SKU; this one then is a problem too."""
        firsts = []
        for key in _keys(one):
            first = self._seen.setdefault(key, one.number)
            if first != one.number and first not in firsts:
                firsts.append(first)
        if firsts:
            one.verdict, one.reason = PROBLEM, TWICE.format(row=firsts[0])
        return firsts

    def _compare_names(self, one: Judged) -> None:
        name = one.values.get("name")
        if not one.product_id or not name or one.verdict == PROBLEM:
            return
        first, number = self._names.setdefault(one.product_id, (name, one.number))
        if first != name:
            one.verdict, one.reason = PROBLEM, OTHER_NAME.format(row=number)


def _keys(one: Judged) -> list[tuple[str, ...]]:
    values = one.values
    keys: list[tuple[str, ...]] = []
    if one.sku_id:
        keys.append(("sku", one.sku_id))
    if "own_code" in values:
        keys.append(("own", values["own_code"]))
    if "our_code" in values:
        keys.append(("our", values["our_code"]))
    if not keys and "name" in values:
        keys.append(("name", values["name"], values.get("option_name", "")))
    return keys


def judge(
    number: int, values: dict[str, Any], problems: Mapping[str, Text], there: Known
) -> Judged:
    """What one row would do, by itself."""
    sku, wrong = _match(values, there)
    one = Judged(number, values, PROBLEM, wrong, sku.id if sku is not None else None)
    if problems:
        one.reason = _joined(problems)
    elif wrong is not None:
        pass
    elif sku is None:
        if "name" in values:
            one.verdict = NEW
        else:
            one.reason = NO_NAME
    elif sku.archived_at is not None:
        one.reason = PUT_AWAY
    else:
        one.product_id = sku.product_id
        one.changes = changes(sku, values)
        one.verdict = CHANGED if one.changes else SAME
    return one


def changes(sku: Any, values: Mapping[str, Any]) -> dict[str, list[Any]]:
    """What the values would change of a SKU, as [was, would be] by name."""
    return {
        name: [getattr(sku, name), values[name]]
        for name in LABELS
        if name in values
        and name != "our_code"
        and not sku_columns.same(name, getattr(sku, name), values[name])
    }


def _match(values: Mapping[str, Any], there: Known) -> tuple[Any, Text | None]:
    """The SKU that a row means, or why that cannot be said."""
    own_code, our_code = values.get("own_code"), values.get("our_code")
    ours, owned = there.our.get(our_code or ""), there.own.get(own_code or "")
    if our_code and ours is None:
        return None, UNKNOWN_CODE.format(code=our_code)
    if ours is not None and owned is not None and ours.id != owned.id:
        return None, TWO.format(first=called(owned), second=called(ours))
    if own_code or our_code:
        return ours or owned, None
    named = there.named.get((values.get("name", ""), values.get("option_name", "")), [])
    if len(named) > 1:
        return None, TWO_NAMED.format(n=len(named))
    return (named[0] if named else None), None


def _joined(problems: Mapping[str, Text]) -> Text:
    told = [(LABELS.get(name), text) for name, text in problems.items()]
    return Text(
        " ".join(f"{label.ko}: {text.ko}" if label else text.ko for label, text in told),
        " ".join(f"{label.en}: {text.en}" if label else text.en for label, text in told),
    )
