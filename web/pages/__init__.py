"""The pages: a blueprint per noun."""

from __future__ import annotations

from flask import Flask

import web.pages.door as door
import web.pages.me as me
import web.pages.pending as pending
import web.pages.plugins as plugins
import web.pages.start as start
import web.pages.users as users

BLUEPRINTS = (
    door.auth,
    start.start,
    me.me,
    users.users,
    plugins.plugins,
    *pending.BLUEPRINTS,
)


def init_app(app: Flask) -> None:
    """Register every page."""
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
