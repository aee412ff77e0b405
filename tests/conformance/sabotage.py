"""Faults that are planted into the sample plugin, each with the check that must find it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Plant:
    """What goes wrong, the check that finds it, and the source that is replaced and by what."""

    what: str
    check: str
    old: str
    new: str
    also: tuple[tuple[str, str], ...] = ()
    at: tuple[str, ...] = ()
    """The operations that it concerns, where trying the others would only take time."""
    file: str = "__init__.py"

    def into(self, source: str) -> str:
        """The source with the fault in it; what is replaced must stand there once."""
        for old, new in ((self.old, self.new), *self.also):
            assert source.count(old) == 1, f"{source.count(old)} times: {old}"
            source = source.replace(old, new)
        return source.replace(HEAD, HEAD + BESIDES) if self.file == "__init__.py" else source


HEAD = "from __future__ import annotations\n"
BESIDES = """
import dataclasses
import socket
import urllib.request

from hanpan.api import Assumed


class Shared(dict):
    def set(self, key, value, *, seconds):
        self[key] = value

    def pop(self, key):
        super().pop(key, None)


SHARED = Shared()
"""
"""What planted code needs besides."""

PLANTS: tuple[Plant, ...] = (
    # -- pages and windows
    Plant(
        "only the first page of the templates is read",
        "round",
        'more=page < int(take(told, "pages"))',
        "more=False",
        at=("template.address.import",),
    ),
    Plant(
        "only the first page of a window is read",
        "every-line",
        'if here.page < int(take(told, "pages")):',
        "if not told:",
    ),
    Plant(
        "the pages never end",
        "every-line",
        "more=until + OVERLAP < now - LAG",
        "more=True",
    ),
    Plant(
        "the page number is not moved on",
        "endless",
        'return Page(items, str(page + 1), more=page < int(take(told, "pages")))',
        "return Page(items, str(page + 1), more=True)",
    ),
    Plant(
        "an empty page is taken for the end",
        "empty-page",
        'if here.page < int(take(told, "pages")):',
        'if lines and here.page < int(take(told, "pages")):',
    ),
    Plant(
        "windows leave a gap",
        "round",
        "following = Position(until - OVERLAP)",
        "following = Position(until + timedelta(seconds=8))",
        at=("orders.changes",),
    ),
    Plant(
        "a window begins with the day in Korea",
        "midnight",
        "following = Position(until - OVERLAP)",
        "today = kst(now).replace(hour=0, minute=0, second=0, microsecond=0)\n"
        "    following = Position(max(until - OVERLAP, min(today, now - LAG)))",
    ),
    Plant(
        "a cursor of the future is waited for",
        "cursor",
        "here = Position(now - WINDOW)",
        "return Page([], cursor)",
    ),
    Plant(
        "a corrupt cursor raises what it raises",
        "cursor",
        "except (ValueError, TypeError, KeyError, AttributeError) as error:",
        "except ZeroDivisionError as error:",
    ),
    Plant(
        "where reading stands is kept in memory, not in the cursor",
        "kill-collect",
        "here = Position.read(cursor)",
        'here = Position.read(client.host.memory.get("at") or cursor)\n'
        '    client.host.memory.set("at", Position(now - LAG).write(), seconds=900)',
    ),
    Plant(
        "an order names its product otherwise than the listings",
        "every-line",
        'product_no=str(told.get("product") or "") or UNCHANGED,',
        "product_no=f\"P{told.get('product')}\",",
    ),
    Plant(
        "an order names an option that no listing has",
        "every-line",
        'option_no=str(told.get("option") or "") or UNCHANGED,',
        "option_no=f\"O{told.get('option')}\",",
    ),
    Plant(
        "no order names its product",
        "every-line",
        'product_no=str(told.get("product") or "") or UNCHANGED,',
        "",
    ),
    # -- answers that are odd
    Plant(
        "a key that is missing is a KeyError",
        "missing-key",
        'order_no=str(take(told, "order")),',
        'order_no=str(told["order"]),',
    ),
    Plant(
        "a quantity that is missing is one",
        "missing-key",
        'pieces, gone = take(told, "quantity"), told.get("gone") or 0',
        'pieces, gone = told.get("quantity") or 1, told.get("gone") or 0',
    ),
    Plant(
        "a state that nobody knows is new",
        "unknown-code",
        'state=STATES.get(str(told.get("state")), LineState.UNKNOWN)',
        'state=STATES.get(str(told.get("state")), LineState.NEW)',
    ),
    Plant(
        "a line that comes twice is an error of its own",
        "records",
        'lines = [line(one) for one in take(told, "lines")]',
        'lines = [line(one) for one in take(told, "lines")]\n'
        "    assert len({one.line_key for one in lines}) == len(lines)",
    ),
    # -- faults of the wire
    Plant(
        "a limit is not known as one",
        "fault.limit",
        "if answer.status == 429:",
        "if answer.status == 430:",
        at=("orders.changes",),
    ),
    Plant(
        "how long to wait is not read",
        "fault.limit-told",
        "float(seconds) if seconds.isdigit() else 1.0",
        "1.0",
        at=("orders.changes",),
    ),
    Plant(
        "a failed write is told as not made",
        "fault.error-500",
        "return (OutcomeUnknown if write else Unavailable)(detail=told)",
        "return Unavailable(detail=told)",
        at=("orders.confirm",),
    ),
    Plant(
        "an outage is the seller's fault",
        "fault.error-500",
        "return (OutcomeUnknown if write else Unavailable)(detail=told)",
        "return AuthError(detail=told)",
        at=("channel.verify",),
    ),
    Plant(
        "a connection that fails is taken for no news",
        "fault.refused",
        "told = client.changes(here.since, until, here.page)",
        "try:\n        told = client.changes(here.since, until, here.page)\n"
        '    except MarketplaceError:\n        told = {"lines": [], "pages": 1}',
        at=("orders.changes",),
    ),
    Plant(
        "reading back never finds what was done",
        "fault.lost-answer",
        '"accepted": Done(), "sent": Done()',
        '"accepted": Absent(), "sent": Done()',
        at=("orders.confirm",),
    ),
    Plant(
        "what shows late is sent again at once",
        "fault.late-effect",
        "scope=Scope.BUNDLE, repeat=Repeat.READBACK",
        "scope=Scope.BUNDLE, repeat=Repeat.HARMLESS",
        at=("orders.confirm",),
    ),
    Plant(
        "half an answer is no answer to worry about",
        "fault.truncated",
        "told = client.addresses(page)",
        "try:\n        told = client.addresses(page)\n"
        '    except Unavailable:\n        told = {"addresses": [], "pages": 1}',
        at=("template.address.import",),
    ),
    Plant(
        "letters are read as the label says",
        "fault.charset",
        "return answer.json()\n        except",
        'label = answer.headers["content-type"].partition("charset=")[2]\n'
        '            return json.loads(answer.content.decode(label or "utf-8"))\n        except',
        at=("orders.changes",),
    ),
    Plant(
        "a login page is a refused key",
        "fault.login-page",
        "raise (OutcomeUnknown if write else Unavailable)(detail=error.detail) from error",
        "raise AuthError(detail=error.detail) from error",
        at=("channel.verify",),
    ),
    Plant(
        "a body that is too large is taken for an empty one",
        "fault.huge-body",
        "shop = client.shop()",
        "try:\n        shop = client.shop()\n"
        '    except MarketplaceError:\n        shop = {"id": "?", "name": "?"}',
        at=("channel.verify",),
    ),
    # -- writes
    Plant(
        "a confirm is sent as a read",
        "writes",
        'self.call("POST", "/v1/accept", write=True,',
        'self.call("POST", "/v1/accept",',
    ),
    Plant(
        "a confirm may be repeated as often as one likes",
        "kill-confirm",
        "repeat=Repeat.READBACK, send=confirm, readback=readback",
        "repeat=Repeat.HARMLESS, send=confirm",
    ),
    Plant(
        "collecting confirms",
        "reads",
        'lines = [line(one) for one in take(told, "lines")]',
        'lines = [line(one) for one in take(told, "lines")]\n'
        "    client.accept([one.line_key for one in lines])",
        at=("orders.changes",),
    ),
    # -- clocks
    Plant(
        "the marketplace's clock is not minded",
        "skew",
        "now = client.host.now()",
        "now = client.host.now() - timedelta(seconds=client.http.skew)",
    ),
    # -- lines in time
    Plant(
        "a claim that was withdrawn stays",
        "claims",
        '"withdrawn": ClaimState.WITHDRAWN',
        '"withdrawn": ClaimState.REQUESTED',
    ),
    Plant(
        "a courier is told by the wire's code",
        "dispatched",
        'courier=COURIERS.get(str(told.get("courier")))',
        'courier=told.get("courier")',
    ),
    # -- listings
    Plant(
        "a file's row that comes twice is two listings",
        "files",
        "rows=listing_rows(COLUMNS, row),",
        "rows=lambda rows: (\n"
        '        MigrationRow(one.number, listing=row(str(one.values["product_no"]), one.values))\n'
        "        for one in rows\n    ),",
        also=(("    ListingOption,\n", "    ListingOption,\n    MigrationRow,\n"),),
        file="products.py",
    ),
    Plant(
        "a file's cell that could not be read is passed over",
        "files",
        "rows=listing_rows(COLUMNS, row),",
        "rows=lambda rows: listing_rows(COLUMNS, row)(\n"
        "        dataclasses.replace(one, problems={}) for one in rows\n    ),",
        also=((HEAD, HEAD + "\nimport dataclasses\n"),),
        file="products.py",
    ),
    Plant(
        "a search ends with its first page",
        "listings",
        'return Page(found, str(page + 1), more=page < int(take(told, "pages")))',
        "return Page(found, str(page + 1), more=False)",
        file="products.py",
    ),
    Plant(
        "a listing that is gone fails the others",
        "listings",
        "        except NotFound:\n            continue",
        "        except NotFound:\n            raise",
        file="products.py",
    ),
    Plant(
        "only the first option is told",
        "listings",
        'options=[_option(one) for one in take(told, "options")],',
        'options=[_option(one) for one in take(told, "options")[:1]],',
        file="products.py",
    ),
    Plant(
        "a change of stock ends the sale of the other options",
        "listing-writes",
        'row["pieces"] = wanted.get(row["id"], row["pieces"])',
        'row["pieces"] = wanted.get(row["id"], 0)\n        told = {**told, "state": "off"}',
        file="products.py",
    ),
    Plant(
        "a file's price is told in thousands",
        "files",
        'else values["price"],',
        'else values["price"] // 1000 * 1000,',
        file="products.py",
    ),
    Plant(
        "a file's price is told as text",
        "files",
        'else values["price"],',
        'else str(values["price"]),',
        file="products.py",
    ),
    Plant(
        "a column that a file lacks empties what is stored",
        "files",
        'name=values.get("name") or UNCHANGED,',
        'name=values.get("name") or "",',
        file="products.py",
    ),
    Plant(
        "a file that tells no options says that there are none",
        "files",
        "raw=told_cells(COLUMNS, values),",
        "raw=told_cells(COLUMNS, values), options=[],",
        file="products.py",
    ),
    Plant(
        "a search that tells no options says that there are none",
        "listings",
        'found = [listing(one) for one in take(told, "products")]',
        'found = [replace(listing(one), options=[]) for one in take(told, "products")]',
        also=(("from datetime", "from dataclasses import replace\nfrom datetime"),),
        file="products.py",
    ),
    Plant(
        "a time is told without its zone",
        "listings",
        "datetime.fromisoformat(str(told))",
        "datetime.fromisoformat(str(told)).replace(tzinfo=None)",
        file="products.py",
    ),
    Plant(
        "a listing is called by its code",
        "listings",
        'name=str(told.get("name") or "") or UNCHANGED,',
        'name=str(told.get("code") or "") or UNCHANGED,',
        file="products.py",
    ),
    Plant(
        "a sale is told to end a week later",
        "listings",
        "return None if told is None else datetime.fromisoformat(str(told))",
        "return None if told is None else datetime.fromisoformat(str(told)) + timedelta(days=7)",
        also=(("import date, datetime", "import date, datetime, timedelta"),),
        file="products.py",
    ),
    Plant(
        "what is sold is told as stopped",
        "listings",
        '"on": SaleState.ON_SALE',
        '"on": SaleState.STOPPED',
        file="products.py",
    ),
    Plant(
        "a stock that is not told is none",
        "missing-key",
        "stock=pieces if isinstance(pieces, int) else UNCHANGED,",
        "stock=pieces if isinstance(pieces, int) else 0,",
        at=("listing.get",),
        file="products.py",
    ),
    Plant(
        "the options that nobody asked about are sold out",
        "listing-writes",
        'row["pieces"] = wanted.get(row["id"], row["pieces"])',
        'row["pieces"] = wanted.get(row["id"], 0)',
        file="products.py",
    ),
    Plant(
        "a field is lost when a product is replaced",
        "listing-writes",
        '"shown", "ends", "memo")',
        '"shown", "ends")',
        file="products.py",
    ),
    Plant(
        "a period is shortened",
        "listing-writes",
        "if ends is None or ends >= last:",
        "if ends is None:",
        file="products.py",
    ),
    Plant(
        "a sale that does not end is given an end",
        "listing-writes",
        "if ends is None or ends >= last:",
        "if ends is not None and ends >= last:",
        file="products.py",
    ),
    Plant(
        "a price is not what was asked for",
        "listing-writes",
        'client.product(number), price=values["price"])',
        'client.product(number), price=values["price"] // 1000 * 1000)',
        file="products.py",
    ),
    Plant(
        "what was changed is not read back as done",
        "listing-writes",
        "fulfilled.price",
        'lambda told, values: told.name == values["price"]',
        file="products.py",
    ),
    Plant(
        "an option that there is not is passed over",
        "listing-writes",
        'if set(wanted) - {str(row["id"]) for row in rows}:',
        "if not rows:",
        file="products.py",
    ),
    Plant(
        "an end that is not told is taken away when the price changes",
        "listing-vanish",
        "whole = {name: take(told, name) for name in SENT}",
        "whole = {name: told.get(name) for name in SENT}",
        file="products.py",
    ),
    Plant(
        "a stock whose answer was lost is told as not sent",
        "fault.lost-answer",
        "    client.save_product(number, {**whole, **changed})",
        "    try:\n        client.save_product(number, {**whole, **changed})\n"
        "    except OutcomeUnknown as error:\n        raise Unavailable from error",
        also=(
            ("    NotFound,\n", "    NotFound,\n    OutcomeUnknown,\n"),
            ("    Text,\n", "    Text,\n    Unavailable,\n"),
        ),
        at=("listing.stock",),
        file="products.py",
    ),
    Plant(
        "a search that fails finds nothing",
        "fault.error-500",
        'told = client.products(values.get("word") or "", page)',
        'try:\n        told = client.products(values.get("word") or "", page)\n'
        '    except Unavailable:\n        told = {"products": [], "pages": 1}',
        also=(("    Text,\n", "    Text,\n    Unavailable,\n"),),
        at=("listing.search",),
        file="products.py",
    ),
    Plant(
        "a part of the listings that is missing says no reason",
        "why-not",
        'why_not={"display": Text("베타마켓에는 진열이 없습니다.", "Beta has no display.")},',
        "",
        file="products.py",
    ),
    # -- apart
    Plant(
        "a token is kept for all channels",
        "two-accounts",
        "        self.host = host\n",
        "        self.host = dataclasses.replace(host, memory=SHARED)\n",
    ),
    Plant(
        "all accounts draw from one budget",
        "two-accounts",
        'return hashlib.sha256(str(values["key_id"]).encode()).hexdigest()[:16]',
        'return "beta"',
    ),
    Plant(
        "the name of the budget is the secret",
        "two-accounts",
        'return hashlib.sha256(str(values["key_id"]).encode()).hexdigest()[:16]',
        'return str(values["secret"])',
    ),
    Plant(
        "connecting logs in",
        "connect",
        'self.http = host.http["api"]',
        'self.http = host.http["api"]\n        self.login()',
    ),
    Plant(
        "calls draw from a budget that is not declared",
        "buckets",
        'bucket="all", headers=headers',
        'bucket="reads", headers=headers',
        at=("channel.verify",),
    ),
    Plant(
        "a host is called that is not declared",
        "hosts",
        "shop = client.shop()",
        'with socket.socket() as spy:\n        spy.connect_ex(("127.0.0.1", 9))\n'
        '        try:\n            spy.connect(("127.0.0.1", 9))\n'
        "        except OSError:\n            pass\n    shop = client.shop()",
        at=("channel.verify",),
    ),
    Plant(
        "a call is made past the client that is handed out",
        "hosts",
        "shop = client.shop()",
        'urllib.request.urlopen(urllib.request.Request(client.http.base_url + "/v1/shop", '
        'headers={"X-Token": client.login()})).read()\n    shop = client.shop()',
        at=("channel.verify",),
    ),
    # -- secrets
    Plant(
        "an error tells the key",
        "refused-key",
        "        if not answer.ok:\n            raise refusal(answer, write=False)\n"
        "        token =",
        "        if not answer.ok:\n            raise AuthError(detail=str(asked))\n"
        "        token =",
    ),
    Plant(
        "a wrong key is an outage",
        "refused-key",
        "        if not answer.ok:\n            raise refusal(answer, write=False)\n"
        "        token =",
        "        if not answer.ok:\n            raise Unavailable\n        token =",
    ),
    Plant(
        "a token that is part of an address is not hidden",
        "secrets",
        'headers = {"X-Token": token}',
        'headers = {"X-Token": token}\n        more.setdefault("params", {})["t"] = token',
        also=(("        self.http.hide(token)\n", ""),),
        at=("channel.verify",),
    ),
    Plant(
        "the log tells the token",
        "secrets",
        "self.http.hide(token)",
        'self.http.hide(token)\n        self.host.log.debug("logged in: %s", token)',
        at=("channel.verify",),
    ),
    Plant(
        "the log tells the buyer",
        "buyers",
        'lines = [line(one) for one in take(told, "lines")]',
        'lines = [line(one) for one in take(told, "lines")]\n    client.host.log.info("%s", lines)',
        at=("orders.changes",),
    ),
    Plant(
        "what is personal is not declared",
        "buyers",
        'personal=("door",),',
        "",
        at=("orders.changes",),
    ),
    # -- shipping templates
    Plant(
        "which addresses fit is asked by a name that there is not",
        "shipping",
        'bool(values["phone"])',
        'bool(values["mobile"])',
    ),
    Plant(
        "the check of a shipping template cannot do without a fee",
        "shipping",
        '(values["fee"] or 0) < 50_000',
        'values["fee"] < 50_000',
    ),
    # -- the form
    Plant(
        "older values are not upgraded",
        "upgrade",
        'values.get("key_id") or values.get("login")',
        'values["login"]',
    ),
    # -- what is declared
    Plant(
        "a sentence is not said in English",
        "texts",
        '"The buyer has cancelled it."',
        '"구매자가 취소한 주문입니다."',
    ),
    Plant(
        "a field has no name",
        "texts",
        'label=Text("연락처", "Phone")',
        'label=Text("연락처", "")',
    ),
    Plant(
        "the guide lacks a step in English",
        "guide",
        '"3. Copy the key number and the secret key.\\n"',
        '""',
    ),
    Plant(
        "what is not offered says no reason",
        "why-not",
        "    delete=delete_address,\n",
        "",
    ),
    Plant(
        "two couriers have one code",
        "couriers",
        "couriers=tuple(Courier(key=key, code=code) for code, key in COURIERS.items())",
        'couriers=tuple(Courier(key=key, code="C") for key in COURIERS.values())',
    ),
    Plant(
        "an assumed call is named that there is not",
        "assumed",
        "guide=GUIDE,",
        'guide=GUIDE,\n            assumed=(Assumed(calls=("template.adress.delete",), '
        'text=Text("지었습니다.", "Composed.")),),',
    ),
)
