"""Tables and queries of canned responses and how often each agent uses them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from common.db import UtcDateTime, held, insert_into, metadata
from handoff.canned_model import CannedResponse

canned_responses = sa.Table(
    "canned_responses",
    metadata,
    sa.Column("id", sa.String(26), primary_key=True),
    sa.Column("title", sa.String(64), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("shortcut", sa.String(32), nullable=False),
    sa.Column("category", sa.String(32), nullable=False),
    sa.Column("team_id", sa.ForeignKey("teams.id", ondelete="SET NULL")),
    sa.Column("owner_id", sa.ForeignKey("users.id", ondelete="CASCADE")),
    sa.Column("pinyin", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("updated_by", sa.String(64), nullable=False),
    sa.Column("updated_at", UtcDateTime, nullable=False),
    sa.Index("ix_canned_responses_owner", "owner_id"),
)

canned_uses = sa.Table(
    "canned_uses",
    metadata,
    sa.Column("user_id", sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    sa.Column(
        "canned_id", sa.ForeignKey("canned_responses.id", ondelete="CASCADE"), primary_key=True
    ),
    sa.Column("uses", sa.Integer, nullable=False),
)


async def list_canned(conn: AsyncConnection, user_id: str) -> list[sa.Row[Any]]:
    """Return all shared canned responses and a user's own, with the user's `uses`, by title."""
    query = (
        sa.select(canned_responses, sa.func.coalesce(canned_uses.c.uses, 0).label("uses"))
        .outerjoin(
            canned_uses,
            sa.and_(
                canned_uses.c.canned_id == canned_responses.c.id, canned_uses.c.user_id == user_id
            ),
        )
        .where(
            sa.or_(canned_responses.c.owner_id.is_(None), canned_responses.c.owner_id == user_id)
        )
        .order_by(canned_responses.c.title, canned_responses.c.id)
    )
    return list(await conn.execute(query))


async def lock_canned(conn: AsyncConnection, canned_id: str) -> CannedResponse | None:
    """Return one, or None; nobody else saves it until the transaction ends."""
    query = held(sa.select(canned_responses).where(canned_responses.c.id == canned_id))
    row = (await conn.execute(query)).one_or_none()
    return None if row is None else to_canned(row)


async def count_canned(conn: AsyncConnection, owner_id: str | None) -> int:
    """Return how many someone keeps of their own; with None how many are shared."""
    query = sa.select(sa.func.count()).where(
        canned_responses.c.owner_id.is_not_distinct_from(owner_id)
    )
    return (await conn.execute(query)).scalar_one()


async def uses_of(conn: AsyncConnection, canned_id: str, user_id: str) -> int:
    """Return how often someone used one."""
    query = sa.select(canned_uses.c.uses).where(
        canned_uses.c.canned_id == canned_id, canned_uses.c.user_id == user_id
    )
    return (await conn.execute(query)).scalar_one_or_none() or 0


async def save_canned(
    conn: AsyncConnection, canned: CannedResponse, pinyin: str, now: datetime
) -> None:
    """Write one, new or changed; `pinyin` is how its title sounds."""
    values = {
        "title": canned.title,
        "text": canned.text,
        "shortcut": canned.shortcut,
        "category": canned.category,
        "team_id": canned.team_id,
        "owner_id": canned.owner_id,
        "pinyin": pinyin,
        "version": canned.version,
        "updated_by": canned.updated_by,
        "updated_at": now,
    }
    insert = insert_into(conn, canned_responses).values(id=canned.id, **values)
    await conn.execute(insert.on_conflict_do_update(index_elements=["id"], set_=values))


async def delete_canned(conn: AsyncConnection, canned_id: str) -> None:
    """Remove one, and how often it was used."""
    await conn.execute(sa.delete(canned_responses).where(canned_responses.c.id == canned_id))


async def count_use(conn: AsyncConnection, canned_id: str, user_id: str) -> None:
    """Write that someone used one once more."""
    insert = insert_into(conn, canned_uses).values(canned_id=canned_id, user_id=user_id, uses=1)
    more = {"uses": canned_uses.c.uses + 1}
    await conn.execute(
        insert.on_conflict_do_update(index_elements=["user_id", "canned_id"], set_=more)
    )


def to_canned(row: sa.Row[Any]) -> CannedResponse:
    """Read a row."""
    return CannedResponse(
        id=row.id,
        title=row.title,
        text=row.text,
        shortcut=row.shortcut,
        category=row.category,
        team_id=row.team_id,
        owner_id=row.owner_id,
        version=row.version,
        updated_by=row.updated_by,
    )
