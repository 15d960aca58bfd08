"""Queries of who waits too long, is silent, or has left the page."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.message_store import messages
from handoff.model import WITH_PEOPLE, Author, ConversationStatus
from handoff.store import conversations

_WITH_PEOPLE = [status.value for status in WITH_PEOPLE]

# Whoever begins to wait is there; what was seen of them before does not count.
_last_there = sa.case(
    (conversations.c.page_seen_at > conversations.c.queued_at, conversations.c.page_seen_at),
    else_=conversations.c.queued_at,
)
is_away = sa.and_(
    conversations.c.status.in_(_WITH_PEOPLE), conversations.c.left_at >= conversations.c.queued_at
)
"""Whether no page of the customer is open; only where somebody waits for them, or they for us."""


# -- waiting and silence ----------------------------------------------------------------------


async def list_long_waits(
    conn: AsyncConnection, team_id: str | None, queued_before: datetime, limit: int
) -> list[str]:
    """Return who has waited for a team since then and was not told anything about it."""
    query = (
        sa.select(conversations.c.id)
        .where(
            conversations.c.status == ConversationStatus.QUEUED.value,
            conversations.c.team_id.is_not_distinct_from(team_id),
            conversations.c.queued_at <= queued_before,
            conversations.c.wait_told.is_(False),
            conversations.c.absence_told.is_(False),
        )
        .order_by(conversations.c.place)
        .limit(limit)
    )
    return list((await conn.execute(query)).scalars())


async def list_silent(
    conn: AsyncConnection, spoken_before: datetime, quiet_since: datetime, limit: int
) -> list[str]:
    """Return conversations in which the agent had the last word, before `spoken_before`.

    Of those in which nothing at all was written since `quiet_since`, longest quiet first.
    """
    spoken_by_people = messages.alias()
    spoken = (
        sa.select(spoken_by_people.c.seq)
        .where(
            spoken_by_people.c.conversation_id == conversations.c.id,
            spoken_by_people.c.author.in_([Author.CONTACT.value, Author.AGENT.value]),
        )
        .order_by(spoken_by_people.c.seq.desc())
        .limit(1)
        .scalar_subquery()
    )
    last = sa.and_(
        messages.c.conversation_id == conversations.c.id,
        messages.c.seq == spoken,
        messages.c.author == Author.AGENT.value,
        messages.c.created_at <= spoken_before,
    )
    query = (
        sa.select(conversations.c.id)
        .join(messages, last)
        .where(
            conversations.c.status == ConversationStatus.ACTIVE.value,
            conversations.c.updated_at <= quiet_since,
        )
        .order_by(conversations.c.updated_at)
        .limit(limit)
    )
    return list((await conn.execute(query)).scalars())


async def list_idle(conn: AsyncConnection, before: datetime, limit: int) -> list[str]:
    """Return conversations with the bot in which nothing was written since then."""
    query = (
        sa.select(conversations.c.id)
        .where(
            conversations.c.status == ConversationStatus.BOT.value,
            conversations.c.updated_at <= before,
        )
        .order_by(conversations.c.updated_at)
        .limit(limit)
    )
    return list((await conn.execute(query)).scalars())


# -- pages ------------------------------------------------------------------------------------
# Rows that another transaction holds are passed over: they are looked at again soon.


async def mark_there(
    conn: AsyncConnection, contact_ids: Collection[str], now: datetime
) -> list[sa.Row[Any]]:
    """Write that these customers have a page open, where people are concerned.

    Returns:
        Of those who had left, `id`, `contact_id` and `status` of the conversation.
    """
    query = (
        sa.select(
            conversations.c.id,
            conversations.c.contact_id,
            conversations.c.status,
            sa.func.coalesce(is_away, sa.false()).label("was_away"),
        )
        .where(
            conversations.c.contact_id.in_(contact_ids), conversations.c.status.in_(_WITH_PEOPLE)
        )
        .with_for_update(key_share=True, skip_locked=True)
    )
    found = list(await conn.execute(query))
    if found:
        await conn.execute(
            sa.update(conversations)
            .where(conversations.c.id.in_([row.id for row in found]))
            .values(page_seen_at=now, left_at=None)
        )
    return [row for row in found if row.was_away]


async def mark_left(
    conn: AsyncConnection, channels: Collection[str], seen_before: datetime, limit: int
) -> list[sa.Row[Any]]:
    """Write of whom no page was open since then that they have left, and when.

    Returns:
        `id`, `contact_id`, `status` and `last_there` of those who are found to have left now.
    """
    query = (
        sa.select(
            conversations.c.id,
            conversations.c.contact_id,
            conversations.c.status,
            _last_there.label("last_there"),
        )
        .where(
            conversations.c.status.in_(_WITH_PEOPLE),
            conversations.c.channel.in_(channels),
            _last_there <= seen_before,
            sa.or_(
                conversations.c.left_at.is_(None),
                conversations.c.left_at < conversations.c.queued_at,
            ),
        )
        .limit(limit)
        .with_for_update(key_share=True, skip_locked=True)
    )
    found: list[sa.Row[Any]] = list(await conn.execute(query))
    if found:
        await conn.execute(
            sa.update(conversations)
            .where(conversations.c.id.in_([row.id for row in found]))
            .values(left_at=_last_there)
        )
    return found


async def list_left(
    conn: AsyncConnection, left_before: datetime, limit: int, only: str | None = None
) -> list[str]:
    """Return who left before then and waits on, though nobody told them that they need not stay.

    Of `only`, if it is given.
    """
    query = (
        sa.select(conversations.c.id)
        .where(
            conversations.c.status == ConversationStatus.QUEUED.value,
            conversations.c.absence_told.is_(False),
            is_away,
            conversations.c.left_at <= left_before,
        )
        .limit(limit)
    )
    if only is not None:
        query = query.where(conversations.c.id == only)
    return list((await conn.execute(query)).scalars())
