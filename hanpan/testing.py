"""What tests of a plugin are made of: answers laid out beforehand, and the practice marketplace.

    answers = Answers(lambda request: request.url.path, lambda body: Response(200, json=body))
    answers.on("/v1/shop", {"id": "shop-1"})
    client = Acme(VALUES, host_of(answers.transport, {"api": "https://api.acme.example"}))

`Answers` is the client alone. `PracticeShop` is the whole plugin against its practice marketplace.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import httpx
from httpx import Response

from core import clock
from core.conformance.bare import Gate, Kept
from core.contracts.form import CredentialsForm
from core.contracts.product import Listing, Search
from core.contracts.write import Item, Result, Sent, Verdict, Write
from core.fields import clean
from core.host import Host, Memory
from core.http import Http
from core.network import transport
from core.practice import PracticeHost
from core.practice.faults import Rule

__all__ = [
    "Answers", "Gate", "Kept", "PracticeShop", "Response", "host_of", "practice_shop",
    "searched", "sent", "verdict_of",
]  # fmt: skip

Publish = Callable[[bytes, str, int], str]


def host_of(
    transport: httpx.BaseTransport,
    bases: Mapping[str, str],
    *,
    gate: Gate | None = None,
    memory: Memory | None = None,
    now: Callable[[], datetime] = clock.now,
    secrets: Collection[str] = (),
    publish: Publish | None = None,
) -> Host:
    """What a plugin is handed: a client for each base, whose calls go to `transport`."""
    through, hidden = gate or Gate(), set(secrets)
    return Host(
        http={
            name: Http(name, url, through, transport=transport, secrets=hidden)
            for name, url in bases.items()
        },
        memory=Kept() if memory is None else memory,
        now=now,
        log=logging.getLogger("test"),
        publish=publish,
    )


class Answers:
    """Answers that a test lays out, each under the name of a call; the last of them stays.

    `named(request)` is how a call is called. `made(answer)` makes a response of what was laid out;
    an exception is raised as it is. A call that nothing is laid out for gets `otherwise`.
    """

    def __init__(
        self,
        named: Callable[[httpx.Request], Hashable],
        made: Callable[[Any], Response],
        *,
        otherwise: Any = None,
    ) -> None:
        self.sent: list[httpx.Request] = []
        self.laid: dict[Hashable, list[Any]] = {}
        self.transport = httpx.MockTransport(self._serve)
        self._named, self._made, self._otherwise = named, made, otherwise

    def on(self, name: Hashable, *answers: Any) -> None:
        """Lay out what the calls of that name get, one after the other."""
        self.laid[name] = [*answers]

    def _serve(self, request: httpx.Request) -> Response:
        self.sent.append(request)
        name = self._named(request)
        laid = self.laid.get(name)
        if laid is None:
            assert self._otherwise is not None, f"nothing is laid out for {name}"
            return self._made(self._otherwise)
        answer = laid.pop(0) if len(laid) > 1 else laid[0]
        if isinstance(answer, Exception):
            raise answer
        return self._made(answer)


class PracticeShop:
    """A practice marketplace in a new world, and clients of the plugin that call it by HTTP.

    `seed` is what `POST seed` takes beside the size. `ahead` is how far Hanpan's clock is ahead
    of the marketplace's.
    """

    def __init__(
        self,
        host: PracticeHost,
        form: CredentialsForm,
        *,
        bases: Sequence[str] = ("api",),
        publish: Publish | None = None,
        **seed: Any,
    ) -> None:
        self.host, self.form = host, form
        self.place = host.place(form.marketplace)
        self.place.shift(0)
        self.place.seed("small", seed)
        self.gate, self.memory = Gate(), Kept()
        self.ahead = timedelta()
        self._bases = {name: host.address(form.marketplace, name) for name in bases}
        self._publish = publish
        self._transport = transport(private=True)

    def client(self, *, publish: Publish | None = None, **values: Any) -> Any:
        """A client by the world's own credentials, but for these values."""
        typed = clean(self.form.fields, {**self.place.credentials(), **values})
        assert typed.ok, typed.problems
        return self.form.connect(
            typed.values,
            host_of(
                self._transport,
                self._bases,
                gate=self.gate,
                memory=self.memory,
                now=self.now,
                publish=publish or self._publish,
            ),
        )

    def now(self) -> datetime:
        """The time as Hanpan has it."""
        return self.place.world.now() + self.ahead

    def wait(self, **span: float) -> None:
        """Let time go by, for the marketplace as for Hanpan."""
        self.place.shift(self.place.world.skew + timedelta(**span).total_seconds())

    def fault(self, kind: str, path: str, **more: Any) -> None:
        """Spoil the next call whose path holds this, as `POST faults` does."""
        self.place.faults.append(Rule.read({"kind": kind, "match": path, "times": 1, **more}))

    def order(self, **told: Any) -> list[str]:
        """One new order, as the act `new_order` is told it; the keys of its lines."""
        (made,) = self.place.act("new_order", {"minutes_ago": 1, **told})
        return list(made["lines"])

    def ledger(self, kind: str) -> dict[str, Any]:
        """What is true there of all `lines`, `listings` or `templates`."""
        return dict(self.place.ledger()[kind])

    def calls(self, path: str) -> list[Any]:
        """The calls so far whose path holds this."""
        return [call for call in self.place.calls if path in call["path"]]

    def close(self) -> None:
        """End the connections."""
        self._transport.close()


@contextmanager
def practice_shop(host: PracticeHost, form: CredentialsForm, **more: Any) -> Iterator[PracticeShop]:
    """A `PracticeShop` for the time of a block."""
    shop = PracticeShop(host, form, **more)
    try:
        yield shop
    finally:
        shop.close()


# -- listings -------------------------------------------------------------------------------------


def searched(search: Search, client: Any, **typed: Any) -> dict[str, Listing]:
    """Every listing that a search finds with its form filled in so, by number."""
    done = clean(search.fields, typed)
    assert done.ok, done.problems
    assert not (search.check and search.check(done.values))
    found: dict[str, Listing] = {}
    cursor, more = "", True
    while more:
        page = search.pages(client, done.values, cursor)
        found |= {listing.product_no: listing for listing in page.items}
        cursor, more = page.cursor, page.more
    return found


def sent(write: Write, client: Any, key: str, **values: Any) -> Result:
    """How one item of a write ends."""
    (result,) = write.send(client, [Item(key, values)])
    return result


def verdict_of(write: Write, client: Any, key: str, **values: Any) -> Verdict:
    """What is read back of one item that was sent."""
    assert write.readback is not None
    return dict(write.readback(client, [Sent(key, values, clock.now())]))[key]
