"""From a channel's row to the plugin's client: the host that it is handed, and its gate."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import httpx

from core import clock, registry, settings, vault
from core.contracts.form import CredentialsForm
from core.contracts.marketplace import Bucket, Marketplace
from core.fields import Kind, Values
from core.host import Host
from core.http import Http
from core.ledger import budget, publications
from core.ledger.memory import ChannelValues, Kept
from core.models.channel import account_name
from core.network import transport

TRUSTED_SKEW = 600.0
"""Seconds of difference to the marketplace's clock that are taken over; more is an error."""

FALLBACK = Bucket(key="", per_second=1.0, burst=2.0)


class Watch(Protocol):
    """What the running command knows and the gate asks: time left, and where calls go down."""

    def seconds_left(self) -> float:
        """How long a call may take now; raises when the lease has run out."""

    def called(self, call: Any) -> None:
        """A call ended."""

    def command_id(self) -> str | None:
        """The command that runs now."""


class Budgeted:
    """The gate of one connection: budget before, journal after."""

    def __init__(self, watch: Watch, market: Marketplace, account: str) -> None:
        self.last_key = ""
        self.watch = watch
        self._account = account
        self._buckets = {bucket.key: bucket for bucket in market.buckets}
        self._limits: dict[str, tuple[float, float]] = {}

    def before(self, bucket: str, *, write: bool) -> float:
        """Draw one call from the bucket and say how long the call may take."""
        self.last_key = self._key(bucket)
        self._limits[bucket] = budget.take(self.last_key, self._buckets.get(bucket, FALLBACK))
        return self.watch.seconds_left()

    def after(self, call: Any) -> None:
        """Pass the call on to the journal."""
        self.watch.called(call)

    def learn(self, bucket: str, *, per_second: float, burst: float, left: float | None) -> None:
        """Take over a limit that differs from what the bucket goes by, or an empty bucket."""
        if (per_second, burst) != self._limits.get(bucket) or (left is not None and left < 1):
            budget.learn(self._key(bucket), per_second=per_second, burst=burst, left=left)
            self._limits[bucket] = (per_second, burst)

    def _key(self, bucket: str) -> str:
        return f"{self._account}:{bucket}"


@dataclass
class Connection:
    """A plugin's client with what stands behind it."""

    client: Any
    gate: Budgeted
    memory: ChannelValues
    now: Callable[[], datetime]


_transports: dict[bool, httpx.HTTPTransport] = {}


def shared_transport(*, private: bool) -> httpx.HTTPTransport:
    """The transport of this process: to the practice origin, or to the world outside."""
    if private not in _transports:
        _transports[private] = transport(private=private)
    return _transports[private]


def forget_transports() -> None:
    """Close every kept connection (after a fork: they are the parent's)."""
    for kept in _transports.values():
        kept.close()
    _transports.clear()


def credentials_of(channel: Any) -> dict[str, Any]:
    """The unsealed values of the channel's form, upgraded to the form's version."""
    form = registry.current().forms[channel.marketplace]
    values: Values = vault.unseal_json("channel", "credentials", channel.id, channel.credentials)
    if channel.form_version < form.version and form.upgrade is not None:
        values = registry.guarded(form.upgrade, values, channel.form_version, default=values)
    return dict(values)


def open_connection(channel: Any, watch: Watch, kept: Kept) -> Connection:
    """Connect to the channel's account; nothing is sent yet. `kept` is its memory."""
    known = registry.current()
    market, form = known.marketplaces[channel.marketplace], known.forms[channel.marketplace]
    values = credentials_of(channel)
    gate = Budgeted(watch, market, account_name(channel, form.bucket(values)))
    secrets = _secrets(form, values)
    https = {
        name: Http(
            name,
            practice_base(market.key, name) if channel.practice else url,
            gate,
            transport=shared_transport(private=channel.practice),
            secrets=secrets,
        )
        for name, url in market.bases.items()
    }
    memory = ChannelValues(channel.id, channel.seal_version)
    memory.begin(kept)
    host = Host(
        http=https,
        memory=memory,
        now=_now(https),
        log=logging.getLogger(f"hanpan.plugin.{market.key}"),
        publish=publications.publisher(channel, lambda: gate.watch.command_id()),
    )
    return Connection(form.connect(values, host), gate, memory, host.now)


def practice_base(marketplace: str, base: str) -> str:
    """Where a practice channel finds a base of its marketplace."""
    return f"http://127.0.0.1:{settings.current().practice_port}/{marketplace}/{base}"


def _secrets(form: CredentialsForm, values: Values) -> set[str]:
    told = [str(values.get(item.name) or "") for item in form.fields if item.kind is Kind.SECRET]
    return {secret for secret in told if len(secret) > 3}


def _now(https: dict[str, Http]) -> Callable[[], datetime]:
    def now() -> datetime:
        skews = [http.skew for http in https.values() if abs(http.skew) <= TRUSTED_SKEW]
        return clock.now() + timedelta(seconds=max(skews, key=abs, default=0.0))

    return now
