"""Taking conversations back from agents who do not take, or do not serve, them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from common import events
from common.ids import new_id
from handoff import agent_store, desk_store, lifecycle, queue_store, store, team_store
from handoff.model import (
    Author,
    Conversation,
    ConversationStatus,
    OfferOutcome,
    Presence,
    Requeued,
)
from handoff.offering import AssignmentRules, Offering
from handoff.texts import say
from handoff.transcript import add_message, tell
from handoff.waiting import Absence, choices

__all__ = ["AssignmentRules", "Assignments"]

_OUTCOMES = {
    Requeued.DECLINED: OfferOutcome.DECLINED,
    Requeued.NOT_ACCEPTED: OfferOutcome.NOT_ACCEPTED,
}
AWAY_AFTER_MISSES = "missed_offers"


class Assignments(Offering):
    """Brings conversations and agents together, and apart. One attempt, one transaction."""

    async def take_back(
        self,
        conversation_id: str,
        cause: Requeued,
        *,
        actor: str = "system",
        is_due: Callable[[AsyncConnection, Conversation], Awaitable[bool]] | None = None,
    ) -> bool:
        """Put a conversation that an agent has, or is offered, back into the queue.

        Args:
            conversation_id: which.
            cause: why.
            actor: who does it.
            is_due: asked once the conversation is held, whether the cause still holds.

        Returns:
            Whether it was put back.

        Raises:
            NotFound: no such conversation.
        """
        now = self._now()
        async with self._db.begin() as conn:
            before = await store.lock_conversation(conn, conversation_id)
            if before.agent_id is None or before.status not in (
                ConversationStatus.OFFERED,
                ConversationStatus.ACTIVE,
            ):
                return False
            if is_due is not None and not await is_due(conn, before):
                return False
            await self._requeue(conn, before, cause, actor, now)
        await self.place(conversation_id)
        return True

    async def release(self, agent_id: str, *, active: bool) -> int:
        """Put back what an agent is offered, and with `active` what they have; returns how many."""
        async with self._db.connect() as conn:
            theirs = await queue_store.list_held_by(conn, agent_id, active=active)
        done = 0
        for conversation_id in theirs:
            done += await self.take_back(conversation_id, Requeued.AGENT_GONE)
        return done

    async def _requeue(
        self,
        conn: AsyncConnection,
        before: Conversation,
        cause: Requeued,
        actor: str,
        now: datetime,
    ) -> None:
        assert before.agent_id is not None
        had_it = before.status is ConversationStatus.ACTIVE
        after = replace(lifecycle.requeue(before), updated_at=now)
        gone = OfferOutcome.LOST if had_it else OfferOutcome.WITHDRAWN
        await agent_store.end_offer(conn, before, _OUTCOMES.get(cause, gone), now)
        if had_it:
            # The customer, whom somebody served, is told; who only waited goes on waiting.
            online = await self.someone_online(conn, before.team_id, now)
            after = await self.tell_waiting(
                conn, after, "requeued" if online else "nobody_left", now
            )
            after = replace(after, absence_told=not online)
            await desk_store.renew_handoff(conn, before.id, new_id(), now)
        await store.save_conversation(conn, after)
        await tell(
            conn, "conversation.requeued", after, actor, cause=cause.value, agent_id=before.agent_id
        )
        if cause is Requeued.NOT_ACCEPTED:
            await self._count_miss(conn, before.agent_id)

    async def tell_waiting(
        self, conn: AsyncConnection, conversation: Conversation, name: str, now: datetime
    ) -> Conversation:
        """Tell who waits something, with what they can do."""
        position = await store.position_in_queue(conn, conversation)
        words = say(self._locale, name)
        if name == "nobody_left":
            team_id = conversation.team_id
            team = await team_store.find_team(conn, team_id) if team_id else None
            words = Absence.of(self.rules.waiting, team, now, self._locale).say(self._locale, name)
        conversation, _ = await add_message(
            conn,
            conversation,
            Author.SYSTEM,
            words,
            now,
            buttons=choices(self._locale, bot=not conversation.bot_helps),
            data={"kind": "queued", "position": position},
        )
        return conversation

    async def _count_miss(self, conn: AsyncConnection, agent_id: str) -> None:
        agent = await agent_store.lock_agent(conn, agent_id, self.rules.capacity)
        missed = agent.missed + 1
        values: dict[str, object] = {"missed": missed}
        if self.rules.misses and missed >= self.rules.misses:
            # Somebody who never answers is not there, whatever they chose.
            values = {
                "missed": 0,
                "presence": Presence.AWAY.value,
                "away_reason": AWAY_AFTER_MISSES,
            }
            await events.append(
                conn,
                "agent.presence_changed",
                actor="system",
                data={
                    "agent_id": agent_id,
                    "presence": Presence.AWAY.value,
                    "reason": AWAY_AFTER_MISSES,
                },
            )
        await agent_store.save_agent(conn, agent_id, values)
