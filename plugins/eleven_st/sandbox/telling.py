"""An order line as each list writes it (§6.2) and a claim as the claim lists do (§7)."""

from __future__ import annotations

from typing import Any

from hanpan.api import person
from plugins.eleven_st.sandbox.goods import MAIN, goods_of
from plugins.eleven_st.sandbox.wire import encoded, row, when

Line = dict[str, Any]
FEE_PERCENT = 0.12
STORE = "한판연습상점"
STATE_NAMES = {
    "102": "입금대기",
    "200": "배송지입력대기",
    "202": "결제완료",
    "301": "배송준비중",
    "401": "배송중",
    "501": "배송완료",
    "601": "클레임진행중",
    "701": "취소처리중",
    "901": "구매확정",
    "A01": "반품완료",
    "B01": "주문취소",
    "C01": "수취확인후주문취소",
}


def told(line: Line, name: str) -> bytes:
    """The line as a row of the list of that name."""
    leaves = _TELLERS[name](line) | line.get("set", {})
    return encoded(row("order", leaves))


def told_state(line: Line) -> bytes:
    """The line as a row of `orderlistall`: no buyer, no seller's own product code (§6.2)."""
    goods, option = goods_of(line)
    leaves = {
        **_number(line),
        "dlvNo": line["dlv"],
        "ordCnQty": line.get("cancelled", 0),
        "ordPrdStatNm": STATE_NAMES.get(state_of(line), "알 수 없음"),
        "ordPrdStat": state_of(line),
        "ordQty": line.get("qty", 1),
        "prdNm": goods.name,
        "prdNo": goods.number,
        "sellerID": "hanpan_practice",
        "referSeq": line["seq"],
        "sellerStockCd": option.code if option else "",
        "selFee": f"{int(amount(line) * FEE_PERCENT):,}",
        "stlPlnAmt": f"{int(amount(line) * (1 - FEE_PERCENT)):,}",
    }
    if line.get("invoice"):
        leaves["invcNo"] = line["invoice"]
    return encoded(row("order", leaves | line.get("set_state", {})))


def state_of(line: Line) -> str:
    """The line's ordPrdStat; a plain paid line has none of its own."""
    return str(line.get("state", "202"))


def amount(line: Line) -> int:
    """What the line comes to (won), without delivery."""
    goods, option = goods_of(line)
    left = line.get("qty", 1) - line.get("cancelled", 0) - line.get("returned", 0)
    return int((goods.price + (option.extra if option else 0)) * left)


def _number(line: Line) -> Line:
    return {"ordNo": line["order"], "ordPrdSeq": line["seq"]}


def _common(line: Line) -> Line:
    goods, option = goods_of(line)
    fee = line.get("fee", 0)
    main = MAIN[line["of"]].number if "main" in line else "0"
    told: Line = {
        **_number(line),
        "addPrdNo": main,
        "addPrdYn": "Y" if "main" in line else "N",
        "bndlDlvSeq": str(line["dlv"])[-7:],
        "bndlDlvYN": "Y" if line.get("bundled") else "N",
        "custGrdNm": "VIP" if line["buyer"] % 3 else "null",
        "dlvCst": fee,
        "dlvCstType": "01" if fee else "03",
        "bmDlvCst": 0,
        "dlvNo": line["dlv"],
        "gblDlvYn": "Y" if line.get("worldwide") else "N",
        "ordAmt": amount(line),
        "ordDt": when(line["ordered"]),
        "ordOptWonStl": option.extra if option else 0,
        "ordPayAmt": amount(line) + fee - goods.off * line.get("qty", 1),
        "ordQty": line.get("qty", 1),
        "ordStlEndDt": when(line.get("paid") or line["ordered"]),
        "prdNm": goods.name,
        "prdNo": goods.number,
        "prdStckNo": option.stock if option else goods.stock,
        "referSeq": line["seq"],
        "selPrc": goods.price,
        "sellerDscPrc": goods.off * line.get("qty", 1),
        "sellerPrdCd": goods.code,
        "sellerStockCd": option.code if option else "",
        "sendGiftYn": "N",
        "slctPrdOptNm": f"{option.text}-{line.get('qty', 1)}개" if option else "",
        "visitDlvYn": "N",
    }
    if line.get("due"):
        told["dlvSndDue"] = when(line["due"])
    if line.get("odd"):
        # Fields and characters that no document names: clients must pass over them.
        told |= {"practiceNewField": "1", "giftCd": "\x1fNEW"}
    return told | _people(line)


def _people(line: Line) -> Line:
    receiver: int = line["receiver"] if "receiver" in line else line["buyer"]
    buyer, to = person(line["buyer"]), person(receiver)
    return {
        "memID": buyer.login,
        "memNo": buyer.number,
        "ordNm": buyer.name,
        "ordTlphnNo": "",
        "ordPrtblTel": buyer.phone,
        "ordMailNo": buyer.postcode,
        "ordBaseAddr": buyer.address,
        "ordDtlsAddr": buyer.detail,
        "rcvrNm": to.name,
        "rcvrTlphn": "null",
        "rcvrPrtblNo": to.phone,
        "rcvrMailNo": to.postcode,
        "rcvrMailNoSeq": "",
        "rcvrBaseAddr": to.address,
        "rcvrDtlsAddr": to.detail,
        "typeAdd": "02",
        "ordDlvReqCont": to.note or "null",
        "psnCscUniqNo": "null",
    }


def _packaging(line: Line) -> Line:
    return _common(line) | {
        "plcodrCnfDt": when(line.get("confirmed") or line["ordered"]),
        "stlPlnAmt": int(amount(line) * (1 - FEE_PERCENT)),
        "ordPayAmtPerSeq": amount(line),
    }


def _sent(line: Line) -> Line:
    return {
        "dlvEtprsCd": line.get("courier", "null"),
        "invcNo": line.get("invoice", "null"),
        "sndEndDt": when(line.get("sent") or line["ordered"]),
    }


def _shipping(line: Line) -> Line:
    return _sent(line) | _number(line)


def _delivered(line: Line) -> Line:
    arrived = {"dlvEndDt": when(line.get("arrived") or line["ordered"]), "dlvMthdCd": "01"}
    return _common(line) | _sent(line) | arrived | {"ordId": line["order"]}


def _decided(line: Line) -> Line:
    common = _common(line)
    kept = (
        "dlvCst", "memNo", "ordAmt", "ordNo", "ordPrdSeq", "ordQty", "prdNm", "sellerPrdCd",
        "slctPrdOptNm", "gblDlvYn", "ordDt", "prdNo", "ordPayAmt", "referSeq", "sellerStockCd",
        "sendGiftYn",
    )  # fmt: skip
    decided = {"atmtBuyCnfrmYN": "N", "pocnfrmDt": when(line.get("decided") or line["ordered"])}
    return {name: common[name] for name in kept} | decided


def _single(line: Line) -> Line:
    told = _packaging(line) | {"ordCnQty": line.get("cancelled", 0)}
    told["lstDlvCst"] = told.pop("dlvCst")
    return told


_TELLERS = {
    "standby": _common,
    "delvplacestandby": _common,
    "complete": lambda line: _common(line) | {"engNm": "", "gifeser": "0"},
    "packaging": _packaging,
    "shipping": _shipping,
    "dlvcompleted": _delivered,
    "completed": _decided,
    "single": _single,
}


def told_claim(line: Line, claim: Line, name: str) -> bytes:
    """The claim as a row of the claim list of that name."""
    teller = _cancel if claim["kind"] == "cancel" else _return
    return encoded(row("order", teller(line, claim) | _ended(claim, name)))


def _cancel(line: Line, claim: Line) -> Line:
    goods, option = goods_of(line)
    return {
        **_number(line),
        "createDt": when(claim["at"]),
        "dlvNo": line["dlv"],
        "ordCnDtlsRsn": "다른 상품으로 다시 구매",
        "ordCnMnbdCd": "01",
        "ordCnQty": claim["qty"],
        "ordCnRsnCd": claim["reason"],
        "ordCnStatCd": "02" if claim["state"] == "done" else "01",
        "ordPrdCnSeq": claim["id"],
        "prdNo": goods.number,
        "slctPrdOptNm": option.text if option else "null",
        "referSeq": line["seq"],
    }


def _return(line: Line, claim: Line) -> Line:
    goods, option = goods_of(line)
    buyer = person(line["buyer"])
    told: Line = {
        **_number(line),
        "affliateBndlDlvSeq": "0",
        "clmReqCont": "사이즈가 맞지 않아요",
        "clmReqQty": claim["qty"],
        "clmReqRsn": claim["reason"],
        "clmReqSeq": claim["id"],
        "clmStat": claim["stat"],
        "optName": option.text if option else "null",
        "prdNo": goods.number,
        "reqDt": when(claim["at"]),
        "ordNm": buyer.name,
        "ordTlphnNo": "null",
        "ordPrtblTel": buyer.phone,
        "rcvrMailNo": buyer.postcode,
        "rcvrBaseAddr": buyer.address,
        "rcvrDtlsAddr": buyer.detail,
        "twMthd": "06",
        "clmLstDlvCst": "6,000",
        "clmDlvCstMthd": "null",
        "twPrdInvcNo": "null",
    }
    if claim["kind"] == "exchange":
        told |= {"exchNm": buyer.name, "exchPrtblTel": buyer.phone, "exchBaseAddr": buyer.address}
    return told


def _ended(claim: Line, name: str) -> Line:
    if claim["state"] != "done":
        return {}
    key = "cnTrtEndDt" if name == "canceledorders" else "trtEndDt"
    return {key: when(claim["done"]), "addDlvCst": "0", "dlvCstRespnClf": "01"}
