"""The connection form, and whose key it is."""

from __future__ import annotations

import pytest

from core.fields import clean
from hanpan.api import AuthError, NotApproved, Rejected
from plugins.eleven_st.forms import FIELDS, bucket, connect, verify
from plugins.eleven_st.tests.conftest import API_KEY, Eleven, book, stopped

OUT, IN = "/areaservice/outboundarea", "/areaservice/inboundarea"
CLOSE = "/prodservices/sendCloseList"
EMPTY = book(message="등록된 주소가 없습니다.")
NO_TEMPLATE = "<productInformationTemplateList/>"


@pytest.mark.parametrize(
    "pasted",
    [
        f"  {API_KEY}\n",
        f'"{API_KEY}"',
        f"“{API_KEY}”",
        f"openapikey: {API_KEY}",
        API_KEY[:16] + " " + API_KEY[16:],
        f"\ufeff{API_KEY}\u200b",
    ],
)
def test_a_key_is_taken_as_it_was_copied(pasted: str) -> None:
    typed = clean(FIELDS, {"api_key": pasted, "seller_type": "general"})
    assert typed.ok and typed.values["api_key"] == API_KEY


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ("$2a$04$abcdefghijklmnopqrstuu", "스마트스토어의 애플리케이션 시크릿"),
        ("7exampleIdExampleId00X", "스마트스토어의 애플리케이션 ID"),
        ("0b1c2d3e-1234-5678-9abc-0123456789ab", "쿠팡의 Access Key"),
        ("0123456789abcdef0123456789abcdef01234567", "쿠팡의 Secret Key"),
        ("ab" * 56, "위메프의 API 인증 KEY"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJ4In0.c2lnbg", "ESM+의 토큰"),
        (API_KEY[:-1], "32자"),
        (API_KEY[:-1] + "-", "32자"),
    ],
)
def test_a_key_of_somebody_else_is_called_by_its_name(given: str, word: str) -> None:
    typed = clean(FIELDS, {"api_key": given, "seller_type": "general"})
    assert word in typed.problems["api_key"].ko
    assert given not in typed.problems["api_key"].ko + typed.problems["api_key"].en


def test_whose_key_it_is_stands_in_the_outbound_list(eleven: Eleven) -> None:
    eleven.on("GET", OUT, book({"addrSeq": "1", "memNo": "20000001"}))
    assert verify(eleven.client()).identity == "20000001"
    assert eleven.paths() == [OUT]


def test_without_an_outbound_address_the_other_lists_are_looked_through(eleven: Eleven) -> None:
    eleven.on("GET", OUT, EMPTY)
    eleven.on("GET", IN, book({"addrSeq": "1", "memNo": "20000001"}))
    assert verify(eleven.client()).identity == "20000001"
    eleven.on("GET", IN, EMPTY)
    row = (
        "<templateBOList><memNo>20000001</memNo><prdInfoTmpltNo>1</prdInfoTmpltNo></templateBOList>"
    )
    root = "productInformationTemplateList"
    eleven.on("GET", CLOSE, f"<{root}>{row}</{root}>")
    assert verify(eleven.client()).identity == "20000001"


def test_a_seller_without_any_row_is_asked_to_register_an_address(eleven: Eleven) -> None:
    eleven.on("GET", OUT, EMPTY)
    eleven.on("GET", IN, EMPTY)
    eleven.on("GET", CLOSE, NO_TEMPLATE)
    with pytest.raises(Rejected) as caught:
        verify(eleven.client())
    assert "출고지를 하나 등록" in caught.value.text.ko


def test_a_known_path_that_is_said_to_be_unknown_is_a_missing_permission(eleven: Eleven) -> None:
    eleven.on("GET", OUT, stopped("-997", "등록된 API 정보가 존재하지 않습니다."))
    with pytest.raises(NotApproved) as caught:
        verify(eleven.client())
    assert "Seller API 권한" in caught.value.text.ko and caught.value.code == "-997"


def test_a_key_that_nobody_has_is_an_error_of_the_key(eleven: Eleven) -> None:
    eleven.on("GET", OUT, stopped("-200"))
    with pytest.raises(AuthError):
        verify(eleven.client())


def test_the_budget_is_named_without_the_key() -> None:
    assert API_KEY not in bucket({"api_key": API_KEY})
    assert bucket({"api_key": API_KEY}) != bucket({"api_key": API_KEY[::-1]})


def test_connecting_sends_nothing(eleven: Eleven) -> None:
    connect({"api_key": API_KEY, "seller_type": "general"}, eleven.client().host)
    assert eleven.paths() == []
