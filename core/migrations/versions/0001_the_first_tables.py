"""the first tables"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "budget",
        sa.Column("key", sa.String(length=240), nullable=False),
        sa.Column("per_second", sa.Double(), nullable=False),
        sa.Column("burst", sa.Double(), nullable=False),
        sa.Column("balance", sa.Double(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("blocked_until", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_budget")),
    )
    op.create_table(
        "heartbeat",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("detail", sa.JSON(none_as_null=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_heartbeat")),
    )
    op.create_table(
        "login_failure",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_login_failure")),
    )
    op.create_table(
        "setting",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("value", sa.JSON(none_as_null=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_setting")),
    )
    op.create_table(
        "workspace",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("uses_runple", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workspace")),
    )
    op.create_table(
        "audit_entry",
        sa.Column("workspace_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=True),
        sa.Column("user_name", sa.String(length=80), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("subjects", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("detail", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_audit_entry_workspace_id")
        ),
        sa.PrimaryKeyConstraint("workspace_id", "number", name=op.f("pk_audit_entry")),
    )
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_audit_entry_workspace_id_at"), ["workspace_id", "at"], unique=False
        )

    op.create_table(
        "channel",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("marketplace", sa.String(length=32), nullable=False),
        sa.Column("practice", sa.Boolean(), nullable=False),
        sa.Column("world", sa.String(length=16), nullable=False),
        sa.Column("store", sa.String(length=80), nullable=False),
        sa.Column("seller_id", sa.String(length=80), nullable=False),
        sa.Column("category", sa.String(length=32), nullable=False),
        sa.Column("memo", sa.String(length=1000), nullable=False),
        sa.Column("identity", sa.String(length=120), nullable=True),
        sa.Column("account", sa.String(length=200), nullable=True),
        sa.Column("bucket", sa.String(length=200), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("problem", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("note", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("waiting_since", sa.DateTime(), nullable=True),
        sa.Column("credentials", sa.LargeBinary(), nullable=True),
        sa.Column("form_version", sa.BigInteger(), nullable=False),
        sa.Column("seal_version", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=True),
        sa.Column("contact", sa.LargeBinary(), nullable=True),
        sa.Column("on_all", sa.Boolean(), nullable=False),
        sa.Column("on_product", sa.Boolean(), nullable=False),
        sa.Column("on_order", sa.Boolean(), nullable=False),
        sa.Column("on_cs", sa.Boolean(), nullable=False),
        sa.Column("on_stock", sa.Boolean(), nullable=False),
        sa.Column("confirm_mode", sa.String(length=16), nullable=False),
        sa.Column("extend_days", sa.BigInteger(), nullable=False),
        sa.Column("reach_back_days", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("activated_at", sa.DateTime(), nullable=True),
        sa.Column("collected_at", sa.DateTime(), nullable=True),
        sa.Column("verified_at", sa.DateTime(), nullable=True),
        sa.Column("archived_at", sa.DateTime(), nullable=True),
        sa.Column("workspace_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_channel_workspace_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel")),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_channel_workspace_id_id")),
    )
    with op.batch_alter_table("channel", schema=None) as batch_op:
        batch_op.create_index(
            "uq_channel_live_account",
            ["workspace_id", "account"],
            unique=True,
            sqlite_where=sa.text("archived_at IS NULL AND account IS NOT NULL"),
            postgresql_where=sa.text("archived_at IS NULL AND account IS NOT NULL"),
        )

    op.create_table(
        "command",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("lane", sa.String(length=64), nullable=False),
        sa.Column("channel_id", sa.String(length=32), nullable=True),
        sa.Column("kind", sa.String(length=48), nullable=False),
        sa.Column("natural_key", sa.String(length=120), nullable=False),
        sa.Column("queue", sa.String(length=16), nullable=False),
        sa.Column("priority", sa.BigInteger(), nullable=False),
        sa.Column("standing", sa.Boolean(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("held_for", sa.String(length=16), nullable=False),
        sa.Column("attempt", sa.BigInteger(), nullable=False),
        sa.Column("claims", sa.BigInteger(), nullable=False),
        sa.Column("refusals", sa.BigInteger(), nullable=False),
        sa.Column("next_at", sa.Double(), nullable=False),
        sa.Column("progress_done", sa.BigInteger(), nullable=False),
        sa.Column("progress_total", sa.BigInteger(), nullable=True),
        sa.Column("counts", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("error_code", sa.String(length=80), nullable=False),
        sa.Column("error_text", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("fields", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("result", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("polls", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.String(length=80), nullable=False),
        sa.Column("submission", sa.String(length=64), nullable=True),
        sa.Column("cancel_asked", sa.String(length=80), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=True),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("workspace_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_command_workspace_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_command")),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_command_workspace_id_id")),
    )
    with op.batch_alter_table("command", schema=None) as batch_op:
        batch_op.create_index("ix_command_due", ["queue", "state", "next_at"], unique=False)
        batch_op.create_index("ix_command_lane", ["workspace_id", "lane", "state"], unique=False)
        batch_op.create_index("ix_command_recent", ["workspace_id", "created_at"], unique=False)
        batch_op.create_index(
            "uq_command_live",
            ["workspace_id", "lane", "kind", "natural_key"],
            unique=True,
            sqlite_where=sa.text("state IN ('ready','running','held','review')"),
            postgresql_where=sa.text("state IN ('ready','running','held','review')"),
        )
        batch_op.create_index(
            "uq_command_submission",
            ["workspace_id", "submission"],
            unique=True,
            sqlite_where=sa.text("submission IS NOT NULL"),
            postgresql_where=sa.text("submission IS NOT NULL"),
        )

    op.create_table(
        "cursor",
        sa.Column("workspace_id", sa.String(length=32), nullable=False),
        sa.Column("channel_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=48), nullable=False),
        sa.Column("value", sa.String(length=2000), nullable=False),
        sa.Column("moved_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_cursor_workspace_id")
        ),
        sa.PrimaryKeyConstraint("workspace_id", "channel_id", "kind", name=op.f("pk_cursor")),
    )
    op.create_table(
        "effect",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("channel_id", sa.String(length=32), nullable=False),
        sa.Column("operation", sa.String(length=48), nullable=False),
        sa.Column("item", sa.String(length=128), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("command_id", sa.String(length=32), nullable=False),
        sa.Column("attempt", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("values", sa.LargeBinary(), nullable=True),
        sa.Column("before", sa.LargeBinary(), nullable=True),
        sa.Column("sent_at", sa.DateTime(), nullable=True),
        sa.Column("looks", sa.BigInteger(), nullable=False),
        sa.Column("looked_at", sa.DateTime(), nullable=True),
        sa.Column("reference", sa.String(length=120), nullable=False),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("decided_by", sa.String(length=80), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("workspace_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_effect_workspace_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_effect")),
        sa.UniqueConstraint(
            "workspace_id",
            "channel_id",
            "operation",
            "item",
            "revision",
            name=op.f("uq_effect_workspace_id_channel_id_operation_item_revision"),
        ),
    )
    with op.batch_alter_table("effect", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_effect_workspace_id_command_id"),
            ["workspace_id", "command_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_effect_workspace_id_state"), ["workspace_id", "state"], unique=False
        )

    op.create_table(
        "journal_entry",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("channel_id", sa.String(length=32), nullable=True),
        sa.Column("command_id", sa.String(length=32), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("what", sa.String(length=80), nullable=False),
        sa.Column("base", sa.String(length=32), nullable=False),
        sa.Column("method", sa.String(length=8), nullable=False),
        sa.Column("path", sa.String(length=300), nullable=False),
        sa.Column("status", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("milliseconds", sa.Double(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("workspace_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_journal_entry_workspace_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_entry")),
    )
    with op.batch_alter_table("journal_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_journal_entry_at"), ["at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_journal_entry_workspace_id_channel_id_at"),
            ["workspace_id", "channel_id", "at"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_journal_entry_workspace_id_command_id"),
            ["workspace_id", "command_id"],
            unique=False,
        )

    op.create_table(
        "lane",
        sa.Column("workspace_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("owner", sa.String(length=120), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("lease_until", sa.Double(), nullable=False),
        sa.Column("wanted", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_lane_workspace_id")
        ),
        sa.PrimaryKeyConstraint("workspace_id", "name", name=op.f("pk_lane")),
    )
    op.create_table(
        "saved_search",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("workspace_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_saved_search_workspace_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_search")),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_saved_search_workspace_id_id")),
    )
    op.create_table(
        "user_account",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("login", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("theme", sa.String(length=8), nullable=False),
        sa.Column("keys", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("disabled_at", sa.DateTime(), nullable=True),
        sa.Column("workspace_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_user_account_workspace_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_account")),
        sa.UniqueConstraint("login", name=op.f("uq_user_account_login")),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_user_account_workspace_id_id")),
    )
    op.create_table(
        "workspace_key",
        sa.Column("workspace_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=8), nullable=False),
        sa.Column("master", sa.String(length=32), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_workspace_key_workspace_id")
        ),
        sa.PrimaryKeyConstraint("workspace_id", "number", name=op.f("pk_workspace_key")),
    )
    op.create_table(
        "channel_memory",
        sa.Column("channel_id", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("seal_version", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("workspace_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "channel_id"],
            ["channel.workspace_id", "channel.id"],
            name=op.f("fk_channel_memory_workspace_id_channel_id"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_channel_memory_workspace_id")
        ),
        sa.PrimaryKeyConstraint("channel_id", "key", name=op.f("pk_channel_memory")),
    )
    op.create_table(
        "login_session",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("csrf", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("seen_at", sa.DateTime(), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("agent", sa.String(length=200), nullable=False),
        sa.Column("workspace_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "user_id"],
            ["user_account.workspace_id", "user_account.id"],
            name=op.f("fk_login_session_workspace_id_user_id"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_login_session_workspace_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_session")),
    )
    with op.batch_alter_table("login_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_login_session_user_id"), ["user_id"], unique=False)

    op.create_table(
        "order_line",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("channel_id", sa.String(length=32), nullable=False),
        sa.Column("account", sa.String(length=200), nullable=False),
        sa.Column("order_no", sa.String(length=64), nullable=False),
        sa.Column("line_no", sa.String(length=64), nullable=False),
        sa.Column("line_key", sa.String(length=128), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("remote_state", sa.String(length=80), nullable=False),
        sa.Column("confirm_revision", sa.BigInteger(), nullable=False),
        sa.Column("confirm_state", sa.String(length=16), nullable=False),
        sa.Column("claim_kind", sa.String(length=16), nullable=False),
        sa.Column("claim_state", sa.String(length=16), nullable=False),
        sa.Column("claim_remote", sa.String(length=64), nullable=False),
        sa.Column("claim_reason", sa.String(length=64), nullable=False),
        sa.Column("seen_version", sa.BigInteger(), nullable=False),
        sa.Column("ordered_at", sa.DateTime(), nullable=False),
        sa.Column("paid_at", sa.DateTime(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(), nullable=True),
        sa.Column("dispatched_at", sa.DateTime(), nullable=True),
        sa.Column("dispatch_due", sa.DateTime(), nullable=True),
        sa.Column("bundle_no", sa.String(length=64), nullable=True),
        sa.Column("product_no", sa.String(length=64), nullable=False),
        sa.Column("option_no", sa.String(length=64), nullable=True),
        sa.Column("product_name", sa.String(length=300), nullable=False),
        sa.Column("option_text", sa.String(length=500), nullable=True),
        sa.Column("seller_code", sa.String(length=120), nullable=True),
        sa.Column("option_code", sa.String(length=120), nullable=True),
        sa.Column("line_class", sa.String(length=64), nullable=True),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("cancelled", sa.BigInteger(), nullable=False),
        sa.Column("returned", sa.BigInteger(), nullable=False),
        sa.Column("exchanged", sa.BigInteger(), nullable=False),
        sa.Column("dispatched", sa.BigInteger(), nullable=False),
        sa.Column("unit_price", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("shipping_fee", sa.BigInteger(), nullable=True),
        sa.Column("commission", sa.BigInteger(), nullable=True),
        sa.Column("settlement", sa.BigInteger(), nullable=True),
        sa.Column("courier", sa.String(length=64), nullable=True),
        sa.Column("invoice_no", sa.String(length=64), nullable=True),
        sa.Column("receiver_mask", sa.String(length=40), nullable=False),
        sa.Column("region", sa.String(length=40), nullable=False),
        sa.Column("receiver_index", sa.String(length=32), nullable=True),
        sa.Column("orderer_index", sa.String(length=32), nullable=True),
        sa.Column("phone_index", sa.String(length=32), nullable=True),
        sa.Column("buyer", sa.LargeBinary(), nullable=True),
        sa.Column("raw", sa.LargeBinary(), nullable=True),
        sa.Column("fingerprint", sa.String(length=32), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("workspace_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "channel_id"],
            ["channel.workspace_id", "channel.id"],
            name=op.f("fk_order_line_workspace_id_channel_id"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_order_line_workspace_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_line")),
        sa.UniqueConstraint(
            "workspace_id",
            "account",
            "order_no",
            "line_no",
            name=op.f("uq_order_line_workspace_id_account_order_no_line_no"),
        ),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_order_line_workspace_id_id")),
    )
    with op.batch_alter_table("order_line", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_order_line_orderer_index"), ["orderer_index"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_order_line_phone_index"), ["phone_index"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_order_line_receiver_index"), ["receiver_index"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_order_line_workspace_id_channel_id_line_key"),
            ["workspace_id", "channel_id", "line_key"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_order_line_workspace_id_channel_id_ordered_at_id"),
            ["workspace_id", "channel_id", "ordered_at", "id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_order_line_workspace_id_ordered_at_id"),
            ["workspace_id", "ordered_at", "id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_order_line_workspace_id_state_ordered_at_id"),
            ["workspace_id", "state", "ordered_at", "id"],
            unique=False,
        )

    op.create_table(
        "template",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("channel_id", sa.String(length=32), nullable=False),
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("remote_id", sa.String(length=120), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("values", sa.LargeBinary(), nullable=False),
        sa.Column("before", sa.LargeBinary(), nullable=True),
        sa.Column("fingerprint", sa.String(length=32), nullable=False),
        sa.Column("change", sa.String(length=16), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.DateTime(), nullable=False),
        sa.Column("gone_at", sa.DateTime(), nullable=True),
        sa.Column("workspace_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "channel_id"],
            ["channel.workspace_id", "channel.id"],
            name=op.f("fk_template_workspace_id_channel_id"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_template_workspace_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_template")),
        sa.UniqueConstraint(
            "workspace_id",
            "channel_id",
            "type",
            "remote_id",
            name=op.f("uq_template_workspace_id_channel_id_type_remote_id"),
        ),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_template_workspace_id_id")),
    )
    op.create_table(
        "template_fetch",
        sa.Column("channel_id", sa.String(length=32), nullable=False),
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("fetched_at", sa.DateTime(), nullable=True),
        sa.Column("found", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("workspace_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "channel_id"],
            ["channel.workspace_id", "channel.id"],
            name=op.f("fk_template_fetch_workspace_id_channel_id"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_template_fetch_workspace_id")
        ),
        sa.PrimaryKeyConstraint("channel_id", "type", name=op.f("pk_template_fetch")),
    )
    op.create_table(
        "line_event",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("line_id", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("who", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("detail", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("workspace_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "line_id"],
            ["order_line.workspace_id", "order_line.id"],
            name=op.f("fk_line_event_workspace_id_line_id"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_line_event_workspace_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line_event")),
        sa.UniqueConstraint(
            "workspace_id", "line_id", "key", name=op.f("uq_line_event_workspace_id_line_id_key")
        ),
    )
