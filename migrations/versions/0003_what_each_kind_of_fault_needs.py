"""When words for a time mean, and what only some kinds of fault need."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment, code = sa.DateTime(timezone=True), sa.String(length=16)
    for name in ("since", "hoped"):
        op.add_column("tickets", sa.Column(f"{name}_at", moment, nullable=True))
        precision = sa.Column(f"{name}_precision", code, nullable=False, server_default="")
        op.add_column("tickets", precision)
    details = sa.Column("details", sa.JSON(), nullable=False, server_default=sa.text("'{}'"))
    op.add_column("tickets", details)


def downgrade() -> None:
    for name in ("since_at", "since_precision", "hoped_at", "hoped_precision", "details"):
        op.drop_column("tickets", name)
