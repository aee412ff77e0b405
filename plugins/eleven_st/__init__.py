"""11번가 (11st, Seller OpenAPI) as a Hanpan plugin."""

from __future__ import annotations

from hanpan.api import (
    Bucket,
    CredentialsForm,
    Marketplace,
    MigrationParser,
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
from plugins.eleven_st import forms, migration, orders, products, sandbox, templates
from plugins.eleven_st.assumed import ASSUMED
from plugins.eleven_st.client import BUCKET, CENTER
from plugins.eleven_st.lines import COURIERS

KEY = "eleven_st"
API = (0, 1)


@hookimpl
def register_marketplaces() -> list[Marketplace]:
    """Its one host (§1.1). It publishes no call limit (§1.6): 5 a second is what clients of others
    keep to."""
    return [
        Marketplace(
            key=KEY,
            label=Text("11번가", "11st"),
            mark="11",
            tone=Tone.RED,
            bases={"api": "https://api.11st.co.kr/rest"},
            setup=(
                Step.credentials(),
                Step.template("address"),
                Step.template("dispatch_deadline"),
            ),
            buckets=(Bucket(key=BUCKET, per_second=5, burst=10),),
            couriers=COURIERS,
            guide=guide_of(__name__),
            shipping=templates.SHIPPING_FORM,
            seller_center=CENTER,
            personal=(
                "memID",
                "memNo",
                "ordTlphnNo",
                "ordMailNo",
                "ordDlvReqCont",
                "psnCscUniqNo",
                "typeBilNo",
                "gnrlTlphnNo",
                "prtblTlphnNo",
                "mailNO",
                "mailNOSeq",
                "buildMngNO",
                "lnmAddrSeq",
                "clmReqCont",
                "ordCnDtlsRsn",
                "exchTlphnNo",
                "exchMailNo",
                "exchMailNoSeq",
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
    """주소지, 발송마감."""
    return list(templates.TYPES)


@hookimpl
def register_migration_parsers() -> list[MigrationParser]:
    """The product list of the seller office."""
    return [migration.PARSER]


@hookimpl
def register_product_syncs() -> list[ProductSync]:
    """Search, read, price, stock, 판매중지 and 재개, sale period."""
    return [products.SYNC]


@hookimpl
def register_order_syncs() -> list[OrderSync]:
    """The state lists, claims beside them, and 발주확인."""
    return [orders.SYNC]


@hookimpl
def register_sandboxes() -> list[Sandbox]:
    """The practice 11번가."""
    return [sandbox.SANDBOX]
