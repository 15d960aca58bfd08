"""Agents: what they chose, whether they are there, and what lies before them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from common import events
from common.auth import User
from common.db import Database
from common.errors import Conflict, InvalidInput, NotFound
from common.times import Clock, utc_now
from handoff import (
    agent_store,
    desk_store,
    message_store,
    note_store,
    store,
    summary_store,
    team_store,
)
from handoff.assignment import Assignments
from handoff.lifecycle import check_owner
from handoff.model import Agent, Message, Presence
from handoff.notes import kinds_for
from handoff.staffing import online_by_team
from handoff.store import to_conversation
from handoff.views import agent_view, note_view, packet_view, staff_message_view, summary_view

LONGEST_REASON = 32

DeliveryOf = Callable[[AsyncConnection, str, str], Awaitable[dict[str, Any] | None]]
"""What an agent is shown of how our messages reach the customer, by conversation and contact."""


async def _read_by_themselves(
    conn: AsyncConnection, conversation_id: str, contact_id: str
) -> dict[str, Any] | None:
    """Nothing to show: every customer has a page that reads along."""
    return None


class Desk:
    """What an agent sees and says of themselves."""

    def __init__(
        self,
        db: Database,
        assignments: Assignments,
        *,
        delivery: DeliveryOf = _read_by_themselves,
        now: Clock = utc_now,
    ) -> None:
        self._db = db
        self._delivery = delivery
        self._assignments = assignments
        self._capacity = assignments.rules.capacity
        self._now = now

    async def agent(self, user: User) -> Agent:
        """Return the agent, offline until they say otherwise."""
        async with self._db.connect() as conn:
            found = await agent_store.find_agent(conn, user.id)
        return found or Agent(user.id, user.name, Presence.OFFLINE, self._capacity, 0, None)

    async def set_presence(
        self, user: User, presence: str, reason: str = "", *, by: User | None = None
    ) -> Agent:
        """Take down what the agent chose, and act on it.

        Who comes online is offered what waits. Who leaves gives back what they had; who is away
        for a while keeps it, but nothing new is offered.

        Args:
            user: who.
            presence: `online`, `away` or `offline`.
            reason: why one is away, in a word; kept for colleagues to see.
            by: the supervisor who decides it for them; they themselves when None.

        Raises:
            InvalidInput: not a presence (`presence_unknown`), or too long a reason.
            Conflict: a supervisor wants them online, and their console is not open
                (`console_not_open`).
        """
        if presence not in list(Presence):
            raise InvalidInput("presence must be online, away or offline", code="presence_unknown")
        if len(reason) > LONGEST_REASON:
            raise InvalidInput(f"原因最多 {LONGEST_REASON} 字。", code="reason_too_long")
        now = self._now()
        async with self._db.begin() as conn:
            before = await agent_store.lock_agent(conn, user.id, self._capacity)
            after = replace(before, presence=Presence(presence), away_reason=reason)
            values = {"presence": presence, "away_reason": reason, "missed": 0}
            if by is None:
                values["seen_at"] = now
            elif after.presence is Presence.ONLINE and not self._has_console(before, now):
                raise Conflict(
                    f"{before.name} 的工作台没有打开，上线后客户会白等。", code="console_not_open"
                )
            if before.presence is not Presence.ONLINE and after.presence is Presence.ONLINE:
                after = replace(after, idle_since=now)
                values["idle_since"] = now
            await agent_store.save_agent(conn, user.id, values)
            if before.presence is not after.presence:
                await events.append(
                    conn,
                    "agent.presence_changed",
                    actor=f"user:{(by or user).id}",
                    data={"agent_id": user.id, "presence": presence, "reason": reason},
                    now=now,
                )
        if after.presence is Presence.ONLINE:
            await self._assignments.fill(user.id)
        else:
            gone = after.presence is Presence.OFFLINE
            await self._assignments.release(user.id, active=gone)
        return await self.agent(user)

    def _has_console(self, agent: Agent, now: datetime) -> bool:
        # An open console is heard of whatever its agent chose.
        return agent.seen_at is not None and now - agent.seen_at <= self._assignments.rules.grace

    async def seen(self, user: User) -> None:
        """Take down that the agent's console was heard of just now."""
        async with self._db.begin() as conn:
            await agent_store.save_agent(conn, user.id, {"seen_at": self._now()})

    async def agents(self) -> list[dict[str, Any]]:
        """Return everyone who serves the queue, with whether they are at their desk, by name."""
        now = self._now()
        async with self._db.connect() as conn:
            found = await agent_store.list_agents(conn)
        grace = self._assignments.rules.grace
        return [
            {**agent_view(agent), "is_there": agent.is_there(now, grace)}
            for agent in sorted(found, key=lambda agent: agent.name)
        ]

    async def teams(self) -> list[dict[str, Any]]:
        """Return the teams one may transfer to, each with how many are there to take it."""
        now = self._now()
        async with self._db.connect() as conn:
            found = await team_store.list_teams(conn)
            online = await online_by_team(conn, now - self._assignments.rules.grace)
        return [
            {"id": team.id, "name": team.name, "online": len(online[team.id])} for team in found
        ]

    async def conversations(
        self, view: str, user: User, before: str | None = None
    ) -> list[dict[str, Any]]:
        """Return one list of the console, at most 100 of it.

        Args:
            view: which list.
            user: whose, where that matters.
            before: the id of the last conversation of the page before, for `bot` and `closed`.

        Raises:
            InvalidInput: no such list.
            NotFound: no conversation `before`.
        """
        if view not in summary_store.VIEWS:
            raise InvalidInput(f"view must be one of {', '.join(summary_store.VIEWS)}")
        async with self._db.connect() as conn:
            last = await store.get_conversation(conn, before) if before else None
            rows = await summary_store.list_conversations(conn, view, user.id, before=last)
        return [
            summary_view(row, position if view == "queue" else None)
            for position, row in enumerate(rows, start=1)
        ]

    async def queue(self) -> list[dict[str, Any]]:
        """Return who waits for a person, longest first."""
        async with self._db.connect() as conn:
            rows = await summary_store.list_conversations(conn, "queue", "")
        return [summary_view(row, position) for position, row in enumerate(rows, start=1)]

    async def conversation(
        self, conversation_id: str, reader: User | None = None
    ) -> dict[str, Any]:
        """Return a conversation whole: summary, packet, transcript, notes, and the ones before.

        Args:
            conversation_id: which.
            reader: who reads; whispers are only for supervisors and for who serves it.

        Raises:
            NotFound: no such conversation.
        """
        async with self._db.connect() as conn:
            row = await summary_store.get_summary(conn, conversation_id)
            if row is None:
                raise NotFound(f"no conversation {conversation_id}", code="conversation_unknown")
            position = await store.position_in_queue(conn, to_conversation(row))
            handoff = await desk_store.find_handoff(conn, conversation_id)
            transcript = await message_store.list_conversation_messages(conn, conversation_id)
            kinds = kinds_for(reader, row.agent_id)
            notes = await note_store.list_notes(conn, conversation_id, kinds)
            delivery = await self._delivery(conn, conversation_id, row.contact_id)
            earlier = await summary_store.list_earlier(conn, conversation_id, row.contact_id)
        return {
            "conversation": summary_view(row, position),
            "packet": packet_view(handoff.packet) if handoff else None,
            "messages": [staff_message_view(message) for message in transcript],
            "notes": [note_view(note) for note in notes],
            "delivery": delivery,
            "earlier": [summary_view(one, None) for one in earlier],
        }

    async def summary(self, conversation_id: str) -> dict[str, Any]:
        """Return a conversation as the lists show it.

        Raises:
            NotFound: no such conversation.
        """
        async with self._db.connect() as conn:
            row = await summary_store.get_summary(conn, conversation_id)
            if row is None:
                raise NotFound(f"no conversation {conversation_id}", code="conversation_unknown")
            return summary_view(row, await store.position_in_queue(conn, to_conversation(row)))

    async def typing_to(self, conversation_id: str, user: User) -> str:
        """Return the contact who may see that the agent is writing.

        Raises:
            NotFound: no such conversation.
            Conflict: nobody serves it.
            Forbidden: another agent serves it.
        """
        async with self._db.connect() as conn:
            conversation = await store.get_conversation(conn, conversation_id)
        check_owner(conversation, user.id)
        return conversation.contact_id

    async def delivery(self, conversation_id: str) -> dict[str, Any] | None:
        """Return how our messages reach the customer, None where they read along by themselves.

        Raises:
            NotFound: no such conversation.
        """
        async with self._db.connect() as conn:
            conversation = await store.get_conversation(conn, conversation_id)
            return await self._delivery(conn, conversation_id, conversation.contact_id)

    async def attachments(self, conversation_id: str) -> list[dict[str, Any]]:
        """Return the files that came in a conversation, oldest first: `id` and `kind`.

        Raises:
            NotFound: no such conversation.
        """
        async with self._db.connect() as conn:
            await store.get_conversation(conn, conversation_id)
            return await message_store.list_attachments(conn, conversation_id)

    async def messages_by_id(self, ids: Collection[str]) -> dict[str, Message]:
        """Return these messages, as far as they are there, by their id."""
        async with self._db.connect() as conn:
            found = await message_store.list_messages(conn, ids)
        return {message.id: message for message in found}

    async def messages(self, conversation_id: str, after: int) -> list[dict[str, Any]]:
        """Return the transcript after the number `after`.

        Raises:
            NotFound: no such conversation.
        """
        async with self._db.connect() as conn:
            await store.get_conversation(conn, conversation_id)
            found = await message_store.list_conversation_messages(conn, conversation_id, after)
        return [staff_message_view(message) for message in found]
