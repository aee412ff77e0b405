"""Invented goods and people for practice marketplaces: phone numbers of no line, no real place."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Ware:
    """Something that a practice store sells. `price` is won; `options` may be none."""

    name: str
    price: int
    options: tuple[str, ...] = ()
    off: int = 0


WARES: tuple[Ware, ...] = (
    Ware("면 티셔츠", 19900, ("색상: 블랙 / 사이즈: M", "색상: 블랙 / 사이즈: L"), 2000),
    Ware("햇살 현미 5kg", 24900),
    Ware("손뜨개 수세미 10개 묶음", 9900, (), 1000),
    Ware("접이식 노트북 거치대", 32000, ("색상: 실버", "색상: 다크그레이"), 3000),
    Ware("국산 참깨 들기름 세트", 38000),
    Ware("유리 밀폐용기 4종", 27800, (), 2800),
    Ware("어린이 양말 5켤레", 12500, ("사이즈: S", "사이즈: M", "사이즈: L")),
    Ware("무선 이어폰 보호 케이스", 8900, ("색상: 크림", "색상: 네이비")),
    Ware("대용량 보온 텀블러 900ml", 21900, ("색상: 화이트", "색상: 올리브"), 2000),
    Ware('원목 우드 트레이 & 컵받침 "특가"', 16800),
)
"""The same shop stands at every practice marketplace: its own codes are SKU-1001 …, and of
options SKU-1001-1 …"""
EXTRAS: tuple[Ware, ...] = (Ware("추가구성: 선물 포장", 2000), Ware("추가구성: 보냉백", 3500))


def ware_of(number: int) -> Ware:
    """The n-th ware (from 1), the same at every practice marketplace: beyond WARES they come again,
    with their number in the name."""
    ware = WARES[(number - 1) % len(WARES)]
    return ware if number <= len(WARES) else replace(ware, name=f"{ware.name} {number}")


def code_of(number: int, option: int = 0) -> str:
    """The seller's own code of the n-th ware (from 1), or of one of its options (from 1)."""
    return f"SKU-{1000 + number}" + (f"-{option}" if option else "")


_FAMILY = ("김", "이", "박", "최", "정", "강", "조", "윤", "장", "임")
_GIVEN = ("예시", "보기", "견본", "연습", "가상", "시험", "본보기", "모의")
_PLACES = (
    ("06236", "서울특별시 예시구 보기로 1"),
    ("13529", "경기도 견본시 연습구 시범로 24"),
    ("48058", "부산광역시 모의구 해변예시로 77"),
    ("34126", "대전광역시 가상구 대학보기로 99"),
    ("61945", "광주광역시 시험구 상무예시로 30"),
    ("63122", "제주특별자치도 예시시 노을보기로 5"),
)
_NOTES = ("문 앞에 놓아 주세요", "", "경비실에 맡겨 주세요", "부재 시 연락 주세요", "")


@dataclass(frozen=True)
class Person:
    """An invented buyer; the same number is always the same person."""

    name: str
    phone: str
    login: str
    number: str
    postcode: str
    address: str
    detail: str
    note: str


def person(number: int) -> Person:
    """The invented buyer of a number."""
    postcode, address = _PLACES[number % len(_PLACES)]
    return Person(
        name=_FAMILY[number % 10] + _GIVEN[number // 10 % 8],
        phone=f"010-0000-{number % 10000:04d}",
        login=f"prac{number % 1000:03d}****",
        number=str(200000000 + number),
        postcode=postcode,
        address=address,
        detail=f"{101 + number % 9}동 {number % 20 + 1}0{number % 4 + 1}호",
        note=_NOTES[number % len(_NOTES)],
    )
