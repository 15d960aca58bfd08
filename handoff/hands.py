"""What is written when a conversation leaves whoever had it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from common.errors import Conflict
from common.ids import new_id
from handoff import agent_store, desk_store, message_store
from handoff.model import Conversation, ConversationStatus, HandoffReason, OfferOutcome


async def leave_bot(
    conn: AsyncConnection,
    before: Conversation,
    packet: dict[str, Any] | None,
    why: HandoffReason,
    now: datetime,
) -> None:
    """Write that a locked conversation goes from the bot to people, with its packet.

    Raises:
        Conflict: it came to the bot only this moment, so there is no packet
            (`conversation_not_active`).
    """
    if packet is None:
        raise Conflict("这个会话刚刚变了，请刷新后再试。", code="conversation_not_active")
    # What the bot had not answered yet is the agent's to answer.
    await message_store.mark_handled(conn, before.id, now)
    await desk_store.insert_handoff(conn, new_id(), before.id, why.value, packet, now)


async def let_go(
    conn: AsyncConnection,
    before: Conversation,
    outcome: OfferOutcome,
    now: datetime,
    *,
    reason: HandoffReason | None,
) -> None:
    """Write that who had a locked conversation, or was asked to take it, is rid of it.

    With `reason` the next handoff has it; without, the reason it had.
    """
    if before.agent_id is not None:
        await agent_store.end_offer(conn, before, outcome, now)
        await agent_store.save_agent(conn, before.agent_id, {"idle_since": now})
    if before.status is ConversationStatus.ACTIVE:
        await desk_store.renew_handoff(conn, before.id, new_id(), now, reason)


async def hold_agents(conn: AsyncConnection, capacity: int, *agent_ids: str | None) -> None:
    """Hold the rows of several agents, always in the same order: so no two wait crosswise."""
    for agent_id in sorted({one for one in agent_ids if one is not None}):
        await agent_store.lock_agent(conn, agent_id, capacity)
