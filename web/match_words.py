"""What an option is made of in words: how it was matched, and where the number on sale stands."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _

from core import registry
from core.contracts.text import Text
from core.ledger import kinds
from core.ledger.stops import stopped_by
from core.models import Channel
from core.services import catalogue_list, job_words
from core.services.explain import Explained
from core.services.kind_names import PUSH
from core.services.push_rows import is_due, is_refused
from web import channel_state
from web.i18n import ago, tr

Entry = dict[str, Any]


def how_word(how: str) -> str:
    """How a match came about."""
    words = {
        "own_code": _("자체상품코드가 같아서"),
        "our_code": _("고유상품코드가 같아서"),
        "learnt": _("전에 연결한 대로"),
        "hand": _("직접"),
        "made": _("SKU를 만들어서"),
        "stands": _("연결됨"),
    }
    return str(words.get(how, how))


def called(sku: Any) -> str:
    """A SKU as it is named in a line of text: name, option and code."""
    return f"{catalogue_list.called(sku)} ({sku.own_code or sku.our_code})"


def row_of(one: Explained, known: dict[str, Channel]) -> Entry:
    """An option as lists of linked listings draw it."""
    channel = known[one.listing.channel_id]
    return {
        "one": one,
        "channel": channel,
        "market": channel_state.market_of(channel.marketplace),
        "push": push_of(one, channel),
        "sums": sums_of(one),
        "sent": sent_of(one),
        "how": how_word(one.match.how) if one.match is not None else "",
    }


def sums_of(one: Explained) -> list[str]:
    """How the pieces of an option follow from its SKUs, a line for each."""
    found = []
    for part in one.made:
        sku = part.sku
        name = catalogue_list.called(sku)
        if sku.archived_at is not None:
            found.append(_("%(name)s: 보관돼 있어 0개", name=name))
        elif not sku.on_sale:
            found.append(_("%(name)s: 판매중지라 0개", name=name))
        else:
            told = {
                "name": name,
                "on_hand": f"{sku.on_hand:,}",
                "reserved": f"{sku.reserved:,}",
                "buffer": f"{sku.buffer:,}",
                "left": f"{sku.available:,}",
            }
            sum_ = _(
                "%(name)s: 재고 %(on_hand)s − 주문 중 %(reserved)s − 안전재고 %(buffer)s"
                " = %(left)s개",
                **told,
            )
            if part.quantity != 1:
                many = {"each": f"{part.quantity:,}", "pieces": f"{part.pieces:,}"}
                sum_ += " · " + _("%(each)s개씩이라 %(pieces)s개", **many)
            found.append(sum_)
    return [str(text) for text in found]


def sent_of(one: Explained) -> str:
    """Which stock was sent last, and when, where another would be sent now; else ""."""
    if one.push is None or one.wanted is None or one.wanted == one.pieces:
        return ""
    pieces = f"{one.wanted:,}"
    if is_due(one.push):
        return str(_("보낼 재고 %(n)s개", n=pieces))
    if is_refused(one.push):
        return str(_("보내지 못한 재고 %(n)s개", n=pieces))
    if one.push.done_at is None:
        return ""
    return str(_("마지막으로 보낸 재고 %(n)s개 (%(ago)s)", n=pieces, ago=ago(one.push.done_at)))


def push_of(one: Explained, channel: Channel) -> Entry:
    """Where the channel's number stands: {tone, icon, word} of the macro `sx`, and `text`: why."""
    stands, text = _standing(one, channel)
    tones = {
        "sent": ("ok", "circle-check", _("보냄")),
        "waits": ("flow", "clock", _("보낼 차례")),
        "held": ("off", "player-pause", _("멈춤")),
        "refused": ("bad", "alert-circle", _("거절")),
        "off": ("off", "link-off", _("연동 안함")),
    }
    tone, icon, word = tones[stands]
    return {"tone": tone, "icon": icon, "word": str(word), "text": str(text)}


def _standing(one: Explained, channel: Channel) -> tuple[str, str]:
    push = one.push
    if one.listing.gone_at is not None:
        return "off", _("판매채널에서 더 이상 알려 주지 않는 상품입니다.")
    cannot = _cannot(channel.marketplace)
    if cannot is not None:
        return "off", tr(cannot)
    if not one.listing.stock_linked:
        return "off", _("이 상품의 재고연동이 꺼져 있어 보내지 않습니다.")
    if channel.archived_at is not None:
        return "off", _("보관한 채널이라 보내지 않습니다.")
    if push is None or one.wanted is None:
        return "off", _("아직 보낸 적이 없습니다.")
    if is_refused(push):
        return "refused", tr(push.reason) or _("판매채널이 받지 않았습니다.")
    if not is_due(push):
        if push.done_at is None:
            return "sent", _("그대로 두었습니다.")
        return "sent", _("%(ago)s 보냈습니다.", ago=ago(push.done_at))
    kind = kinds.get(PUSH)
    why = stopped_by(channel, kind) if kind is not None else None
    if why is not None:
        return "held", tr(job_words.HELD.get(why, job_words.HELD["paused"]))
    return "waits", _("%(ago)s부터 차례를 기다립니다.", ago=ago(push.wanted_at))


def _cannot(marketplace: str) -> Text | None:
    """Why no stock is sent to this marketplace at all, or None."""
    sync = registry.current().products.get(marketplace)
    if sync is not None and sync.stock is not None:
        return None
    told = sync.why_not.get("stock") if sync is not None else None
    return told or Text(
        "이 판매채널로는 재고를 보낼 수 없습니다.", "No stock can be sent to this marketplace."
    )
