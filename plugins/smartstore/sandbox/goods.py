"""What the practice store sells, and who buys: all invented, phone numbers of no line."""

from __future__ import annotations

from dataclasses import dataclass

SINGLE, OPTIONS, ADDON = "단일상품", "조합형옵션상품", "추가구성상품"


@dataclass(frozen=True)
class Option:
    """One option row: its text, what it adds to the price (won), its number and seller code."""

    text: str
    extra: int
    number: str
    code: str


@dataclass(frozen=True)
class Goods:
    """One channel product. `price` is before the immediate discount `off` (both won)."""

    channel_no: str
    origin_no: str
    name: str
    price: int
    off: int
    code: str
    options: tuple[Option, ...] = ()
    addon: bool = False

    @property
    def kind(self) -> str:
        """The wire's productClass."""
        if self.addon:
            return ADDON
        return OPTIONS if self.options else SINGLE


def _goods(n: int, name: str, price: int, off: int = 0, *texts: str, addon: bool = False) -> Goods:
    code = f"SKU-{1000 + n}"
    options = tuple(
        Option(text, 1000 * i, f"4100000{n:02d}{i:02d}", f"{code}-{i + 1}")
        for i, text in enumerate(texts)
    )
    return Goods(f"95000000{n:02d}", f"90000000{n:02d}", name, price, off, code, options, addon)


MAIN: tuple[Goods, ...] = (
    _goods(1, "면 티셔츠", 19900, 2000, "색상: 블랙 / 사이즈: M", "색상: 블랙 / 사이즈: L"),
    _goods(2, "햇살 현미 5kg", 24900),
    _goods(3, "손뜨개 수세미 10개 묶음", 9900, 1000),
    _goods(4, "접이식 노트북 거치대", 32000, 3000, "색상: 실버", "색상: 다크그레이"),
    _goods(5, "국산 참깨 들기름 세트", 38000),
    _goods(6, "유리 밀폐용기 4종", 27800, 2800),
    _goods(7, "어린이 양말 5켤레", 12500, 0, "사이즈: S", "사이즈: M", "사이즈: L"),
    _goods(8, "무선 이어폰 보호 케이스", 8900, 0, "색상: 크림", "색상: 네이비"),
    _goods(9, "대용량 보온 텀블러 900ml", 21900, 2000, "색상: 화이트", "색상: 올리브"),
    _goods(10, '원목 우드 트레이 & 컵받침 "특가"', 16800),
)
EXTRA: tuple[Goods, ...] = (
    _goods(1, "추가구성: 선물 포장", 2000, addon=True),
    _goods(2, "추가구성: 보냉백", 3500, addon=True),
)

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
