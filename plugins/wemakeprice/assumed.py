"""Calls that no source confirms: what was composed, after what pattern, and why (§2, §5, §6, §14).

All of it is data, so that a mistake is mended here alone.
"""

from __future__ import annotations

from hanpan.api import Assumed, Text

POLICY_DELETE = "/product/in/setSellerShipPolicyDelete"
"""Sellers delete a policy in the guide; no source has the call. Writes are `/in/set…`; the body
is the number that the list gives: `{"shipPolicyNo": 1001}`, and `returnKey` is it again."""

ORDER_INFO = "/order/out/getOrderInfo"
"""The body `{"bundleNo": …}` is known (class GetOrderInfoRequest), the path follows the class.
It is taken to answer as the list does, with one bundle, and without lines that are cancelled
or returned whole."""

FURTHER_TYPES = ("SHIPPING", "COMPLETE")
"""배송중 and 배송완료 as `type` and `searchDateType` of the order list, beside NEW and CONFIRM; the
date is the one on which the bundle came into that state."""

CLAIM_LIST = "/claim/out/getClaimList"
"""The body is known, the path follows the naming rule. As the order list does, it is taken to go by
windows shorter than a day, and `searchDateType` to choose which date of the claim counts."""

OPTION_SAVE = "/product/in/setProductOption"
"""The body `{"productNo": …, "option": …}` is known, the path follows those of its neighbours
(setProductBasic, setProductSale)."""

OPTION_NO = "optionNo"
"""What order lines name an option by. That the rows of `option` tell it too is composed."""

NO_OPTION = "단품"
"""`optionName` of a product without options: no source tells what stands there."""

ASSUMED = (
    Assumed(
        calls=("listing.get",),
        text=Text(
            "상품 조회는 확인된 호출입니다. 옵션번호(optionNo)가 응답에 있다는 것은 주문에서 "
            "미루어 지었습니다.",
            "Reading a product is a known call. That its options carry their number (optionNo) was "
            "concluded from orders.",
        ),
    ),
    Assumed(
        calls=("listing.stock",),
        text=Text(
            "옵션이 없는 상품의 재고는 확인된 호출로 바꿉니다. 옵션별 재고를 바꾸는 호출은 보내는 "
            "값만 알려져 있고, 주소는 위메프의 이름 규칙대로 만들었습니다.",
            "The stock of a product without options is changed by a known call. Of the call for "
            "options only the body is known; its path was made after Wemakeprice's naming rule.",
        ),
    ),
    Assumed(
        calls=("listing.files",),
        text=Text(
            "파트너 2.0 엑셀의 열 이름은 자료에 없습니다. 있을 만한 이름으로 찾고, 찾지 못한 열은 "
            "화면에서 고를 수 있습니다.",
            "The column names of 파트너 2.0's files are in no source. They are looked for by "
            "likely names, and what is not found can be chosen by hand.",
        ),
    ),
    Assumed(
        calls=("template.shipping.delete",),
        text=Text(
            "배송 템플릿 삭제: 호출 주소를 위메프의 이름 규칙대로 만들었습니다.",
            "Deleting a shipping template: the path was made after Wemakeprice's naming rule.",
        ),
    ),
    Assumed(
        calls=("orders.changes",),
        text=Text(
            "신규주문과 상품준비중 목록은 확인된 호출입니다. 배송중과 배송완료 목록의 구분값은 "
            "확인되지 않았습니다.",
            "The lists of new and confirmed orders are known. What the lists of shipped and "
            "delivered ones are called is not.",
        ),
    ),
    Assumed(
        calls=("orders.get", "orders.confirm.readback"),
        text=Text(
            "배송번호 하나를 읽는 호출: 보내는 값은 알려져 있고 주소와 응답은 확인되지 않았습니다.",
            "Reading one bundle: what is sent is known, its path and answer are not.",
        ),
    ),
    Assumed(
        calls=("orders.claims",),
        text=Text(
            "취소·반품·교환 목록: 보내는 값과 응답은 알려져 있고 주소는 확인되지 않았습니다. 보류, "
            "거부, 완료를 따로 부르는 값도 알려지지 않았습니다.",
            "The list of cancels, returns and exchanges: request and answer are known, the path is "
            "not, nor what held, rejected and completed claims are called.",
        ),
    ),
)
