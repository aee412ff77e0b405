"""What a 배송 템플릿 joins: which templates fit, and the form's own check, with what there is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from core.conformance.report import Finding
from core.conformance.samples import raw
from core.conformance.trial import Trial
from core.conformance.trouble import NotConcerned, attempt
from core.contracts.shipping import ShippingForm
from core.contracts.text import Text
from core.fields import Kind, clean
from core.services.shipping import CHOSEN, NAME


def joined(trial: Trial) -> Iterator[Finding]:
    """`fits` answers for every template that was imported, `check` for forms filled in with it."""
    form = trial.market.shipping
    if form is None:
        raise NotConcerned("one template of each type of the setup is joined")
    chosen: dict[str, str] = {}
    for part in form.parts:
        for row in trial.shop.rows(part.template):
            trial.cases += 1
            values = trial.shop.values(row)
            fits, error = attempt(lambda: part.fits is None or part.fits(values))  # noqa: B023
            if error is not None:
                yield Finding(part.name, f"`fits` raised {type(error).__name__} for {row.title!r}")
            elif fits not in (True, False):
                yield Finding(part.name, f"`fits` says {fits!r} of {row.title!r}")
            elif fits:
                chosen.setdefault(part.name, row.id)
    if form.check is not None:
        for typed in _filled_in(trial, form):
            trial.cases += 1
            yield from _checked(form, {NAME.name: "시험", CHOSEN.name: False, **chosen}, typed)


def _filled_in(trial: Trial, form: ShippingForm) -> Iterator[dict[str, Any]]:
    """The form as it comes, filled in, and with each choice of each field."""
    yield {item.name: raw(item.default) for item in form.fields}
    typed = {item.name: trial.samples.typed(item) for item in form.fields}
    yield typed
    for item in form.fields:
        if item.kind is Kind.CHOICE:
            yield from (typed | {item.name: key} for key, _ in item.choices)


def _checked(
    form: ShippingForm, core: Mapping[str, Any], typed: Mapping[str, Any]
) -> Iterator[Finding]:
    check, done = form.check, clean(form.fields, typed)
    if check is None or not done.ok:
        return
    told, error = attempt(lambda: check({**core, **done.values}))
    if error is not None:
        yield Finding("check", f"it raised {type(error).__name__} with {dict(typed)!s:.120}")
    elif not isinstance(told, Mapping) or not all(isinstance(one, Text) for one in told.values()):
        yield Finding("check", f"reasons by field name were expected, not {told!r:.80}")
