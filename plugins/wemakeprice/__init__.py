"""위메프 (Wemakeprice, W API) as a Hanpan plugin."""

from __future__ import annotations

from datetime import date

from hanpan.api import (
    Bucket,
    CredentialsForm,
    Marketplace,
    MigrationParser,
    OrderSync,
    ProductSync,
    Sandbox,
    Step,
    Sunset,
    TemplateType,
    Text,
    Tone,
    guide_of,
    hookimpl,
)
from plugins.wemakeprice import forms, migration, orders, products, sandbox, templates
from plugins.wemakeprice.assumed import ASSUMED
from plugins.wemakeprice.client import BUCKET, CENTER
from plugins.wemakeprice.lines import COURIERS

KEY = "wemakeprice"
API = (0, 1)


@hookimpl
def register_marketplaces() -> list[Marketplace]:
    """The host of §1. No call limit is published: ours is modest, and covers one idle round."""
    return [
        Marketplace(
            key=KEY,
            label=Text("위메프", "Wemakeprice"),
            mark="위",
            tone=Tone.ROSE,
            bases={"api": "https://w-api.wemakeprice.com"},
            setup=(Step.credentials(), Step.template("shipping")),
            buckets=(Bucket(key=BUCKET, per_second=3, burst=15),),
            couriers=COURIERS,
            guide=guide_of(__name__),
            shipping=templates.SHIPPING_FORM,
            seller_center=CENTER,
            key_rules=forms.KEY_RULES,
            personal=("message", "customsPin", "claimReasonDetail"),
            sunset=Sunset(
                on=date(2025, 11, 10),
                source="https://www.segye.com/newsView/20251111502515",
                text=Text(
                    "위메프는 2025년 11월 10일 파산 선고를 받아 문을 닫았습니다. 실제 채널은 "
                    "보기만 할 수 있고, 연습 채널은 그대로 쓸 수 있습니다.",
                    "Wemakeprice was declared bankrupt on 10 November 2025 and has closed. Real "
                    "channels can only be looked at; practice channels go on.",
                ),
            ),
            assumed=ASSUMED,
        )
    ]


@hookimpl
def register_credentials_forms() -> list[CredentialsForm]:
    """The form of mission.md §1."""
    return [forms.FORM]


@hookimpl
def register_template_types() -> list[TemplateType]:
    """배송 템플릿."""
    return list(templates.TYPES)


@hookimpl
def register_migration_parsers() -> list[MigrationParser]:
    """The product list of 파트너 2.0, and its deals."""
    return list(migration.PARSERS)


@hookimpl
def register_product_syncs() -> list[ProductSync]:
    """Listings by number; price, stock, state, display and period."""
    return [products.SYNC]


@hookimpl
def register_order_syncs() -> list[OrderSync]:
    """Orders and claims by list, and 주문확인."""
    return [orders.SYNC]


@hookimpl
def register_sandboxes() -> list[Sandbox]:
    """The practice 위메프."""
    return [sandbox.SANDBOX]
