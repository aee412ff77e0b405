"""The practice marketplace as a hand-written client sees it: a token, and pages of changes."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self

import httpx

from bench.practice import DAYS, Practice
from plugins.smartstore.client import CHANGES_LIMIT, at
from plugins.smartstore.signature import sign

CHANGES = "/v1/pay-order/seller/product-orders/last-changed-statuses"
DETAILS = "/v1/pay-order/seller/product-orders/query"

Line = tuple[dict[str, Any], dict[str, Any]]
"""A line's change and its details, as they came."""


class Wire:
    """One kept-alive connection with a token."""

    def __init__(self, practice: Practice) -> None:
        self._values = practice.world("credentials")
        self._http = httpx.Client(base_url=practice.url, trust_env=False, timeout=30)

    def __enter__(self) -> Self:
        now = int(time.time() * 1000) - 2000
        form = {
            "client_id": self._values["client_id"],
            "timestamp": str(now),
            "grant_type": "client_credentials",
            "client_secret_sign": sign(
                self._values["client_id"], self._values["client_secret"], now
            ),
            "type": "SELF",
        }
        answer = self._http.post("/v1/oauth2/token", data=form).raise_for_status()
        self._http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def poll(self, since: str) -> Any:
        """The least that a poll can cost: one GET and its JSON parsed."""
        answer = self._http.get(CHANGES, params={"lastChangedFrom": since})
        return json.loads(answer.content)

    def pages(self) -> Iterator[list[Line]]:
        """Every page of the world: what changed, a window of 24 hours after the other, and the
        details of it."""
        now = datetime.now(UTC) - timedelta(seconds=5)
        since = now - timedelta(days=DAYS + 1)
        while since < now:
            until = min(since + timedelta(hours=24), now)
            yield from self._window(at(since), at(until))
            since = until + timedelta(milliseconds=1)

    def _window(self, since: str, until: str) -> Iterator[list[Line]]:
        sequence = ""
        while True:
            params = {
                "lastChangedFrom": since,
                "lastChangedTo": until,
                "limitCount": str(CHANGES_LIMIT),
            }
            if sequence:
                params["moreSequence"] = sequence
            answer = self._http.get(CHANGES, params=params).raise_for_status()
            data = json.loads(answer.content).get("data")
            if not data:
                return
            changes = {row["productOrderId"]: row for row in data["lastChangeStatuses"]}
            asked = {"productOrderIds": list(changes), "quantityClaimCompatibility": True}
            answer = self._http.post(DETAILS, json=asked).raise_for_status()
            details = json.loads(answer.content)["data"]
            yield [(changes[item["productOrder"]["productOrderId"]], item) for item in details]
            more = data.get("more")
            if more is None:
                return
            since = at(datetime.fromisoformat(more["moreFrom"]))
            sequence = more["moreSequence"]
