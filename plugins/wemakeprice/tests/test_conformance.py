"""위메프 keeps every promise that a plugin makes."""

from __future__ import annotations

from hanpan.conformance import Conformance


class TestConformance(Conformance):
    marketplace = "wemakeprice"
