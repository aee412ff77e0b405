"""XML of marketplaces: EUC-KR whatever its label says, stray letters, and nothing replaced."""

from __future__ import annotations

import httpx
import pytest

from core.errors import ContractError, Rejected
from core.http import Answer, decoded
from core.xml import first, inner, leaves, read_xml, write_xml


def answer(content: bytes, content_type: str = "text/xml;charset=euc-kr") -> Answer:
    """An answer with this body."""
    return Answer(
        status=200,
        headers=httpx.Headers({"content-type": content_type}),
        content=content,
        method="GET",
        path="/x",
    )


NAMED = '<?xml version="1.0" encoding="{told}" standalone="yes"?><a><b>홍길동 뷁</b></a>'


@pytest.mark.parametrize("told", ["euc-kr", "EUC-KR", "utf-8", "nonsense"])
@pytest.mark.parametrize("really", ["cp949", "utf-8"])
def test_bytes_are_read_as_what_they_are(told: str, really: str) -> None:
    body = NAMED.format(told=told).encode(really)
    assert first(read_xml(answer(body)), "b") == "홍길동 뷁"


def test_a_body_cut_within_a_letter_still_reads_as_utf_8() -> None:
    assert decoded("가나".encode()[:-1]) == "가"


def test_a_short_korean_text_that_happens_to_be_valid_utf_8_is_korean() -> None:
    written = "짜".encode("cp949")
    assert written.decode() != "짜", "two bytes that are a letter in both"
    assert decoded(b"<a>" + written + b"</a>") == "<a>짜</a>"


def test_namespaces_do_not_matter() -> None:
    body = b'<n2:r xmlns:n2="urn:x"><n2:row><k>1</k></n2:row><n2:row><k>2</k></n2:row></n2:r>'
    assert [leaves(row) for row in inner(read_xml(answer(body)), "row")] == [{"k": "1"}, {"k": "2"}]


def test_letters_that_xml_forbids_and_bare_ampersands_do_no_harm() -> None:
    body = b"<r><a>x\x1f&#x1f;&#0;y</a><b>A & B &amp; C&nbsp</b></r>"
    root = read_xml(answer(body))
    assert first(root, "a") == "xy"
    assert first(root, "b") == "A & B & C&nbsp"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("<![CDATA[R&D, A&amp;B]]> & co", "R&D, A&amp;B & co"),
        ("<!-- <![CDATA[ & -->A & B<!-- ]]> -->", "A & B"),
        ("50&nbsp;cm &AMP; R&D;", "50&nbsp;cm &AMP; R&D;"),
        ("a&#xD800;&#99999999;&#x110000;&#65534;b&#54856;&#x1F600;&lt;", "ab홈😀<"),
    ],
)
def test_an_ampersand_says_what_its_writer_meant(written: str, read: str) -> None:
    root = read_xml(answer(f"<r><a>{written}</a></r>".encode()))
    assert "".join(root[0].itertext()) == read


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><head><title>Login</title><body>",
        b"<r><cut>",
        b'<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><r>&b;</r>',
        b'<!DOCTYPE r SYSTEM "file:///etc/passwd"><r/>',
        b'<?xml version="1.0"?> <!-- <r> --> <!DOCTYPE r [<!ENTITY a "x">]><r>&a;</r>',
        b'<?pi <r> ?><!DOCTYPE r [<!ENTITY a "x">]><r>&a;</r>',
        b'\xef\xbb\xbf<!DOCTYPE r [<!ENTITY a "x">]><r>&a;</r>',
    ],
)
def test_what_is_no_xml_of_theirs_is_a_broken_promise(body: bytes) -> None:
    with pytest.raises(ContractError):
        read_xml(answer(body))


def test_what_is_written_reads_back() -> None:
    tree = {"item": [{"name": "한글 & <b>", "n": 3}, {"name": None}], "one": "x"}
    body = write_xml("r", tree)
    assert body.startswith(b'<?xml version="1.0" encoding="EUC-KR"?>')
    root = read_xml(answer(body))
    assert [first(row, "name") for row in inner(root, "item")] == ["한글 & <b>", ""]
    assert first(root, "n") == "3"


@pytest.mark.parametrize(("text", "letter"), [("뷁", "뷁"), ("long ASCII 똠", "똠"), ("a😀", "😀")])
def test_a_letter_outside_euc_kr_is_refused_at_its_element_not_replaced(
    text: str, letter: str
) -> None:
    with pytest.raises(Rejected) as refused:
        write_xml("r", {"item": {"name": text}})
    assert letter in refused.value.fields["name"].ko
