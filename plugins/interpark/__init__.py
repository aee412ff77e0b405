"""인터파크 쇼핑 (Interpark seller OpenAPI) as a Hanpan plugin."""

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
from plugins.interpark import forms, migration, orders, products, sandbox, templates
from plugins.interpark.assumed import ASSUMED
from plugins.interpark.client import CENTER
from plugins.interpark.lines import COURIERS

KEY = "interpark"
API = (0, 1)


@hookimpl
def register_marketplaces() -> list[Marketplace]:
    """Hosts of §1; the seller side was plain http, which Hanpan calls nobody by, and is dead."""
    return [
        Marketplace(
            key=KEY,
            label=Text("인터파크", "Interpark"),
            mark="인",
            tone=Tone.VIOLET,
            bases={
                "seller": "https://ipss1.interpark.com/openapi",
                "orders": "https://joinapi.interpark.com/order",
            },
            setup=(
                Step.credentials(),
                Step.template("return_address"),
                Step.template("bundle_fee"),
                Step.template("dispatch_today"),
            ),
            buckets=(
                Bucket(key="orders", per_second=10, burst=30),
                Bucket(key="seller", per_second=2, burst=5),
            ),
            couriers=COURIERS,
            guide=guide_of(__name__),
            shipping=templates.SHIPPING_FORM,
            seller_center=CENTER,
            personal=(
                "citeKey",
                "dataUrl",
                "DEL_ZIP_DORO",
                "DELI_COMMENT",
                "GIFT_MSG",
                "RESIDENT_NO",
                "MEM_ID",
                "CLMREQ_RSN_DTL",
                "CLM_RSN_DTL",
                "CLM_RCVR_ZIP_DORO",
                "delvZipcd",
                "delvHp",
            ),
            sunset=Sunset(
                on=date(2025, 12, 16),
                source="https://www.segye.com/newsView/20251216513050",
                text=Text(
                    "인터파크 쇼핑은 2024년 8월에 문을 닫았고, 인터파크커머스는 2025년 12월 16일 "
                    "파산 선고를 받았습니다. 연습 채널로만 써 볼 수 있습니다.",
                    "Interpark 쇼핑 closed in August 2024, and Interpark Commerce was declared "
                    "bankrupt on 16 December 2025. Only practice channels can be used.",
                ),
            ),
            assumed=ASSUMED,
        )
    ]


@hookimpl
def register_credentials_forms() -> list[CredentialsForm]:
    """Seller numbers, and a key pair per service (mission.md §1)."""
    return [forms.FORM]


@hookimpl
def register_template_types() -> list[TemplateType]:
    """반품 주소지, 묶음배송비, 오늘출발 기준정보."""
    return list(templates.TYPES)


@hookimpl
def register_migration_parsers() -> list[MigrationParser]:
    """The product list of 판매자매니저."""
    return [migration.PARSER]


@hookimpl
def register_product_syncs() -> list[ProductSync]:
    """Listings by state, stock, 판매중 and 판매중지."""
    return [products.SYNC]


@hookimpl
def register_order_syncs() -> list[OrderSync]:
    """Lists that change nothing, and the one that confirms."""
    return [orders.SYNC]


@hookimpl
def register_sandboxes() -> list[Sandbox]:
    """The practice 인터파크."""
    return [sandbox.SANDBOX]
