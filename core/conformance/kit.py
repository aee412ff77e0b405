"""Runs the checks over one plugin."""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Collection, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from core.conformance.checks import CHECKS, Check
from core.conformance.installation import installed
from core.conformance.report import Finding, Outcome, Report
from core.conformance.trial import Trial
from core.conformance.trouble import NotConcerned, NotReady, Unknown
from core.registry import Registry

log = logging.getLogger(__name__)

MOST = 12
"""Findings of one check after which it goes no further: the cause is the same."""


def check(
    declared: Registry,
    marketplace: str,
    *,
    only: Collection[str] = (),
    operations: Collection[str] = (),
    samples: Mapping[str, Mapping[str, Any]] | None = None,
) -> Report:
    """Hold the plugin that declares `marketplace` to what every plugin promises.

    `only` names checks, `operations` what faults and the plain round are tried on (all, when
    empty). `samples` are the author's own form values, by
    template type and field. The process works with another installation meanwhile.
    """
    began = time.monotonic()
    report = Report(marketplace=marketplace)
    with installed(), Trial(declared, marketplace, given=samples, only=operations) as trial:
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
    except Exception as error:
        # The guarded place for a plugin, or its sandbox, that raises where nobody asked for it.
        log.info("the check %s stopped", one.key, exc_info=True)
        findings.append(Finding("", _stopped(error)))
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


def _stopped(error: Exception) -> str:
    """What was raised, and where."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" in {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"it stopped at {type(error).__name__}{where}: {error!s:.200}"
