"""Files of orders, uploaded where products belong: recognised by the people that they are about."""

from __future__ import annotations

import re
from collections.abc import Iterable

from core.contracts.text import Text
from core.files import headers
from core.files.reading import FileRefused
from core.files.told import Found, Look

ORDERS = Text(
    "상품이 아니라 주문 파일로 보입니다. 구매자 정보가 들어 있어 올린 파일을 바로 지웠습니다. "
    "판매자센터에서 상품 목록을 내려받아 올려 주세요. 주문은 한판이 판매채널에서 직접 가져옵니다.",
    "This looks like a file of orders, not of products. As buyers' data is in it, the upload was "
    "deleted at once. Download the list of products from the seller office and upload that. "
    "Orders are read from the marketplace by Hanpan itself.",
)

_PERSON = re.compile(
    r"(수취인|수취자|수령인|수령자|받는(사람|분|이)|구매자|주문자|주문인|주문하신분|보내는(사람|분)"
    r"|orderer|buyer|receiver|recipient)"
    r"(명|이름|성명|성함|id|아이디|연락처|전화|전화번호|휴대폰|휴대폰번호|휴대전화|핸드폰|주소"
    r"|이메일|우편번호|name|phone|tel|address)?[0-9]?"
)
_ORDER = re.compile(
    r"(상품)?주문번호|주문일시?|결제일시?|배송지|배송지주소|배송주소|배송메[시세]지|배송요청사항"
    r"|(운)?송장번호|통관번호|개인통관고유부호|orderno|ordernumber|shippingaddress"
)


def refuse_look(look: Look) -> None:
    """Raise FileRefused where one of the first rows of a sheet heads a table of orders."""
    for sheet in look.sheets:
        for row in sheet.rows:
            _refuse(row)


def refuse_found(found: Found) -> None:
    """Raise FileRefused where a header that was read is that of a table of orders."""
    _refuse([*found.headers.values(), *found.unknown, *found.twice])


def _refuse(texts: Iterable[str]) -> None:
    keys = {headers.bare_key_of(text) for text in texts if text}
    people = sum(_PERSON.fullmatch(key) is not None for key in keys)
    if people >= 2 or (people and any(_ORDER.fullmatch(key) for key in keys)):
        raise FileRefused(ORDERS)
