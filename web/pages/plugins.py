"""플러그인: what each plugin offers, and which are left out and why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response
from flask_babel import gettext as _

from core import registry
from core.contracts.template import Capability, TemplateType
from core.contracts.text import Text
from core.registry import Loaded, Registry
from web.i18n import tr
from web.render import page

plugins = Blueprint("plugins", __name__)

CAPABILITIES = (
    (Capability.IMPORT, Text("가져오기", "import")),
    (Capability.CREATE, Text("등록", "create")),
    (Capability.UPDATE, Text("수정", "update")),
    (Capability.DELETE, Text("삭제", "delete")),
)
CALLS = (
    ("changes", Text("수집", "collect")),
    ("confirm", Text("발주확인", "confirm")),
    ("dispatch", Text("발송처리", "dispatch")),
    ("delay", Text("발송지연", "delay")),
    ("refuse", Text("판매거부", "refuse")),
)


@plugins.get("/plugins")
def index() -> Response:
    """List the plugins that are in use and those that were left out."""
    found = registry.current()
    return page(
        "plugins/index.html",
        plugins=[_shown(found, plugin) for plugin in found.plugins],
        problems=found.problems,
    )


def _shown(found: Registry, plugin: Loaded) -> dict[str, Any]:
    return {
        "name": plugin.name,
        "version": plugin.version,
        "source": plugin.source,
        "markets": [found.marketplaces[key] for key in plugin.marketplaces],
        "offers": [offer for key in plugin.marketplaces for offer in _offers(found, key, plugin)],
    }


def _offers(found: Registry, key: str, plugin: Loaded) -> Iterator[tuple[str, str]]:
    """What can be done with a marketplace, each as a label and the words for it."""
    name = f"{tr(found.marketplaces[key].label)} · " if len(plugin.marketplaces) > 1 else ""
    templates = [_template(item) for item in found.templates_of(key)]
    yield name + _("템플릿"), ", ".join(templates) or _("없음")
    yield name + _("주문"), _orders(found, key)
    for label, kinds in (
        (_("상품"), found.products),
        (_("클레임"), found.claims),
        (_("문의"), found.inquiries),
        (_("정산"), found.settlements),
    ):
        if key in kinds:
            yield name + label, _("있음")
    yield name + _("연습 서버"), _("있음") if key in found.sandboxes else _("없음")


def _template(item: TemplateType) -> str:
    can = [tr(word) for capability, word in CAPABILITIES if capability in item.capabilities]
    return f"{tr(item.label)} ({'·'.join(can)})"


def _orders(found: Registry, key: str) -> str:
    sync = found.orders.get(key)
    if sync is None:
        return str(_("없음"))
    return "·".join(tr(word) for name, word in CALLS if getattr(sync, name) is not None)
