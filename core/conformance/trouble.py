"""Why a check could not look, and how what a plugin raises is caught."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from core.errors import MarketplaceError

log = logging.getLogger(__name__)


class NotReady(Exception):
    """The plain round fails already: what builds on it cannot be looked at."""


class Unknown(Exception):
    """The sandbox does not know an act or an option that the kit asked for."""


class NotConcerned(Exception):
    """The plugin has nothing that the check looks at; says why."""


def attempt(call: Callable[[], Any]) -> tuple[Any, Exception | None]:
    """What a call into the plugin brings, or what it raises, whatever that is."""
    try:
        return call(), None
    except (NotReady, Unknown):
        raise
    except Exception as error:
        log.debug("a call into the plugin raised", exc_info=True)
        return None, error


def wrong(error: Exception | None) -> str | None:
    """What is wrong with an error that a plugin raised; nothing with a MarketplaceError."""
    if error is None or isinstance(error, MarketplaceError):
        return None
    return f"it raised {type(error).__name__}, which is no MarketplaceError"
