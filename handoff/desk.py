"""Agents: what they chose, whether they are there, and what lies before them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from common import events
from common.auth import User
from common.db import Database
from common.errors import InvalidInput, NotFound
from common.times import Clock, iso, utc_now
from handoff import desk_store, message_store, store
from handoff.model import Agent, Presence, check_owner
from handoff.store import to_conversation
from handoff.views import message_view
from tickets.phones import mask
from tickets.view import masked


class Desk:
    """What an agent sees and says of themselves."""

    def __init__(self, db: Database, *, capacity: int = 8, now: Clock = utc_now) -> None:
        self._db = db
        self._capacity = capacity
        self._now = now

    async def agent(self, user: User) -> Agent:
        """Return the agent, offline until they say otherwise."""
        async with self._db.connect() as conn:
            found = await desk_store.find_agent(conn, user.id)
        return found or Agent(user.id, user.name, Presence.OFFLINE, self._capacity, 0, None)

    async def set_presence(self, user: User, presence: str) -> Agent:
        """Take down what the agent chose.

        Raises:
            InvalidInput: not a presence.
        """
        if presence not in list(Presence):
            raise InvalidInput("presence must be online, away or offline", code="presence_unknown")
        async with self._db.begin() as conn:
            before = await desk_store.lock_agent(conn, user.id, self._capacity)
            after = replace(before, presence=Presence(presence), seen_at=self._now())
            await desk_store.save_agent(
                conn, user.id, {"presence": presence, "seen_at": after.seen_at}
            )
            if before.presence is not after.presence:
                await events.append(
                    conn,
                    "agent.presence_changed",
                    actor=f"user:{user.id}",
                    data={"agent_id": user.id, "presence": presence},
                )
        return after

    async def seen(self, user: User) -> None:
        """Take down that the agent's console was heard of just now."""
        async with self._db.begin() as conn:
            await desk_store.save_agent(conn, user.id, {"seen_at": self._now()})

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
        return {
            "conversation": _summary(row, position),
            "packet": _masked(handoff.packet) if handoff else None,
            "messages": [message_view(message) for message in transcript],
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
        "priority": "normal",
        "queued_at": _iso(row.queued_at),
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
