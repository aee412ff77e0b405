"""스마트스토어 (Naver SmartStore, 커머스API) as a Hanpan plugin."""

from __future__ import annotations

from hanpan.api import (
    Bucket,
    CredentialsForm,
    Marketplace,
    OrderSync,
    ProductSync,
    Sandbox,
    Step,
    TemplateType,
    Text,
    Tone,
    guide_of,
    hookimpl,
)
from plugins.smartstore import forms, orders, products, sandbox, templates
from plugins.smartstore.apis import APIS
from plugins.smartstore.client import CENTER
from plugins.smartstore.lines import COURIERS

KEY = "smartstore"
API = (0, 1)


@hookimpl
def register_marketplaces() -> list[Marketplace]:
    """Hosts of §1, and the start value of the call limits (§3.3), which answers correct."""
    return [
        Marketplace(
            key=KEY,
            label=Text("스마트스토어", "Smart Store"),
            mark="스",
            tone=Tone.GREEN,
            bases={
                "external": "https://api.commerce.naver.com/external",
                "partner": "https://api.commerce.naver.com/partner",
            },
            setup=(
                Step.credentials(),
                Step.template("address"),
                Step.template("dispatch_today"),
                Step.template("bundle_group"),
            ),
            buckets=tuple(Bucket(key=key, per_second=2, burst=4) for key in APIS),
            couriers=COURIERS,
            guide=guide_of(__name__),
            shipping=templates.SHIPPING_FORM,
            seller_center=CENTER,
            caller_ip_limit=3,
            key_rules=forms.KEY_RULES,
            personal=(
                "shippingMemo",
                "individualCustomUniqueCode",
                "entryMethodContent",
                "longitude",
                "latitude",
            ),
        )
    ]


@hookimpl
def register_credentials_forms() -> list[CredentialsForm]:
    """The form of mission.md §1."""
    return [forms.FORM]


@hookimpl
def register_template_types() -> list[TemplateType]:
    """주소지, 오늘출발 기준정보, 묶음배송그룹."""
    return list(templates.TYPES)


@hookimpl
def register_product_syncs() -> list[ProductSync]:
    """Search, reading, and price, stock, state, display and sale period."""
    return [products.SYNC]


@hookimpl
def register_order_syncs() -> list[OrderSync]:
    """Changes with details, and 발주확인."""
    return [orders.SYNC]


@hookimpl
def register_sandboxes() -> list[Sandbox]:
    """The practice 스마트스토어."""
    return [sandbox.SANDBOX]
