"""/healthz: the process answers; /readyz: what it needs is there, each in a sentence."""

from __future__ import annotations

import time

from flask import Blueprint, Flask, Response
from flask_babel import gettext as _
from sqlalchemy.exc import SQLAlchemyError

from core import queue, schema, store

health = Blueprint("health", __name__)

LOOK_S = 10.0
_looked = {"at": -LOOK_S, "answers": True}


def init_app(app: Flask) -> None:
    """Serve the two addresses."""
    app.register_blueprint(health)


@health.get("/healthz")
def alive() -> Response:
    """Say that the process answers."""
    return Response("ok\n", mimetype="text/plain")


@health.get("/readyz")
def ready() -> Response:
    """Say of the database and of Redis whether they are there; 503 when one is not."""
    problems = [*_database(), *_redis()]
    said = problems or [str(_("준비되었습니다: 데이터베이스와 Redis가 응답합니다."))]
    return Response(
        "".join(f"{line}\n" for line in said),
        status=503 if problems else 200,
        mimetype="text/plain",
    )


def _database() -> list[str]:
    try:
        schema.check(store.engine())
    except schema.WrongRevision as wrong:
        return [str(wrong)]
    except SQLAlchemyError:
        return [
            str(
                _(
                    "데이터베이스가 응답하지 않습니다. 실행 중인지와 DATABASE_URL을 확인해 주세요. "
                    "돌아오면 작업은 자동으로 이어집니다."
                )
            )
        ]
    return []


def redis_answers() -> bool:
    """Whether Redis answered when somebody last looked, at most ten seconds ago."""
    now = time.monotonic()
    if now - _looked["at"] >= LOOK_S:
        _looked.update(at=now, answers=queue.reachable())
    return bool(_looked["answers"])


def _redis() -> list[str]:
    if queue.reachable():
        return []
    return [
        str(
            _(
                "Redis가 응답하지 않습니다. 실행 중인지와 REDIS_URL을 확인해 주세요. "
                "작업은 데이터베이스에 남아 있고, 돌아오면 자동으로 이어집니다."
            )
        )
    ]
