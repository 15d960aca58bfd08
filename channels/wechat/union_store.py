"""Table and queries of whose unionid is still to be asked for."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from common.db import UtcDateTime, insert_into, metadata

unions = sa.Table(
    "wechat_unions",
    metadata,
    sa.Column("user_id", sa.String(128), primary_key=True),
    # None when WeChat was asked, or there is nothing to ask.
    sa.Column("next_at", UtcDateTime),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Index(
        "ix_wechat_unions_due",
        "next_at",
        sqlite_where=sa.text("next_at IS NOT NULL"),
        postgresql_where=sa.text("next_at IS NOT NULL"),
    ),
)


async def want(conn: AsyncConnection, user_id: str, now: datetime) -> None:
    """Write that WeChat is to be asked who a customer is; once a customer."""
    insert = insert_into(conn, unions).values(user_id=user_id, next_at=now, tries=0)
    await conn.execute(insert.on_conflict_do_nothing())


async def claim_due(
    conn: AsyncConnection, now: datetime, again_at: datetime, limit: int
) -> list[tuple[str, int]]:
    """Return customers to ask for now, with how often it was tried before.

    Nobody else asks for them before `again_at`.
    """
    due = (
        sa.select(unions.c.user_id, unions.c.tries)
        .where(unions.c.next_at.is_not(None), unions.c.next_at <= now)
        # Who came just now goes before those we failed with, and before a long list of old ones.
        .order_by(unions.c.tries, unions.c.next_at.desc())
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    found = [(row.user_id, row.tries) for row in await conn.execute(due)]
    if found:
        claim = sa.update(unions).where(unions.c.user_id.in_([user_id for user_id, _ in found]))
        await conn.execute(claim.values(next_at=again_at, tries=unions.c.tries + 1))
    return found


async def save_next(conn: AsyncConnection, user_id: str, next_at: datetime | None) -> None:
    """Write when WeChat is asked again; None: not any more."""
    await conn.execute(sa.update(unions).where(unions.c.user_id == user_id).values(next_at=next_at))
