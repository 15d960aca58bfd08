"""Adding a line to a conversation: the one place where messages are numbered."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from channels import outbox_store
from channels.model import CARRIED
from common import events
from common.db import Together
from common.ids import new_id
from handoff import message_store, store
from handoff.model import Author, Conversation, ConversationStatus, Message

_SERVED = (ConversationStatus.ACTIVE, ConversationStatus.CLOSED)

_WRITE = Together(message_store.INSERT, events.insert_as("said"))
_WRITE_AND_SAVE = Together(message_store.INSERT, events.insert_as("said"), store.SAVE_CONVERSATION)


async def add_message(
    conn: AsyncConnection,
    conversation: Conversation,
    author: Author,
    text: str,
    now: datetime,
    *,
    save: bool = False,
    **more: Any,
) -> tuple[Conversation, Message]:
    """Write the next message of a locked conversation, with its event.

    Args:
        conn: the transaction that holds the conversation's row.
        conversation: as locked, with whatever else changes; the caller saves what is returned.
        author: who wrote it. Only a customer's message can be owed an answer, so any other is
            handled from the start.
        text: the words.
        now: when.
        save: save it here, in the same round trip; the caller need not.
        more: further fields of `Message`.

    Returns:
        The conversation with its new `last_seq`, and the message.
    """
    after, message, values = next_line(conn, conversation, author, text, now, **more)
    if save:
        await _WRITE_AND_SAVE.run(conn, {**values, **store.values_of(after)})
    else:
        await _WRITE.run(conn, values)
    await carry(conn, message)
    return after, message


async def carry(conn: AsyncConnection, message: Message) -> None:
    """Leave word of a message that was written to the channel that has to bring it, if one has."""
    if message.author is not Author.CONTACT and message.channel in CARRIED:
        await outbox_store.insert_outgoing(
            conn,
            message_id=message.id,
            conversation_id=message.conversation_id,
            contact_id=message.contact_id,
            channel=message.channel,
            seq=message.seq,
            author=message.author.value,
            now=message.created_at,
        )


def next_line(
    conn: AsyncConnection,
    conversation: Conversation,
    author: Author,
    text: str,
    now: datetime,
    **more: Any,
) -> tuple[Conversation, Message, dict[str, Any]]:
    """Return what `add_message` does, and the values of the line and its event to be written.

    Whoever writes them then calls `carry`.
    """
    if author is not Author.CONTACT:
        more["handled_at"] = now
    message = Message(
        id=new_id(),
        conversation_id=conversation.id,
        contact_id=conversation.contact_id,
        seq=conversation.last_seq + 1,
        author=author,
        text=text,
        created_at=now,
        **more,
    )
    event = events.values_as(
        "said",
        conn,
        "message.created",
        actor=author.value if message.author_id is None else f"user:{message.author_id}",
        conversation_id=conversation.id,
        data={
            "seq": message.seq,
            "author": author.value,
            "message_id": message.id,
            "contact_id": conversation.contact_id,
            "agent_id": conversation.agent_id if conversation.status in _SERVED else None,
        },
        now=now,
    )
    after = replace(conversation, last_seq=message.seq, updated_at=now)
    return after, message, {**message_store.values_of(message), **event}


def told(
    prefix: str,
    conn: AsyncConnection,
    type: str,
    conversation: Conversation,
    actor: str,
    **data: Any,
) -> dict[str, Any]:
    """Return what `tell` writes, for `events.insert_as` under this prefix."""
    return events.values_as(
        prefix,
        conn,
        type,
        actor=actor,
        conversation_id=conversation.id,
        data={"contact_id": conversation.contact_id, "status": conversation.status.value, **data},
        now=conversation.updated_at,
    )


async def tell(
    conn: AsyncConnection, type: str, conversation: Conversation, actor: str, **data: Any
) -> None:
    """Write an event of a conversation, with what listeners need to find those concerned."""
    await events.append(
        conn,
        type,
        actor=actor,
        conversation_id=conversation.id,
        data={"contact_id": conversation.contact_id, "status": conversation.status.value, **data},
        now=conversation.updated_at,
    )
