"""How a slice of work ends early: raised inside a handler, understood by the drain."""

from __future__ import annotations

from core.contracts.text import Text


class Signal(Exception):
    """Not a failure: a way for a running command to stop here."""


class GiveWay(Signal):
    """The slice is over: go on in `seconds`, from what is stored."""

    def __init__(self, seconds: float = 0.0) -> None:
        super().__init__("gives way")
        self.seconds = seconds


class Later(Signal):
    """Go on in `seconds`; nothing went wrong."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"later, in {seconds:.1f} s")
        self.seconds = seconds


class Cancelled(Signal):
    """A person asked for an end."""


class Hold(Signal):
    """Wait until something outside changes: a switch, the seller, the plugin."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Review(Signal):
    """A person has to decide what happened to some items."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


class Fenced(Signal):
    """The lane is no longer ours: another worker has taken over. Write nothing more."""
