"""products, SKUs and their stock, and files on their way in"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_SHORT = sa.text("reserved > on_hand")


def _of_the_workspace(table: str) -> list[Any]:
    return [
        sa.Column("workspace_id", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=f"fk_{table}_workspace_id"
        ),
    ]


def _of_the(table: str, parent: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["workspace_id", f"{parent}_id"],
        [f"{parent}.workspace_id", f"{parent}.id"],
        name=f"fk_{table}_workspace_id_{parent}_id",
    )


def _json(name: str, *, nullable: bool = False) -> Any:
    return sa.Column(name, sa.JSON(none_as_null=True), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "product",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        *_of_the_workspace("product"),
        sa.PrimaryKeyConstraint("id", name="pk_product"),
        sa.UniqueConstraint("workspace_id", "id", name="uq_product_workspace_id_id"),
    )
    op.create_index("ix_product_workspace_id_name", "product", ["workspace_id", "name"])
    op.create_table(
        "sku",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("product_id", sa.String(32), nullable=False),
        sa.Column("own_code", sa.String(120)),
        sa.Column("our_code", sa.String(16), nullable=False),
        sa.Column("option_name", sa.String(200), nullable=False),
        sa.Column("words", sa.String(600), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("cost", sa.BigInteger()),
        sa.Column("on_hand", sa.BigInteger(), nullable=False),
        sa.Column("reserved", sa.BigInteger(), nullable=False),
        sa.Column("buffer", sa.BigInteger(), nullable=False),
        sa.Column("on_sale", sa.Boolean(), nullable=False),
        sa.Column("displayed", sa.Boolean(), nullable=False),
        sa.Column("runple", sa.Boolean(), nullable=False),
        sa.Column("image", sa.String(1000), nullable=False),
        sa.Column("memo", sa.String(1000), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("archived_at", sa.DateTime()),
        *_of_the_workspace("sku"),
        _of_the("sku", "product"),
        sa.PrimaryKeyConstraint("id", name="pk_sku"),
        sa.UniqueConstraint("workspace_id", "id", name="uq_sku_workspace_id_id"),
        sa.UniqueConstraint("workspace_id", "own_code", name="uq_sku_workspace_id_own_code"),
        sa.UniqueConstraint("workspace_id", "our_code", name="uq_sku_workspace_id_our_code"),
    )
    for columns in (("product_id",), ("created_at", "id"), ("words", "id")):
        named = "_".join(("ix_sku_workspace_id", *columns))
        op.create_index(named, "sku", ["workspace_id", *columns])
    op.create_index(
        "ix_sku_short",
        "sku",
        ["workspace_id", "id"],
        sqlite_where=_SHORT,
        postgresql_where=_SHORT,
    )
    op.create_table(
        "stock_move",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("sku_id", sa.String(32), nullable=False),
        sa.Column("key", sa.String(120), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("on_hand", sa.BigInteger(), nullable=False),
        sa.Column("reserved", sa.BigInteger(), nullable=False),
        sa.Column("left_on_hand", sa.BigInteger(), nullable=False),
        sa.Column("left_reserved", sa.BigInteger(), nullable=False),
        sa.Column("who", sa.String(80), nullable=False),
        _json("detail"),
        *_of_the_workspace("stock_move"),
        _of_the("stock_move", "sku"),
        sa.PrimaryKeyConstraint("id", name="pk_stock_move"),
        sa.UniqueConstraint(
            "workspace_id", "sku_id", "key", name="uq_stock_move_workspace_id_sku_id_key"
        ),
    )
    op.create_index(
        "ix_stock_move_workspace_id_sku_id_at", "stock_move", ["workspace_id", "sku_id", "at"]
    )
    _create_batches()


def _create_batches() -> None:
    op.create_table(
        "batch",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("channel_id", sa.String(32)),
        sa.Column("kind", sa.String(48), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("file", sa.String(64), nullable=False),
        sa.Column("file_name", sa.String(200), nullable=False),
        _json("choices"),
        _json("told", nullable=True),
        _json("problem", nullable=True),
        _json("counts"),
        sa.Column("command_id", sa.String(32)),
        sa.Column("created_by", sa.String(80), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        *_of_the_workspace("batch"),
        _of_the("batch", "channel"),
        sa.PrimaryKeyConstraint("id", name="pk_batch"),
        sa.UniqueConstraint("workspace_id", "id", name="uq_batch_workspace_id_id"),
    )
    op.create_index(
        "ix_batch_workspace_id_created_at_id", "batch", ["workspace_id", "created_at", "id"]
    )
    op.create_table(
        "batch_row",
        sa.Column("batch_id", sa.String(32), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False, autoincrement=False),
        _json("values"),
        sa.Column("verdict", sa.String(16), nullable=False),
        _json("reason", nullable=True),
        sa.Column("sku_id", sa.String(32)),
        _json("changes", nullable=True),
        _json("choices", nullable=True),
        sa.Column("outcome", sa.String(16), nullable=False),
        *_of_the_workspace("batch_row"),
        _of_the("batch_row", "batch"),
        _of_the("batch_row", "sku"),
        sa.PrimaryKeyConstraint("batch_id", "number", name="pk_batch_row"),
    )
    for last in ("verdict", "outcome"):
        op.create_index(
            f"ix_batch_row_workspace_id_batch_id_{last}_number",
            "batch_row",
            ["workspace_id", "batch_id", last, "number"],
        )
