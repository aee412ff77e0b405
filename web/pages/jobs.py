"""작업: what runs, what waits for a person, what came of the rest, and the calls behind it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, redirect, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from core.ledger import kinds
from core.models import Channel, Command, JournalEntry
from core.services import channels, job_items, job_list, job_words, match_results, templates
from core.services import jobs as service
from core.services.job_list import Wanted
from core.services.kind_names import (
    BATCHED,
    CONFIRM,
    CREATE,
    DELETE,
    IMPORT,
    LISTINGS_EDIT,
    LISTINGS_MATCH,
    LISTINGS_SKUS,
    LISTINGS_SYNC,
    MAIL,
    TAKE,
    UPDATE,
    VERIFY,
)
from core.services.outcome import Wrong
from web import calls, cards, channel_state, job_rows, sessions
from web.access import row
from web.database import db
from web.render import here, htmx, note, page

jobs = Blueprint("jobs", __name__, url_prefix="/jobs")

SIZE = 30
CALLS = 50
STATES = ("", "running", "waiting", "done", "partly", "refused", "cancelled")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@jobs.get("")
def index() -> Response:
    """Show the live work, what comes by itself, and what ended."""
    session = db.session()
    wanted = _wanted()
    known = {channel.id: channel for channel in session.scalars(select(Channel))}
    found = job_list.ended(session, wanted, before=_cursor("before"), limit=SIZE + 1)
    counts = job_list.counts(session, wanted)
    first = "before" not in request.args
    return page(
        "jobs/index.html",
        wanted=wanted,
        address=_address,
        views=_views(counts, wanted),
        live=[job_rows.shown(command, known) for command in job_list.live(session, wanted)]
        if first
        else [],
        standing=[job_rows.standing(c, known) for c in job_list.standing(session)]
        if first and not wanted.state
        else [],
        ended=[job_rows.shown(command, known) for command in found[:SIZE]],
        older=_mark(found[SIZE - 1].created_at, found[SIZE - 1].id) if len(found) > SIZE else "",
        first=first,
        channels=channel_state.facets(channels.live(session), {}, partial(_address, wanted)),
        kinds=_kinds(wanted),
        anything=bool(counts),
    )


def _wanted() -> Wanted:
    state = request.args.get("state", "")
    return Wanted(
        state=state if state in STATES else "",
        channel=request.args.get("ch", "")[:32],
        kind=request.args.get("kind", "")[:48],
    )


def _address(wanted: Wanted, **changed: str) -> str:
    """The list with some arguments changed, "" leaves one out."""
    told: dict[str, Any] = {"state": wanted.state, "ch": wanted.channel, "kind": wanted.kind}
    told |= changed
    return url_for("jobs.index", **{name: value for name, value in told.items() if value})


def _views(counts: dict[str, int], wanted: Wanted) -> list[dict[str, Any]]:
    words = {
        "": (_("전체"), sum(counts.values())),
        "running": (_("진행 중"), counts.get("running", 0) + counts.get("ready", 0)),
        "waiting": (_("보류"), counts.get("held", 0) + counts.get("review", 0)),
        "done": (_("완료"), counts.get("done", 0)),
        "partly": (_("일부 되지 않음"), counts.get("partly", 0)),
        "refused": (_("거절"), counts.get("refused", 0)),
        "cancelled": (_("취소"), counts.get("cancelled", 0)),
    }
    return [
        {
            "state": state,
            "label": label,
            "count": count,
            "href": _address(wanted, state=state),
            "bad": state in ("waiting", "partly", "refused"),
        }
        for state, (label, count) in words.items()
    ]


def _kinds(wanted: Wanted) -> list[dict[str, Any]]:
    names = [CONFIRM, TAKE, LISTINGS_SYNC, LISTINGS_EDIT, LISTINGS_MATCH, LISTINGS_SKUS]
    names += [*BATCHED, IMPORT, UPDATE, CREATE, DELETE, VERIFY, MAIL]
    declared = [(name, kinds.get(name)) for name in names]
    return [
        {"name": name, "title": kind.title, "href": _address(wanted, kind=name)}
        for name, kind in declared
        if kind is not None
    ]


# -- one job ----------------------------------------------------------------------------------


@jobs.get("/<id>")
def show(id: str) -> Response:
    """Show a job with its items and its calls."""
    return _show(row())


def _show(command: Command, *, errors: dict[str, Any] | None = None, status: int = 200) -> Response:
    session = db.session()
    known = {channel.id: channel for channel in session.scalars(select(Channel))}
    found = job_items.calls(session, command.id, before=_cursor("calls"), limit=CALLS + 1)
    opened = request.args.get("call", "")
    items = job_items.items(session, command)
    waits = job_items.undecided(session, command.id) if command.state == "review" else []
    named = {effect.id for effect in waits}
    undecided = [item for item in items if item.effect_id in named]
    return page(
        "jobs/show.html",
        status=status,
        job=_own(job_rows.shown(command, known)),
        batch=job_rows.batch_of(command),
        standing=job_rows.standing(command, known) if command.standing else None,
        items=items,
        done=job_items.done(session, command) if command.state == "done" else [],
        undecided=undecided[:100],
        undecided_total=len(waits),
        calls=[calls.shown(entry, opened == entry.id) for entry in found[:CALLS]],
        older=_mark(found[CALLS - 1].at, found[CALLS - 1].id) if len(found) > CALLS else "",
        newest="calls" not in request.args,
        trouble=job_words.trouble(command),
        code=job_words.market_code(command),
        may_go_on=command.state == "review" and not waits,
        synced=job_rows.synced(command),
        matched=job_rows.matched(command, known),
        most_matched=match_results.SHOWN,
        errors=errors or {},
    )


def _own(job: dict[str, Any]) -> dict[str, Any]:
    """The card of a job on its own page links nowhere."""
    return {**job, "card": {**job["card"], "url": ""}}


@jobs.get("/<id>/card")
def card(id: str) -> Response:
    """The job card alone, while it runs; the job's own page is loaded anew when it ends."""
    command: Command = row()
    found = cards.card(command)
    if request.args.get("seen", "") == found["version"]:
        return Response(status=204)
    shown = page("job.html", job=found)
    if found["state"] not in ("ready", "running"):
        shown.headers["HX-Trigger"] = "job-ended"  # what stands around the card follows
        looking = urlsplit(htmx.current_url or "").path if htmx else ""
        if looking == url_for("jobs.show", id=id):
            shown.headers["HX-Refresh"] = "true"
    return shown


@jobs.get("/running")
def running() -> Response:
    """What the frame says of the work that runs now; asked for while something runs."""
    return page("jobs/running.html")


@jobs.get("/<id>/calls/<call_id>")
def call(id: str, call_id: str) -> Response:
    """What one call sent and got, masked; alone for htmx, else on the job's page."""
    if not htmx:
        return Response(
            status=303,
            headers={"Location": url_for("jobs.show", id=id, call=call_id) + f"#call-{call_id}"},
        )
    entry: JournalEntry = row("call_id")
    if entry.command_id != id:
        abort(404)
    return page("jobs/body.html", body=calls.body_of(entry))


# -- a person's word --------------------------------------------------------------------------


def _must_be_allowed() -> None:
    """A job that changes what only the owner may change is the owner's."""
    command: Command = row()
    mine = command.kind in templates.WRITES or command.kind == VERIFY
    if mine and sessions.me().user.role != "owner":
        abort(403)


@jobs.post("/<id>/retry")
def retry(id: str) -> AnyResponse:
    """Let a refused or held job go on."""
    _must_be_allowed()
    if service.retry(id, sessions.actor()):
        note("ok", _("다시 시도합니다."))
    else:
        note("warn", _("지금은 다시 시도할 것이 없습니다. 작업의 상태를 확인해 주세요."))
    return _back(id)


@jobs.post("/<id>/cancel")
def cancel(id: str) -> AnyResponse:
    """Stop a job: at once when it waits, after its present page when it runs."""
    _must_be_allowed()
    service.cancel(id, sessions.actor())
    if htmx:
        db.session.expire_all()
        return page("job.html", job=cards.card(service.get(db.session(), id)))
    batch = job_rows.batch_of(row())
    return redirect(batch["href"], code=303) if batch is not None else _back(id)


@jobs.post("/<id>/decide")
def decide(id: str) -> AnyResponse:
    """Take a person's word about writes whose outcome is not known."""
    _must_be_allowed()
    command: Command = row()
    verdicts = {
        name.removeprefix("v-"): value
        for name, value in request.form.items()
        if name.startswith("v-") and value
    }
    try:
        left = service.decide(command.id, verdicts, sessions.actor())
    except Wrong as wrong:
        return _show(command, errors=wrong.fields, status=422)
    if left:
        note("accent", _("저장했습니다. 아직 %(n)s건이 남았습니다.", n=left))
    else:
        note("ok", _("모두 정했습니다. 작업을 이어 합니다."))
    return redirect(url_for("jobs.show", id=id), code=303)


def _back(id: str) -> AnyResponse:
    target = here() if request.form.get("next") else url_for("jobs.show", id=id)
    return redirect(target, code=303)


# -- where a list goes on ---------------------------------------------------------------------


def _mark(at: datetime, row_id: str) -> str:
    return f"{(at - _EPOCH) // timedelta(microseconds=1)}.{row_id}"


def _cursor(name: str) -> tuple[datetime, str] | None:
    match = re.fullmatch(r"(\d{1,16})\.([0-9a-f]{32})", request.args.get(name, ""))
    if match is None:
        return None
    return _EPOCH + timedelta(microseconds=int(match[1])), match[2]
