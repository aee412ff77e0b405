"""SKU 하나: its stock and what moved it, who waits for it, where it is sold and why so many."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flask import Response, abort, redirect, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from core import clock
from core.contracts.text import Text
from core.fields import clean
from core.models import Channel, Sku
from core.services import (
    catalogue,
    catalogue_list,
    explain,
    oversold,
    push_forecast,
    runple,
    sku_fields,
    stock,
    thumbnails,
)
from core.services.outcome import Wrong
from web import channel_state, forecasts, line_words, match_words, sessions
from web.access import row
from web.database import db
from web.forms import new_submission, submission
from web.pages.skus import skus
from web.render import note, page

MOVES = 100
WAITING = 50


@skus.get("/<id>")
def show(id: str) -> Response:
    """Show a SKU with its stock, what moved it, who waits for it and where it is sold."""
    return _show(row())


def _show(
    named: Sku,
    *,
    errors: Mapping[str, Text] | None = None,
    typed_in: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    session = db.session()
    session.rollback()
    sku = catalogue_list.get(session, named.id)
    known = {channel.id: channel for channel in session.scalars(select(Channel))}
    waiting = oversold.waiting_for(session, sku.id, WAITING)
    moves = stock.moves(session, sku.id, MOVES)
    return page(
        "skus/show.html",
        status=status,
        sku=sku,
        others=catalogue_list.beside(session, sku),
        linked=[match_words.row_of(one, known) for one in explain.of_sku(session, sku.id)],
        waiting=[
            {
                "held": held,
                "market": channel_state.market_of(known[held.line.channel_id].marketplace),
                "channel": known[held.line.channel_id],
                "state": line_words.state_of(held.line),
            }
            for held in waiting
        ],
        most_waiting=WAITING,
        moves=[{"move": move, "who": line_words.person(move.who)} for move in moves],
        most=MOVES,
        with_runple=runple.is_used(session),
        picture=thumbnails.of(session, [sku.image]).get(sku.image),
        errors=errors or {},
        typed={"on_hand": str(sku.on_hand), "why": "manual", "returned": "", **(typed_in or {})},
        submission=new_submission(),
    )


@skus.post("/<id>/count")
def count(id: str) -> AnyResponse:
    """Take down how many pieces somebody counted, and why."""
    mark = submission()
    if mark is None:
        abort(400)
    seen = request.form.get("seen", "")
    number = int(seen) if re.fullmatch(r"-?[0-9]{1,11}", seen) else -1
    told = {name: request.form.get(name, "") for name in ("on_hand", "why")}
    cleaned, now = clean([sku_fields.ON_HAND], told), row().on_hand
    asking = None
    if not cleaned.problems and number == now:
        given = {"on_hand": cleaned.values["on_hand"]}
        asking = _forecast(id, given, _("재고를 고칠까요?"), _("이대로 고치기"))
    if asking is not None:
        return asking
    try:
        news = catalogue.count_stock(id, told, sessions.actor(), seen=number, key=mark)
    except Wrong as wrong:
        return _show(row(), errors=wrong.fields, typed_in=told, status=422)
    note("ok", _("재고를 고쳤습니다.") if news else _("재고가 그대로입니다."))
    return redirect(url_for("skus.show", id=id), code=303)


@skus.post("/<id>/return")
def take_back(id: str) -> AnyResponse:
    """Take down pieces that came back and can be sold again."""
    mark = submission()
    if mark is None:
        abort(400)
    told = {"returned": request.form.get("returned", "")}
    cleaned = clean([sku_fields.RETURNED], told)
    if not cleaned.problems and not stock.is_told(db.session(), id, f"{mark}:back"):
        given = {"on_hand": row().on_hand + cleaned.values["returned"]}
        asking = _forecast(id, given, _("재고에 더할까요?"), _("재고에 더하기"))
        if asking is not None:
            return asking
    try:
        catalogue.take_back(id, told, sessions.actor(), key=f"{mark}:back")
    except Wrong as wrong:
        return _show(row(), errors=wrong.fields, typed_in=told, status=422)
    note("ok", _("들어온 수량을 재고에 더했습니다."))
    return redirect(url_for("skus.show", id=id), code=303)


@skus.post("/<id>/image")
def image_again(id: str) -> AnyResponse:
    """Have the picture of a SKU fetched once more."""
    named: Sku = row()
    thumbnails.try_again(named.image)
    note("ok", _("이미지를 다시 가져옵니다."))
    return redirect(url_for("skus.show", id=id), code=303)


def _forecast(id: str, given: Mapping[str, Any], title: str, button: str) -> Response | None:
    """What would be sent if the SKU had these values, before it has them."""
    return forecasts.ask(
        push_forecast.of_skus(db.session(), {id: given}),
        title=title,
        button=button,
        back=url_for("skus.show", id=id),
        nav="skus",
    )


@skus.post("/<id>/archive")
def archive(id: str) -> AnyResponse:
    """Put a SKU away; what linked listings would show then is looked at first."""
    asking = _forecast(id, {"archived_at": clock.now()}, _("SKU를 보관할까요?"), _("보관하기"))
    if asking is not None:
        return asking
    catalogue.archive([id], sessions.actor())
    note("ok", _("보관했습니다. 목록의 [보관됨]에서 다시 꺼낼 수 있습니다."))
    return redirect(url_for("skus.show", id=id), code=303)


@skus.post("/<id>/revive")
def revive(id: str) -> AnyResponse:
    """Take a SKU out again; what linked listings would show then is looked at first."""
    asking = _forecast(id, {"archived_at": None}, _("SKU를 다시 꺼낼까요?"), _("다시 꺼내기"))
    if asking is not None:
        return asking
    catalogue.archive([id], sessions.actor(), away=False)
    note("ok", _("다시 꺼냈습니다."))
    return redirect(url_for("skus.show", id=id), code=303)
