"""Customers of 微信客服 are pulled, not pushed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("wechat_customers", sa.Column("batch_id", sa.String(26)))
    op.add_column("wechat_customers", sa.Column("session", sa.Integer))
    op.create_index(
        "ix_wechat_customers_session",
        "wechat_customers",
        ["session", "user_id"],
        sqlite_where=sa.text("session IN (0, 1)"),
        postgresql_where=sa.text("session IN (0, 1)"),
    )
    op.add_column("outbox", sa.Column("sent_as", sa.String(26)))
    op.create_index(
        "ix_outbox_sent_as",
        "outbox",
        ["sent_as"],
        sqlite_where=sa.text("sent_as IS NOT NULL"),
        postgresql_where=sa.text("sent_as IS NOT NULL"),
    )
    op.create_table(
        "wechat_kf_pulls",
        sa.Column("open_kfid", sa.String(64), nullable=False),
        sa.Column("app_id", sa.String(32), nullable=False),
        sa.Column("cursor", sa.String(256), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("token", sa.String(256), nullable=False),
        sa.Column("noticed_at", sa.DateTime(timezone=True)),
        sa.Column("notices", sa.Integer, nullable=False),
        sa.Column("answered", sa.Integer, nullable=False),
        sa.Column("pulled_at", sa.DateTime(timezone=True)),
        sa.Column("retry_at", sa.DateTime(timezone=True)),
        sa.Column("problem", sa.Integer),
        sa.Column("owner", sa.String(26)),
        sa.Column("until", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("open_kfid", name=op.f("pk_wechat_kf_pulls")),
    )


def downgrade() -> None:
    op.drop_table("wechat_kf_pulls")
    op.drop_index("ix_outbox_sent_as", "outbox")
    op.drop_column("outbox", "sent_as")
    op.drop_index("ix_wechat_customers_session", "wechat_customers")
    op.drop_column("wechat_customers", "session")
    op.drop_column("wechat_customers", "batch_id")
