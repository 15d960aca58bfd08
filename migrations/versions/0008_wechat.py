"""Messages are carried to customers, and WeChat is a channel."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "outbox",
        sa.Column("message_id", sa.String(26), nullable=False),
        sa.Column("conversation_id", sa.String(64), nullable=False),
        sa.Column("contact_id", sa.String(26), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("author", sa.String(16), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("problem", sa.Integer),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_outbox")),
    )
    op.create_index("ix_outbox_conversation", "outbox", ["conversation_id", "seq"])
    op.create_index(
        "ix_outbox_waiting",
        "outbox",
        ["created_at"],
        sqlite_where=sa.text("status = 'waiting'"),
        postgresql_where=sa.text("status = 'waiting'"),
    )
    op.create_index(
        "ix_outbox_unsent",
        "outbox",
        ["contact_id", "seq"],
        sqlite_where=sa.text("status IN ('waiting', 'held')"),
        postgresql_where=sa.text("status IN ('waiting', 'held')"),
    )
    op.create_table(
        "wechat_accounts",
        sa.Column("app_id", sa.String(32), nullable=False),
        sa.Column("token", sa.Text),
        sa.Column("token_until", sa.DateTime(timezone=True)),
        sa.Column("fetching_until", sa.DateTime(timezone=True)),
        sa.Column("menus_refused", sa.Boolean, nullable=False),
        sa.Column("paused_until", sa.DateTime(timezone=True)),
        sa.Column("problem", sa.Integer),
        sa.Column("problem_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("app_id", name=op.f("pk_wechat_accounts")),
    )
    op.create_table(
        "wechat_customers",
        sa.Column("user_id", sa.String(128), nullable=False),
        sa.Column("app_id", sa.String(32), nullable=False),
        sa.Column("contact_id", sa.String(26)),
        sa.Column("message_left", sa.Integer, nullable=False),
        sa.Column("message_until", sa.DateTime(timezone=True)),
        sa.Column("event_left", sa.Integer, nullable=False),
        sa.Column("event_until", sa.DateTime(timezone=True)),
        sa.Column("menu", sa.JSON, nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True)),
        sa.Column("subscribed", sa.Boolean, nullable=False),
        sa.Column("intake_owner", sa.String(26)),
        sa.Column("intake_until", sa.DateTime(timezone=True)),
        sa.Column("outbox_owner", sa.String(26)),
        sa.Column("outbox_until", sa.DateTime(timezone=True)),
        sa.Column("retry_at", sa.DateTime(timezone=True)),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("batch_to", sa.Integer),
        sa.Column("part", sa.Integer, nullable=False),
        sa.Column("in_flight", sa.Boolean, nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("problem", sa.Integer),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_wechat_customers")),
    )
    op.create_index("ix_wechat_customers_contact", "wechat_customers", ["contact_id"])
    op.create_table(
        "wechat_inbox",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("user_id", sa.String(128), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("content", sa.JSON),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handled_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wechat_inbox")),
        sa.UniqueConstraint("key", name=op.f("uq_wechat_inbox_key")),
    )
    op.create_index("ix_wechat_inbox_received", "wechat_inbox", ["received_at"])
    op.create_index(
        "ix_wechat_inbox_unhandled",
        "wechat_inbox",
        ["user_id"],
        sqlite_where=sa.text("handled_at IS NULL"),
        postgresql_where=sa.text("handled_at IS NULL"),
    )
    op.create_table(
        "wechat_media",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("app_id", sa.String(32), nullable=False),
        sa.Column("media_id", sa.String(256), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("content_type", sa.String(32)),
        sa.Column("size", sa.Integer),
        sa.Column("problem", sa.String(64)),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wechat_media")),
    )
    op.create_index(
        "ix_wechat_media_waiting",
        "wechat_media",
        ["next_at"],
        sqlite_where=sa.text("status = 'waiting'"),
        postgresql_where=sa.text("status = 'waiting'"),
    )


def downgrade() -> None:
    for table in (
        "wechat_media",
        "wechat_inbox",
        "wechat_customers",
        "wechat_accounts",
        "outbox",
    ):
        op.drop_table(table)
