"""Tables and queries of conversations, the queue and its agents. SQL lives here only.

Functions take the running transaction and never commit. `lock_…` holds the row until its end:
whoever changes a conversation locks it first; who needs an agent's row too locks that second.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from common.db import UtcDateTime, among, held, metadata, parameters, prefixed
from common.errors import NotFound
from handoff.contact_store import contacts
from handoff.model import (
    OPEN,
    WAITING,
    CloseReason,
    Conversation,
    ConversationStatus,
)
from tickets.model import Priority

conversations = sa.Table(
    "conversations",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("contact_id", sa.ForeignKey("contacts.id"), nullable=False),
    sa.Column("channel", sa.String(16), nullable=False),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("close_reason", sa.String(16)),
    sa.Column("agent_id", sa.String(26)),
    sa.Column("last_seq", sa.Integer, nullable=False),
    sa.Column("facts", sa.JSON, nullable=False),
    sa.Column("priority", sa.String(16), nullable=False),
    sa.Column("team_id", sa.String(26)),
    sa.Column("queued_at", UtcDateTime),
    sa.Column("place", UtcDateTime),
    sa.Column("offered_until", UtcDateTime),
    sa.Column("bot_helps", sa.Boolean, nullable=False),
    sa.Column("absence_told", sa.Boolean, nullable=False),
    sa.Column("wait_told", sa.Boolean, nullable=False),
    sa.Column("sensitive", sa.Boolean, nullable=False),
    # Of those with people or waiting for them, where the channel has pages: when one was open last,
    # and since when none is. `handoff.pages` alone writes these two.
    sa.Column("page_seen_at", UtcDateTime),
    sa.Column("left_at", UtcDateTime),
    sa.Column("accepted_at", UtcDateTime),
    sa.Column("closed_at", UtcDateTime),
    sa.Column("turn_owner", sa.String(64)),
    sa.Column("turn_until", UtcDateTime),
    sa.Column("bot_failing_since", UtcDateTime),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("updated_at", UtcDateTime, nullable=False),
    sa.Index("ix_conversations_place", "status", "team_id", "place", "id"),
    sa.Index("ix_conversations_updated", "status", "updated_at"),
    sa.Index("ix_conversations_agent", "agent_id", "status"),
    sa.Index("ix_conversations_contact", "contact_id", "created_at"),
    # One open conversation a contact, whatever runs in parallel.
    sa.Index(
        "uq_conversations_open",
        "contact_id",
        unique=True,
        sqlite_where=sa.text("status <> 'closed'"),
        postgresql_where=sa.text("status <> 'closed'"),
    ),
)

# Statements that run for every message are built once: building one costs more than running it.
_CONVERSATION = sa.select(conversations).where(conversations.c.id == sa.bindparam("key"))
_CONVERSATION_HELD = held(_CONVERSATION)
_FREE_CONVERSATIONS_HELD = (
    sa.select(conversations)
    .where(among(conversations.c.id, "keys"))
    .with_for_update(key_share=True, skip_locked=True)
)
_OPEN_CONVERSATION_HELD = held(
    sa.select(conversations)
    .join(contacts, contacts.c.id == conversations.c.contact_id)
    .where(
        contacts.c.channel == sa.bindparam("channel"),
        contacts.c.channel_user_id == sa.bindparam("user_id"),
        conversations.c.status != ConversationStatus.CLOSED.value,
    ),
    conversations,
)


def _save(names: Iterable[str]) -> sa.Update:
    values = parameters("conversation", conversations, names)
    return sa.update(conversations).where(sa.bindparam("conversation_key") == _KEY).values(values)


_KEY = conversations.c.id
SAVE_CONVERSATION = _save(f.name for f in fields(Conversation) if f.name != "id")
ACCEPTED = (
    "status", "agent_id", "offered_until", "bot_helps", "absence_told", "accepted_at", "last_seq",
    "updated_at",
)  # fmt: skip
"""What accepting changes: hundreds may accept at once, and each column costs."""
SAVE_ACCEPTED = _save(ACCEPTED)


# -- conversations ----------------------------------------------------------------------------


async def get_conversation(conn: AsyncConnection, conversation_id: str) -> Conversation:
    """Return the conversation.

    Raises:
        NotFound: no such conversation.
    """
    return await _one_conversation(conn, _CONVERSATION, conversation_id)


async def lock_conversation(conn: AsyncConnection, conversation_id: str) -> Conversation:
    """Return the conversation and hold its row until the transaction ends.

    Raises:
        NotFound: no such conversation.
    """
    return await _one_conversation(conn, _CONVERSATION_HELD, conversation_id)


async def list_talking(conn: AsyncConnection, contact_ids: list[str]) -> set[str]:
    """Return which of these contacts have an open conversation."""
    query = sa.select(conversations.c.contact_id).where(
        conversations.c.contact_id.in_(contact_ids), sa.text("status <> 'closed'")
    )
    return set((await conn.execute(query)).scalars())


async def lock_free_conversations(
    conn: AsyncConnection, ids: Sequence[str]
) -> dict[str, Conversation]:
    """Return those of the conversations that nobody holds, by id, and hold their rows."""
    rows = await conn.execute(_FREE_CONVERSATIONS_HELD, {"keys": ids})
    return {row.id: to_conversation(row) for row in rows}


async def lock_open_conversation(
    conn: AsyncConnection, channel: str, channel_user_id: str
) -> Conversation | None:
    """Return the open conversation of whom the channel knows so and hold its row, or None."""
    known = {"channel": channel, "user_id": channel_user_id}
    row = (await conn.execute(_OPEN_CONVERSATION_HELD, known)).one_or_none()
    return None if row is None else to_conversation(row)


async def latest_conversation(conn: AsyncConnection, contact_id: str) -> Conversation | None:
    """Return the contact's newest conversation, open or closed, or None."""
    query = (
        sa.select(conversations)
        .where(conversations.c.contact_id == contact_id)
        # By number, not by time: two machines' clocks differ, and numbers only go up.
        .order_by(conversations.c.last_seq.desc())
        .limit(1)
    )
    row = (await conn.execute(query)).one_or_none()
    return None if row is None else to_conversation(row)


async def insert_conversation(conn: AsyncConnection, conversation: Conversation) -> None:
    """Write a new conversation."""
    await conn.execute(sa.insert(conversations).values(_columns(conversation)))


async def save_conversation(conn: AsyncConnection, conversation: Conversation) -> None:
    """Write back a conversation that was locked."""
    await conn.execute(SAVE_CONVERSATION, values_of(conversation))


def values_of(conversation: Conversation) -> dict[str, Any]:
    """Return what `SAVE_CONVERSATION` writes."""
    values = prefixed("conversation", _columns(conversation))
    values["conversation_key"] = values.pop("conversation_id")
    return values


def accepted_values_of(conversation: Conversation) -> dict[str, Any]:
    """Return what `SAVE_ACCEPTED` writes."""
    values = {name: getattr(conversation, name) for name in ACCEPTED}
    values["status"] = conversation.status.value
    return {**prefixed("conversation", values), "conversation_key": conversation.id}


async def set_lease(
    conn: AsyncConnection, conversation_id: str, lease: str, until: datetime | None
) -> bool:
    """Renew a lease that is still held, or give it back (None); False when it is not."""
    result = await conn.execute(
        sa.update(conversations)
        .where(conversations.c.id == conversation_id, conversations.c.turn_owner == lease)
        .values(turn_owner=lease if until else None, turn_until=until)
    )
    return result.rowcount == 1


async def position_in_queue(conn: AsyncConnection, conversation: Conversation) -> int | None:
    """Return how many of the same team's wait up to and including this one.

    1 is next; None outside the queue.
    """
    if conversation.status not in WAITING or conversation.place is None:
        return None
    mine = sa.tuple_(sa.literal(conversation.place, UtcDateTime), sa.literal(conversation.id))
    ahead = sa.tuple_(conversations.c.place, conversations.c.id) <= mine
    query = sa.select(sa.func.count()).where(
        conversations.c.status.in_([status.value for status in WAITING]),
        # Not IS NOT DISTINCT FROM, which no index serves: this is IS NULL or =.
        conversations.c.team_id == conversation.team_id,
        ahead,
    )
    return (await conn.execute(query)).scalar_one()


async def count_queued(conn: AsyncConnection, team_id: str | None) -> int:
    """Return how many wait for a team and are not offered to anybody yet."""
    query = sa.select(sa.func.count()).where(
        conversations.c.status == ConversationStatus.QUEUED.value,
        conversations.c.team_id == team_id,
    )
    return (await conn.execute(query)).scalar_one()


async def count_by_status(conn: AsyncConnection) -> dict[str, int]:
    """Return how many conversations there are in each open status."""
    query = (
        sa.select(conversations.c.status, sa.func.count())
        .where(conversations.c.status.in_([s.value for s in OPEN]))
        .group_by(conversations.c.status)
    )
    return {status: count for status, count in await conn.execute(query)}


# -- rows to values ---------------------------------------------------------------------------


async def _one_conversation(
    conn: AsyncConnection, query: sa.Select[Any], conversation_id: str
) -> Conversation:
    row = (await conn.execute(query, {"key": conversation_id})).one_or_none()
    if row is None:
        raise NotFound(f"no conversation {conversation_id}", code="conversation_unknown")
    return to_conversation(row)


_FIELDS = tuple(f.name for f in fields(Conversation))


def _columns(conversation: Conversation) -> dict[str, Any]:
    values = {name: getattr(conversation, name) for name in _FIELDS}
    values["status"] = conversation.status.value
    values["priority"] = conversation.priority.value
    values["close_reason"] = conversation.close_reason and conversation.close_reason.value
    return values


def to_conversation(row: sa.Row[Any]) -> Conversation:
    """Return the conversation in a row that holds all its columns, among others."""
    mapping = row._mapping
    values = {name: mapping[name] for name in _FIELDS}
    values["status"] = ConversationStatus(values["status"])
    values["priority"] = Priority(values["priority"])
    values["close_reason"] = values["close_reason"] and CloseReason(values["close_reason"])
    return Conversation(**values)
