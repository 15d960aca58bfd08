"""How long and when people wait: hours, limits, places kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("conversations") as table:
        table.add_column(
            sa.Column("wait_told", sa.Boolean, nullable=False, server_default=sa.false())
        )
        table.add_column(sa.Column("page_seen_at", sa.DateTime(timezone=True)))
        table.add_column(sa.Column("left_at", sa.DateTime(timezone=True)))
    with op.batch_alter_table("conversations") as table:
        table.alter_column("wait_told", server_default=None)
    with op.batch_alter_table("teams") as table:
        table.add_column(sa.Column("assignment", sa.String(16)))
        table.add_column(sa.Column("most_waiting", sa.Integer))
        table.add_column(sa.Column("longest_wait_seconds", sa.Integer))
        table.add_column(sa.Column("hours", sa.JSON(none_as_null=True)))
    op.create_table(
        "duty",
        sa.Column("team_id", sa.String(26), nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("user_id", sa.String(26), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_duty_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("team_id", "day", "user_id", name=op.f("pk_duty")),
    )


def downgrade() -> None:
    op.drop_table("duty")
    with op.batch_alter_table("conversations") as table:
        for column in ("wait_told", "page_seen_at", "left_at"):
            table.drop_column(column)
    with op.batch_alter_table("teams") as table:
        for column in ("assignment", "most_waiting", "longest_wait_seconds", "hours"):
            table.drop_column(column)
