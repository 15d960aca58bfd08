"""From one hand to another: taking over from the bot, transferring, notes for who is next."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from channels.model import clean_text
from common.auth import User
from common.db import Database
from common.errors import Conflict, NotFound
from common.ids import new_id
from common.times import Clock, iso, utc_now
from handoff import agent_store, desk_store, lifecycle, message_store, note_store, store
from handoff.assignment import Assignments
from handoff.gathering import Packets
from handoff.model import (
    Agent,
    Author,
    Conversation,
    ConversationStatus,
    HandoffReason,
    OfferOutcome,
)
from handoff.texts import say
from handoff.transcript import add_message, tell

SUPERVISORS = ("supervisor", "admin")


class Transfers:
    """One method, one transaction."""

    def __init__(
        self,
        db: Database,
        packets: Packets,
        assignments: Assignments,
        *,
        locale: str = "zh-CN",
        now: Clock = utc_now,
    ) -> None:
        self._db = db
        self._packets = packets
        self._assignments = assignments
        self._locale = locale
        self._now = now

    async def take_over(self, conversation_id: str, user: User) -> Conversation:
        """Give a conversation that the bot has to the agent, and tell the customer.

        Raises:
            NotFound: no such conversation.
            Conflict: the bot does not have it (`conversation_not_with_bot`), or the agent is
                offline (`you_are_offline`) or has no room (`agent_full`).
        """
        why = HandoffReason.AGENT_TAKEOVER
        packet = await self._packets.build(conversation_id, why, {})
        now = self._now()
        async with self._db.begin() as conn:
            before = await store.lock_conversation(conn, conversation_id)
            after = lifecycle.take_over(before, user.id, now)
            # What the bot had not answered yet is the agent's to answer.
            await message_store.mark_handled(conn, conversation_id, now)
            await desk_store.insert_handoff(conn, new_id(), conversation_id, why.value, packet, now)
            after = await self._assignments.give(conn, before, after, user, now)
            await tell(conn, "conversation.taken_over", after, f"user:{user.id}", agent_id=user.id)
        return after

    async def transfer(
        self, conversation_id: str, user: User, to_agent_id: str, note: str = ""
    ) -> Conversation:
        """Ask a colleague to take a conversation; who declines sends it to the front of the queue.

        Its owner may do so, and a supervisor with any conversation that has not ended.

        Args:
            conversation_id: which.
            user: who transfers it.
            to_agent_id: who is asked.
            note: what they should know; kept as a note.

        Raises:
            NotFound: no such conversation, or no such agent (`agent_unknown`).
            Conflict: they are not at their desk (`agent_not_there`), have it already
                (`conversation_taken`) or have no room (`agent_full`), or the conversation is not
                with an agent (`conversation_not_active`).
            Forbidden: another agent serves it (`not_your_conversation`).
        """
        words = clean_text(note) if note.strip() else ""
        now = self._now()
        async with self._db.begin() as conn:
            before = await store.lock_conversation(conn, conversation_id)
            if user.role not in SUPERVISORS:
                lifecycle.check_owner(before, user.id)
            target = await self._check_room(conn, to_agent_id, now)
            after = lifecycle.transfer(before, target.id, now + self._assignments.rules.offer_for)
            if before.agent_id is not None:
                await agent_store.end_offer(conn, before, OfferOutcome.TRANSFERRED, now)
                await agent_store.save_agent(conn, before.agent_id, {"idle_since": now})
            if before.status is ConversationStatus.ACTIVE:
                after, _ = await add_message(
                    conn,
                    after,
                    Author.SYSTEM,
                    say(self._locale, "transferred", agent=target.name),
                    now,
                    data={"kind": "queued", "position": 1},
                )
                await desk_store.renew_handoff(conn, conversation_id, new_id(), now)
            if words:
                await self._write_note(conn, after, user, words, now)
            await store.save_conversation(conn, after)
            await agent_store.insert_offer(conn, new_id(), conversation_id, target.id, now)
            await tell(
                conn,
                "conversation.transferred",
                after,
                f"user:{user.id}",
                agent_id=target.id,
                from_agent=before.agent_id,
            )
        if before.agent_id is not None:
            await self._assignments.fill(before.agent_id)
        return after

    async def add_note(self, conversation_id: str, user: User, text: str) -> dict[str, Any]:
        """Keep a note that colleagues see and the customer never does.

        Raises:
            InvalidInput: empty or too long.
            NotFound: no such conversation.
        """
        words = clean_text(text)
        now = self._now()
        async with self._db.begin() as conn:
            conversation = await store.lock_conversation(conn, conversation_id)
            note_id = await self._write_note(conn, conversation, user, words, now)
        return {"id": note_id, "author_name": user.name, "text": words, "at": iso(now)}

    async def _write_note(
        self,
        conn: AsyncConnection,
        conversation: Conversation,
        user: User,
        words: str,
        now: datetime,
    ) -> str:
        note_id = new_id()
        await note_store.insert_note(conn, note_id, conversation.id, user.id, words, now)
        await tell(
            conn,
            "conversation.noted",
            replace(conversation, updated_at=now),
            f"user:{user.id}",
            note_id=note_id,
        )
        return note_id

    async def _check_room(self, conn: AsyncConnection, agent_id: str, now: datetime) -> Agent:
        """Return the agent, held, if they are at their desk and have room."""
        rules = self._assignments.rules
        if await agent_store.find_agent(conn, agent_id) is None:
            raise NotFound("没有这位客服。", code="agent_unknown")
        agent = await agent_store.lock_agent(conn, agent_id, rules.capacity)
        if not agent.is_there(now, rules.grace):
            raise Conflict(f"{agent.name} 现在不在线。", code="agent_not_there")
        if agent.load >= agent.capacity:
            raise Conflict(
                f"{agent.name} 已在接待 {agent.load} 个会话，达到上限。", code="agent_full"
            )
        return agent
