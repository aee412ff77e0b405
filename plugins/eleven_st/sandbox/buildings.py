"""Invented buildings that the address search finds: no real place."""

from __future__ import annotations

from dataclasses import dataclass

_ROADS = (
    ("06236", "서울특별시", "예시구", "보기동", "보기로"),
    ("13529", "경기도", "견본시 연습구", "시범동", "시범로"),
    ("48058", "부산광역시", "모의구", "해변동", "해변예시로"),
    ("34126", "대전광역시", "가상구", "대학동", "대학보기로"),
    ("10881", "경기도", "시험시", "물류동", "물류단지로"),
    ("63122", "제주특별자치도", "예시시", "노을동", "노을보기로"),
)
NUMBERS = range(1, 31)


@dataclass(frozen=True)
class Building:
    """One building: its number of 25 digits, and the sequence of its lot."""

    number: str
    lot: str
    postcode: str
    sido: str
    sigungu: str
    dong: str
    road_name: str
    main: int

    @property
    def road(self) -> str:
        """The 도로명 address."""
        return f"{self.sido} {self.sigungu} {self.road_name} {self.main}"

    @property
    def by_lot(self) -> str:
        """The 지번 address."""
        return f"{self.sido} {self.sigungu} {self.dong} {100 + self.main}"


BUILDINGS = tuple(
    Building(
        number=f"{41480 + n:05d}25021{100 + n:05d}{house:010d}",
        lot=str(700_000 + 100 * n + house),
        postcode=postcode,
        sido=sido,
        sigungu=sigungu,
        dong=dong,
        road_name=road,
        main=house,
    )
    for n, (postcode, sido, sigungu, dong, road) in enumerate(_ROADS)
    for house in NUMBERS
)
BY_NUMBER = {one.number: one for one in BUILDINGS}
BY_LOT = {one.lot: one for one in BUILDINGS}


def matching(words: str) -> list[Building]:
    """The buildings in whose addresses or postcode every word stands, numbers as they are."""
    wanted = words.split()
    return [one for one in BUILDINGS if all(_has(one, word) for word in wanted)]


def _has(one: Building, word: str) -> bool:
    told = f"{one.road} {one.by_lot} {one.postcode}"
    return word in told.split() if word.isdecimal() else word in told
