"""Bringing who waits and who is free together, whoever moved last.

A conversation that begins to wait looks for an agent (`place`); an agent who has room looks for a
conversation (`fill`). Each runs after its cause is committed, so at least the later of the two
sees the other; `handoff.sweeping` finds what a crash left apart. Any number of processes may do all
this at once: a conversation's row is held while it is offered, then its agent's.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from common import events
from common.auth import User
from common.db import Database
from common.errors import Conflict
from common.ids import new_id
from common.times import Clock, iso, utc_now
from handoff import (
    agent_store,
    desk_store,
    lifecycle,
    routing,
    store,
    team_store,
)
from handoff.model import (
    Agent,
    Author,
    Conversation,
    ConversationStatus,
    OfferOutcome,
    Presence,
    Requeued,
)
from handoff.texts import say
from handoff.transcript import add_message, tell
from handoff.waiting import choices

logger = logging.getLogger(__name__)

PASSED_FOR = timedelta(minutes=2)
"""So long a conversation is not offered again to an agent who did not take it."""
TRIES = 5

_OUTCOMES = {
    Requeued.DECLINED: OfferOutcome.DECLINED,
    Requeued.NOT_ACCEPTED: OfferOutcome.NOT_ACCEPTED,
}
AWAY_AFTER_MISSES = "missed_offers"


@dataclass(frozen=True)
class AssignmentRules:
    """How agents get their conversations.

    Attributes:
        offers: whether conversations are offered to agents, or agents pick.
        offer_for: how long an agent has to accept.
        misses: after so many offers in a row let pass an agent counts as away; 0: never.
        silence: so long may a customer wait for an agent's answer; zero: for ever.
        grace: so long after its last heartbeat a console still counts as there.
        capacity: of agents who have no capacity of their own yet.
    """

    offers: bool = True
    offer_for: timedelta = timedelta(seconds=30)
    misses: int = 3
    silence: timedelta = timedelta(minutes=5)
    grace: timedelta = timedelta(seconds=60)
    capacity: int = 8


class Assignments:
    """One attempt, one transaction."""

    def __init__(
        self,
        db: Database,
        rules: AssignmentRules,
        *,
        locale: str = "zh-CN",
        now: Clock = utc_now,
    ) -> None:
        self.rules = rules
        self._db = db
        self._locale = locale
        self._now = now

    # -- offering -----------------------------------------------------------------------------

    async def place(self, conversation_id: str) -> str | None:
        """Offer a waiting conversation to the agent it suits best; returns who, or None."""
        if not self.rules.offers:
            return None
        for attempt in range(TRIES):
            now = self._now()
            async with self._db.begin() as conn:
                conversation = await store.lock_conversation(conn, conversation_id)
                if conversation.status is not ConversationStatus.QUEUED:
                    return None
                seen = {
                    agent.id: agent
                    for agent in await self._able(conn, conversation, now)
                    if agent.is_free(now, self.rules.grace)
                }
                chosen = routing.choose_agent(
                    seen.values(),
                    last=await agent_store.last_agent(conn, conversation),
                    passed=await agent_store.list_passed(conn, conversation.id, now - PASSED_FOR),
                )
                if chosen is None:
                    return None
                agent = await agent_store.lock_agent(conn, chosen, self.rules.capacity)
                # Others may have filled this agent's hands meanwhile: then look again.
                as_seen = agent.load == seen[chosen].load or attempt == TRIES - 1
                if as_seen and agent.is_free(now, self.rules.grace):
                    await self._offer(conn, conversation, agent, now)
                    return chosen
        return None

    async def fill(self, agent_id: str) -> int:
        """Offer waiting conversations to an agent until their hands are full; returns how many."""
        offered = 0
        while self.rules.offers:
            now = self._now()
            async with self._db.begin() as conn:
                queues = routing.served_queues(
                    await team_store.list_teams(conn), await team_store.teams_of(conn, agent_id)
                )
                conversation = await agent_store.hold_next_waiting(
                    conn,
                    agent_id,
                    [(team_id, now - waited) for team_id, waited in queues],
                    now - PASSED_FOR,
                )
                if conversation is None:
                    break
                agent = await agent_store.lock_agent(conn, agent_id, self.rules.capacity)
                if not agent.is_free(now, self.rules.grace):
                    break
                await self._offer(conn, conversation, agent, now)
            offered += 1
        return offered

    async def someone_online(
        self, conn: AsyncConnection, team_id: str | None, now: datetime
    ) -> bool:
        """Whether anybody is online who takes a team's cases, now or once they have waited."""
        return bool(await self._online(conn, team_id, timedelta.max, now))

    async def _able(
        self, conn: AsyncConnection, conversation: Conversation, now: datetime
    ) -> list[Agent]:
        """Return who is online and may take the conversation by now."""
        waited = now - (conversation.queued_at or now)
        return await self._online(conn, conversation.team_id, waited, now)

    async def _online(
        self, conn: AsyncConnection, team_id: str | None, waited: timedelta, now: datetime
    ) -> list[Agent]:
        online = await agent_store.list_online(conn, now - self.rules.grace)
        if team_id is None or not online:
            return online
        teams, members = await team_store.list_teams(conn), await team_store.list_members(conn)
        return [
            agent
            for agent in online
            for served, least in routing.served_queues(teams, members.get(agent.id, frozenset()))
            if served == team_id and least <= waited
        ]

    async def _offer(
        self, conn: AsyncConnection, conversation: Conversation, agent: Agent, now: datetime
    ) -> None:
        offered = lifecycle.offer(conversation, agent.id, now + self.rules.offer_for)
        offered = replace(offered, updated_at=now)
        await store.save_conversation(conn, offered)
        await agent_store.insert_offer(conn, new_id(), offered.id, agent.id, now)
        assert offered.offered_until is not None
        await tell(
            conn,
            "conversation.offered",
            offered,
            "system",
            agent_id=agent.id,
            until=iso(offered.offered_until),
        )

    async def give(
        self,
        conn: AsyncConnection,
        before: Conversation,
        after: Conversation,
        user: User,
        now: datetime,
    ) -> Conversation:
        """Write that an agent took a locked conversation, and tell the customer who serves them.

        Args:
            conn: the transaction that holds the conversation's row.
            before: the conversation as it was locked.
            after: as it is now theirs.
            user: the agent.
            now: when.

        Raises:
            Conflict: the agent is offline (`you_are_offline`), or has no room (`agent_full`).
        """
        await self._check_room(conn, user.id, now)
        after, _ = await add_message(
            conn,
            after,
            Author.SYSTEM,
            say(self._locale, "accepted", agent=user.name),
            now,
            data={"kind": "accepted"},
        )
        await store.save_conversation(conn, after)
        if before.status is not ConversationStatus.OFFERED:
            await agent_store.insert_offer(conn, new_id(), after.id, user.id, now)
        await agent_store.end_offer(conn, after, OfferOutcome.ACCEPTED, now)
        await desk_store.mark_handoff(conn, after.id, accepted_at=now, agent_id=user.id)
        return after

    async def _check_room(self, conn: AsyncConnection, user_id: str, now: datetime) -> None:
        """Hold the row of an agent who takes a conversation of their own accord.

        Raises:
            Conflict: they are offline (`you_are_offline`), or have no room (`agent_full`).
        """
        agent = await agent_store.lock_agent(conn, user_id, self.rules.capacity)
        if agent.presence is Presence.OFFLINE:
            # It would be taken back at once.
            raise Conflict("您现在是离线状态，请先上线再接入会话。", code="you_are_offline")
        if agent.active >= agent.capacity:
            raise Conflict(f"您已在接待 {agent.active} 个会话，达到上限。", code="agent_full")
        await agent_store.save_agent(conn, user_id, {"seen_at": now, "missed": 0})

    # -- taking back --------------------------------------------------------------------------

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
            theirs = await agent_store.list_held_by(conn, agent_id, active=active)
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
        conversation, _ = await add_message(
            conn,
            conversation,
            Author.SYSTEM,
            say(self._locale, name),
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
