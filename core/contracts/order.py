"""An order line as a marketplace tells it, and how lines are read and confirmed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from core.contracts.form import Client
from core.contracts.page import UNCHANGED, Page, Unchanged
from core.contracts.write import Write

EVERY = timedelta(minutes=5)
"""How often lines are collected where a marketplace declares nothing else."""


class LineState(Enum):
    """Where a line stands, in our words; claims stand beside it."""

    WAITING_PAYMENT = "waiting_payment"
    NEW = "new"
    CONFIRMED = "confirmed"
    SHIPPING = "shipping"
    DELIVERED = "delivered"
    DECIDED = "decided"
    CANCELLED = "cancelled"
    RETURNED = "returned"
    EXCHANGED = "exchanged"
    UNKNOWN = "unknown"


class ClaimKind(Enum):
    """What a buyer asks for."""

    CANCEL = "cancel"
    RETURN = "return"
    EXCHANGE = "exchange"


class ClaimState(Enum):
    """How far a claim has come; WITHDRAWN claims leave the line where it was."""

    REQUESTED = "requested"
    IN_PROGRESS = "in_progress"
    HELD = "held"
    DONE = "done"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, kw_only=True)
class Claim:
    """The claim that a line has now; `remote_state` is the marketplace's own word."""

    kind: ClaimKind
    state: ClaimState
    remote_state: str = ""
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Buyer:
    """Everything personal about a line. Sealed at rest, masked on pages, never in a log."""

    orderer_name: str = ""
    orderer_phone: str = ""
    orderer_id: str = ""
    receiver_name: str = ""
    receiver_phone: str = ""
    receiver_phone2: str = ""
    postcode: str = ""
    address: str = ""
    address_detail: str = ""
    message: str = ""
    customs_code: str = ""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One order line (상품주문): the unit that is confirmed, dispatched and claimed.

    `order_no` and `line_no` never change; `line_key` is what writes and reads name it by.
    A field left out (UNCHANGED) keeps what is stored, None means empty. Money is won, times
    are aware. `changed_at` is the marketplace's own time of the change, when it tells one.
    `raw` is the marketplace's answer for the line; it is stored sealed.
    """

    order_no: str
    line_no: str
    line_key: str
    state: LineState | Unchanged = UNCHANGED
    remote_state: str | Unchanged = UNCHANGED
    confirm_withdrawn: bool = False
    changed_at: datetime | None = None
    ordered_at: datetime | Unchanged = UNCHANGED
    paid_at: datetime | Unchanged | None = UNCHANGED
    confirmed_at: datetime | Unchanged | None = UNCHANGED
    dispatched_at: datetime | Unchanged | None = UNCHANGED
    dispatch_due: datetime | Unchanged | None = UNCHANGED
    bundle_no: str | Unchanged | None = UNCHANGED
    product_no: str | Unchanged = UNCHANGED
    option_no: str | Unchanged | None = UNCHANGED
    product_name: str | Unchanged = UNCHANGED
    option_text: str | Unchanged | None = UNCHANGED
    seller_code: str | Unchanged | None = UNCHANGED
    option_code: str | Unchanged | None = UNCHANGED
    line_class: str | Unchanged | None = UNCHANGED
    quantity: int | Unchanged = UNCHANGED
    cancelled: int | Unchanged = UNCHANGED
    returned: int | Unchanged = UNCHANGED
    exchanged: int | Unchanged = UNCHANGED
    dispatched: int | Unchanged = UNCHANGED
    unit_price: int | Unchanged = UNCHANGED
    amount: int | Unchanged = UNCHANGED
    shipping_fee: int | Unchanged | None = UNCHANGED
    commission: int | Unchanged | None = UNCHANGED
    settlement: int | Unchanged | None = UNCHANGED
    courier: str | Unchanged | None = UNCHANGED
    invoice_no: str | Unchanged | None = UNCHANGED
    claim: Claim | Unchanged | None = UNCHANGED
    buyer: Buyer | Unchanged = UNCHANGED
    raw: Mapping[str, Any] | str | Unchanged = UNCHANGED


@dataclass(frozen=True, kw_only=True)
class TakeNew:
    """How new lines come from a marketplace that shows them only by confirming them.

    `take(client, start, end)` asks for what is new between two times (UTC, at most `window`
    apart) and so confirms it: its request says `write=True`. `taken(client, start, end)` reads
    what was confirmed of the same time and changes nothing: core calls it before a window
    whose answer was lost is taken again. Both return whole lines, all of them confirmed.
    Core chooses the windows: they begin when the channel was connected and end now; each time
    a whole window is asked for, as what was taken before does not come again.
    """

    take: Callable[[Client, datetime, datetime], Sequence[Line]]
    taken: Callable[[Client, datetime, datetime], Sequence[Line]]
    window: timedelta = timedelta(hours=24)


@dataclass(frozen=True, kw_only=True)
class OrderSync:
    """How lines are read and written.

    `start(since)` makes the first cursor for everything changed since then (UTC).
    `changes(client, cursor)` reads one page and changes nothing at the marketplace; windows
    overlap, and end a little before the marketplace's own time.
    `every` is how long after one collection the next is due, `window` what one query may span.
    `get(client, keys)` reads lines by `line_key`; keys the marketplace no longer tells are absent.
    Once an hour core reads the lines by it that are in one of the states of `recheck`: a feed need
    not tell that they were confirmed in the seller centre, or left every list. It also reads
    lines by it that a page tells only in part (no quantity) and that are not known yet.
    `at_once` is how many keys one `get` takes: all its calls have to be made within 30 seconds.
    `take_new` is only for marketplaces that show new orders by confirming them; they have no
    `confirm`. Not called yet: `dispatch`, `delay` and `refuse`.
    """

    marketplace: str
    start: Callable[[datetime], str]
    changes: Callable[[Client, str], Page[Line]]
    get: Callable[[Client, Sequence[str]], Sequence[Line]]
    take_new: TakeNew | None = None
    confirm: Write | None = None
    dispatch: Write | None = None
    delay: Write | None = None
    refuse: Write | None = None
    recheck: Sequence[LineState] = (LineState.NEW,)
    at_once: int = 200
    window: timedelta = timedelta(hours=24)
    every: timedelta = EVERY
