"""The couriers that Hanpan knows: one list for all marketplaces, each of which has its own codes.

The lengths of invoice numbers are those that the protocol files tell; where none does, a number
has 6 to 30 letters or digits.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from core.contracts.text import Text

ANY = r"[0-9A-Za-z-]{6,30}"


@dataclass(frozen=True)
class Known:
    """A courier's name, and the shape of the invoice numbers that it gives."""

    label: Text
    number: str = ANY

    def takes(self, number: str) -> bool:
        """Whether this may be one of its invoice numbers (hyphens and blanks do not count)."""
        return re.fullmatch(self.number, re.sub(r"[\s-]", "", number)) is not None


def _known(ko: str, en: str, *lengths: int | tuple[int, int]) -> Known:
    told = [f"[0-9]{{{n[0]},{n[1]}}}" if isinstance(n, tuple) else f"[0-9]{{{n}}}" for n in lengths]
    return Known(Text(ko, en), "|".join(told) or ANY)


COURIERS: Mapping[str, Known] = {
    "cj": _known("CJ대한통운", "CJ Logistics", 10, 12),
    "lotte": _known("롯데택배", "Lotte", 10, 12, 13),
    "hanjin": _known("한진택배", "Hanjin", 10, 12),
    "logen": _known("로젠택배", "Logen", 10, 11),
    "epost": _known("우체국택배", "Korea Post", 13),
    "cu": _known("CU 편의점택배", "CU", 10, 12),
    "gs": _known("GS Postbox 택배", "GS Postbox", 10, 12),
    "kyungdong": _known("경동택배", "Kyungdong", (8, 16)),
    "daesin": _known("대신택배", "Daesin", 13),
    "chunil": _known("천일택배", "Chunil", 11),
    "hapdong": _known("합동택배", "Hapdong", (8, 16)),
    "ilyang": _known("일양로지스", "Ilyang", (8, 16)),
    "kunyoung": _known("건영택배", "Kunyoung", 10),
    "slx": _known("SLX택배", "SLX", 12),
    "honam": _known("우리택배", "Woori"),
    "homepick": _known("홈픽", "Homepick", 12),
    "registered": _known("우편등기", "Registered mail", 13),
    "mail": _known("일반우편", "Ordinary mail"),
    "kgb": _known("KGB택배", "KGB"),
    "goryeo": _known("고려택배", "Goryeo"),
    "nonghyup": _known("농협택배", "Nonghyup"),
    "sebang": _known("세방택배", "Sebang"),
    "yongma": _known("용마로지스", "Yongma"),
    "hanuisarang": _known("한의사랑택배", "Hanuisarang"),
    "glovis": _known("현대글로비스", "Hyundai Glovis"),
    "kakao": _known("카카오T당일배송", "Kakao T same day"),
    "kurly": _known("컬리넥스트마일", "Kurly Nextmile"),
    "teamfresh": _known("팀프레시", "Teamfresh"),
    "logisvalley": _known("로지스밸리택배", "Logisvalley"),
    "samsung": _known("삼성전자물류", "Samsung Electronics"),
    "lg": _known("LG전자물류", "LG Electronics"),
    "pantos": _known("범한판토스", "Pantos"),
    "cj_global": _known("CJ대한통운 국제특송", "CJ Logistics international"),
    "lotte_global": _known("롯데글로벌", "Lotte Global"),
    "airboy": _known("에어보이익스프레스", "Airboy Express"),
    "apex": _known("APEX (ECMS Express)", "APEX (ECMS Express)"),
    "gsi": _known("GSI익스프레스", "GSI Express"),
    "gsm": _known("GSM NtoN", "GSM NtoN"),
    "i_parcel": _known("i-Parcel", "i-Parcel"),
    "kgl": _known("KGL 네트웍스", "KGL Networks"),
    "tpl": _known("TPL", "TPL"),
    "gps": _known("GPS LOGIX", "GPS LOGIX"),
    "qxpress": _known("큐익스프레스", "Qxpress"),
    "dhl": _known("DHL", "DHL"),
    "dhl_mail": _known("DHL Global Mail", "DHL Global Mail"),
    "fedex": _known("FedEx", "FedEx"),
    "ups": _known("UPS", "UPS"),
    "tnt": _known("TNT", "TNT"),
    "usps": _known("USPS", "USPS"),
    "ems": _known("EMS", "EMS"),
    "quick": _known("퀵서비스", "Quick service"),
    "direct": _known("직접 배송", "Own delivery"),
    "other": _known("기타 택배", "Another courier"),
}
"""By our own key, in the order in which pages offer them."""


def name_of(key: str) -> Text:
    """What pages call a courier; a key that nobody knows stands for itself."""
    known = COURIERS.get(key)
    return known.label if known else Text(key, key)
