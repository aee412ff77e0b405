"""What the call journal keeps of a body: nothing of a buyer, in whatever form it was written."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from core import vault
from core.http import Call
from core.ledger.journal import BODY, entries, mask

PERSON, PHONE, STREET = "남궁견본", "010-1234-5678", "시험로 77길 7"


@pytest.mark.parametrize(
    "body",
    [
        f'{{"receiverName": "{PERSON}", "receiverTel1": "{PHONE}", "baseAddress": "{STREET}"}}',
        f'{{"ordererName" : "{PERSON} \\"본인\\" {STREET}", "buyerPhoneNo":{PHONE[:3]}}}',
        f'{{"receiverName": "{PERSON} {STREET}',  # cut in the middle of a value
        f"<rcvrNm>{PERSON}</rcvrNm><rcvrTlphn>{PHONE}</rcvrTlphn><rcvrAddr>{STREET}</rcvrAddr>",
        f"<ns2:ordNm><![CDATA[{PERSON}]]></ns2:ordNm>",
        f"<rcvrBaseAddr><![CDATA[{STREET} <101동>\n{PERSON}]]></rcvrBaseAddr>",
        f"<ordMemo><![CDATA[{PERSON}",  # cut in the middle of a CDATA
        f"<rcvrNm>\n  <![CDATA[{PERSON}]]>\n</rcvrNm>",
        f"<rcvrAddr>서울 <![CDATA[{STREET}]]> 2층 <![CDATA[{PERSON}]]></rcvrAddr>",
        f'<rcvrNm type="x">{PERSON}',
        f"<note>{PHONE} {PHONE.replace('-', '')} 02-123-4567</note>",
    ],
)
def test_nothing_of_a_person_is_kept(body: str) -> None:
    kept = mask(body)
    assert "가림" in kept
    for told in (PERSON, STREET, PHONE, PHONE.replace("-", ""), "02-123-4567"):
        assert told not in kept


def test_what_an_engineer_needs_is_kept() -> None:
    body = '{"productOrderId": "2026010112345671", "status": "PAYED", "name": "홍", "count": 3}'
    assert mask(body) == body.replace('"홍"', '"가림"')
    body = "<ordNo>202601011234567</ordNo><ordPrdSeq>1</ordPrdSeq><rcvrNm>홍</rcvrNm>"
    assert mask(body) == body.replace("홍", "가림")


@pytest.mark.usefixtures("store_bound")
@pytest.mark.parametrize("shown", range(len(PHONE) + 1))
def test_a_phone_that_the_limit_cuts_through_is_not_kept_in_part(shown: int) -> None:
    body = "x" * (BODY - shown) + PHONE + " and more"
    call = Call(
        base="api", method="GET", path="/orders", query=f"q={PHONE}", status=200, outcome="ok",
        milliseconds=1.0, request_body=body, response_body=body, write=False,
        at=datetime(2026, 1, 2, tzinfo=UTC), clean=str,
    )  # fmt: skip
    (row,) = entries([("orders.changes", call)], None, None)
    kept = vault.unseal_json("journal_entry", "body", row["id"], row["body"])
    for text in kept.values():
        assert len(text) <= BODY
        assert "010" not in text and "1234" not in text


@pytest.mark.parametrize("name", ["rcvNm", "addr1", "zip", "postCode", "token", "refreshToken"])
def test_short_names_and_tokens_are_known(name: str) -> None:
    assert PERSON not in mask(f'{{"{name}": "{PERSON}", "orderNo": 7}}')
    assert PERSON not in mask(f"page=1&{name}={PERSON}&size=3")


def test_a_plugin_names_what_else_is_personal() -> None:
    body = '{"entryCode": "#1234", "orderNo": "7"}'
    assert "#1234" in mask(body)
    for told in ("entryCode", "ENTRYCODE"):
        assert mask(body, (told,)) == body.replace("#1234", "가림")
