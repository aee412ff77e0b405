"""담당자: the contact person of a channel, typed in and looked at."""

from __future__ import annotations

from dataclasses import replace

from flask import Response, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from core.models import Channel
from core.services import contacts
from core.services.outcome import Wrong
from web import channel_state, sessions
from web.access import row
from web.forms import Form, blank, read
from web.pages.setup import back, masked, newest_check, setup, show
from web.render import note, page


@setup.route("/contact", methods=["GET", "POST"])
def contact(id: str) -> AnyResponse:
    """Change the contact person; what is left empty stays, unless everything is to be emptied."""
    channel: Channel = row()
    stored = contacts.of(channel)
    if request.method == "GET":
        return _edit_contact(channel, blank(contacts.FIELDS))
    _cleaned, form = read(contacts.FIELDS)
    kept = {} if request.form.get("empty") else stored
    values = {name: typed or kept.get(name, "") for name, typed in form.values.items()}
    try:
        contacts.change(id, values, sessions.actor())
    except Wrong as wrong:
        form.errors = wrong.fields
        return _edit_contact(channel, form, status=422)
    note("ok", _("담당자를 저장했습니다."))
    return back(id, "person")


def _edit_contact(channel: Channel, form: Form, status: int = 200) -> Response:
    stored = contacts.of(channel)
    return page(
        "setup/contact.html",
        status=status,
        channel=channel,
        market=channel_state.market_of(channel.marketplace),
        form=form,
        fields=[
            replace(field, placeholder=masked(field, stored.get(field.name, "")))
            for field in contacts.FIELDS
        ],
        stored=any(stored.values()),
    )


@setup.post("/contact/reveal")
def reveal(id: str) -> AnyResponse:
    """Show the contact person unmasked, this once; who looked is kept."""
    channel: Channel = row()
    found = contacts.reveal(id, sessions.actor())
    return show(channel, newest_check(channel), block="person", revealed=found)
