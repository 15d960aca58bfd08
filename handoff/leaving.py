"""The sweep of what nobody goes on with: long waits are told, and what is over is ended.

The worker runs it every few seconds. Whatever it finds is looked at again under lock before it is
touched, so that any number of sweeps may run at once, beside everybody who writes meanwhile.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from common.db import Database
from common.times import Clock, utc_now
from handoff import leaving_store, message_store, store, team_store
from handoff.assignment import Assignments
from handoff.closing import finish
from handoff.limits import Step, on_silence
from handoff.model import Author, CloseReason, Conversation, ConversationStatus, Message
from handoff.texts import say
from handoff.transcript import add_message, tell

logger = logging.getLogger(__name__)

AT_ONCE = 200
STILL_THERE = "still_there"
"""Kind of the message that asks a silent customer."""
MESSAGE_LEFT = "message_number"
"""The fact that a message was left last, in this conversation: its ticket's number."""


class Leaving:
    """Looks after those who wait long, say nothing more, or have gone."""

    def __init__(
        self,
        db: Database,
        assignments: Assignments,
        *,
        locale: str = "zh-CN",
        now: Clock = utc_now,
    ) -> None:
        self._db = db
        self._assignments = assignments
        self._rules = assignments.rules.waiting
        self._locale = locale
        self._now = now

    async def run(self) -> int:
        """Tell who waits long, and end what is over; returns how many conversations ended."""
        await self._each(await self._long_waits(), self._tell_wait)
        ended = await self._each(await self._silent(), self._ask_or_close)
        return ended + await self._each(await self._idle(), self._close_idle)

    async def _each(
        self, found: list[str], work: Callable[[str], Coroutine[Any, Any, bool]]
    ) -> int:
        done = 0
        for conversation_id in found:
            try:
                done += await work(conversation_id)
            except Exception:  # one that cannot be written must not hold up the others
                logger.exception("%s: the next sweep tries again", conversation_id)
        return done

    # -- waiting too long ---------------------------------------------------------------------

    async def _long_waits(self) -> list[str]:
        now = self._now()
        found: list[str] = []
        async with self._db.connect() as conn:
            for team in (None, *await team_store.list_teams(conn)):
                if longest := self._rules.longest_wait_of(team):
                    found += await leaving_store.list_long_waits(
                        conn, team.id if team else None, now - longest, AT_ONCE
                    )
        return found

    async def _tell_wait(self, conversation_id: str) -> bool:
        now = self._now()
        async with self._db.begin() as conn:
            waiting = await store.lock_conversation(conn, conversation_id)
            told = waiting.wait_told or waiting.absence_told
            if waiting.status is not ConversationStatus.QUEUED or told:
                return False
            after = await self._assignments.tell_waiting(conn, waiting, "waited_long", now)
            await store.save_conversation(conn, replace(after, wait_told=True))
            await tell(conn, "conversation.waited_long", after, "system")
        return True

    # -- silent customers ---------------------------------------------------------------------

    async def _silent(self) -> list[str]:
        limit, now = self._rules.customer_silent, self._now()
        if not limit:
            return []
        async with self._db.connect() as conn:
            return await leaving_store.list_silent(
                conn, now - limit * 2 / 3, now - limit / 3, AT_ONCE
            )

    async def _ask_or_close(self, conversation_id: str) -> bool:
        """Ask a silent customer whether they are still there; True when it was ended instead."""
        now, limit = self._now(), self._rules.customer_silent
        async with self._db.begin() as conn:
            active = await store.lock_conversation(conn, conversation_id)
            if active.status is not ConversationStatus.ACTIVE:
                return False
            match await self._step(conn, active, now):
                case Step.ASK:
                    minutes = max(1, round(limit.total_seconds() / 3 / 60))
                    asked, _ = await add_message(
                        conn,
                        active,
                        Author.SYSTEM,
                        say(self._locale, STILL_THERE, minutes=minutes),
                        now,
                        data={"kind": STILL_THERE},
                    )
                    await store.save_conversation(conn, asked)
                    return False
                case Step.CLOSE:
                    said = say(self._locale, "closed_silent")
                    await finish(
                        conn,
                        active,
                        CloseReason.TIMEOUT,
                        "system",
                        now,
                        said=said,
                        asks_rating=True,
                    )
                case None:
                    return False
        if active.agent_id is not None:
            await self._assignments.fill(active.agent_id)
        return True

    async def _step(
        self, conn: AsyncConnection, active: Conversation, now: datetime
    ) -> Step | None:
        spoken = await message_store.last_spoken(conn, active.id)
        if spoken is None or spoken.author is not Author.AGENT:
            return None  # it is the agent who is silent
        later = await message_store.list_conversation_messages(conn, active.id, spoken.seq)
        asked = [message.created_at for message in later if _asks(message)]
        return on_silence(
            spoken.created_at, asked[-1] if asked else None, now, self._rules.customer_silent
        )

    # -- over with the bot --------------------------------------------------------------------

    async def _idle(self) -> list[str]:
        if not self._rules.bot_idle:
            return []
        async with self._db.connect() as conn:
            before = self._now() - self._rules.bot_idle
            return await leaving_store.list_idle(conn, before, AT_ONCE)

    async def _close_idle(self, conversation_id: str) -> bool:
        """End it without a word: nobody is there to read it."""
        now = self._now()
        async with self._db.begin() as conn:
            idle = await store.lock_conversation(conn, conversation_id)
            is_due = idle.updated_at <= now - self._rules.bot_idle
            if idle.status is not ConversationStatus.BOT or not is_due:
                return False
            if await message_store.first_unhandled(conn, conversation_id) is not None:
                return False  # it is the bot who is silent
            left = idle.facts.get(MESSAGE_LEFT)
            reason = CloseReason.LEFT_MESSAGE if left else CloseReason.TIMEOUT
            await finish(conn, idle, reason, "system", now)
        return True


def _asks(message: Message) -> bool:
    return message.data.get("kind") == STILL_THERE
