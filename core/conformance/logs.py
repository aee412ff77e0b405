"""Everything that is written to the log during a trial, as it would stand in the log's file."""

from __future__ import annotations

import logging


class Heard(logging.Handler):
    """Keeps every record, with its traceback, as text."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(logging.Formatter("%(name)s %(levelname)s %(message)s"))
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it."""
        self.texts.append(self.format(record))

    def begin(self) -> None:
        """Listen to all; what a plugin says to its own log, whatever its level."""
        logging.getLogger().addHandler(self)
        self._level = logging.getLogger(PLUGINS).level
        logging.getLogger(PLUGINS).setLevel(logging.DEBUG)

    def end(self) -> None:
        """Listen no more."""
        logging.getLogger().removeHandler(self)
        logging.getLogger(PLUGINS).setLevel(self._level)


PLUGINS = "hanpan.plugin"
