"""What supervisors and agents keep: whispers and canned responses."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

ALERTS = "type IN ('conversation.requeued', 'agent.presence_changed', 'conversation.waited_long')"


def upgrade() -> None:
    with op.batch_alter_table("notes") as table:
        table.add_column(sa.Column("kind", sa.String(16), nullable=False, server_default="note"))
    with op.batch_alter_table("notes") as table:
        table.alter_column("kind", server_default=None)
    op.create_index(
        "ix_events_alerts",
        "events",
        ["created_at"],
        sqlite_where=sa.text(ALERTS),
        postgresql_where=sa.text(ALERTS),
    )
    op.create_table(
        "canned_responses",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("title", sa.String(64), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("shortcut", sa.String(32), nullable=False),
        sa.Column("category", sa.String(32), nullable=False),
        sa.Column("team_id", sa.String(26)),
        sa.Column("owner_id", sa.String(26)),
        sa.Column("pinyin", sa.Text, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["team_id"],
            ["teams.id"],
            name=op.f("fk_canned_responses_team_id_teams"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["users.id"],
            name=op.f("fk_canned_responses_owner_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_canned_responses")),
    )
    op.create_index("ix_canned_responses_owner", "canned_responses", ["owner_id"])
    op.create_table(
        "canned_uses",
        sa.Column("user_id", sa.String(26), nullable=False),
        sa.Column("canned_id", sa.String(26), nullable=False),
        sa.Column("uses", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_canned_uses_user_id_users"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["canned_id"],
            ["canned_responses.id"],
            name=op.f("fk_canned_uses_canned_id_canned_responses"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", "canned_id", name=op.f("pk_canned_uses")),
    )


def downgrade() -> None:
    op.drop_table("canned_uses")
    op.drop_table("canned_responses")
    op.drop_index("ix_events_alerts", "events")
    with op.batch_alter_table("notes") as table:
        table.drop_column("kind")
