"""notices, what marketplaces may fetch, and the addresses that this server calls from"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_OPEN = sa.text("ended_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "notice",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("cause", sa.String(160), nullable=False),
        sa.Column("channel_id", sa.String(32)),
        sa.Column("words", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("mail", sa.String(16), nullable=False),
        sa.Column("mailed_at", sa.DateTime()),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("seen_at", sa.DateTime()),
        sa.Column("ended_at", sa.DateTime()),
        sa.Column("workspace_id", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name="fk_notice_workspace_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_notice"),
    )
    op.create_index(
        "uq_notice_cause",
        "notice",
        ["workspace_id", "cause"],
        unique=True,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )
    op.create_index(
        "ix_notice_workspace_id_created_at", "notice", ["workspace_id", "created_at"]
    )
    op.create_table(
        "publication",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("channel_id", sa.String(32), nullable=False),
        sa.Column("command_id", sa.String(32)),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("content_type", sa.String(80), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("fetches", sa.BigInteger(), nullable=False),
        sa.Column("workspace_id", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "channel_id"],
            ["channel.workspace_id", "channel.id"],
            name="fk_publication_workspace_id_channel_id",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name="fk_publication_workspace_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_publication"),
    )
    op.create_index("ix_publication_expires_at", "publication", ["expires_at"])
