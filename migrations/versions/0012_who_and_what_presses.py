"""Customers have a level, and conversations may be about what only people may answer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("contacts") as table:
        table.add_column(sa.Column("level", sa.String(16), nullable=False, server_default=""))
    with op.batch_alter_table("contacts") as table:
        table.alter_column("level", server_default=None)
    with op.batch_alter_table("conversations") as table:
        table.add_column(
            sa.Column("sensitive", sa.Boolean, nullable=False, server_default=sa.false())
        )
    with op.batch_alter_table("conversations") as table:
        table.alter_column("sensitive", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("conversations") as table:
        table.drop_column("sensitive")
    with op.batch_alter_table("contacts") as table:
        table.drop_column("level")
