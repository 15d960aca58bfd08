"""Adding a line to a conversation: the one place where messages are numbered."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from common import events
from common.ids import new_id
from handoff import message_store
from handoff.model import Author, Conversation, Message


async def add_message(
    conn: AsyncConnection,
    conversation: Conversation,
    author: Author,
    text: str,
    now: datetime,
    **more: Any,
) -> tuple[Conversation, Message]:
    """Write the next message of a locked conversation, with its event.

    Args:
        conn: the transaction that holds the conversation's row.
        conversation: as locked; the caller saves what is returned.
        author: who wrote it. Only a customer's message can be owed an answer, so any other is
            handled from the start.
        text: the words.
        now: when.
        more: further fields of `Message`.

    Returns:
        The conversation with its new `last_seq`, and the message.
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
    await message_store.insert_message(conn, message)
    await events.append(
        conn,
        "message.created",
        actor=author.value if message.author_id is None else f"user:{message.author_id}",
        conversation_id=conversation.id,
        data={
            "seq": message.seq,
            "author": author.value,
            "message_id": message.id,
            "contact_id": conversation.contact_id,
        },
        now=now,
    )
    return replace(conversation, last_seq=message.seq, updated_at=now), message


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
