"""`hanpan web`: the pages, by gunicorn: one process with 16 threads."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Sequence
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger

from core import keys, schema, settings
from core.contracts.text import Text
from hanpan import logs
from hanpan.cli import WRONG_USE
from hanpan.cli.arguments import Parser
from hanpan.database import open_database
from hanpan.terminal import complain

THREADS = 16


class Log(Logger):  # type: ignore[misc]
    """gunicorn's messages in our log; requests are logged by `web.logs`, without addresses."""

    def setup(self, cfg: Any) -> None:
        """Leave its handlers to the root logger."""
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True
        self.error_log.setLevel(logging.WARNING)


class Server(BaseApplication):  # type: ignore[misc]
    """gunicorn around one app, configured here and nowhere else."""

    def __init__(self, options: dict[str, Any]) -> None:
        self.options = options
        super().__init__()

    def load_config(self) -> None:
        """Take our options; environment variables and files of gunicorn's are not read."""
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Make the app, in the process that serves it."""
        from web import create_app

        return create_app(settings.current())


def options(bind: str) -> dict[str, Any]:
    """How gunicorn runs."""
    return {
        "bind": bind,
        "workers": 1,
        "worker_class": "gthread",
        "threads": THREADS,
        "timeout": 60,
        "graceful_timeout": 3,
        "keepalive": 15,
        "logger_class": Log,
        "control_socket_disable": True,
        "proc_name": "hanpan web",
    }


def main(arguments: Sequence[str]) -> int:
    """Serve until told to stop. With `--fd`, on a socket that the supervisor has bound."""
    parser = Parser("web", Text("화면을 보여 주는 웹 서버입니다.", "The pages, by gunicorn."))
    parser.add_argument("--fd", type=int, help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    logs.to_stderr()
    configured = settings.current()
    try:
        open_database(wait=False)
        keys.read(configured.keys_file)
    except (schema.WrongRevision, keys.KeysError) as error:
        complain(str(error))
        return WRONG_USE
    host = f"[{configured.host}]" if ":" in configured.host else configured.host
    bind = f"{host}:{configured.port}" if chosen.fd is None else f"fd://{chosen.fd}"
    Server(options(bind)).run()
    return 0
