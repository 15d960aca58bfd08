"""Queries of the supervisor's view: all that goes on, a page at a time, and what went wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from common.auth import User, users
from common.events import events
from handoff import summary_store
from handoff.contact_store import contacts
from handoff.desk_store import handoffs
from handoff.model import OPEN, WAITING, ConversationStatus, Presence, Requeued
from handoff.store import conversations

NO_TEAM = "none"
"""Filter for what belongs to no team."""

_WAITING = [status.value for status in WAITING]
_OPEN = [status.value for status in OPEN]

REQUEUED, PRESENCE_CHANGED = "conversation.requeued", "agent.presence_changed"
WAITED_LONG = "conversation.waited_long"
LOST_BECAUSE = (Requeued.AGENT_GONE, Requeued.AGENT_SILENT, Requeued.NOT_ACCEPTED)
_ALERTING = f"type IN ('{REQUEUED}', '{PRESENCE_CHANGED}', '{WAITED_LONG}')"

# Few events can be alerts: an index of those alone costs the others nothing.
sa.Index(
    "ix_events_alerts",
    events.c.created_at,
    sqlite_where=sa.text(_ALERTING),
    postgresql_where=sa.text(_ALERTING),
)


@dataclass(frozen=True)
class Filter:
    """Which open conversations are wanted; empty: all of them.

    `status` may also be `waiting`: queued or offered. `words` are looked for in the customer's
    name and number, and in the conversation's id.
    """

    status: str = ""
    team: str = ""
    agent: str = ""
    reason: str = ""
    words: str = ""
    phone: str | None = None
    """The number that the words are, as it is stored."""


# -- how it stands ----------------------------------------------------------------------------


async def count_by_team(
    conn: AsyncConnection, late: Mapping[str | None, datetime]
) -> list[sa.Row[Any]]:
    """Return, by team and status, how many wait or are served, since when, and how many too long.

    Args:
        conn: a connection.
        late: by team, who began to wait before then waits too long.
    """
    team, queued_at = conversations.c.team_id, conversations.c.queued_at
    too_long = [
        sa.and_(team.is_not_distinct_from(team_id), queued_at < before)
        for team_id, before in late.items()
    ]
    query = (
        sa.select(
            team,
            conversations.c.status,
            sa.func.count().label("number"),
            sa.func.min(queued_at).label("since"),
            sa.func.sum(sa.case((sa.or_(sa.false(), *too_long), 1), else_=0)).label("late"),
        )
        .where(conversations.c.status.in_([*_WAITING, ConversationStatus.ACTIVE.value]))
        .group_by(team, conversations.c.status)
    )
    return list(await conn.execute(query))


async def count_with_bot(conn: AsyncConnection, since: datetime) -> int:
    """Return with how many customers the bot has spoken since then, and still does."""
    query = sa.select(sa.func.count()).where(
        conversations.c.status == ConversationStatus.BOT.value,
        conversations.c.updated_at >= since,
        conversations.c.last_seq > 0,
    )
    return (await conn.execute(query)).scalar_one()


# -- the table of conversations ---------------------------------------------------------------


async def list_page(
    conn: AsyncConnection, wanted: Filter, limit: int, offset: int
) -> tuple[list[sa.Row[Any]], int]:
    """Return a page of open conversations, as `summary_store` has them, and how many there are.

    Who waits comes first, the longest before the others; then who is served; then the bot's.
    """
    chosen = _where(wanted)
    status = conversations.c.status
    rank = sa.case((status.in_(_WAITING), 0), (status == ConversationStatus.ACTIVE.value, 1))
    order = (
        rank.asc().nulls_last(),
        conversations.c.queued_at.asc().nulls_last(),
        conversations.c.updated_at.desc(),
        conversations.c.id,
    )
    ids = sa.select(conversations.c.id).where(*chosen)
    total = (await conn.execute(sa.select(sa.func.count()).select_from(ids.subquery()))).scalar()
    page = (await conn.execute(ids.order_by(*order).limit(limit).offset(offset))).scalars()
    rows = await summary_store.get_summaries(conn, found := list(page))
    place = {conversation_id: at for at, conversation_id in enumerate(found)}
    return sorted(rows, key=lambda row: place[row.id]), total or 0


def _where(wanted: Filter) -> list[sa.ColumnElement[bool]]:
    statuses = {"": _OPEN, "waiting": _WAITING}.get(wanted.status, [wanted.status])
    found = [conversations.c.status.in_(statuses), conversations.c.last_seq > 0]
    if wanted.team:
        team = None if wanted.team == NO_TEAM else wanted.team
        found.append(conversations.c.team_id.is_not_distinct_from(team))
    if wanted.agent:
        found.append(conversations.c.agent_id == wanted.agent)
    if wanted.reason:
        newest = summary_store.newest_handoff(handoffs.c.reason)
        found.append(newest == wanted.reason)
    if wanted.words:
        found.append(_has(wanted.words, wanted.phone))
    return found


def _has(words: str, phone: str | None) -> sa.ColumnElement[bool]:
    ways = [
        sa.func.lower(contacts.c.name).contains(words.lower(), autoescape=True),
        conversations.c.id == words,
        # A visitor without a name is shown by the end of their id.
        contacts.c.id.endswith(words.upper(), autoescape=True),
    ]
    if phone is not None:
        ways.append(contacts.c.phone == phone)
    if words.isascii() and words.isdigit() and len(words) == 4:
        # A number's end is shown to everyone; other parts of it must not be found out by asking.
        ways.append(contacts.c.phone.endswith(words))
    theirs = sa.select(contacts.c.id).where(contacts.c.id == conversations.c.contact_id)
    return theirs.where(sa.or_(*ways)).exists()


# -- what went wrong --------------------------------------------------------------------------


async def list_alerts(
    conn: AsyncConnection, since: datetime, away_reason: str, limit: int
) -> list[sa.Row[Any]]:
    """Return the events since then that a supervisor should know of, newest first.

    Args:
        conn: a connection.
        since: how far back.
        away_reason: the reason with which agents are set away who miss their offers.
        limit: at most so many.
    """
    data = events.c.data
    causes = [cause.value for cause in LOST_BECAUSE]
    matters = sa.or_(
        sa.and_(events.c.type == REQUEUED, data["cause"].as_string().in_(causes)),
        sa.and_(
            events.c.type == PRESENCE_CHANGED,
            data["presence"].as_string() == Presence.AWAY.value,
            data["reason"].as_string() == away_reason,
        ),
        events.c.type == WAITED_LONG,
    )
    query = (
        sa.select(
            events,
            contacts.c.id.label("contact_id"),
            contacts.c.name.label("contact_name"),
            users.c.id.label("agent_id"),
            users.c.name.label("agent_name"),
        )
        .outerjoin(conversations, conversations.c.id == events.c.conversation_id)
        .outerjoin(contacts, contacts.c.id == conversations.c.contact_id)
        .outerjoin(users, users.c.id == data["agent_id"].as_string())
        .where(sa.text(_ALERTING), events.c.created_at >= since, matters)
        .order_by(events.c.created_at.desc(), events.c.id.desc())
        .limit(limit)
    )
    return list(await conn.execute(query))


# -- agents -----------------------------------------------------------------------------------


async def find_user(conn: AsyncConnection, user_id: str) -> User | None:
    """Return who signs in under this id, or None."""
    row = (await conn.execute(sa.select(users).where(users.c.id == user_id))).one_or_none()
    return None if row is None else User(row.id, row.username, row.name, row.role)
