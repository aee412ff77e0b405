"""whether a marketplace told when a line was ordered"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    with op.batch_alter_table("order_line") as table:
        table.add_column(sa.Column("dated", sa.Boolean(), nullable=False, server_default=sa.true()))
