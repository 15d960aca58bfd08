"""Queries of conversations as lists show them: with the customer, the owner, the last words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from common.auth import users
from common.db import UtcDateTime
from handoff.contact_store import contacts
from handoff.desk_store import handoffs
from handoff.message_store import messages
from handoff.model import WAITING, CloseReason, Conversation, ConversationStatus
from handoff.person_store import contacts_of_person
from handoff.store import conversations
from handoff.team_store import teams

VIEWS = ("queue", "mine", "bot", "closed")


async def list_conversations(
    conn: AsyncConnection,
    view: str,
    agent_id: str,
    limit: int = 100,
    before: Conversation | None = None,
) -> list[sa.Row[Any]]:
    """Return rows for one list of the console: conversation, customer, owner, last words.

    What the bot alone had and nobody went on with is not among the closed ones.

    Args:
        conn: the transaction.
        view: `queue` (waiting, next first), `mine`, `bot` or `closed` (newest first).
        agent_id: whose `mine` is.
        limit: at most so many.
        before: of `bot` and `closed` the page that follows this one.
    """
    query = _summaries()
    status = conversations.c.status
    if view == "queue":
        query = query.where(status.in_([s.value for s in WAITING]))
        query = query.order_by(conversations.c.place, conversations.c.id)
    elif view == "mine":
        query = query.where(
            status == ConversationStatus.ACTIVE.value, conversations.c.agent_id == agent_id
        ).order_by(conversations.c.accepted_at)
    else:
        wanted = ConversationStatus.BOT if view == "bot" else ConversationStatus.CLOSED
        query = query.where(status == wanted.value, conversations.c.last_seq > 0)
        if view == "closed":
            alone = conversations.c.close_reason == CloseReason.TIMEOUT.value
            query = query.where(sa.or_(handoffs.c.id.is_not(None), ~alone))
        place = sa.tuple_(conversations.c.updated_at, conversations.c.id)
        if before is not None:
            at = sa.tuple_(sa.literal(before.updated_at, UtcDateTime), sa.literal(before.id))
            query = query.where(place < at)
        query = query.order_by(conversations.c.updated_at.desc(), conversations.c.id.desc())
    return list(await conn.execute(query.limit(limit)))


async def get_summary(conn: AsyncConnection, conversation_id: str) -> sa.Row[Any] | None:
    """Return the same row for one conversation, or None."""
    query = _summaries().where(conversations.c.id == conversation_id)
    return (await conn.execute(query)).one_or_none()


async def get_summaries(
    conn: AsyncConnection, conversation_ids: Sequence[str]
) -> list[sa.Row[Any]]:
    """Return the same rows for several conversations, in any order."""
    query = _summaries().where(conversations.c.id.in_(conversation_ids))
    return list(await conn.execute(query)) if conversation_ids else []


async def list_earlier(
    conn: AsyncConnection, conversation_id: str, contact_id: str, limit: int = 5
) -> list[sa.Row[Any]]:
    """Return the same rows for the customer's other conversations, on any of their accounts.

    The newest first; what nobody said a word in is left out.
    """
    query = (
        _summaries()
        .where(
            conversations.c.contact_id.in_(contacts_of_person(contact_id)),
            conversations.c.id != conversation_id,
            conversations.c.last_seq > 0,
        )
        .order_by(conversations.c.created_at.desc())
        .limit(limit)
    )
    return list(await conn.execute(query))


def newest_handoff(column: sa.Column[Any]) -> sa.ScalarSelect[Any]:
    """Return a column of the newest handoff of the conversation in the query around it."""
    earlier = handoffs.alias()
    return (
        sa.select(earlier.c[column.name])
        .where(earlier.c.conversation_id == conversations.c.id)
        .order_by(earlier.c.requested_at.desc(), earlier.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )


def _summaries() -> sa.Select[Any]:
    newest = newest_handoff(handoffs.c.id)
    last = sa.and_(
        messages.c.contact_id == conversations.c.contact_id,
        messages.c.seq == conversations.c.last_seq,
    )
    return (
        sa.select(
            conversations,
            contacts.c.name.label("contact_name"),
            contacts.c.phone.label("contact_phone"),
            contacts.c.level.label("contact_level"),
            users.c.name.label("agent_name"),
            teams.c.name.label("team_name"),
            handoffs.c.reason,
            handoffs.c.packet["summary"].as_string().label("summary"),
            messages.c.author.label("last_author"),
            messages.c.text.label("last_text"),
            messages.c.created_at.label("last_at"),
        )
        .join(contacts, contacts.c.id == conversations.c.contact_id)
        .outerjoin(users, users.c.id == conversations.c.agent_id)
        .outerjoin(teams, teams.c.id == conversations.c.team_id)
        .outerjoin(handoffs, handoffs.c.id == newest)
        .outerjoin(messages, last)
    )
