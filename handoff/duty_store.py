"""Table and queries of the duty roster: who is there on which day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from common.auth import users
from common.db import metadata

DESK = ""
"""Stands for the desk as a whole where a team's id would."""

duty = sa.Table(
    "duty",
    metadata,
    sa.Column("team_id", sa.String(26), primary_key=True),
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("user_id", sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
)


async def list_duty(
    conn: AsyncConnection, team_id: str, first: date, last: date
) -> dict[date, list[str]]:
    """Return the user names of who is on duty, by day, both days included; DESK for the desk."""
    query = (
        sa.select(duty.c.day, users.c.username)
        .join(users, users.c.id == duty.c.user_id)
        .where(duty.c.team_id == team_id, duty.c.day.between(first, last))
        .order_by(duty.c.day, users.c.username)
    )
    found: dict[date, list[str]] = defaultdict(list)
    for row in await conn.execute(query):
        found[row.day].append(row.username)
    return dict(found)


async def set_duty(
    conn: AsyncConnection, team_id: str, day: date, user_ids: Collection[str]
) -> None:
    """Write who is on duty on a day, in place of who was."""
    await conn.execute(sa.delete(duty).where(duty.c.team_id == team_id, duty.c.day == day))
    if user_ids:
        rows = [{"team_id": team_id, "day": day, "user_id": each} for each in sorted(set(user_ids))]
        await conn.execute(sa.insert(duty), rows)


async def delete_duty(conn: AsyncConnection, team_id: str) -> None:
    """Remove a team's roster."""
    await conn.execute(sa.delete(duty).where(duty.c.team_id == team_id))
