"""플러그인: what each plugin offers, and which are left out and why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response
from flask_babel import gettext as _

from core import registry
from core.registry import Loaded, Registry
from web import matrix
from web.i18n import tr
from web.render import page

plugins = Blueprint("plugins", __name__)


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
    markets = [found.marketplaces[key] for key in plugin.marketplaces]
    return {
        "name": plugin.name,
        "version": plugin.version,
        "source": plugin.source,
        "markets": markets,
        "matrix": matrix.of(markets),
        "offers": [offer for key in plugin.marketplaces for offer in _offers(found, key, plugin)],
    }


def _offers(found: Registry, key: str, plugin: Loaded) -> Iterator[tuple[str, str]]:
    """What can be done with a marketplace, each as a label and the words for it."""
    name = f"{tr(found.marketplaces[key].label)} · " if len(plugin.marketplaces) > 1 else ""
    for label, kinds in (
        (_("클레임"), found.claims),
        (_("문의"), found.inquiries),
        (_("정산"), found.settlements),
    ):
        if key in kinds:
            yield name + label, _("있음")
    yield name + _("연습 서버"), _("있음") if key in found.sandboxes else _("없음")
