"""The pages: a blueprint per noun."""

from __future__ import annotations

from flask import Flask

import web.pages.channels as channels
import web.pages.door as door
import web.pages.jobs as jobs
import web.pages.me as me
import web.pages.notices as notices
import web.pages.orders as orders
import web.pages.plugins as plugins
import web.pages.published as published
import web.pages.radar as radar
import web.pages.setup as setup
import web.pages.start as start
import web.pages.taking as taking
import web.pages.template_deletion as template_deletion
import web.pages.today as today
import web.pages.users as users

BLUEPRINTS = (
    door.auth,
    start.start,
    me.me,
    users.users,
    plugins.plugins,
    channels.channels,
    setup.setup,
    template_deletion.templates,
    today.today,
    notices.notices,
    radar.radar,
    published.published,
    orders.orders,
    taking.taking,
    jobs.jobs,
)


def init_app(app: Flask) -> None:
    """Register every page."""
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
