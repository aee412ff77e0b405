"""The log of a process: lines on stderr, which the supervisor or systemd keeps.

An error is logged by where it happened and of what kind it is. Its message is shown only for
kinds that speak of machines and of our own code: that of a ValueError may quote what a buyer
or a seller typed.
"""

from __future__ import annotations

import logging
import sys
import traceback

from core import settings
from core.errors import MarketplaceError

TELLING = (
    OSError,
    RuntimeError,
    ImportError,
    AttributeError,
    NameError,
    MarketplaceError,
    settings.SettingsError,
)
TELLING_MODULES = ("redis.", "rq.", "gunicorn.", "jinja2.", "pluggy.", "alembic.")

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class Discreet(logging.Formatter):
    """Formats a record without messages that may quote data, and without our passwords."""

    def __init__(self, secrets: tuple[str, ...] = ()) -> None:
        super().__init__(FORMAT)
        self._secrets = sorted((s for s in secrets if len(s) > 3), key=len, reverse=True)

    def format(self, record: logging.LogRecord) -> str:
        """The line, or lines when an error is logged with it."""
        text = super().format(record)
        for secret in self._secrets:
            text = text.replace(secret, "가림")
        return text

    def formatException(self, ei: object) -> str:
        """Frames and kinds of an error and of what caused it."""
        assert isinstance(ei, tuple)
        return describe(ei[1])


def describe(error: BaseException | None) -> str:
    """Where an error came from and what it is, the first cause first, without quoting data."""
    parts: list[str] = []
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        frames = "".join(traceback.format_tb(error.__traceback__))
        kind = f"{type(error).__module__}.{type(error).__qualname__}"
        told = isinstance(error, TELLING) or kind.startswith(TELLING_MODULES)
        parts.insert(0, f"{frames}{kind}{f': {error}' if told else ''}")
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n".join(parts)


def to_stderr(level: int = logging.INFO) -> None:
    """Send the log of this process to stderr, and what would end it unforeseen as well."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Discreet(settings.current().secrets))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    logging.captureWarnings(True)
    sys.excepthook = _log_uncaught


def _log_uncaught(kind: object, error: BaseException, trace: object) -> None:
    if isinstance(error, KeyboardInterrupt):
        return
    logging.getLogger("hanpan").critical(
        "ended by an error", exc_info=(type(error), error, error.__traceback__)
    )
