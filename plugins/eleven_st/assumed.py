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
)
