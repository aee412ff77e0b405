"""The web app: `create_app()` is a list of named steps, each in the module of its name."""

from __future__ import annotations

from flask import Flask
from sqlalchemy.exc import InterfaceError, OperationalError

from core import registry, vault, work
from core import settings as configuration
from core.settings import Settings
from web import (
    access,
    assets,
    database,
    errors,
    frame,
    health,
    i18n,
    logs,
    pages,
    render,
    security,
    sessions,
)


def open_vault(app: Flask) -> None:
    """Load the key file; while the database is away, without checking it against the database."""
    path = app.config["HANPAN"].keys_file
    try:
        vault.start(path)
    except (OperationalError, InterfaceError):
        vault.load(path)


def load_work(app: Flask) -> None:
    """Read what the plugins declare and what kinds of work there are, before anybody asks."""
    registry.current()
    work.begin()


# The order matters: a request passes the steps' hooks from the top down, an answer from the
# bottom up.
STEPS = (
    logs.init_app,
    security.init_app,
    database.init_app,
    open_vault,
    load_work,
    assets.init_app,
    i18n.init_app,
    render.init_app,
    frame.init_app,
    errors.init_app,
    sessions.init_app,
    security.guard_addresses,
    access.init_app,
    security.guard_posts,
    health.init_app,
    pages.init_app,
    access.check,
)


def create_app(settings: Settings | None = None) -> Flask:
    """Build the app for these settings, else for those of the environment."""
    if settings is not None:
        configuration.use(settings)
    app = Flask(__name__, static_folder=None)
    app.config["HANPAN"] = configuration.current()
    for step in STEPS:
        step(app)
    return app
