"""The conformance kit: a plugin is held, in its own practice world, to what all plugins promise.

* `check`, `Report`       run it, and what came of it
* `support`               what a marketplace offers, as data for pages and documents
* `checks`                the table of checks by name
* `trial`, `shop`         the plugin in its world, and a channel that real commands work on
* `witness`, `wire`       who sees what goes in and out of the plugin and its sandbox
* `faults`, `operations`  every fault, every operation: the matrix of both
"""

from core.conformance.kit import check
from core.conformance.report import Report

__all__ = ["Report", "check"]
