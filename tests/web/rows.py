"""A row of every model that an address may name, for the walk over the access table."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from core import clock, vault
from core.models import (
    Batch,
    Channel,
    Command,
    Effect,
    JournalEntry,
    Listing,
    ListingOption,
    LoginSession,
    Notice,
    OrderLine,
    Product,
    SavedSearch,
    ShippingTemplate,
    Sku,
    Template,
    User,
    new_id,
)


def make_all(session: Session, user_id: str) -> dict[type[Any], str]:
    """Make one row of each for a person of the current workspace; return their ids.

    They belong together: the template, command and line are of the channel, the effect and the
    call of the command.
    """
    key, at = {model: new_id() for model in MODELS}, clock.now()
    of, work = key[Channel], key[Command]
    session.add(
        Channel(
            id=of,
            marketplace="smartstore",
            practice=True,
            store="연습 상점",
            seller_id="practice",
            state="active",
            identity=of,
            account=f"smartstore:practice:{of}",
            credentials=vault.seal_json("channel", "credentials", of, {}),
            created_at=at,
        )
    )
    session.flush()
    session.add_all(
        (
            User(
                id=key[User],
                login=new_id(),
                name="다른 사람",
                role="staff",
                password_hash="-",
                created_at=at,
            ),
            LoginSession(
                id=key[LoginSession],
                user_id=user_id,
                csrf="-",
                created_at=at,
                seen_at=at,
                address="192.0.2.9",
                agent="",
            ),
            Command(
                id=work,
                channel_id=of,
                lane=of,
                kind="orders.collect",
                natural_key="",
                queue="sync",
                priority=50,
                state="held",
                held_for="paused",
                next_at=at.timestamp(),
                payload=vault.seal_json("command", "payload", work, {}),
                counts={},
                created_by="김소유",
                created_at=at,
                changed_at=at,
            ),
            Template(
                id=key[Template],
                channel_id=of,
                type=TEMPLATE,
                remote_id="100",
                title="서울 창고",
                values=vault.seal_json("template", "values", key[Template], {}),
                fingerprint="0" * 32,
                seen_at=at,
            ),
            OrderLine(
                id=key[OrderLine],
                channel_id=of,
                account=f"smartstore:practice:{of}",
                order_no="2026112100001",
                line_no="2026112100001",
                line_key="2026112100001",
                state="new",
                seen_version=1,
                ordered_at=at,
                product_name="보리차 티백 100개",
                buyer=vault.seal_json("order_line", "buyer", key[OrderLine], {}),
                raw=vault.seal_json("order_line", "raw", key[OrderLine], {}),
                fingerprint="0" * 32,
                first_seen_at=at,
                changed_at=at,
            ),
            ShippingTemplate(
                id=key[ShippingTemplate],
                channel_id=of,
                name="기본 배송",
                values={},
                created_at=at,
                changed_at=at,
            ),
            Notice(
                id=key[Notice],
                kind="late",
                cause=f"late:{of}",
                channel_id=of,
                words={"store": "연습 상점"},
                mail="off",
                created_at=at,
            ),
            SavedSearch(
                id=key[SavedSearch],
                user_id=user_id,
                text=vault.seal_json("saved_search", "text", key[SavedSearch], ""),
                created_at=at,
            ),
        )
    )
    product = Product(id=new_id(), name="보리차", created_at=at)
    listing = Listing(
        id=key[Listing],
        channel_id=of,
        account=f"smartstore:practice:{of}",
        product_no="95000",
        name="보리차",
        state="on_sale",
        seen_version=1,
        seen_at=at,
        fingerprint="",
        first_seen_at=at,
        changed_at=at,
    )
    session.add_all((product, listing))
    session.flush()
    session.add_all(
        (
            Sku(
                id=key[Sku],
                product_id=product.id,
                our_code=new_id()[:16],
                words="보리차",
                created_at=at,
                changed_at=at,
            ),
            Batch(
                id=key[Batch],
                kind="catalogue",
                state="ready",
                created_by="김소유",
                created_at=at,
                changed_at=at,
            ),
            ListingOption(id=key[ListingOption], listing_id=key[Listing], stock=5),
            Effect(
                id=key[Effect],
                channel_id=of,
                operation="confirm",
                item="2026112100001",
                revision=1,
                command_id=work,
                state="unknown",
                changed_at=at,
            ),
            JournalEntry(
                id=key[JournalEntry],
                channel_id=of,
                command_id=work,
                at=at,
                what="orders.changes",
                base="external",
                method="GET",
                path="/v1/orders",
                status=200,
                outcome="ok",
                milliseconds=12.0,
            ),
        )
    )
    session.flush()
    return key


MODELS: tuple[type[Any], ...] = (
    Batch,
    Channel,
    Command,
    Effect,
    JournalEntry,
    Listing,
    ListingOption,
    LoginSession,
    Notice,
    OrderLine,
    SavedSearch,
    ShippingTemplate,
    Sku,
    Template,
    User,
)
TEMPLATE = "bundle_group"
"""A type that can be imported, created and updated."""
