"""What notices say: a title and a text for every kind, filled with a notice's own words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.contracts.text import Text
from core.models import Notice


@dataclass(frozen=True)
class Kind:
    """What a kind of notice says. `title` and `text` take the notice's words; `good` is news
    that asks for nothing."""

    title: Text
    text: Text
    good: bool = False


KINDS: Mapping[str, Kind] = {
    "needs_you": Kind(
        Text("{store} 채널이 멈췄습니다", "The channel {store} has stopped"),
        Text(
            "{why} 고칠 때까지 이 채널의 주문이 들어오지 않습니다. 판매채널에서 열어 주세요.",
            "{why} Until it is mended no orders of this channel come in. Open it in Hanpan.",
        ),
    ),
    "late": Kind(
        Text("{store} 주문이 들어오지 않고 있습니다", "No orders come in from {store}"),
        Text(
            "수집이 30분 넘게 되지 않았습니다. 한판의 작업에서 이유를 확인해 주세요.",
            "It has not been collected for over half an hour. Hanpan's job list says why.",
        ),
    ),
    "review": Kind(
        Text("{store} 채널에 결정할 작업이 있습니다", "A job of {store} waits for your decision"),
        Text(
            "판매채널에 처리되었는지 알 수 없는 작업이 {n}건 있습니다. 판매자센터에서 확인하고 "
            "한판의 작업에서 결정해 주세요.",
            "Of {n} job(s) it is not known whether the marketplace did them. Look in the seller "
            "centre, then decide in Hanpan's job list.",
        ),
    ),
    "oversold": Kind(
        Text("{name} 초과판매", "{name} is oversold"),
        Text(
            "재고보다 {n}개 더 팔렸습니다. 재고를 채우거나, 보낼 수 없는 주문은 판매자센터에서 "
            "취소해 주세요. 초과판매된 상품은 한판의 상품 › 초과판매에 모두 있습니다.",
            "{n} more were sold than are in stock. Restock, or cancel what cannot be sent in the "
            "seller centre. Hanpan lists all of them among the SKUs as oversold.",
        ),
    ),
    "granted": Kind(
        Text("{store} 채널이 승인되었습니다", "{store} has been approved"),
        Text(
            "기다리던 API가 승인되어 주문 수집을 시작했습니다.",
            "The API that was waited for is approved; collecting orders has begun.",
        ),
        good=True,
    ),
    "expires": Kind(
        Text(
            "{store} 채널의 키가 {n}일 안에 끝납니다", "The keys of {store} end within {n} day(s)"
        ),
        Text(
            "{day}에 만료됩니다. 판매자센터에서 새 키를 발급받아 채널 정보에 넣어 주세요.",
            "They end on {day}. Have new ones issued and give them under the channel's details.",
        ),
    ),
}


def said(notice: Notice) -> tuple[Text, Text]:
    """The title and the text of a notice."""
    kind = KINDS.get(notice.kind)
    if kind is None:
        return Text(notice.kind, notice.kind), Text("", "")
    return _filled(kind.title, notice.words), _filled(kind.text, notice.words)


def _filled(text: Text, words: Mapping[str, Any]) -> Text:
    def in_(language: str) -> dict[str, Any]:
        return {
            name: value[language] if isinstance(value, dict) else value
            for name, value in words.items()
        }

    return Text(text.ko.format(**in_("ko")), text.en.format(**in_("en")).strip())
