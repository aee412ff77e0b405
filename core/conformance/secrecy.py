"""Secrets and buyers stand in no message: not in the log, an error, a job, nor the journal."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote, quote_plus

from core.conformance import matrix, rounds
from core.conformance.bare import connected, own_values
from core.conformance.faults import FAULTS
from core.conformance.report import Finding
from core.conformance.trial import SECRET, SHORTEST, Trial
from core.conformance.trouble import attempt, wrong
from core.errors import MarketplaceError, NeedsSeller

ENOUGH = 60
"""Cases after which there are messages enough to look through."""
PROVOKED = ("error-500", "login-page")


def secrets(trial: Trial) -> Iterator[Finding]:
    """No key and no token in any message."""
    _provoke(trial)
    yield from _searched(trial, _forms(trial.secrets), "a secret")


def buyers(trial: Trial) -> Iterator[Finding]:
    """No buyer's name, number or door in any message."""
    _provoke(trial)
    yield from _searched(trial, trial.people, "a buyer's data")


def _provoke(trial: Trial) -> None:
    """See to it that there are messages: a plain round, and some errors."""
    for operation in rounds.everything(trial):
        rounds.learn(trial, operation)
    if trial.cases < ENOUGH:
        for fault in FAULTS:
            if fault.key in PROVOKED:
                for _ in matrix.meet(trial, fault):
                    pass
    if trial.orders is not None:
        trial.shop.collect()
    trial.remember()


def _searched(trial: Trial, hidden: set[str], what: str) -> Iterator[Finding]:
    for where, text in _texts(trial):
        if found := next((one for one in hidden if one in text), None):
            at = text.index(found)
            around = text[max(0, at - 60) : at].splitlines()
            yield Finding(where, f"{what} behind {(around or [''])[-1][-60:]!r}")


def _texts(trial: Trial) -> Iterator[tuple[str, str]]:
    for text in dict.fromkeys(trial.heard.texts):
        yield "the log", text
    shop = trial.shop
    yield from shop.messages()
    for row, body in shop.journal():
        yield f"the journal, {row.what}", f"{row.path} {body}"


def _forms(secrets: set[str]) -> set[str]:
    """The secrets as they are, and as an address carries them."""
    return secrets | {quote(one, safe="") for one in secrets} | {quote_plus(one) for one in secrets}


def refused_key(trial: Trial) -> Iterator[Finding]:
    """A wrong key is the seller's to mend, and the error does not tell it."""
    with trial.bare() as bare:
        trial.form.verify(bare.client)
    told = own_values(trial.form, trial.place.credentials())
    for item in trial.form.fields:
        value = str(told.get(item.name) or "")
        if item.kind is not SECRET or len(value) < SHORTEST:
            continue
        trial.cases += 1
        spoilt = _spoilt(value)
        values = {**told, item.name: spoilt}
        with connected(
            trial.market, trial.form, trial.host, trial.publisher.publish, values
        ) as bare:
            _, error = attempt(lambda: trial.form.verify(bare.client))
        if error is None:
            continue  # a key of another service: verify does not use it
        if raised := wrong(error):
            yield Finding(item.name, raised)
        elif not isinstance(error, NeedsSeller):
            yield Finding(item.name, f"a wrong one is told as {type(error).__name__}")
        if isinstance(error, MarketplaceError):
            said = f"{error.text} {error.code} {error.detail} {error}"
            if any(one in said for one in {spoilt, *trial.secrets}):
                yield Finding(item.name, "the error tells the key")


def _spoilt(value: str) -> str:
    """The same shape with one other letter in the middle."""
    at = len(value) // 2
    while at < len(value) - 1 and not value[at].isalnum():
        at += 1
    other = "b" if value[at] == "a" else "a"
    if value[at].isdigit():
        other = "1" if value[at] == "0" else "0"
    elif value[at].isupper():
        other = "B" if value[at] == "A" else "A"
    return value[:at] + other + value[at + 1 :]
