"""상품: the list of SKUs, and the forms that make and change them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, abort, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from core.contracts.text import Text
from core.fields import Field, clean
from core.services import (
    catalogue,
    catalogue_edits,
    catalogue_list,
    push_forecast,
    runple,
    sku_export,
    sku_fields,
    thumbnails,
)
from core.services.catalogue_edits import IN_LIST, Edit, Edited
from core.services.catalogue_list import Wanted
from core.services.outcome import Wrong
from core.services.push_forecast import Forecast
from web import cards, forecasts, paging, sessions
from web.access import row
from web.database import db
from web.forms import Form, blank, new_submission, submission, typed, whole
from web.render import note, page

skus = Blueprint("skus", __name__, url_prefix="/skus")

SIZE = 50
PUBLISHED = (sku_fields.ON_SALE, sku_fields.DISPLAYED, sku_fields.ON_HAND, sku_fields.BUFFER)
"""What the list changes that reaches the marketplaces."""


# -- the list -------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the list was asked for, and whether its rows are to be changed."""

    wanted: Wanted
    edit: bool = False

    @property
    def params(self) -> dict[str, str]:
        """The arguments that name it."""
        wanted = self.wanted
        told = {"view": wanted.view, "q": wanted.find, "sort": wanted.sort}
        told["edit"] = "1" if self.edit else ""
        return {name: value for name, value in told.items() if value}

    @property
    def plain(self) -> bool:
        """True when nothing narrows the list."""
        return not (self.wanted.view or self.wanted.find)

    def address(self, **changed: str) -> str:
        """The list with some arguments changed ("" leaves one out); it begins at the top."""
        told: dict[str, Any] = {**self.params, **changed}
        return url_for("skus.index", **{name: value for name, value in told.items() if value})


def asked_of(source: Mapping[str, str]) -> Asked:
    """Read what is asked for; what is not one of its values is left out."""
    view, sort = source.get("view", ""), source.get("sort", "")
    find = " ".join(source.get("q", "").replace("\x00", " ").split())
    wanted = Wanted(
        view=view if view in catalogue_list.VIEWS else "",
        find=find[: catalogue_list.LONGEST],
        sort=sort if sort in catalogue_list.SORTS else "",
    )
    return Asked(wanted=wanted, edit=source.get("edit") == "1" and view != "archived")


@skus.get("")
def index() -> Response:
    """Show a page of the list."""
    return _index(asked_of(request.args))


def _index(
    asked: Asked,
    *,
    edited: Edited | None = None,
    typed_in: Mapping[str, Mapping[str, str]] | None = None,
    status: int = 200,
) -> Response:
    session = db.session()
    session.rollback()
    source = request.args if request.method == "GET" else request.form
    after, before = source.get("after", ""), source.get("before", "")
    found = catalogue_list.page(session, asked.wanted, after=after, before=before, limit=SIZE)
    counts = catalogue_list.counts(session, asked.wanted)
    total = counts[asked.wanted.view]
    first = paging.first_of(source, found, total)
    exports = sku_export.recent(session)
    return page(
        "skus/index.html",
        status=status,
        asked=asked,
        rows=[_row(sku, typed_in or {}) for sku in found.rows],
        problems=edited.problems if edited else {},
        saved=source.get("saved", ""),
        moved=len(catalogue_edits.moved(session, source.get("saved", ""))),
        counts=counts,
        cap=catalogue_list.CAP,
        total=min(total, catalogue_list.CAP),
        **paging.around(asked, found, first, SIZE),
        place={"after": after, "before": before, "at": source.get("at", "")},
        exports=[
            {"card": cards.card(one), "id": one.id, "ready": sku_export.is_there(one)}
            for one in exports
        ],
        with_runple=runple.is_used(session),
        pictures=thumbnails.of(session, [sku.image for sku in found.rows]),
        submission=new_submission(),
    )


def _row(sku: Any, typed_in: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """A SKU, and the values of its inputs: as typed where they came back, else as stored."""
    was = shown_values(sku)
    return {"sku": sku, "was": was, "typed": typed_in.get(sku.id, was)}


def shown_values(sku: Any) -> dict[str, str]:
    """What the list's inputs hold for a SKU."""
    return {
        "price": str(sku.price),
        "buffer": str(sku.buffer),
        "on_hand": str(sku.on_hand),
        "on_sale": "1" if sku.on_sale else "",
        "displayed": "1" if sku.displayed else "",
    }


@skus.post("/edits")
def edits() -> AnyResponse:
    """Keep what was changed in the rows of the list; what was refused stays typed, with why."""
    mark = submission()
    if mark is None:
        abort(400)
    asked = asked_of(request.form)
    found = [_edit(sku_id) for sku_id in dict.fromkeys(request.form.getlist("sku"))][:SIZE]
    given = {one.sku_id: told for one in found if (told := _given(one))}
    forecast = push_forecast.of_skus(db.session(), given)
    asking = _ask(forecast, asked.address()) if any(map(_switches, given.values())) else None
    if asking is not None:
        return asking
    done = catalogue_edits.change_many(found, sessions.actor(), key=mark)
    if done.problems:
        # Who was overtaken by somebody else sees the present values instead of their own.
        kept = {
            one.sku_id: one.raw
            for one in found
            if one.sku_id in done.problems and "" not in done.problems[one.sku_id]
        }
        return _index(asked, edited=done, typed_in=kept, status=422)
    if done.kept:
        note("ok", " ".join((_("상품 %(n)s개를 저장했습니다.", n=done.kept), _sending(forecast))))
    else:
        note("accent", _("바뀐 값이 없습니다."))
    return redirect(asked.address(edit="", saved=mark, **_place()), code=303)


def _sending(forecast: Forecast) -> str:
    """What follows at the marketplaces."""
    count, channels = forecast.reach
    if not count:
        return ""
    told = {"n": f"{count:,}", "channels": channels}
    return str(_("채널상품 %(n)s개(채널 %(channels)s곳)에 곧 보냅니다.", **told))


@skus.post("/edits/back")
def take_back_edits() -> AnyResponse:
    """Take back what a press in the list did to the stock."""
    count = catalogue_edits.take_back(request.form.get("saved", ""), sessions.actor())
    if count:
        note("ok", _("상품 %(n)s개의 재고를 되돌렸습니다.", n=count))
    else:
        note("warn", _("되돌릴 재고가 없습니다. 그사이 바뀌었는지 재고 기록을 확인해 주세요."))
    return redirect(asked_of(request.form).address(**_place()), code=303)


def _given(edit: Edit) -> dict[str, Any]:
    """What a row of the list changes of what is published, where it can be read."""
    fields = [field for field in PUBLISHED if field.name in edit.touched]
    cleaned = clean(fields, edit.raw)
    return {name: told for name, told in cleaned.values.items() if name not in cleaned.problems}


def _switches(given: Mapping[str, Any]) -> bool:
    """Whether it puts something on sale or takes it off: that is looked at before."""
    return not {"on_sale", "displayed"}.isdisjoint(given)


def _ask(forecast: Forecast, back: str) -> Response | None:
    """What would be sent, before it is."""
    return forecasts.ask(
        forecast,
        title=_("저장하면 판매채널에 보냅니다"),
        button=_("이대로 저장"),
        back=back,
        nav="skus",
    )


def _place() -> dict[str, str]:
    """Which page of the list the form stood on."""
    return {name: request.form.get(name, "") for name in ("after", "before", "at")}


def _edit(sku_id: str) -> Edit:
    def told(what: str) -> dict[str, str]:
        return {name: request.form.get(f"{what}-{name}-{sku_id}", "") for name in IN_LIST}

    revision = whole(request.form.get(f"revision-{sku_id}", ""))
    return Edit(sku_id, revision, told("was"), told("f"))


@skus.post("/runple")
def use_runple() -> AnyResponse:
    """Switch the use of 런플 for the whole company."""
    runple.use(request.form.get("on") == "1", sessions.actor())
    return redirect(url_for("skus.index"), code=303)


# -- one SKU --------------------------------------------------------------------------------------


@skus.route("/new", methods=["GET", "POST"])
def new() -> AnyResponse:
    """Make a SKU; `of` names one whose product gets it as a further option."""
    beside = _beside()
    fields = sku_fields.form(new=True, with_runple=runple.is_used(db.session()))
    if request.method == "GET":
        start = {"name": beside.name, "price": beside.price} if beside else {}
        return _new(blank(fields, start), beside)
    try:
        made = catalogue.create(
            typed(fields),
            sessions.actor(),
            beside=beside.id if beside else None,
            submission=submission(),
        )
    except Wrong as wrong:
        return _new(Form(fields, typed(fields), wrong.fields), beside, 422)
    note("ok", _("상품을 등록했습니다."))
    return redirect(url_for("skus.show", id=made), code=303)


def _beside() -> Any:
    named = request.values.get("of", "")
    return catalogue_list.get(db.session(), named) if named else None


def _new(form: Form, beside: Any, status: int = 200) -> Response:
    return page(
        "skus/form.html",
        status=status,
        form=form,
        sku=None,
        beside=beside,
        revision=0,
        present=(),
        submission=submission() or new_submission(),
    )


@skus.route("/<id>/edit", methods=["GET", "POST"])
def edit(id: str) -> AnyResponse:
    """Change a SKU; a change that somebody else made since is not overwritten."""
    sku = catalogue_list.get(db.session(), row().id)
    fields = sku_fields.form(new=False, with_runple=runple.is_used(db.session()))
    if request.method == "GET":
        return _edit_form(blank(fields, _values(sku, fields)), sku, sku.revision)
    revision = whole(request.form.get("revision", ""))
    cleaned = clean(fields, typed(fields))
    if not cleaned.problems:
        given = {name: cleaned.values[name] for name in catalogue.PUBLISHED}
        forecast = push_forecast.of_skus(db.session(), {sku.id: given})
        asking = _ask(forecast, url_for("skus.edit", id=id))
        if asking is not None:
            return asking
    try:
        catalogue.change(sku.id, typed(fields), sessions.actor(), revision=revision)
    except Wrong as wrong:
        form = Form(fields, typed(fields), wrong.fields)
        overtaken = catalogue.CHANGED_BY_OTHERS in wrong.fields.values()
        if overtaken:
            revision = sku.revision
        return _edit_form(form, sku, revision, 422, _present(sku, form) if overtaken else ())
    note("ok", _("저장했습니다."))
    return redirect(url_for("skus.show", id=id), code=303)


def _values(sku: Any, fields: list[Field]) -> dict[str, Any]:
    found = {field.name: getattr(sku, field.name) for field in fields}
    return {name: "" if value is None else value for name, value in found.items()}


def _present(sku: Any, form: Form) -> list[tuple[Text, str]]:
    """What is stored now, of the fields in which something else was typed."""
    stored = blank(form.fields, _values(sku, list(form.fields))).values
    return [
        (field.label, value_of(field.name, getattr(sku, field.name)))
        for field in form.fields
        if str(stored[field.name] or "") != str(form.values[field.name] or "").replace(",", "")
        and not (stored[field.name] is True and form.values[field.name] == "1")
    ]


def value_of(name: str, value: Any) -> str:
    """A value of a SKU in words."""
    if value is None or value == "":
        return "–"
    if name == "on_sale":
        return str(_("판매중") if value else _("판매중지"))
    if name == "displayed":
        return str(_("진열") if value else _("진열 안 함"))
    if isinstance(value, bool):
        return str(_("예") if value else _("아니오"))
    return f"{value:,}" if isinstance(value, int) else str(value)


def _edit_form(
    form: Form,
    sku: Any,
    revision: int,
    status: int = 200,
    present: Sequence[tuple[Text, str]] = (),
) -> Response:
    """`revision` is what the person has seen; after a clash `present` says what stands there."""
    return page(
        "skus/form.html",
        status=status,
        form=form,
        sku=sku,
        beside=None,
        revision=revision,
        present=present,
        submission="",
    )
