"""Agents: what they chose, whether they are there, and what lies before them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from common import events
from common.auth import User
from common.db import Database
from common.errors import Forbidden, InvalidInput, NotFound
from common.times import Clock, iso, utc_now
from handoff import agent_store, desk_store, message_store, note_store, store
from handoff.assignment import Assignments
from handoff.lifecycle import check_owner
from handoff.model import Agent, Presence
from handoff.store import to_conversation
from handoff.transcript import tell
from handoff.views import agent_view, message_view, note_view
from tickets.phones import mask, readable
from tickets.view import masked

LONGEST_REASON = 32


class Desk:
    """What an agent sees and says of themselves."""

    def __init__(
        self,
        db: Database,
        assignments: Assignments,
        *,
        phones_shown_to: tuple[str, ...] = (),
        now: Clock = utc_now,
    ) -> None:
        self._db = db
        self._phones_shown_to = phones_shown_to
        self._assignments = assignments
        self._capacity = assignments.rules.capacity
        self._now = now

    async def agent(self, user: User) -> Agent:
        """Return the agent, offline until they say otherwise."""
        async with self._db.connect() as conn:
            found = await agent_store.find_agent(conn, user.id)
        return found or Agent(user.id, user.name, Presence.OFFLINE, self._capacity, 0, None)

    async def set_presence(self, user: User, presence: str, reason: str = "") -> Agent:
        """Take down what the agent chose, and act on it.

        Who comes online is offered what waits. Who leaves gives back what they had; who is away
        for a while keeps it, but nothing new is offered.

        Args:
            user: who.
            presence: `online`, `away` or `offline`.
            reason: why one is away, in a word; kept for colleagues to see.

        Raises:
            InvalidInput: not a presence (`presence_unknown`), or too long a reason.
        """
        if presence not in list(Presence):
            raise InvalidInput("presence must be online, away or offline", code="presence_unknown")
        if len(reason) > LONGEST_REASON:
            raise InvalidInput(f"原因最多 {LONGEST_REASON} 字。", code="reason_too_long")
        now = self._now()
        async with self._db.begin() as conn:
            before = await agent_store.lock_agent(conn, user.id, self._capacity)
            after = replace(before, presence=Presence(presence), away_reason=reason, seen_at=now)
            values = {"presence": presence, "away_reason": reason, "seen_at": now, "missed": 0}
            if before.presence is not Presence.ONLINE and after.presence is Presence.ONLINE:
                after = replace(after, idle_since=now)
                values["idle_since"] = now
            await agent_store.save_agent(conn, user.id, values)
            if before.presence is not after.presence:
                await events.append(
                    conn,
                    "agent.presence_changed",
                    actor=f"user:{user.id}",
                    data={"agent_id": user.id, "presence": presence, "reason": reason},
                )
        if after.presence is Presence.ONLINE:
            await self._assignments.fill(user.id)
        else:
            gone = after.presence is Presence.OFFLINE
            await self._assignments.release(user.id, active=gone)
        return await self.agent(user)

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

    async def conversations(self, view: str, user: User) -> list[dict[str, Any]]:
        """Return one list of the console.

        Raises:
            InvalidInput: no such list.
        """
        if view not in desk_store.VIEWS:
            raise InvalidInput(f"view must be one of {', '.join(desk_store.VIEWS)}")
        async with self._db.connect() as conn:
            rows = await desk_store.list_conversations(conn, view, user.id)
        return [
            _summary(row, position if view == "queue" else None)
            for position, row in enumerate(rows, start=1)
        ]

    async def queue(self) -> list[dict[str, Any]]:
        """Return who waits for a person, longest first."""
        async with self._db.connect() as conn:
            rows = await desk_store.list_conversations(conn, "queue", "")
        return [_summary(row, position) for position, row in enumerate(rows, start=1)]

    async def conversation(self, conversation_id: str) -> dict[str, Any]:
        """Return a conversation whole: summary, packet, transcript.

        Raises:
            NotFound: no such conversation.
        """
        async with self._db.connect() as conn:
            row = await desk_store.get_summary(conn, conversation_id)
            if row is None:
                raise NotFound(f"no conversation {conversation_id}", code="conversation_unknown")
            position = await store.position_in_queue(conn, to_conversation(row))
            handoff = await desk_store.find_handoff(conn, conversation_id)
            transcript = await message_store.list_conversation_messages(conn, conversation_id)
            notes = await note_store.list_notes(conn, conversation_id)
        return {
            "conversation": _summary(row, position),
            "packet": _masked(handoff.packet) if handoff else None,
            "messages": [message_view(message) for message in transcript],
            "notes": [note_view(note) for note in notes],
        }

    async def summary(self, conversation_id: str) -> dict[str, Any]:
        """Return a conversation as the lists show it.

        Raises:
            NotFound: no such conversation.
        """
        async with self._db.connect() as conn:
            row = await desk_store.get_summary(conn, conversation_id)
            if row is None:
                raise NotFound(f"no conversation {conversation_id}", code="conversation_unknown")
            return _summary(row, await store.position_in_queue(conn, to_conversation(row)))

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

    async def show_phone(self, conversation_id: str, user: User) -> str:
        """Return the customer's number in full, readable; that it was shown is an event.

        Raises:
            NotFound: no such conversation, or no number is known (`phone_unknown`).
            Forbidden: this role sees numbers masked (`phone_masked`).
        """
        if user.role not in (*self._phones_shown_to, "admin"):
            raise Forbidden("您的角色只能看到打码的号码。", code="phone_masked")
        async with self._db.begin() as conn:
            conversation = await store.get_conversation(conn, conversation_id)
            contact = await store.get_contact(conn, conversation.contact_id)
            number = contact.phone or str(conversation.facts.get("phone") or "")
            if not number:
                raise NotFound("这位客户还没有留下号码。", code="phone_unknown")
            await tell(
                conn,
                "contact.phone_shown",
                replace(conversation, updated_at=self._now()),
                f"user:{user.id}",
            )
        return readable(number)

    async def messages(self, conversation_id: str, after: int) -> list[dict[str, Any]]:
        """Return the transcript after the number `after`.

        Raises:
            NotFound: no such conversation.
        """
        async with self._db.connect() as conn:
            await store.get_conversation(conn, conversation_id)
            found = await message_store.list_conversation_messages(conn, conversation_id, after)
        return [message_view(message) for message in found]


def _summary(row: Any, position: int | None) -> dict[str, Any]:
    return {
        "id": row.id,
        "status": row.status,
        "channel": row.channel,
        "contact": {
            "id": row.contact_id,
            "name": row.contact_name,
            "phone": mask(row.contact_phone) if row.contact_phone else "",
        },
        "reason": row.reason,
        "summary": row.summary,
        "priority": row.priority,
        "queued_at": _iso(row.queued_at),
        "offered_until": _iso(row.offered_until),
        "position": position,
        "agent": {"id": row.agent_id, "name": row.agent_name} if row.agent_id else None,
        "last_message": {
            "author": row.last_author,
            "text": row.last_text[:120],
            "at": iso(row.last_at),
        }
        if row.last_author
        else None,
        "last_seq": row.last_seq,
        "updated_at": iso(row.updated_at),
    }


def _masked(packet: dict[str, Any]) -> dict[str, Any]:
    """Return the packet with phone numbers and the codes of devices masked."""
    slots = [
        {**slot, "value": masked(slot["name"], str(slot["value"]))} for slot in packet["slots"]
    ]
    return {**packet, "slots": slots}


def _iso(instant: datetime | None) -> str | None:
    return iso(instant) if instant else None
