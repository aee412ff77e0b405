"""The wire of the Seller OpenAPI: one method per endpoint, and nothing about what it means."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote
from xml.etree.ElementTree import Element

from hanpan.api import (
    ContractError,
    Host,
    NotFound,
    OutcomeUnknown,
    Rejected,
    Text,
    Unavailable,
    Values,
    first,
    inner,
    kst,
    leaves,
    local_name,
    read_xml,
    write_xml,
)
from plugins.eleven_st.apis import APIS
from plugins.eleven_st.refusals import (
    CODES,
    EMPTY,
    MESSAGES,
    foreign,
    gateway_refusal,
    list_refusal,
    product_refusal,
    rejected,
    says_none,
    told,
)

Row = dict[str, str]
"""The leaves of a row by name. 11번가 writes "null" for nothing (§11): such leaves are left out."""

CENTER = "https://soffice.11st.co.kr"
"""Where the seller logs in."""

BUCKET = "api"
CAP = 3000
"""§1.5: a list is cut there, without a word."""
STATES_LIMIT = 100
SEARCH_SIZE = 30

NO_WORD = Text(
    "주소를 두 글자 이상 넣어 주세요. 예: 보기로 12",
    "Give at least two letters of the address, such as 보기로 12.",
)
BAD_WORD = Text(
    "11번가가 이 검색어를 받지 않았습니다. 도로명과 건물번호만 넣어 다시 검색해 주세요.",
    "11st did not take these words. Search again by street and number only.",
)
_SEARCH_ERRORS = {"E011": NO_WORD, "E013": NO_WORD, "E012": BAD_WORD, "E014": BAD_WORD}

_DONE = "SUCCESS"


def minute(moment: datetime) -> str:
    """A time as lists want it: Korean, 12 digits (§1.4)."""
    return kst(moment).strftime("%Y%m%d%H%M")


class ElevenSt:
    """One key's calls. Errors are those of `hanpan.api` (§2)."""

    def __init__(self, values: Values, host: Host) -> None:
        self.host = host
        self.http = host.http["api"]
        self._headers = {"openapikey": str(values.get("api_key") or "")}

    # -- 주소록 (§3) ---------------------------------------------------------------------------

    def addresses(self, kind: str) -> list[Row]:
        """The rows of a list ("out", "in"): thin, in the order of their numbers."""
        name = f"addresses.{kind}"
        root = self._call(name)
        rows = _addresses(root)
        message = first(root, "result_message") or ""
        if not rows and message not in ("", _DONE) and "없습니다" not in message:
            raise list_refusal(root, APIS[name])
        return sorted(rows, key=lambda row: int(row["addrSeq"]))

    def address(self, kind: str, number: str) -> Row:
        """One address ("out", "in", "global"). Raises NotFound."""
        rows = _addresses(self._call(f"address.{kind}", number))
        if not rows:
            raise NotFound(detail=f"address.{kind}: no row")
        return rows[0]

    def save_address(
        self, kind: str, number: str | None, body: Mapping[str, Any], words: Mapping[str, str]
    ) -> str:
        """Register an address (no number) or change one; returns its number."""
        name = f"{'create' if number is None else 'update'}.{kind}"
        numbered = {} if number is None else {"addrSeq": number}
        root = self._call(name, body=write_xml("InOutAddress", {**numbered, **body}))
        rows = _addresses(root)
        if rows:
            return rows[0]["addrSeq"]
        message = first(root, "result_message") or ""
        if message not in ("", _DONE):
            raise rejected(root, APIS[name], words)
        raise OutcomeUnknown(detail=f"{name}: neither a row nor a reason")

    def search(self, words: str) -> list[Row]:
        """Buildings by 도로명, 지번 or postcode; the words go as UTF-8 (§1.3). Raises Rejected."""
        body = write_xml(
            "RoadAddrSearchRequest",
            {"searchRoadAddrKwd": words, "fetchSize": SEARCH_SIZE, "pageNum": 1},
            encoding="utf-8",
        )
        root = self._call("search", body=body, encoding="UTF-8")
        code = first(root, "result_code") or ""
        if code in _SEARCH_ERRORS:
            raise Rejected(_SEARCH_ERRORS[code], code=code)
        if local_name(root) == "ResultMessage":
            raise Unavailable(code=code, detail=f"search: {code}")
        return [_leaves(row) for row in inner(root, "roadAddrInfo")]

    # -- 발송마감 (§4) -------------------------------------------------------------------------

    def deadlines(self) -> list[Row]:
        """Every 발송마감 template."""
        root = self._call("deadlines")
        if local_name(root) == "ClientMessage":
            raise list_refusal(root, APIS["deadlines"])
        return [_leaves(row) for row in inner(root, "templateBOList")]

    def save_deadline(
        self, number: str | None, body: Mapping[str, Any], words: Mapping[str, str]
    ) -> str:
        """Register a template (no number) or change one; returns its number."""
        name = f"{'create' if number is None else 'update'}.deadline"
        parts = () if number is None else (number,)
        root = self._call(name, *parts, body=write_xml("SendCloseTmplt", body))
        code = told(root, CODES)
        if code not in ("200", "210"):
            if not code:
                raise OutcomeUnknown(detail=f"{name}: no resultCode")
            raise rejected(root, APIS[name], words)
        made = first(root, "prdInfoTmpltNo") or number
        if not made:
            raise OutcomeUnknown(detail=f"{name}: no prdInfoTmpltNo")
        return made

    # -- 주문과 클레임 (§6, §7) ------------------------------------------------------------------

    def listed(self, name: str, start: datetime, end: datetime) -> list[Row]:
        """The rows of a state or claim list between two minutes; at most CAP come."""
        return self._rows(name, minute(start), minute(end))

    def states(self, orders: Sequence[str]) -> list[Row]:
        """Every line of at most 100 orders, with its state now."""
        return self._rows("states", ",".join(orders))

    def confirm(self, order: str, line: str, bundle: str, added_to: str | None) -> tuple[str, str]:
        """발주확인: 11번가's code ("0" when done) and its text. `added_to` is the main product of
        an 추가구성상품."""
        added = ("Y", added_to) if added_to else ("N", "null")
        root = self._call("confirm", order, line, *added, bundle)
        code = told(root, CODES)
        if not code:
            raise OutcomeUnknown(detail="confirm: no result_code")
        return code, told(root, MESSAGES)

    # -- 상품 (§5) -------------------------------------------------------------------------------

    def products(self, conditions: Mapping[str, Any], words: Mapping[str, str]) -> list[Row]:
        """The listings that fit: without stock, options and images (§5.2). Raises Rejected."""
        root = self._call("products", body=write_xml("SearchProduct", conditions))
        rows = [_leaves(row) for row in root if local_name(row) == "product"]
        if not rows and not says_none(told(root, MESSAGES)):
            raise rejected(root, APIS["products"], words)
        return rows

    def product(self, number: str) -> Row:
        """One listing, without its stock. Raises NotFound."""
        root = self._call("product", number)
        row = _leaves(root)
        if not row.get("prdNo"):
            raise product_refusal(root, APIS["product"])
        return row

    def stocks(self, number: str) -> list[Row]:
        """The stock rows of a listing; one without options has one. Raises NotFound."""
        root = self._call("stocks", number)
        rows = [_leaves(row) for row in inner(root, "ProductStock")]
        if not rows:
            raise product_refusal(root, APIS["stocks"])
        return rows

    def set_price(self, number: str, won: int) -> tuple[str, str]:
        """Change the price: 11번가's code (DONE when done) and its text, as all of these."""
        return self._change("price", number, str(won))

    def set_stock(self, number: str, row: str, pieces: int, weight: str) -> tuple[str, str]:
        """Change the pieces of one stock row; its weight has to be told along (§5.3)."""
        body = write_xml(
            "ProductStock",
            {"prdNo": number, "prdStckNo": row, "stckQty": pieces, "optWght": weight},
        )
        return self._change("stock", row, body=body)

    def set_on_sale(self, number: str, on_sale: bool) -> tuple[str, str]:
        """Stop the sale (전시중지), or begin it again."""
        return self._change("restart" if on_sale else "stop", number)

    def extend(self, number: str, days: int) -> tuple[str, str]:
        """Extend the sale period by so many days."""
        return self._change("extend", number, str(days))

    def _change(self, name: str, *parts: str, body: bytes | None = None) -> tuple[str, str]:
        root = self._call(name, *parts, body=body)
        code = told(root, CODES)
        if not code:
            raise OutcomeUnknown(detail=f"{name}: no resultCode")
        return code, told(root, MESSAGES)

    # -- the calls themselves -------------------------------------------------------------------

    def _rows(self, name: str, *parts: str) -> list[Row]:
        root = self._call(name, *parts)
        rows = [_leaves(row) for row in root if local_name(row) == "order"]
        code = "" if rows else told(root, CODES)
        # No rows is 0, and -1 with 없습니다 on claim lists (§7).
        none = code in ("", EMPTY) or (code == "-1" and "없습니다" in told(root, MESSAGES))
        if not none:
            raise list_refusal(root, APIS[name])
        return rows

    def _call(
        self, name: str, *parts: str, body: bytes | None = None, encoding: str = "EUC-KR"
    ) -> Element:
        api = APIS[name]
        kind = {} if body is None else {"Content-Type": f"text/xml;charset={encoding}"}
        answer = self.http.send(
            api.method,
            api.path.format(*(quote(part, safe=",") for part in parts)),
            bucket=BUCKET,
            write=api.write,
            headers={**self._headers, **kind},
            content=body,
        )
        try:
            root = read_xml(answer)
        except ContractError as error:
            raise foreign(answer, api, "not XML") from error
        refused = gateway_refusal(root, answer, api)
        if refused is not None:
            raise refused
        if local_name(root) not in api.roots:
            raise foreign(answer, api, f"a <{local_name(root)[:40]}>")
        return root


def _leaves(row: Element) -> Row:
    return {name: value for name, value in leaves(row).items() if value != "null"}


def _addresses(root: Element) -> list[Row]:
    """Whatever holds an addrSeq: rows are spelt inOutAddress, intOutAddress, or nested (§3)."""
    found = [_leaves(one) for one in root if len(one)]
    return [row for row in found if re.fullmatch(r"[0-9]{1,18}", row.get("addrSeq", ""))]
