"""What no source tells of 인터파크 and was composed after its own pattern; the practice world
serves it in the same words."""

from __future__ import annotations

from collections.abc import Mapping

from hanpan.api import Assumed, Text

# -- 오늘출발 기준정보 (§3: no call is known; §1.1 names services for it) -------------------------

DISPATCH_TODAY_METHODS = {
    "import": "getTodayDelvAPIData",
    "create": "insertTodayDelvAPIData",
    "update": "updateTodayDelvAPIData",
}
"""`_method` names on EntrDelvAPIService.do, spelled as those of the return address are."""

DISPATCH_TODAY_NO = "todayDelvNo"
DISPATCH_TODAY_ITEM: Mapping[str, str] = {
    "basis": "stdTime",
    "saturday": "satDelvYn",
    "saturday_basis": "satStdTime",
    "days_off": "offWeek",
    "dates_off": "offDts",
}
"""Our field: the element. Times are HHmm, days 1 (Monday) to 7, dates yyyyMMdd; by commas."""

# -- the return address and the bundle fee (§3) ----------------------------------------------------

ADDRESS_USE = "useYn"
"""§3 has it in the update; that the lookup tells the elements of the request too is composed."""
POLICY_DEFAULT = "defaultYn"
"""§3 has it in replies, with low confidence; that requests set it is composed."""

# -- refusals: §2.2 and §5.1 have the shapes, and hardly any code or text --------------------------

KEY_REFUSED = "인증키 또는 비밀키가 올바르지 않습니다"
URL_UNREACHABLE = "dataUrl 에 접근할 수 없습니다"
XML_UNREADABLE = "XML 을 읽을 수 없습니다"
"""Words of `error/explanation` on the product side."""

UNKNOWN_SELLER = "101"
NOT_APPROVED = "102"
NOT_UNDERSTOOD = "103"
"""`RESULT/CODE` on the order side."""

# -- which date a list goes by (§5 does not tell) --------------------------------------------------

LIST_DATES: Mapping[str, str] = {
    "orderListForSingle": "paid",
    "orderListDelvForSingle": "paid",
    "delvCompListForSingle": "shipped",
    "DelvArrCompListForSingle": "delivered",
    "orderCompListForSingle": "decided",
    "cnclNClmReqListForSingle": "requested",
    "clmListForSingle": "claimed",
}
"""New and confirmed lines go by the same date, so that what a window confirmed can be read back.
The plugin does not rely on it: it looks back over days once an hour (orders.FEEDS)."""

ASSUMED = (
    Assumed(
        calls=tuple(f"template.dispatch_today.{name}" for name in DISPATCH_TODAY_METHODS),
        text=Text(
            "오늘출발 기준정보를 다루는 호출은 자료에 없습니다. 인증키 용도에 조회·등록·수정이 "
            "있어 반품 배송지 호출의 꼴을 따라 지었습니다.",
            "No source shows a call for 오늘출발 rules. As keys are issued to read, create and "
            "change them, the calls were composed after those of the return address.",
        ),
    ),
    Assumed(
        calls=("template.return_address.import",),
        text=Text(
            "반품 배송지 조회는 이름(getEntrDelvAAPIData)만 알려져 있습니다. 응답은 등록할 때 "
            "보내는 항목과 같다고 보았습니다.",
            "Only the name of the lookup (getEntrDelvAAPIData) is known. Its answer is taken to "
            "hold what is sent to create an address.",
        ),
    ),
    Assumed(
        calls=("listing.search",),
        text=Text(
            "상품 목록조회는 알려져 있지만 전체 개수를 알려 주지 않습니다. 빈 페이지가 나올 때까지 "
            "판매상태마다 읽습니다.",
            "The list of products is known, but tells no total: it is read state by state until an "
            "empty page comes.",
        ),
    ),
    Assumed(
        calls=("listing.stock",),
        text=Text(
            "재고·판매상태 수정은 알려져 있습니다. 보낸 수량(saleLmtQty, prdOption의 수량)이 팔린 "
            "수를 뺀 남은 재고가 된다고 보았고, 바꾼 뒤 다시 읽어 확인합니다.",
            "The change of stock and state is known. The pieces that are sent (saleLmtQty, 수량 of "
            "prdOption) are taken to be what is left to sell; it is read back afterwards.",
        ),
    ),
    Assumed(
        calls=("listing.files",),
        text=Text(
            "판매자매니저 엑셀의 열 이름은 자료에 없습니다. 있을 만한 이름으로 찾고, 찾지 못한 "
            "열은 화면에서 고를 수 있습니다.",
            "The column names of 판매자매니저's file are in no source. They are looked for by "
            "likely names, and what is not found can be chosen by hand.",
        ),
    ),
    Assumed(
        calls=("template.bundle_fee.create", "template.bundle_fee.update"),
        text=Text(
            "등록과 수정은 알려져 있지만, 기본설정(defaultYn)을 요청에 넣는 것은 응답에서 미루어 "
            "지었습니다.",
            "Creating and changing are known; that a request may set the default (defaultYn) was "
            "concluded from the answers.",
        ),
    ),
    Assumed(
        calls=("channel.verify",),
        text=Text(
            "주문 API가 아직 승인되지 않았거나 업체 번호를 모를 때의 결과 코드(101, 102)는 지은 "
            "것입니다.",
            "The result codes (101, 102) for an order API that is not approved, and for an unknown "
            "seller, are composed.",
        ),
    ),
)
