"""연동설정 as the page of a channel offers it: what can be switched, and why the rest cannot."""

from __future__ import annotations

from flask_babel import gettext as _

from core import registry
from core.contracts.product import ProductSync
from core.contracts.text import Text
from core.models import Channel
from core.services import channels
from web.database import db
from web.i18n import tr

CONFIRM = {
    "manual": Text("수동: 주문 목록에서 직접", "By hand, from the order list"),
    "auto": Text("자동: 수집하면 바로", "By itself, as soon as collected"),
    "runple": Text("런플상품발주: 런플상품만 자동으로", "By itself, Runple SKUs only"),
}
TAKING = {
    "manual": Text("수동: 누를 때만 가져오기", "By hand, only when it is pressed"),
    "auto": Text("자동: 수집할 때마다 가져오기", "By itself, with each collection"),
}


def confirm_modes(channel: Channel) -> list[tuple[str, Text]]:
    """The modes that the marketplace offers; none where there is nothing to confirm."""
    taking = registry.current().taking(channel.marketplace) is not None
    words = TAKING if taking else CONFIRM
    modes = channels.confirm_modes(db.session(), channel.marketplace)
    return [(mode, words[mode]) for mode in modes]


def services(channel: Channel) -> set[str]:
    """The switches that stop something today: a kind of work stands under each."""
    known = registry.current()
    key = channel.marketplace
    sync = known.products.get(key)
    found = {"on_product"} if known.templates_of(key) or sync is not None else set()
    if sync is not None and (sync.stock or sync.status or sync.display):
        found.add("on_stock")
    return found | ({"on_order"} if key in known.orders else set())


def later(channel: Channel) -> list[tuple[str, str]]:
    """What cannot be switched here, each with the reason."""
    soon = str(_("다음 판에 들어옵니다"))
    sync = registry.current().products.get(channel.marketplace)
    found = [(_("CS API"), soon)]
    if "on_stock" not in services(channel):
        found.append((_("진열·판매상태·재고"), _why(sync, "stock") or soon))
    if not channels.sale_periods(channel.marketplace):
        found.append((_("판매기간 자동연장"), _why(sync, "extend") or soon))
    return found


def _why(sync: ProductSync | None, part: str) -> str:
    """Why a marketplace does not offer this, "" where nothing is known of it."""
    why = sync.why_not.get(part) if sync is not None else None
    return str(tr(why)) if why is not None else ""
