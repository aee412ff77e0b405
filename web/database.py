"""The pages' database session: Flask-SQLAlchemy over the engine of `core.store`.

Pages read through `db.session`, in a deferred transaction that `web.render.page` ends before
the template renders; whatever a page changes goes through `core.services` and `store.write`.
"""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Engine

from core import store
from core.models.base import Base


class Database(SQLAlchemy):
    """Flask-SQLAlchemy that uses the engine which `core.store` was given."""

    def _make_engine(self, bind_key: str | None, options: dict[str, Any], app: Flask) -> Engine:
        return store.engine()


db = Database(
    model_class=Base,
    session_options={"autoflush": False, "expire_on_commit": False},
    add_models_to_shell=False,
)


def init_app(app: Flask) -> None:
    """Open the database of the settings and give it to `core.store` and to `db`."""
    engine = store.make_engine(app.config["HANPAN"].database_url)
    store.bind(engine)
    app.config["SQLALCHEMY_DATABASE_URI"] = engine.url
    db.init_app(app)
