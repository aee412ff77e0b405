"""How an action of a person is declined: wrong values, a missing right, or nothing there."""

from __future__ import annotations

from collections.abc import Mapping

from core.contracts.text import Text


class Wrong(Exception):
    """Values were refused: a reason per field name ("" is the form as a whole). A page says 422."""

    def __init__(self, fields: Mapping[str, Text]) -> None:
        self.fields = dict(fields)
        super().__init__("; ".join(f"{name}: {text.en}" for name, text in self.fields.items()))


class Locked(Wrong):
    """Too many tries: nothing is looked at for so many `seconds`."""

    def __init__(self, seconds: float, fields: Mapping[str, Text]) -> None:
        self.seconds = seconds
        super().__init__(fields)


class Forbidden(Exception):
    """The person has no right to do this, whatever the values. A page says 403."""

    def __init__(self, text: Text) -> None:
        self.text = text
        super().__init__(text.en)


class Missing(Exception):
    """What the action names is not there, or not in this workspace. A page says 404."""
