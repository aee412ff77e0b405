"""A client of the plugin without a channel: no ledger, no budget, straight to a practice host."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from core import clock
from core.contracts.form import CredentialsForm
from core.contracts.marketplace import Marketplace
from core.fields import Kind, clean
from core.host import Host
from core.http import Call, Http
from core.network import transport
from core.practice import PracticeHost

SECONDS = 10.0


@dataclass
class Gate:
    """Lets every call through, and notes it."""

    calls: list[Call] = field(default_factory=list)
    buckets: set[str] = field(default_factory=set)
    learnt: dict[str, tuple[float, float, float | None]] = field(default_factory=dict)
    seconds: float = SECONDS
    """How long a call may take."""

    @property
    def longest(self) -> float:
        """How long one may take where nothing is tried."""
        return SECONDS

    def before(self, bucket: str, *, write: bool) -> float:
        """Note the bucket that is drawn from."""
        self.buckets.add(bucket)
        return self.seconds

    def after(self, call: Call) -> None:
        """Note the call."""
        self.calls.append(call)

    def learn(self, bucket: str, *, per_second: float, burst: float, left: float | None) -> None:
        """Note the bucket that was learnt about, and what."""
        self.buckets.add(bucket)
        self.learnt[bucket] = per_second, burst, left


class Kept(dict[str, str]):
    """`host.memory` that forgets nothing by itself."""

    def set(self, key: str, value: str, *, seconds: float) -> None:
        """Keep it."""
        self[key] = value

    def pop(self, key: str) -> None:  # type: ignore[override]
        """Forget it."""
        super().pop(key, None)


@dataclass(frozen=True)
class Bare:
    """The plugin's client, what it called, and what it remembers."""

    client: Any
    values: Mapping[str, Any]
    gate: Gate
    memory: Kept
    secrets: set[str]


Publish = Callable[[bytes, str, int], str]


@contextmanager
def connected(
    market: Marketplace,
    form: CredentialsForm,
    host: PracticeHost,
    publish: Publish,
    values: Mapping[str, Any] | None = None,
) -> Iterator[Bare]:
    """Connect with the world's own credentials (or these); nothing is called yet."""
    told = host.place(market.key).credentials() if values is None else values
    typed = own_values(form, told)
    gate, memory = Gate(), Kept()
    secrets = {
        str(typed[item.name])
        for item in form.fields
        if item.kind is Kind.SECRET and len(str(typed.get(item.name) or "")) > 3
    }
    shared = transport(private=True)
    https = {
        name: Http(name, host.address(market.key, name), gate, transport=shared, secrets=secrets)
        for name in market.bases
    }
    log = logging.getLogger(f"hanpan.plugin.{market.key}")
    given = Host(http=https, memory=memory, now=clock.now, log=log, publish=publish)
    try:
        yield Bare(form.connect(typed, given), typed, gate, memory, secrets)
    finally:
        shared.close()


def own_values(form: CredentialsForm, told: Mapping[str, Any]) -> dict[str, Any]:
    """Of the world's credentials those of the form's fields, as the form leaves them."""
    done = clean(form.fields, told)
    own = {item.name: told.get(item.name) for item in form.fields}
    return own | done.values
