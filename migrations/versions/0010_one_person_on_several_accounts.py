"""One person on several accounts, and notices outside the window."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("contacts") as table:
        table.add_column(sa.Column("person_id", sa.String(26)))
    op.execute("UPDATE contacts SET person_id = id")
    with op.batch_alter_table("contacts") as table:
        table.alter_column("person_id", existing_type=sa.String(26), nullable=False)
    op.create_index("ix_contacts_person", "contacts", ["person_id"])
    op.create_table(
        "persons",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("id", sa.String(26), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_persons")),
    )
    unions = op.create_table(
        "wechat_unions",
        sa.Column("user_id", sa.String(128), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True)),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_wechat_unions")),
    )
    op.create_index(
        "ix_wechat_unions_due",
        "wechat_unions",
        ["next_at"],
        sqlite_where=sa.text("next_at IS NOT NULL"),
        postgresql_where=sa.text("next_at IS NOT NULL"),
    )
    op.create_table(
        "wechat_reminders",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("user_id", sa.String(128), nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("conversation_id", sa.String(64), nullable=False),
        sa.Column("template_id", sa.String(64), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("message_id", sa.String(32)),
        sa.Column("problem", sa.Integer),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True)),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wechat_reminders")),
        sa.UniqueConstraint(
            "user_id", "heard_at", name=op.f("uq_wechat_reminders_user_id_heard_at")
        ),
    )
    op.create_index(
        "ix_wechat_reminders_due",
        "wechat_reminders",
        ["next_at"],
        sqlite_where=sa.text("status IN ('waiting', 'sending')"),
        postgresql_where=sa.text("status IN ('waiting', 'sending')"),
    )
    op.create_table(
        "wechat_opt_ins",
        sa.Column("user_id", sa.String(128), nullable=False),
        sa.Column("template_id", sa.String(64), nullable=False),
        sa.Column("left", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "template_id", name=op.f("pk_wechat_opt_ins")),
    )
    # Those who were known before are asked for too, all in good time.
    known = sa.table("wechat_customers", sa.column("user_id"), sa.column("contact_id"))
    due = sa.literal(datetime.now(UTC), sa.DateTime(timezone=True))
    op.execute(
        unions.insert().from_select(
            ["user_id", "next_at", "tries"],
            sa.select(known.c.user_id, due, sa.literal(0)).where(known.c.contact_id.is_not(None)),
        )
    )


def downgrade() -> None:
    op.drop_table("wechat_opt_ins")
    op.drop_table("wechat_reminders")
    op.drop_table("wechat_unions")
    op.drop_table("persons")
    op.drop_index("ix_contacts_person", "contacts")
    with op.batch_alter_table("contacts") as table:
        table.drop_column("person_id")
