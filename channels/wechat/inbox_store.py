"""Table and queries of the inbox: what WeChat brought, stored before it is worked off.

A row stays for some days after that, without its words, so that a second delivery is known.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.wechat.customer_store import customers
from channels.wechat.inbound import Kind
from common.db import UtcDateTime, insert_into, metadata

KEPT = timedelta(days=7)

inbox = sa.Table(
    "wechat_inbox",
    metadata,
    sa.Column("id", sa.String(26), primary_key=True),
    sa.Column("key", sa.String(64), nullable=False, unique=True),
    sa.Column("user_id", sa.String(128), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("content", sa.JSON(none_as_null=True)),
    sa.Column("sent_at", UtcDateTime, nullable=False),
    sa.Column("received_at", UtcDateTime, nullable=False),
    sa.Column("handled_at", UtcDateTime),
    sa.Index("ix_wechat_inbox_received", "received_at"),
    # What is not worked off are few rows of many, so a small index.
    sa.Index(
        "ix_wechat_inbox_unhandled",
        "user_id",
        sqlite_where=sa.text("handled_at IS NULL"),
        postgresql_where=sa.text("handled_at IS NULL"),
    ),
)

# Statements that run for every message are built once: building one costs more than running it.
_FIRST = (
    sa.select(inbox)
    .where(inbox.c.user_id == sa.bindparam("user"), inbox.c.handled_at.is_(None))
    .order_by(inbox.c.sent_at, inbox.c.id)
    .limit(1)
)
_MARK = (
    sa.update(inbox)
    .where(inbox.c.id == sa.bindparam("item"))
    .values(handled_at=sa.bindparam("now", type_=UtcDateTime), content=None)
)


@dataclass(frozen=True)
class Item:
    """One thing a customer did that is not worked off. `content`: `text`, and `press` if any."""

    id: str
    key: str
    user_id: str
    kind: Kind
    content: dict[str, Any]
    sent_at: datetime


async def insert_item(conn: AsyncConnection, item: Item, now: datetime) -> bool:
    """Write what came; False when it was there already."""
    insert = insert_into(conn, inbox).values(
        id=item.id,
        key=item.key,
        user_id=item.user_id,
        kind=item.kind.value,
        content=item.content,
        sent_at=item.sent_at,
        received_at=now,
    )
    return (await conn.execute(insert.on_conflict_do_nothing())).rowcount == 1


async def first_unhandled(conn: AsyncConnection, user_id: str) -> Item | None:
    """Return the customer's oldest thing that is not worked off, by WeChat's clock, or None."""
    row = (await conn.execute(_FIRST, {"user": user_id})).one_or_none()
    if row is None:
        return None
    return Item(row.id, row.key, row.user_id, Kind(row.kind), row.content or {}, row.sent_at)


async def mark_handled(conn: AsyncConnection, item_id: str, now: datetime) -> None:
    """Say that it was worked off; its words are kept with the message alone."""
    await conn.execute(_MARK, {"item": item_id, "now": now})


async def drop_item(conn: AsyncConnection, key: str, now: datetime) -> bool:
    """Forget what came under this key; False when it was worked off already."""
    result = await conn.execute(
        sa.update(inbox)
        .where(inbox.c.key == key, inbox.c.handled_at.is_(None))
        .values(handled_at=now, content=None)
    )
    return result.rowcount == 1


async def list_left_over(conn: AsyncConnection, now: datetime, limit: int) -> list[str]:
    """Return customers who did something that nobody works off."""
    query = (
        sa.select(inbox.c.user_id)
        .join(customers, customers.c.user_id == inbox.c.user_id)
        .where(
            inbox.c.handled_at.is_(None),
            sa.or_(customers.c.intake_until.is_(None), customers.c.intake_until <= now),
        )
        .group_by(inbox.c.user_id)
        .order_by(sa.func.min(inbox.c.received_at))
        .limit(limit)
    )
    return list((await conn.execute(query)).scalars())


async def delete_old(conn: AsyncConnection, now: datetime) -> int:
    """Forget what was worked off long ago; returns how much."""
    result = await conn.execute(
        sa.delete(inbox).where(inbox.c.received_at < now - KEPT, inbox.c.handled_at.is_not(None))
    )
    return result.rowcount
