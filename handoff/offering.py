"""Bringing who waits and who is free together, whoever moved last.

A conversation that begins to wait looks for an agent (`place`); an agent who has room looks for
conversations (`fill`). Each runs after its cause is committed, so at least the later of the two
sees the other; `handoff.sweeping` finds what a crash left apart. Any number of processes may do all
this at once. Whoever holds a conversation's row may wait for an agent's; whoever holds an agent's
row never waits for a conversation's, but passes over those that are held.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from common import events
from common.auth import User
from common.db import Database, Together
from common.errors import Conflict
from common.times import Clock, iso, utc_now
from handoff import (
    agent_store,
    desk_store,
    lifecycle,
    message_store,
    queue_store,
    routing,
    store,
    team_store,
)
from handoff.agent_store import Hands
from handoff.limits import WaitingRules
from handoff.model import (
    Agent,
    Author,
    Conversation,
    ConversationStatus,
    Message,
    OfferOutcome,
    Presence,
)
from handoff.texts import say
from handoff.transcript import carry, next_line, told

PASSED_FOR = timedelta(minutes=2)
"""So long a conversation is not offered again to an agent who did not take it."""
TRIES = 5

_OFFER = Together(store.SAVE_CONVERSATION, agent_store.INSERT_OFFER, events.insert_as("event"))


def _give(save: sa.Update, offer: sa.Update | sa.Insert) -> Together:
    return Together(
        message_store.INSERT,
        save,
        desk_store.TAKE_HANDOFF,
        agent_store.TAKE_NOTE,
        offer,
        events.insert_as("said", "event"),
    )


_GIVE_OFFERED = _give(store.SAVE_CONVERSATION, agent_store.END_OFFER)
_GIVE_WAITING = _give(store.SAVE_CONVERSATION, agent_store.INSERT_OFFER)
_ACCEPT_OFFERED = _give(store.SAVE_ACCEPTED, agent_store.END_OFFER)
_ACCEPT_WAITING = _give(store.SAVE_ACCEPTED, agent_store.INSERT_OFFER)


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
        waiting: the desk's hours, and how many may wait how long.
    """

    offers: bool = True
    offer_for: timedelta = timedelta(seconds=30)
    misses: int = 3
    silence: timedelta = timedelta(minutes=5)
    grace: timedelta = timedelta(seconds=60)
    capacity: int = 8
    waiting: WaitingRules = field(default_factory=WaitingRules)


@dataclass(frozen=True)
class Given:
    """A conversation that became an agent's, and what has to be written of it."""

    conversation: Conversation
    message: Message
    writes: Together
    values: dict[str, Any]

    @staticmethod
    async def write(conn: AsyncConnection, given: Sequence[Given]) -> None:
        """Write all of them."""
        for writes in {one.writes for one in given}:
            await writes.run(conn, [one.values for one in given if one.writes is writes])


def check_room(agent: Agent | Hands) -> None:
    """Make sure that an agent may take one more of their own accord.

    Raises:
        Conflict: they are offline (`you_are_offline`), or have no room (`agent_full`).
    """
    if agent.presence == Presence.OFFLINE:
        # It would be taken back at once.
        raise Conflict("您现在是离线状态，请先上线再接入会话。", code="you_are_offline")
    if agent.active >= agent.capacity:
        raise Conflict(f"您已在接待 {agent.active} 个会话，达到上限。", code="agent_full")


class Offering:
    """Asks agents to take conversations. One attempt, one transaction."""

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

    async def place(self, conversation_id: str) -> str | None:
        """Offer a waiting conversation to the agent it suits best; returns who, or None.

        What a team picks for itself is left to wait.
        """
        for attempt in range(TRIES):
            now = self._now()
            async with self._db.begin() as conn:
                conversation = await store.lock_conversation(conn, conversation_id)
                if conversation.status is not ConversationStatus.QUEUED:
                    return None
                team_id = conversation.team_id
                teams = await team_store.list_teams(conn) if team_id else []
                team = next((each for each in teams if each.id == team_id), None)
                if not routing.is_offered(team, self.rules.offers):
                    return None
                waited = now - (conversation.queued_at or now)
                seen = await queue_store.list_candidates(
                    conn,
                    conversation,
                    routing.serving_teams(teams, team_id, waited),
                    seen_after=now - self.rules.grace,
                    passed_since=now - PASSED_FOR,
                    now=now,
                )
                chosen = routing.choose_agent(seen)
                if chosen is None:
                    return None
                load = next(each.load for each in seen if each.id == chosen)
                agent = await agent_store.lock_agent(conn, chosen, self.rules.capacity)
                # Others may have filled this agent's hands meanwhile: then look again.
                as_seen = agent.load == load or attempt == TRIES - 1
                if as_seen and agent.is_free(now, self.rules.grace):
                    await self._offer(conn, conversation, agent, now)
                    return chosen
        return None

    async def fill(self, agent_id: str) -> int:
        """Offer waiting conversations to an agent until their hands are full; returns how many."""
        now = self._now()
        offered = 0
        async with self._db.begin() as conn:
            teams = await team_store.list_teams(conn)
            mine = await team_store.teams_of(conn, agent_id) if teams else frozenset()
            by_id = {team.id: team for team in teams}
            queues = [
                (team_id, now - waited)
                for team_id, waited in routing.served_queues(teams, mine)
                if routing.is_offered(by_id.get(team_id or ""), self.rules.offers)
            ]
            if not queues:
                return 0
            agent = await agent_store.lock_agent(conn, agent_id, self.rules.capacity)
            while agent.is_free(now, self.rules.grace):
                found = await queue_store.hold_next_waiting(
                    conn, agent_id, queues, now - PASSED_FOR, agent.capacity - agent.load
                )
                for conversation in found:
                    await self._offer(conn, conversation, agent, now)
                if not found:
                    break
                offered += len(found)
                agent = replace(agent, offered=agent.offered + len(found))
        return offered

    async def someone_online(
        self, conn: AsyncConnection, team_id: str | None, now: datetime
    ) -> bool:
        """Whether anybody is online who takes a team's cases, now or once they have waited."""
        teams = await team_store.list_teams(conn) if team_id else []
        among = routing.serving_teams(teams, team_id, timedelta.max)
        return await queue_store.someone_online(conn, among, now - self.rules.grace)

    async def _offer(
        self, conn: AsyncConnection, conversation: Conversation, agent: Agent, now: datetime
    ) -> None:
        until = now + self.rules.offer_for
        offered = replace(lifecycle.offer(conversation, agent.id, until), updated_at=now)
        event = told(
            "event",
            conn,
            "conversation.offered",
            offered,
            "system",
            agent_id=agent.id,
            until=iso(until),
        )
        await _OFFER.run(
            conn,
            {
                **store.values_of(offered),
                **agent_store.offer_values(offered.id, agent.id, now),
                **event,
            },
        )

    async def give(
        self,
        conn: AsyncConnection,
        before: Conversation,
        after: Conversation,
        user: User,
        now: datetime,
        **more: Any,
    ) -> Conversation:
        """Write that an agent took a locked conversation of their own accord, as `hand_over` does.

        Raises:
            Conflict: the agent is offline (`you_are_offline`), or has no room (`agent_full`).
        """
        check_room(await agent_store.lock_agent(conn, user.id, self.rules.capacity))
        return await self.hand_over(conn, before, after, user, now, **more)

    async def hand_over(
        self, conn: AsyncConnection, before: Conversation, *rest: Any, **more: Any
    ) -> Conversation:
        """Write what `given` returns of a conversation."""
        one = self.given(conn, before, *rest, **more)
        await Given.write(conn, [one])
        await carry(conn, one.message)
        return one.conversation

    def given(
        self,
        conn: AsyncConnection,
        before: Conversation,
        after: Conversation,
        user: User,
        now: datetime,
        *,
        event: str,
        said: str = "accepted",
        heard_at: datetime | None = None,
        accepts: bool = False,
        **data: Any,
    ) -> Given:
        """Return what is to be written when an agent gets a conversation, with what customers read.

        Whoever writes it then calls `carry`.

        Args:
            conn: the transaction that holds the conversation's row and the agent's.
            before: the conversation as it was locked.
            after: as it is now theirs.
            user: the agent.
            now: when.
            event: what happened, for listeners.
            said: name of what the customer is told.
            heard_at: when the agent was heard of last; `now` when it is they who act.
            accepts: that nothing but accepting changed it since it was locked.
            data: more for listeners.
        """
        after, message, line = next_line(
            conn,
            after,
            Author.SYSTEM,
            say(self._locale, said, agent=user.name),
            now,
            data={"kind": "accepted"},
        )
        happened = told("event", conn, event, after, f"user:{user.id}", agent_id=user.id, **data)
        save = store.accepted_values_of if accepts else store.values_of
        values = {
            **line,
            **happened,
            **save(after),
            **desk_store.take_values(after.id, user.id, now),
            **agent_store.heard_values(user.id, heard_at or now),
        }
        how = OfferOutcome.ACCEPTED
        if before.status is ConversationStatus.OFFERED:
            offered = agent_store.end_values(after.id, user.id, now, how)
            writes = _ACCEPT_OFFERED if accepts else _GIVE_OFFERED
        else:
            offered = agent_store.offer_values(after.id, user.id, now, how)
            writes = _ACCEPT_WAITING if accepts else _GIVE_WAITING
        return Given(after, message, writes, {**values, **offered})
