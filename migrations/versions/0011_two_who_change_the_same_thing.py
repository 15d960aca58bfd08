"""Teams and canned responses have versions, so that nobody overwrites another unseen."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TABLES = ("teams", "canned_responses")


def upgrade() -> None:
    for name in TABLES:
        with op.batch_alter_table(name) as table:
            table.add_column(sa.Column("version", sa.Integer, nullable=False, server_default="1"))
            table.add_column(
                sa.Column("updated_by", sa.String(64), nullable=False, server_default="")
            )
        with op.batch_alter_table(name) as table:
            table.alter_column("version", server_default=None)
            table.alter_column("updated_by", server_default=None)


def downgrade() -> None:
    for name in TABLES:
        with op.batch_alter_table(name) as table:
            table.drop_column("updated_by")
            table.drop_column("version")
