"""Who we talk to: hosts, limits, couriers, and the order in which a seller sets it up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum

from core.contracts.shipping import ShippingForm
from core.contracts.text import Text


class Tone(Enum):
    """The ten colours a marketplace's mark may have; pages own the actual colour."""

    GREEN = "green"
    RED = "red"
    VIOLET = "violet"
    ROSE = "rose"
    BROWN = "brown"
    TEAL = "teal"
    ORANGE = "orange"
    BLUE = "blue"
    OLIVE = "olive"
    SLATE = "slate"


class Service(Enum):
    """The kinds of calls that a seller can switch off on a channel.

    CS has no calls yet.
    """

    PRODUCT = "product"
    ORDER = "order"
    CS = "cs"
    STOCK = "stock"


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """A budget of calls: `per_second` is refilled, at most `burst` are saved up.

    A client may learn a better figure from an answer; see `Http.learn`.
    """

    key: str
    per_second: float
    burst: float


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step of the setup sequence: the credentials, or a template type by its key."""

    kind: str
    target: str = ""
    why: Text | None = None

    @classmethod
    def credentials(cls, *, why: Text | None = None) -> Step:
        """The API connection itself; always the first step."""
        return cls(kind="credentials", why=why)

    @classmethod
    def template(cls, target: str, *, why: Text | None = None) -> Step:
        """A template type that must have been imported (or created) once."""
        return cls(kind="template", target=target, why=why)


@dataclass(frozen=True, kw_only=True)
class Courier:
    """What the marketplace calls a courier: `code` on its wire, `key` in Hanpan's own list.

    The names and the shapes of invoice numbers stand in that list (`core/couriers.py`), the
    same for all. Names the courier of a line by `code`; nothing is dispatched yet.
    """

    key: str
    code: str


@dataclass(frozen=True)
class KeyRule:
    """What ends or voids the keys of a marketplace, or when they may be changed.

    `monthly` says that what `text` allows may be done once a calendar month (Korean time): pages
    say when the next one begins.
    """

    text: Text
    monthly: bool = False


@dataclass(frozen=True, kw_only=True)
class Assumed:
    """Calls that no source confirms: composed after the marketplace's own pattern.

    `calls` names what they serve, as the support matrix does ("template.<key>.<capability>",
    "orders.claims"); `text` says what is known and what was composed. Docs and pages mark them
    as 확인 안 됨.
    """

    calls: Sequence[str]
    text: Text


@dataclass(frozen=True, kw_only=True)
class Sunset:
    """The marketplace has closed `on` that day; `text` says so to the seller.

    `source` is where it was announced. Real channels are read only from then on: nothing is
    called, their history stays. Practice channels go on.
    """

    on: date
    source: str
    text: Text


@dataclass(frozen=True, kw_only=True)
class Marketplace:
    """A marketplace, as the rest of Hanpan needs to know it.

    `bases` names each host once ("external" -> "https://…"); plugins may call no other.
    `buckets` are the call budgets by name; `http` calls say which one they draw from.
    `guide` is the key-issuing guide in Markdown, one text per language, numbered steps.
    `mark` is one or two letters; `tone` the colour of its chip. `personal` names the fields of
    its answers and requests that hold something personal or secret and are not called so
    (name, tel, addr, zip, token, receiver… are known): the journal hides their values.
    `assumed` are the calls that no source confirms. `caller_ip_limit` says how many addresses of
    ours may be registered: None where none has to be, 0 where no limit is known. `key_rules` say
    what ends or voids the keys (a change of the agency, say). `shipping` says what a 배송 템플릿 of
    ours joins; without it, a template of each type of the setup sequence.
    """

    key: str
    label: Text
    mark: str
    tone: Tone
    bases: Mapping[str, str]
    setup: Sequence[Step]
    buckets: Sequence[Bucket] = ()
    couriers: Sequence[Courier] = ()
    guide: Text | None = None
    seller_center: str = ""
    caller_ip_limit: int | None = None
    key_rules: Sequence[KeyRule] = ()
    personal: Sequence[str] = ()
    sunset: Sunset | None = None
    assumed: Sequence[Assumed] = ()
    shipping: ShippingForm | None = None
