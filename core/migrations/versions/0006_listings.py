"""listings, what is wanted of them, their matches, and what orders hold"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_DUE = sa.text("version > done_version AND version > refused_version")
_REFUSED = sa.text("refused_version = version AND version > done_version")
_DOUBT = sa.text("doubt_at IS NOT NULL")


def _of_the_workspace(table: str) -> list[Any]:
    return [
        sa.Column("workspace_id", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=f"fk_{table}_workspace_id"
        ),
    ]


def _of_the(table: str, parent: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["workspace_id", column],
        [f"{parent}.workspace_id", f"{parent}.id"],
        name=f"fk_{table}_workspace_id_{column}",
    )


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name="_".join(("uq", table, *columns)))


def _json(name: str, *, nullable: bool = False) -> Any:
    return sa.Column(name, sa.JSON(none_as_null=True), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "shipping_template",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("channel_id", sa.String(32), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        _json("values"),
        sa.Column("chosen", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("archived_at", sa.DateTime()),
        *_of_the_workspace("shipping_template"),
        _of_the("shipping_template", "channel", "channel_id"),
        sa.PrimaryKeyConstraint("id", name="pk_shipping_template"),
        _unique("shipping_template", "workspace_id", "id"),
    )
    op.create_index("ix_shipping_template_workspace_id_channel_id_name", "shipping_template", ["workspace_id", "channel_id", "name"])
    op.create_table(
        "listing",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("channel_id", sa.String(32), nullable=False),
        sa.Column("account", sa.String(200), nullable=False),
        sa.Column("product_no", sa.String(64), nullable=False),
        sa.Column("name", sa.String(300), nullable=False),
        sa.Column("code", sa.String(120), nullable=False),
        sa.Column("words", sa.String(600), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("remote_state", sa.String(80), nullable=False),
        sa.Column("displayed", sa.Boolean()),
        sa.Column("price", sa.BigInteger()),
        sa.Column("category", sa.String(300), nullable=False),
        sa.Column("image", sa.String(1000), nullable=False),
        sa.Column("sale_starts", sa.DateTime()),
        sa.Column("sale_ends", sa.DateTime()),
        sa.Column("stock_linked", sa.Boolean(), nullable=False),
        sa.Column("shipping_template_id", sa.String(32)),
        sa.Column("seen_version", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.DateTime(), nullable=False),
        sa.Column("fingerprint", sa.String(32), nullable=False),
        sa.Column("raw", sa.LargeBinary()),
        sa.Column("first_seen_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("gone_at", sa.DateTime()),
        *_of_the_workspace("listing"),
        _of_the("listing", "channel", "channel_id"),
        _of_the("listing", "shipping_template", "shipping_template_id"),
        sa.PrimaryKeyConstraint("id", name="pk_listing"),
        _unique("listing", "workspace_id", "id"),
        _unique("listing", "workspace_id", "account", "product_no"),
    )
    op.create_index("ix_listing_workspace_id_channel_id_first_seen_at_id", "listing", ["workspace_id", "channel_id", "first_seen_at", "id"])
    op.create_index("ix_listing_workspace_id_channel_id_sale_ends", "listing", ["workspace_id", "channel_id", "sale_ends"])
    op.create_index("ix_listing_workspace_id_first_seen_at_id", "listing", ["workspace_id", "first_seen_at", "id"])
    op.create_table(
        "thumbnail",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("address", sa.String(1000), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        _json("problem", nullable=True),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("next_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        *_of_the_workspace("thumbnail"),
        sa.PrimaryKeyConstraint("id", name="pk_thumbnail"),
        _unique("thumbnail", "workspace_id", "key"),
    )
    op.create_index("ix_thumbnail_workspace_id_digest", "thumbnail", ["workspace_id", "digest"])
    waits = sa.text("state = 'waiting'")
    op.create_index("ix_thumbnail_waiting", "thumbnail", ["workspace_id", "next_at"], sqlite_where=waits, postgresql_where=waits)
    op.create_table(
        "listing_option",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("listing_id", sa.String(32), nullable=False),
        sa.Column("option_no", sa.String(64), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(300), nullable=False),
        sa.Column("code", sa.String(120), nullable=False),
        sa.Column("extra", sa.BigInteger(), nullable=False),
        sa.Column("stock", sa.BigInteger()),
        sa.Column("stock_at", sa.DateTime()),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("match_id", sa.String(32)),
        sa.Column("gone_at", sa.DateTime()),
        *_of_the_workspace("listing_option"),
        _of_the("listing_option", "listing", "listing_id"),
        sa.PrimaryKeyConstraint("id", name="pk_listing_option"),
        _unique("listing_option", "workspace_id", "id"),
        _unique("listing_option", "workspace_id", "listing_id", "option_no"),
    )
    op.create_index("ix_listing_option_workspace_id_code", "listing_option", ["workspace_id", "code"])
    op.create_index("ix_listing_option_workspace_id_match_id", "listing_option", ["workspace_id", "match_id"])
    op.create_table(
        "listing_push",
        sa.Column("listing_id", sa.String(32), nullable=False),
        sa.Column("what", sa.String(16), nullable=False),
        sa.Column("channel_id", sa.String(32), nullable=False),
        _json("values"),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("done_version", sa.BigInteger(), nullable=False),
        sa.Column("refused_version", sa.BigInteger(), nullable=False),
        _json("reason", nullable=True),
        sa.Column("who", sa.String(80), nullable=False),
        sa.Column("wanted_at", sa.DateTime(), nullable=False),
        sa.Column("done_at", sa.DateTime()),
        sa.Column("doubt_at", sa.DateTime()),
        *_of_the_workspace("listing_push"),
        _of_the("listing_push", "channel", "channel_id"),
        _of_the("listing_push", "listing", "listing_id"),
        sa.PrimaryKeyConstraint("listing_id", "what", name="pk_listing_push"),
    )
    op.create_index("ix_listing_push_due", "listing_push", ["workspace_id", "channel_id", "wanted_at"], sqlite_where=_DUE, postgresql_where=_DUE)
    op.create_index("ix_listing_push_doubt", "listing_push", ["workspace_id", "channel_id"], sqlite_where=_DOUBT, postgresql_where=_DOUBT)
    op.create_index("ix_listing_push_refused", "listing_push", ["workspace_id", "listing_id"], sqlite_where=_REFUSED, postgresql_where=_REFUSED)
    op.create_table(
        "listing_event",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("listing_id", sa.String(32), nullable=False),
        sa.Column("key", sa.String(120), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("who", sa.String(80), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        _json("detail"),
        *_of_the_workspace("listing_event"),
        _of_the("listing_event", "listing", "listing_id"),
        sa.PrimaryKeyConstraint("id", name="pk_listing_event"),
        _unique("listing_event", "workspace_id", "listing_id", "key"),
    )
    op.create_index("ix_listing_event_workspace_id_listing_id_at", "listing_event", ["workspace_id", "listing_id", "at"])
    op.create_table(
        "listing_group",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("channel_id", sa.String(32), nullable=False),
        sa.Column("account", sa.String(200), nullable=False),
        sa.Column("group_no", sa.String(64), nullable=False),
        sa.Column("name", sa.String(300), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("remote_state", sa.String(80), nullable=False),
        sa.Column("sale_starts", sa.DateTime()),
        sa.Column("sale_ends", sa.DateTime()),
        sa.Column("first_seen_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        *_of_the_workspace("listing_group"),
        _of_the("listing_group", "channel", "channel_id"),
        sa.PrimaryKeyConstraint("id", name="pk_listing_group"),
        _unique("listing_group", "workspace_id", "account", "group_no"),
        _unique("listing_group", "workspace_id", "id"),
    )
    op.create_table(
        "listing_group_member",
        sa.Column("group_id", sa.String(32), nullable=False),
        sa.Column("product_no", sa.String(64), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        *_of_the_workspace("listing_group_member"),
        _of_the("listing_group_member", "listing_group", "group_id"),
        sa.PrimaryKeyConstraint("group_id", "product_no", name="pk_listing_group_member"),
    )
    op.create_index("ix_listing_group_member_workspace_id_product_no", "listing_group_member", ["workspace_id", "product_no"])
    op.create_table(
        "match",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("option_id", sa.String(32), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("from_at", sa.DateTime(), nullable=False),
        sa.Column("how", sa.String(16), nullable=False),
        sa.Column("who", sa.String(80), nullable=False),
        sa.Column("voided_at", sa.DateTime()),
        *_of_the_workspace("match"),
        _of_the("match", "listing_option", "option_id"),
        sa.PrimaryKeyConstraint("id", name="pk_match"),
        _unique("match", "workspace_id", "option_id", "version"),
        _unique("match", "workspace_id", "id"),
    )
    op.create_table(
        "match_part",
        sa.Column("match_id", sa.String(32), nullable=False),
        sa.Column("sku_id", sa.String(32), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        *_of_the_workspace("match_part"),
        _of_the("match_part", "match", "match_id"),
        _of_the("match_part", "sku", "sku_id"),
        sa.PrimaryKeyConstraint("match_id", "sku_id", name="pk_match_part"),
    )
    op.create_index("ix_match_part_workspace_id_match_id", "match_part", ["workspace_id", "match_id"])
    op.create_index("ix_match_part_workspace_id_sku_id", "match_part", ["workspace_id", "sku_id"])
    op.create_table(
        "stock_hold",
        sa.Column("line_id", sa.String(32), nullable=False),
        sa.Column("sku_id", sa.String(32), nullable=False),
        sa.Column("ordered_at", sa.DateTime(), nullable=False),
        sa.Column("reserved", sa.BigInteger(), nullable=False),
        sa.Column("taken", sa.BigInteger(), nullable=False),
        sa.Column("turn", sa.BigInteger(), nullable=False),
        *_of_the_workspace("stock_hold"),
        _of_the("stock_hold", "order_line", "line_id"),
        _of_the("stock_hold", "sku", "sku_id"),
        sa.PrimaryKeyConstraint("line_id", "sku_id", name="pk_stock_hold"),
    )
    op.create_index("ix_stock_hold_workspace_id_sku_id_ordered_at", "stock_hold", ["workspace_id", "sku_id", "ordered_at"])
    reserved = sa.text("reserved > 0")
    op.create_index("ix_stock_hold_reserved", "stock_hold", ["workspace_id", "sku_id", "ordered_at", "line_id"], sqlite_where=reserved, postgresql_where=reserved)
    with op.batch_alter_table("batch_row") as table:
        table.add_column(sa.Column("key", sa.String(64), nullable=False, server_default=""))
        table.add_column(sa.Column("link", sa.String(8), nullable=False, server_default=""))
        table.add_column(sa.Column("chosen", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.drop_index("ix_batch_row_workspace_id_batch_id_verdict_number", "batch_row")
    op.create_index("ix_batch_row_counted", "batch_row", ["workspace_id", "batch_id", "verdict", "number", "outcome", "link"])
    linked, chosen = sa.text("link <> ''"), sa.text("chosen")
    op.create_index("ix_batch_row_linked", "batch_row", ["workspace_id", "batch_id", "link", "number"], sqlite_where=linked, postgresql_where=linked)
    op.create_index("ix_batch_row_chosen", "batch_row", ["workspace_id", "batch_id", "outcome", "number"], sqlite_where=chosen, postgresql_where=chosen)
