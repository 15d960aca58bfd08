"""Tables and queries of teams and who is in them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from common.auth import users
from common.db import held, insert_into, metadata
from common.errors import InvalidInput
from handoff.hours import Hours
from handoff.routing import Team
from handoff.store import conversations

teams = sa.Table(
    "teams",
    metadata,
    sa.Column("id", sa.String(26), primary_key=True),
    sa.Column("name", sa.String(64), nullable=False),
    sa.Column("reasons", sa.JSON, nullable=False),
    sa.Column("categories", sa.JSON, nullable=False),
    sa.Column("overflow_seconds", sa.Integer),
    sa.Column("overflow_to", sa.String(26)),
    sa.Column("assignment", sa.String(16)),
    sa.Column("most_waiting", sa.Integer),
    sa.Column("longest_wait_seconds", sa.Integer),
    sa.Column("hours", sa.JSON(none_as_null=True)),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("updated_by", sa.String(64), nullable=False),
    sa.UniqueConstraint("name"),
)

team_members = sa.Table(
    "team_members",
    metadata,
    sa.Column("team_id", sa.ForeignKey("teams.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("user_id", sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    sa.Index("ix_team_members_user", "user_id"),
)


async def list_teams(conn: AsyncConnection) -> list[Team]:
    """Return all teams, by name."""
    return [_to_team(row) for row in await conn.execute(sa.select(teams).order_by(teams.c.name))]


async def find_team(conn: AsyncConnection, team_id: str) -> Team | None:
    """Return the team, or None."""
    row = (await conn.execute(sa.select(teams).where(teams.c.id == team_id))).one_or_none()
    return None if row is None else _to_team(row)


async def lock_team(conn: AsyncConnection, team_id: str) -> Team | None:
    """Return the team, or None; nobody else saves it until the transaction ends."""
    query = held(sa.select(teams).where(teams.c.id == team_id))
    row = (await conn.execute(query)).one_or_none()
    return None if row is None else _to_team(row)


async def save_team(conn: AsyncConnection, team: Team) -> None:
    """Write a team, new or changed."""
    values = _columns(team)
    insert = insert_into(conn, teams).values(id=team.id, **values)
    await conn.execute(insert.on_conflict_do_update(index_elements=["id"], set_=values))


async def delete_team(conn: AsyncConnection, team_id: str) -> None:
    """Remove a team and who was in it; its cases and what overflows to it become everyone's."""
    await conn.execute(
        sa.update(conversations).where(conversations.c.team_id == team_id).values(team_id=None)
    )
    await conn.execute(
        sa.update(teams).where(teams.c.overflow_to == team_id).values(overflow_to=None)
    )
    await conn.execute(sa.delete(team_members).where(team_members.c.team_id == team_id))
    await conn.execute(sa.delete(teams).where(teams.c.id == team_id))


async def list_members(conn: AsyncConnection) -> dict[str, frozenset[str]]:
    """Return the teams of every user who is in one."""
    found: dict[str, set[str]] = defaultdict(set)
    for row in await conn.execute(sa.select(team_members)):
        found[row.user_id].add(row.team_id)
    return {user_id: frozenset(theirs) for user_id, theirs in found.items()}


async def teams_of(conn: AsyncConnection, user_id: str) -> frozenset[str]:
    """Return the teams a user is in."""
    query = sa.select(team_members.c.team_id).where(team_members.c.user_id == user_id)
    return frozenset((await conn.execute(query)).scalars())


async def set_members(conn: AsyncConnection, team_id: str, user_ids: Collection[str]) -> None:
    """Write who is in a team, in place of who was."""
    await conn.execute(sa.delete(team_members).where(team_members.c.team_id == team_id))
    if user_ids:
        rows = [{"team_id": team_id, "user_id": user_id} for user_id in sorted(set(user_ids))]
        await conn.execute(sa.insert(team_members), rows)


async def user_ids(conn: AsyncConnection, usernames: Sequence[str]) -> dict[str, str]:
    """Return the ids of users by their names.

    Raises:
        InvalidInput: there is no user of a name (`user_unknown`).
    """
    query = sa.select(users.c.username, users.c.id).where(users.c.username.in_(usernames))
    found = {row.username: row.id for row in await conn.execute(query)}
    for username in usernames:
        if username not in found:
            raise InvalidInput(f"没有叫 {username} 的用户。", code="user_unknown")
    return found


async def list_usernames(conn: AsyncConnection, team_id: str | None) -> list[str]:
    """Return the user names of a team's people; with None those of all agents."""
    query = sa.select(users.c.username).order_by(users.c.username)
    if team_id is None:
        query = query.where(users.c.role == "agent")
    else:
        query = query.join(team_members, team_members.c.user_id == users.c.id)
        query = query.where(team_members.c.team_id == team_id)
    return list((await conn.execute(query)).scalars())


def _columns(team: Team) -> dict[str, Any]:
    return {
        "name": team.name,
        "reasons": sorted(team.reasons),
        "categories": sorted(team.categories),
        "overflow_seconds": _seconds(team.overflow_after),
        "overflow_to": team.overflow_to,
        "assignment": team.assignment,
        "most_waiting": team.most_waiting,
        "longest_wait_seconds": _seconds(team.longest_wait),
        "hours": team.hours and team.hours.to_json(),
        "version": team.version,
        "updated_by": team.updated_by,
    }


def _seconds(time: timedelta | None) -> int | None:
    return None if time is None else int(time.total_seconds())


def _time(seconds: int | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)


def _to_team(row: sa.Row[Any]) -> Team:
    return Team(
        id=row.id,
        name=row.name,
        reasons=frozenset(row.reasons),
        categories=frozenset(row.categories),
        overflow_after=_time(row.overflow_seconds),
        overflow_to=row.overflow_to,
        assignment=row.assignment,
        most_waiting=row.most_waiting,
        longest_wait=_time(row.longest_wait_seconds),
        hours=None if row.hours is None else Hours.from_json(row.hours),
        version=row.version,
        updated_by=row.updated_by,
    )
