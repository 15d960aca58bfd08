"""Accepting conversations: accepts that come together share one transaction.

Most of what an accept costs is its ways to the database and its commit. While transactions are
under way, the accepts of this process gather and become the next one; each is judged for itself. A
shared transaction waits for nobody's rows: what another holds just then is accepted on its own.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from common.auth import User
from common.db import Database
from common.errors import Conflict
from common.times import Clock
from handoff import agent_store, lifecycle, store
from handoff.assignment import Assignments
from handoff.model import Conversation
from handoff.offering import Given, check_room
from handoff.transcript import carry

MOST_TOGETHER = 64
TRANSACTIONS = 2
"""So many at once: one is made ready while another is on its way to the disk."""


@dataclass(frozen=True, eq=False)
class _Accept:
    """One agent's click."""

    conversation_id: str
    user: User
    done: asyncio.Future[Conversation]


class Accepting:
    """Gives conversations to the agents who accept them."""

    def __init__(self, db: Database, assignments: Assignments, now: Clock) -> None:
        self._db = db
        self._assignments = assignments
        self._now = now
        self._waiting: deque[_Accept] = deque()
        self._working: set[asyncio.Task[None]] = set()
        self._alone: set[asyncio.Task[None]] = set()

    async def accept(self, conversation_id: str, user: User) -> Conversation:
        """Give the conversation to the agent and tell the customer who serves them.

        Raises:
            NotFound, Conflict: as `Handoffs.accept`.
        """
        asked = _Accept(conversation_id, user, asyncio.get_running_loop().create_future())
        self._waiting.append(asked)
        # One that is done looks at what waits no more, though it is forgotten only a moment later.
        if sum(not task.done() for task in self._working) < TRANSACTIONS:
            _keep(self._working, self._work())
        return await asked.done

    async def _work(self) -> None:
        while self._waiting:
            size = min(len(self._waiting), MOST_TOGETHER)
            together = [self._waiting.popleft() for _ in range(size)]
            try:
                left = await self._accept_together(together)
            except Exception:  # one that fails must not fail the others: each on its own
                left = together
            for asked in left:
                _keep(self._alone, self._accept_alone(asked))

    async def _accept_together(self, asked: Sequence[_Accept]) -> list[_Accept]:
        """Accept what can be accepted without waiting; return the rest."""
        now = self._now()
        judged: list[tuple[_Accept, Conversation | Conflict]] = []
        given: list[Given] = []
        left = []
        async with self._db.begin() as conn:
            ids = sorted({each.conversation_id for each in asked})
            held = await store.lock_free_conversations(conn, ids)
            people = sorted({each.user.id for each in asked})
            agents = await agent_store.lock_free_agents(conn, people)
            for each in asked:
                before, agent = held.get(each.conversation_id), agents.get(each.user.id)
                if before is None or agent is None:
                    left.append(each)
                    continue
                try:
                    after = lifecycle.accept(before, agent.id, now)
                    if after == before:
                        judged.append((each, before))
                        continue
                    check_room(agent)
                except Conflict as refusal:
                    judged.append((each, refusal))
                    continue
                one = self._assignments.given(
                    conn,
                    before,
                    after,
                    each.user,
                    now,
                    event="conversation.accepted",
                    accepts=True,
                )
                given.append(one)
                judged.append((each, one.conversation))
                held[before.id] = one.conversation
                agents[agent.id] = agent._replace(active=agent.active + 1)
            await Given.write(conn, given)
            for one in given:
                await carry(conn, one.message)
        # Only now it is true. Who hung up meanwhile has it all the same, as their list will show.
        for each, outcome in judged:
            if each.done.done():
                continue
            if isinstance(outcome, Conversation):
                each.done.set_result(outcome)
            else:
                each.done.set_exception(outcome)
        return left

    async def _accept_alone(self, asked: _Accept) -> None:
        try:
            accepted = await self._accept_waiting(asked.conversation_id, asked.user)
        except Exception as error:  # it is the asker's to deal with
            if not asked.done.done():
                asked.done.set_exception(error)
        else:
            if not asked.done.done():
                asked.done.set_result(accepted)

    async def _accept_waiting(self, conversation_id: str, user: User) -> Conversation:
        """Accept one, waiting for whoever holds its row or the agent's."""
        now = self._now()
        async with self._db.begin() as conn:
            before = await store.lock_conversation(conn, conversation_id)
            after = lifecycle.accept(before, user.id, now)
            if after == before:
                return before
            return await self._assignments.give(
                conn, before, after, user, now, event="conversation.accepted"
            )


def _keep(tasks: set[asyncio.Task[None]], work: Coroutine[Any, Any, None]) -> None:
    """Begin some work and hold on to it until it ends."""
    task = asyncio.create_task(work)
    tasks.add(task)
    task.add_done_callback(tasks.discard)
