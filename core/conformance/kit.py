"""Runs the checks over one plugin."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from itertools import islice
from typing import Any

from core.conformance.checks import CHECKS, Check
from core.conformance.installation import installed
from core.conformance.report import Finding, Outcome, Report
from core.conformance.trial import Trial
from core.conformance.trouble import NotConcerned, NotReady, Unknown
from core.registry import Registry

MOST = 12
"""Findings of one check after which it goes no further: the cause is the same."""


def check(
    declared: Registry,
    marketplace: str,
    *,
    only: Collection[str] = (),
    samples: Mapping[str, Mapping[str, Any]] | None = None,
) -> Report:
    """Hold the plugin that declares `marketplace` to what every plugin promises.

    `only` names checks (all, when empty). `samples` are the author's own form values, by
    template type and field. The process works with another installation meanwhile.
    """
    began = time.monotonic()
    report = Report(marketplace=marketplace)
    with installed(), Trial(declared, marketplace, given=samples) as trial:
        for one in CHECKS:
            if not only or one.key in only:
                report.outcomes.append(_outcome(one, trial))
    report.seconds = time.monotonic() - began
    return report


def _outcome(one: Check, trial: Trial) -> Outcome:
    began, cases = time.monotonic(), trial.cases
    findings: list[Finding] = []
    skipped = ""
    try:
        findings += islice(one.look(trial), MOST)
    except NotConcerned as reason:
        skipped = str(reason)
    except (NotReady, Unknown) as error:
        findings.append(Finding("", str(error)))
    if findings:
        trial.give_up_shop()
    return Outcome(
        check=one.key,
        title=one.title,
        findings=findings,
        skipped=skipped,
        cases=trial.cases - cases,
        seconds=time.monotonic() - began,
    )
