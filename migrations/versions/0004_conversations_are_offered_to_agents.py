"""Conversations have a place and are offered to agents."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("conversations") as table:
        table.add_column(
            sa.Column("priority", sa.String(16), nullable=False, server_default="normal")
        )
        table.add_column(sa.Column("team_id", sa.String(26)))
        table.add_column(sa.Column("place", sa.DateTime(timezone=True)))
        table.add_column(sa.Column("offered_until", sa.DateTime(timezone=True)))
        table.add_column(
            sa.Column("bot_helps", sa.Boolean, nullable=False, server_default=sa.false())
        )
        table.add_column(
            sa.Column("absence_told", sa.Boolean, nullable=False, server_default=sa.false())
        )
        table.drop_index("ix_conversations_status")
        table.create_index("ix_conversations_place", ["status", "team_id", "place", "id"])
    op.execute("UPDATE conversations SET place = queued_at WHERE status IN ('queued', 'offered')")
    with op.batch_alter_table("conversations") as table:
        for column in ("priority", "bot_helps", "absence_told"):
            table.alter_column(column, server_default=None)
    with op.batch_alter_table("agents") as table:
        table.add_column(sa.Column("away_reason", sa.String(32), nullable=False, server_default=""))
        table.add_column(sa.Column("idle_since", sa.DateTime(timezone=True)))
        table.add_column(sa.Column("wrap_up_until", sa.DateTime(timezone=True)))
        table.add_column(sa.Column("missed", sa.Integer, nullable=False, server_default="0"))
    with op.batch_alter_table("agents") as table:
        table.alter_column("away_reason", server_default=None)
        table.alter_column("missed", server_default=None)
    op.create_table(
        "offers",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("conversation_id", sa.String(64), nullable=False),
        sa.Column("agent_id", sa.String(26), nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("outcome", sa.String(16)),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_offers_conversation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offers")),
    )
    op.create_index("ix_offers_conversation", "offers", ["conversation_id", "ended_at"])
    op.create_index("ix_handoffs_ended", "handoffs", ["ended_at"])
    op.create_table(
        "teams",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("reasons", sa.JSON, nullable=False),
        sa.Column("categories", sa.JSON, nullable=False),
        sa.Column("overflow_seconds", sa.Integer),
        sa.Column("overflow_to", sa.String(26)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_teams")),
        sa.UniqueConstraint("name", name=op.f("uq_teams_name")),
    )
    op.create_table(
        "team_members",
        sa.Column("team_id", sa.String(26), nullable=False),
        sa.Column("user_id", sa.String(26), nullable=False),
        sa.ForeignKeyConstraint(
            ["team_id"], ["teams.id"], name=op.f("fk_team_members_team_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_team_members_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("team_id", "user_id", name=op.f("pk_team_members")),
    )
    op.create_index("ix_team_members_user", "team_members", ["user_id"])
    op.create_table(
        "notes",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("conversation_id", sa.String(64), nullable=False),
        sa.Column("author_id", sa.String(26), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_notes_conversation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notes")),
    )
    op.create_index("ix_notes_conversation", "notes", ["conversation_id", "created_at"])


def downgrade() -> None:
    op.drop_table("notes")
    op.drop_table("team_members")
    op.drop_table("teams")
    op.drop_index("ix_handoffs_ended", "handoffs")
    op.drop_table("offers")
    with op.batch_alter_table("agents") as table:
        for column in ("away_reason", "idle_since", "wrap_up_until", "missed"):
            table.drop_column(column)
    with op.batch_alter_table("conversations") as table:
        table.drop_index("ix_conversations_place")
        table.create_index("ix_conversations_status", ["status", "queued_at"])
        for column in ("priority", "team_id", "place", "offered_until"):
            table.drop_column(column)
        for column in ("bot_helps", "absence_told"):
            table.drop_column(column)
