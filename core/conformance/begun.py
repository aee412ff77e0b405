"""A piece of work that was begun by a real command, and what must be so when it has ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from core.conformance.shop import Shop, told
from core.models import Command


@dataclass(frozen=True)
class Begun:
    """A command that was written: `check` says what is wrong once it has come to its end."""

    command: str
    check: Callable[[Command], Iterator[str]]


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One thing that the plugin can do, by the name that the support matrix has for it."""

    name: str
    begin: Callable[[Shop], Begun]
    write: bool = False
    settles: timedelta = timedelta(seconds=60)


def ended(command: Command) -> Iterator[str]:
    """What is wrong with the end of a command that a person pressed."""
    if command.state != "done":
        yield f"its job ended {told(command)}"


def collected(command: Command) -> Iterator[str]:
    """What is wrong with the end of a collection."""
    if command.state != "ready" or command.attempt or command.error_code:
        yield f"collecting ended {told(command)}"
