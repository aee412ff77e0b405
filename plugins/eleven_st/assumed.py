"""What no source confirms of 11번가: the composed wire as data, and why. 확인 안 됨."""

from __future__ import annotations

from hanpan.api import Assumed, Text

OVERSEAS_LIST = "out"
OVERSEAS_KIND = "global"
"""§3 has a single read of a 해외 출고지 and no list of them. `getOutAddrBasiDlvCst` tells 국내
and 해외 apart beside a number of one kind, so they are taken to stand in the list of 출고지
under numbers of that list; a row there that `getOutAddressInfo` does not tell is asked of
`getGlobalOutAddress`."""

ASSUMED = (
    Assumed(
        calls=("template.address.import",),
        text=Text(
            "해외 출고지의 목록 조회는 11번가 안내에 없습니다. 출고지 목록에 함께 있고, 국내 "
            "출고지로 조회되지 않으면 해외 출고지라고 보았습니다. 국내 출고지와 반품/교환지는 "
            "확인된 호출입니다.",
            "11st documents no list of overseas addresses. They are taken to stand in the list of "
            "outbound addresses: one that cannot be read as a domestic address is read as an "
            "overseas one. Domestic outbound and return addresses are confirmed calls.",
        ),
    ),
    Assumed(
        calls=("listing.search",),
        text=Text(
            "상품 찾기는 확인된 호출입니다. 기간의 날짜를 어떻게 적는지는 자료에 없어 주문 조회와 "
            "같은 12자리로 보냅니다.",
            "The search is a known call. How the days of a period are written is not: they are "
            "sent as 12 digits, as those of order lists are.",
        ),
    ),
    Assumed(
        calls=("listing.files",),
        text=Text(
            "셀러오피스 엑셀의 열 이름은 자료에 없습니다. 있을 만한 이름으로 찾고, 찾지 못한 열은 "
            "화면에서 고를 수 있습니다.",
            "The column names of the seller office's file are in no source. They are looked for by "
            "likely names, and what is not found can be chosen by hand.",
        ),
    ),
)
