"""The queue's sweep: takes back what agents do not answer, brings together who was left apart.

The worker runs it every second. Whatever it finds is looked at again under lock before it is
moved, so that any number of sweeps may run at once.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from common.db import Database
from common.errors import Unavailable
from common.times import Clock, utc_now
from handoff import agent_store, message_store, queue_store, store
from handoff.assignment import Assignments
from handoff.model import Conversation, ConversationStatus, Requeued

logger = logging.getLogger(__name__)

SWEPT_AT_ONCE = 100


class QueueSweep:
    """Looks after the whole queue."""

    def __init__(self, db: Database, assignments: Assignments, *, now: Clock = utc_now) -> None:
        self._db = db
        self._assignments = assignments
        self._rules = assignments.rules
        self._now = now

    async def run(self) -> int:
        """Take back what agents do not answer, and bring together who was left apart.

        Returns:
            How many conversations moved.
        """
        now = self._now()
        rules = self._rules
        async with self._db.connect() as conn:
            late = await queue_store.list_not_accepted(conn, now)
            gone = await queue_store.list_abandoned(conn, now - rules.grace)
            silent = (
                await message_store.list_kept_waiting(conn, now - rules.silence)
                if rules.silence
                else []
            )
            waiting = await queue_store.list_waiting(conn, 1)
            free = await queue_store.list_free(conn, now - rules.grace, now) if waiting else []
            untold = await queue_store.list_waiting(conn, SWEPT_AT_ONCE, untold=True)
            served = {
                team_id: await self._assignments.someone_online(conn, team_id, now)
                for team_id in {each.team_id for each in untold}
            }
        alone = [each.id for each in untold if not served[each.team_id]]
        moved = 0
        for cause, found in (
            (Requeued.NOT_ACCEPTED, late),
            (Requeued.AGENT_GONE, gone),
            (Requeued.AGENT_SILENT, silent),
        ):
            for conversation_id in found:
                moved += await self._guarded(self._take_back_if_due(conversation_id, cause))
        for agent_id in free:
            moved += await self._guarded(self._assignments.fill(agent_id))
        for conversation_id in alone:
            await self._guarded(self._tell_absence(conversation_id))
        return moved

    async def _take_back_if_due(self, conversation_id: str, cause: Requeued) -> int:
        async def is_due(conn: AsyncConnection, conversation: Conversation) -> bool:
            now = self._now()
            if cause is Requeued.NOT_ACCEPTED:
                until = conversation.offered_until
                return until is not None and until <= now
            if cause is Requeued.AGENT_GONE:
                agent = await agent_store.find_agent(conn, conversation.agent_id or "")
                return agent is None or not agent.is_there(now, self._rules.grace)
            since = now - self._rules.silence
            return bool(await message_store.list_kept_waiting(conn, since, conversation.id))

        return int(await self._assignments.take_back(conversation_id, cause, is_due=is_due))

    async def _guarded(self, work: Awaitable[int]) -> int:
        try:
            return await work
        except Unavailable:
            raise
        except Exception:  # one that cannot be moved must not hold up the others
            logger.exception("cannot assign; the next sweep tries again")
            return 0

    async def _tell_absence(self, conversation_id: str) -> int:
        now = self._now()
        async with self._db.begin() as conn:
            conversation = await store.lock_conversation(conn, conversation_id)
            if conversation.status is not ConversationStatus.QUEUED or conversation.absence_told:
                return 0
            if await self._assignments.someone_online(conn, conversation.team_id, now):
                return 0
            told = await self._assignments.tell_waiting(conn, conversation, "nobody_left", now)
            await store.save_conversation(conn, replace(told, absence_told=True))
        return 0
