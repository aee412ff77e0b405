"""lines with a claim are found without looking at the others"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_CLAIMED = sa.text("claim_state <> ''")


def upgrade() -> None:
    op.create_index(
        "ix_order_line_claims",
        "order_line",
        ["workspace_id", "claim_state", "claim_kind", "ordered_at", "id"],
        sqlite_where=_CLAIMED,
        postgresql_where=_CLAIMED,
    )
