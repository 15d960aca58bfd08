"""Ending a conversation, whoever ends it: the one place where it is written."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from handoff import agent_store, desk_store, lifecycle, store
from handoff.model import Author, CloseReason, Conversation, ConversationStatus, OfferOutcome
from handoff.transcript import add_message, tell


async def finish(
    conn: AsyncConnection,
    before: Conversation,
    reason: CloseReason,
    actor: str,
    now: datetime,
    *,
    said: str = "",
    asks_rating: bool = False,
    wrap_up: timedelta = timedelta(0),
    **data: Any,
) -> Conversation:
    """Close a locked conversation and write all that ends with it.

    Args:
        conn: the transaction that holds the conversation's row.
        before: the conversation as it was locked.
        reason: why it ends.
        actor: who ends it, for the event.
        now: when.
        said: the last words to the customer; none when empty.
        asks_rating: whether they come with the question for a rating.
        wrap_up: so long nothing new is offered to the agent who had it.
        data: more for listeners.

    Raises:
        Conflict: it is closed already.
    """
    after = replace(lifecycle.close(before, reason, now), updated_at=now)
    if said:
        asked = {"kind": "rating", "conversation_id": before.id} if asks_rating else {}
        after, _ = await add_message(conn, after, Author.SYSTEM, said, now, data=asked)
    await store.save_conversation(conn, after)
    if before.status is not ConversationStatus.BOT:
        await desk_store.mark_handoff(conn, before.id, ended_at=now)
    if before.status is ConversationStatus.OFFERED:
        await agent_store.end_offer(conn, before, OfferOutcome.WITHDRAWN, now)
    if before.status is ConversationStatus.ACTIVE and before.agent_id is not None:
        values = {"idle_since": now, "wrap_up_until": now + wrap_up}
        await agent_store.save_agent(conn, before.agent_id, values)
    await tell(conn, "conversation.closed", after, actor, reason=reason.value, **data)
    return after
