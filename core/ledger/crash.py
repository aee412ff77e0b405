"""Crash points: named places where tests kill the process, to see that nothing is lost."""

from __future__ import annotations

import os

_passed: dict[str, int] = {}


def point(name: str) -> None:
    """Die here when `HANPAN_CRASH` is "name" or "name@n" (the nth passage); else do nothing."""
    wanted = os.environ.get("HANPAN_CRASH")
    if wanted is None:
        return
    _passed[name] = _passed.get(name, 0) + 1
    at, _, nth = wanted.partition("@")
    if at == name and _passed[name] == int(nth or 1):
        os._exit(137)
