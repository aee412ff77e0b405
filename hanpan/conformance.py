"""The conformance suite for authors of plugins: one class to subclass in a plugin's own tests.

    from hanpan.conformance import Conformance


    class TestConformance(Conformance):
        marketplace = "acme"

It runs every check of `hanpan plugins check` once, against the plugin's own practice marketplace.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from core import registry
from core.conformance.kit import check
from core.conformance.report import Report
from core.registry import Registry

__all__ = ["Conformance", "Report"]


class Conformance:
    """`marketplace` is the key. `folder` is where the plugin's folder lies when it is not
    installed (as `HANPAN_PLUGINS_DIR` would say). `samples` are values of forms, by template type
    and field, where those that the kit makes up are refused.
    """

    marketplace: ClassVar[str]
    folder: ClassVar[Path | None] = None
    samples: ClassVar[Mapping[str, Mapping[str, Any]]] = {}

    def declared(self) -> Registry:
        """What is loaded; fails when the plugin was left out."""
        found = registry.load(folder=self.folder)
        reasons = [f"{problem.plugin}: {problem.text}" for problem in found.problems]
        assert self.marketplace in found.marketplaces, reasons or "it is not found"
        return found

    def test_it_keeps_every_promise(self) -> None:
        """Every check; the message is the table."""
        report = check(self.declared(), self.marketplace, samples=self.samples)
        assert report.ok, "\n" + report.table("en")
