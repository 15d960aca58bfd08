"""Table and queries of messages: the transcript, and what the bot still owes an answer."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from common.db import UtcDateTime, among, metadata, parameters, prefixed
from handoff.model import Author, ConversationStatus, Message
from handoff.store import conversations

messages = sa.Table(
    "messages",
    metadata,
    sa.Column("id", sa.String(26), primary_key=True),
    sa.Column("conversation_id", sa.ForeignKey("conversations.id"), nullable=False),
    sa.Column("contact_id", sa.ForeignKey("contacts.id"), nullable=False),
    sa.Column("seq", sa.Integer, nullable=False),
    sa.Column("author", sa.String(16), nullable=False),
    sa.Column("author_id", sa.String(26)),
    sa.Column("author_name", sa.String(64)),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("buttons", sa.JSON, nullable=False),
    sa.Column("data", sa.JSON, nullable=False),
    sa.Column("payload", sa.String(512)),
    sa.Column("client_message_id", sa.String(128)),
    sa.Column("in_reply_to", sa.String(26)),
    sa.Column("handled_at", UtcDateTime),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("contact_id", "seq"),
    sa.UniqueConstraint("contact_id", "author", "client_message_id"),
    sa.Index("ix_messages_conversation", "conversation_id", "seq"),
    # The sweep looks for messages the bot still owes an answer: few rows, so a small index.
    sa.Index(
        "ix_messages_unhandled",
        "conversation_id",
        sqlite_where=sa.text("handled_at IS NULL"),
        postgresql_where=sa.text("handled_at IS NULL"),
    ),
)


# Statements that run for every message are built once: building one costs more than running it.
INSERT = sa.insert(messages).values(
    parameters("message", messages, (f.name for f in fields(Message)))
)
_BY_CLIENT_ID = sa.select(messages).where(
    messages.c.contact_id == sa.bindparam("contact"),
    messages.c.author == sa.bindparam("by"),
    messages.c.client_message_id == sa.bindparam("client_id"),
)
_OF_CONTACT = (
    sa.select(messages)
    .where(messages.c.contact_id == sa.bindparam("contact"), messages.c.seq > sa.bindparam("after"))
    .order_by(messages.c.seq)
    .limit(sa.bindparam("most"))
)
_BY_ID = sa.select(messages).where(among(messages.c.id, "ids"))
_UNHANDLED = (
    messages.c.conversation_id == sa.bindparam("conversation"),
    messages.c.handled_at.is_(None),
)
_FIRST_UNHANDLED = sa.select(messages).where(*_UNHANDLED).order_by(messages.c.seq).limit(1)
_MARK_ALL = (
    sa.update(messages).where(*_UNHANDLED).values(handled_at=sa.bindparam("now", type_=UtcDateTime))
)
_MARK_ONE = _MARK_ALL.where(messages.c.id == sa.bindparam("message"))
_FIELDS = tuple(f.name for f in fields(Message))


def values_of(message: Message) -> dict[str, Any]:
    """Return what `INSERT` writes; the message's conversation is locked and has counted `seq`."""
    values = {name: getattr(message, name) for name in _FIELDS}
    values["buttons"] = list(message.buttons)
    values["author"] = message.author.value
    return prefixed("message", values)


async def find_message(
    conn: AsyncConnection, contact_id: str, author: Author, client_message_id: str
) -> Message | None:
    """Return the message that was stored under the sender's own id, or None."""
    known = {"contact": contact_id, "by": author.value, "client_id": client_message_id}
    row = (await conn.execute(_BY_CLIENT_ID, known)).one_or_none()
    return None if row is None else _to_message(row)


async def find_message_by_seq(conn: AsyncConnection, contact_id: str, seq: int) -> Message | None:
    """Return the contact's message with this number, or None."""
    query = sa.select(messages).where(messages.c.contact_id == contact_id, messages.c.seq == seq)
    row = (await conn.execute(query)).one_or_none()
    return None if row is None else _to_message(row)


async def list_messages(conn: AsyncConnection, ids: Collection[str]) -> list[Message]:
    """Return the messages with these ids, in no order."""
    rows = await conn.execute(_BY_ID, {"ids": list(ids)})
    return [_to_message(row) for row in rows]


async def list_contact_messages(
    conn: AsyncConnection, contact_id: str, after: int, limit: int
) -> list[Message]:
    """Return a contact's messages numbered above `after`, oldest first, at most `limit`."""
    page = {"contact": contact_id, "after": after, "most": limit}
    return [_to_message(row) for row in await conn.execute(_OF_CONTACT, page)]


async def list_conversation_messages(
    conn: AsyncConnection, conversation_id: str, after: int = 0
) -> list[Message]:
    """Return a conversation's transcript after the number `after`, oldest first."""
    query = (
        sa.select(messages)
        .where(messages.c.conversation_id == conversation_id, messages.c.seq > after)
        .order_by(messages.c.seq)
    )
    return [_to_message(row) for row in await conn.execute(query)]


async def list_attachments(conn: AsyncConnection, conversation_id: str) -> list[dict[str, Any]]:
    """Return the files that came in a conversation, oldest first."""
    query = (
        sa.select(messages.c.data)
        .where(
            messages.c.conversation_id == conversation_id,
            messages.c.author == Author.CONTACT.value,
        )
        .order_by(messages.c.seq)
    )
    found = (await conn.execute(query)).scalars()
    return [file for data in found for file in data.get("attachments", ())]


async def list_kept_waiting(
    conn: AsyncConnection, before: datetime, only: str | None = None
) -> list[str]:
    """Return conversations whose agent has owed the customer an answer since `before`.

    Of `only`, if it is given.
    """
    answers = messages.alias()
    answered_later = (
        sa.select(answers.c.id)
        .where(
            answers.c.conversation_id == conversations.c.id,
            answers.c.author == Author.AGENT.value,
            answers.c.seq > messages.c.seq,
        )
        .exists()
    )
    owed = (
        sa.select(messages.c.id)
        .where(
            messages.c.conversation_id == conversations.c.id,
            messages.c.author == Author.CONTACT.value,
            messages.c.created_at < before,
            ~answered_later,
        )
        .exists()
    )
    query = sa.select(conversations.c.id).where(
        conversations.c.status == ConversationStatus.ACTIVE.value,
        conversations.c.accepted_at < before,
        owed,
    )
    if only is not None:
        query = query.where(conversations.c.id == only)
    return list((await conn.execute(query)).scalars())


async def last_spoken(conn: AsyncConnection, conversation_id: str) -> Message | None:
    """Return what the customer or an agent wrote last, or None."""
    query = (
        sa.select(messages)
        .where(
            messages.c.conversation_id == conversation_id,
            messages.c.author.in_([Author.CONTACT.value, Author.AGENT.value]),
        )
        .order_by(messages.c.seq.desc())
        .limit(1)
    )
    row = (await conn.execute(query)).one_or_none()
    return None if row is None else _to_message(row)


async def first_unhandled(conn: AsyncConnection, conversation_id: str) -> Message | None:
    """Return the oldest message the bot has not answered, or None."""
    found = await conn.execute(_FIRST_UNHANDLED, {"conversation": conversation_id})
    row = found.one_or_none()
    return None if row is None else _to_message(row)


async def count_unhandled(conn: AsyncConnection, conversation_id: str) -> int:
    """Return how many messages the bot has not answered."""
    query = sa.select(sa.func.count()).where(
        messages.c.conversation_id == conversation_id, messages.c.handled_at.is_(None)
    )
    return (await conn.execute(query)).scalar_one()


async def mark_handled(
    conn: AsyncConnection, conversation_id: str, now: datetime, *, message_id: str | None = None
) -> int:
    """Say that the bot owes no answer to this message, or to none of the conversation's.

    Returns:
        How many it still owed one.
    """
    values = {"conversation": conversation_id, "now": now}
    if message_id is None:
        return (await conn.execute(_MARK_ALL, values)).rowcount
    return (await conn.execute(_MARK_ONE, {**values, "message": message_id})).rowcount


async def list_owed_a_turn(conn: AsyncConnection, now: datetime, limit: int) -> list[str]:
    """Return conversations with a message the bot has not answered and no turn under way."""
    query = (
        sa.select(conversations.c.id)
        .join(messages, messages.c.conversation_id == conversations.c.id)
        .where(messages.c.handled_at.is_(None))
        .where(sa.or_(conversations.c.turn_until.is_(None), conversations.c.turn_until <= now))
        .group_by(conversations.c.id)
        .order_by(sa.func.min(messages.c.created_at))
        .limit(limit)
    )
    return list((await conn.execute(query)).scalars())


def _to_message(row: sa.Row[Any]) -> Message:
    values = dict(row._mapping)
    values["author"] = Author(values["author"])
    values["buttons"] = tuple(values["buttons"])
    return Message(**values)
