"""A plugin's key-issuing guide: Markdown in, numbered steps out; its own HTML is shown as text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup

from core.contracts.text import Text
from web.i18n import tr


@dataclass(frozen=True)
class Guide:
    """`title` is the first heading, `body` everything below it."""

    title: str
    body: Markup


def read(text: Text | None) -> Guide | None:
    """The guide in the page's language; None where there is none."""
    if text is None:
        return None
    parser = MarkdownIt("commonmark", {"html": False})
    parser.add_render_rule("link_open", _link)
    tokens = parser.parse(str(tr(text)))
    title = ""
    if len(tokens) > 2 and tokens[0].type == "heading_open" and tokens[0].tag == "h1":
        title, tokens = tokens[1].content, tokens[3:]
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = "h3"  # the page has its h1, the tray its h2
    # What the guide itself holds is escaped by the renderer.
    return Guide(title, Markup(parser.renderer.render(tokens, parser.options, {})))


def _link(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any
) -> str:
    tokens[index].attrSet("rel", "noreferrer")
    return renderer.renderToken(tokens, index, options, env)
