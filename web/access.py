"""Who may use which route, and which row its address names: the table, and what enforces it.

A route without a line here keeps the app from starting. The row that a line names is read
before the view runs, from the person's workspace alone: a row of another one is not found.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, abort, current_app, g, redirect, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from core.models.account import LoginSession, User
from core.models.base import Owned
from core.models.batch import Batch
from core.models.channel import Channel
from core.models.listing import Listing, ListingOption
from core.models.notice import Notice
from core.models.order import OrderLine
from core.models.product import Sku
from core.models.shipping import ShippingTemplate
from core.models.template import Template
from core.models.work import Command, JournalEntry
from web.database import db
from web.render import htmx, local, note
from web.security import SAFE, ours

OWNER = frozenset({"owner"})
STAFF = frozenset({"owner", "staff"})
ANYONE = frozenset({"owner", "staff", "anonymous"})


@dataclass(frozen=True)
class Rule:
    """`roles` may use the route; `rows` maps arguments of its address to the model they name.

    A `personal` row must be the person's own (its `user_id`).
    """

    roles: frozenset[str]
    rows: Mapping[str, type[Any]] = field(default_factory=dict)
    personal: bool = False


_ID = re.compile(r"[0-9a-f]{32}")

TABLE: dict[str, Rule] = {
    "static": Rule(ANYONE),
    "health.alive": Rule(ANYONE),
    "health.ready": Rule(ANYONE),
    "published.show": Rule(ANYONE),
    "auth.first": Rule(ANYONE),
    "auth.login": Rule(ANYONE),
    "auth.logout": Rule(STAFF),
    "start.index": Rule(OWNER),
    "me.index": Rule(STAFF),
    "me.name": Rule(STAFF),
    "me.password": Rule(STAFF),
    "me.keys": Rule(STAFF),
    "me.language": Rule(ANYONE),
    "me.theme": Rule(ANYONE),
    "me.end_session": Rule(STAFF, {"id": LoginSession}, personal=True),
    "me.end_others": Rule(STAFF),
    "users.index": Rule(OWNER),
    "users.add": Rule(OWNER),
    "users.looks": Rule(OWNER),
    "users.edit": Rule(OWNER, {"id": User}),
    "users.role": Rule(OWNER, {"id": User}),
    "users.password": Rule(OWNER, {"id": User}),
    "users.disable": Rule(OWNER, {"id": User}),
    "users.enable": Rule(OWNER, {"id": User}),
    "plugins.index": Rule(STAFF),
    "today.index": Rule(STAFF),
    "notices.index": Rule(STAFF),
    "notices.seen": Rule(STAFF),
    "notices.mail_again": Rule(OWNER, {"id": Notice}),
    "radar.index": Rule(STAFF),
    "radar.type_in": Rule(OWNER),
    "orders.index": Rule(STAFF),
    "orders.search": Rule(STAFF),
    "orders.collect": Rule(STAFF),
    "orders.progress": Rule(STAFF),
    "orders.confirm": Rule(STAFF),
    "orders.show": Rule(STAFF, {"id": OrderLine}),
    "orders.look": Rule(STAFF, {"id": OrderLine}),
    "taking.ask": Rule(STAFF, {"id": Channel}),
    "skus.index": Rule(STAFF),
    "skus.new": Rule(STAFF),
    "skus.edits": Rule(STAFF),
    "skus.use_runple": Rule(OWNER),
    "skus.show": Rule(STAFF, {"id": Sku}),
    "skus.edit": Rule(STAFF, {"id": Sku}),
    "skus.count": Rule(STAFF, {"id": Sku}),
    "skus.take_back": Rule(STAFF, {"id": Sku}),
    "skus.archive": Rule(STAFF, {"id": Sku}),
    "skus.revive": Rule(STAFF, {"id": Sku}),
    "skus.export": Rule(STAFF),
    "skus.download": Rule(STAFF, {"id": Command}),
    "skus.files": Rule(STAFF),
    "skus.take_back_edits": Rule(STAFF),
    "skus.upload": Rule(STAFF),
    "skus.batch": Rule(STAFF, {"id": Batch}),
    "skus.columns": Rule(STAFF, {"id": Batch}),
    "skus.read_again": Rule(STAFF, {"id": Batch}),
    "skus.drop_file": Rule(STAFF, {"id": Batch}),
    "skus.apply": Rule(STAFF, {"id": Batch}),
    "skus.give_back": Rule(STAFF, {"id": Batch}),
    "listings.index": Rule(STAFF),
    "listings.deals": Rule(STAFF),
    "listings.show": Rule(STAFF, {"id": Listing}),
    "listings.sync": Rule(STAFF),
    "listings.sync_one": Rule(STAFF, {"id": Listing}),
    "listings.sync_channel": Rule(STAFF, {"id": Channel}),
    "listings.link": Rule(STAFF),
    "listings.put_away": Rule(STAFF),
    "listings.edit": Rule(STAFF),
    "listings.apply": Rule(STAFF),
    "listings.match": Rule(STAFF, {"id": Listing}),
    "listings.accept": Rule(STAFF, {"id": Listing}),
    "listings.match_option": Rule(STAFF, {"id": Listing, "option": ListingOption}),
    "listings.match_look": Rule(STAFF, {"id": Listing, "option": ListingOption}),
    "listings.match_save": Rule(STAFF, {"id": Listing, "option": ListingOption}),
    "listings.match_undo": Rule(STAFF, {"id": Listing, "option": ListingOption}),
    "listings.match_channel": Rule(STAFF, {"id": Channel}),
    "listings.make_skus": Rule(STAFF),
    "migration.index": Rule(STAFF),
    "migration.ways": Rule(STAFF, {"id": Channel}),
    "migration.upload": Rule(STAFF, {"id": Channel}),
    "migration.search": Rule(STAFF, {"id": Channel}),
    "migration.numbers": Rule(STAFF, {"id": Channel}),
    "migration.batch": Rule(STAFF, {"id": Batch}),
    "migration.columns": Rule(STAFF, {"id": Batch}),
    "migration.read_again": Rule(STAFF, {"id": Batch}),
    "migration.drop_file": Rule(STAFF, {"id": Batch}),
    "migration.apply": Rule(STAFF, {"id": Batch}),
    "migration.one": Rule(STAFF, {"id": Batch}),
    "migration.give_back": Rule(STAFF, {"id": Batch}),
    "thumbnails.show": Rule(STAFF),
    "skus.image_again": Rule(STAFF, {"id": Sku}),
    "shipping.index": Rule(STAFF),
    "shipping.new": Rule(STAFF, {"id": Channel}),
    "shipping.edit": Rule(STAFF, {"id": ShippingTemplate}),
    "shipping.choose": Rule(STAFF, {"id": ShippingTemplate}),
    "shipping.delete": Rule(STAFF, {"id": ShippingTemplate}),
    "extension.index": Rule(STAFF),
    "channels.index": Rule(STAFF),
    "channels.choose": Rule(OWNER),
    "channels.add": Rule(OWNER),
    "channels.add_practice": Rule(OWNER),
    "channels.edit": Rule(OWNER, {"id": Channel}),
    "setup.index": Rule(STAFF, {"id": Channel}),
    "setup.check": Rule(STAFF, {"id": Channel}),
    "setup.import_": Rule(STAFF, {"id": Channel}),
    "setup.switch": Rule(OWNER, {"id": Channel}),
    "setup.reach_back": Rule(OWNER, {"id": Channel}),
    "setup.pause": Rule(OWNER, {"id": Channel}),
    "setup.resume": Rule(OWNER, {"id": Channel}),
    "setup.archive": Rule(OWNER, {"id": Channel}),
    "setup.contact": Rule(OWNER, {"id": Channel}),
    "setup.reveal": Rule(OWNER, {"id": Channel}),
    "templates.index": Rule(STAFF),
    "templates.list_": Rule(STAFF, {"id": Channel}),
    "templates.import_": Rule(STAFF, {"id": Channel}),
    "templates.new": Rule(OWNER, {"id": Channel}),
    "templates.create": Rule(OWNER, {"id": Channel}),
    "templates.edit": Rule(STAFF, {"id": Channel, "template": Template}),
    "templates.update": Rule(OWNER, {"id": Channel, "template": Template}),
    "templates.delete": Rule(OWNER, {"id": Channel, "template": Template}),
    "templates.look_up_new": Rule(OWNER, {"id": Channel}),
    "templates.look_up": Rule(OWNER, {"id": Channel, "template": Template}),
    "templates.typed_again": Rule(OWNER, {"id": Command}),
    "jobs.index": Rule(STAFF),
    "jobs.running": Rule(STAFF),
    "jobs.show": Rule(STAFF, {"id": Command}),
    "jobs.card": Rule(STAFF, {"id": Command}),
    "jobs.call": Rule(STAFF, {"id": Command, "call_id": JournalEntry}),
    "jobs.retry": Rule(STAFF, {"id": Command}),
    "jobs.cancel": Rule(STAFF, {"id": Command}),
    "jobs.decide": Rule(STAFF, {"id": Command}),
}


class Unlisted(RuntimeError):
    """The table and the routes do not name the same endpoints."""


def init_app(app: Flask) -> None:
    """Ask the table before every view."""
    app.before_request(_enforce)


def check(app: Flask) -> None:
    """Raise Unlisted unless every route has a line, and every line a route with its arguments."""
    arguments: dict[str, set[str]] = {}
    for route in app.url_map.iter_rules():
        arguments.setdefault(route.endpoint, set()).update(route.arguments)
    problems = [f"{name}: no line in web.access.TABLE" for name in arguments.keys() - TABLE.keys()]
    problems += [f"{name}: no such route" for name in TABLE.keys() - arguments.keys()]
    for name in arguments.keys() & TABLE.keys():
        missing = TABLE[name].rows.keys() - arguments[name]
        problems += [f"{name}: its address has no <{argument}>" for argument in missing]
    if problems:
        raise Unlisted("; ".join(sorted(problems)))


def row(argument: str = "id") -> Any:
    """The row that the address of this request names."""
    return g.rows[argument]


def _enforce() -> Response | None:
    rule = TABLE.get(request.endpoint or "")
    if rule is None:
        return None  # no such address: dispatching answers 404
    login = g.get("login")
    if (login.user.role if login else "anonymous") not in rule.roles:
        if login is None:
            return _to_login()
        abort(403)
    named = request.view_args or {}
    g.rows = {
        argument: _find(model, named[argument], rule.personal)
        for argument, model in rule.rows.items()
    }
    return None


def _find(model: type[Owned], key: str, personal: bool) -> Owned:
    columns: Any = model
    query = select(model).where(columns.id == key)
    if personal:
        query = query.where(columns.user_id == g.login.user.id)
    found = db.session.scalars(query).one_or_none()
    if found is None:
        abort(404)
    return found


def _to_login() -> Response:
    """Ask who is there; what was pressed is not done, and afterwards its page opens again."""
    pressed = request.method not in SAFE
    if pressed:
        note("warn", _("로그인이 끝났습니다. 방금 누른 것은 보내지 않았습니다."))
    wanted = page_before() if pressed or htmx else request.full_path.rstrip("?")
    target = url_for("auth.login", next=wanted if wanted not in ("", "/") else None)
    if htmx:
        response = Response(status=401)
        response.headers["HX-Redirect"] = target
        return response
    return redirect(target, code=303)


def page_before() -> str:
    """The page that the request was sent from: a path of ours that a GET opens, else ""."""
    told = urlsplit(request.headers.get("HX-Current-URL") or request.referrer or "")
    if (told.scheme, told.netloc) not in ours():
        return ""
    address = local(f"{told.path}?{told.query}" if told.query else told.path)
    routes = current_app.create_url_adapter(request)
    try:
        endpoint, arguments = routes.match(told.path, method="GET") if routes else ("", {})
    except HTTPException:
        return ""
    rule = TABLE.get(endpoint)
    named = rule is not None and all(_ID.fullmatch(arguments[name]) for name in rule.rows)
    return address if named else ""
