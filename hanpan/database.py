"""How a process of Hanpan comes to its database: bound at once, checked as soon as it answers."""

from __future__ import annotations

import logging
import time

from sqlalchemy.exc import OperationalError

from core import schema, settings, store

log = logging.getLogger(__name__)


def open_database(*, wait: bool) -> None:
    """Bind the database of the settings; with `wait`, return only when it answers.

    Raises schema.WrongRevision when its revision is not ours.
    """
    engine = store.make_engine(settings.current().database_url)
    store.bind(engine)
    said = False
    while True:
        try:
            schema.check(engine)
            return
        except OperationalError as error:
            if not said:
                log.warning("the database does not answer (%s)", type(error.orig).__name__)
                said = True
        finally:
            engine.dispose()  # some of our processes fork from here
        if not wait:
            return
        time.sleep(1.0)
