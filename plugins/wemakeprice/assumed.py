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

ASSUMED = (
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
