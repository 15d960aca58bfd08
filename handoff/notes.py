"""What colleagues tell each other about a conversation: notes, and whispers to who serves it.

None of it is a message: it is in no transcript, so neither the customer nor the bot ever reads it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from channels.model import clean_text
from common.auth import SUPERVISORS, User
from common.db import Database
from common.errors import Conflict
from common.ids import new_id
from common.times import Clock, iso, utc_now
from handoff import note_store, store
from handoff.model import Conversation, ConversationStatus, NoteKind
from handoff.transcript import tell


class Notes:
    """One method, one transaction."""

    def __init__(self, db: Database, *, now: Clock = utc_now) -> None:
        self._db = db
        self._now = now

    async def add(self, conversation_id: str, user: User, text: str) -> dict[str, Any]:
        """Keep a note that colleagues see and the customer never does.

        Raises:
            InvalidInput: empty or too long.
            NotFound: no such conversation.
        """
        words = clean_text(text)
        now = self._now()
        async with self._db.begin() as conn:
            conversation = await store.lock_conversation(conn, conversation_id)
            return await write_note(conn, conversation, user, words, now)

    async def whisper(self, conversation_id: str, user: User, text: str) -> dict[str, Any]:
        """Tell the agent who serves a conversation something that nobody else there reads.

        Raises:
            InvalidInput: empty or too long.
            NotFound: no such conversation.
            Conflict: no agent serves it (`conversation_not_active`).
        """
        words = clean_text(text)
        now = self._now()
        async with self._db.begin() as conn:
            conversation = await store.lock_conversation(conn, conversation_id)
            if conversation.status is not ConversationStatus.ACTIVE:
                raise Conflict(
                    "现在没有客服在接待，悄悄话没有人能看到。", code="conversation_not_active"
                )
            return await write_note(conn, conversation, user, words, now, NoteKind.WHISPER)


async def write_note(
    conn: AsyncConnection,
    conversation: Conversation,
    user: User,
    words: str,
    now: datetime,
    kind: NoteKind = NoteKind.NOTE,
) -> dict[str, Any]:
    """Write a note of a locked conversation, with its event; returns it as the API shows it."""
    note_id = new_id()
    await note_store.insert_note(conn, note_id, conversation.id, user.id, kind, words, now)
    what, more = "conversation.noted", {}
    if kind is NoteKind.WHISPER:
        what, more = "conversation.whispered", {"agent_id": conversation.agent_id}
    told = replace(conversation, updated_at=now)
    await tell(conn, what, told, f"user:{user.id}", note_id=note_id, **more)
    return {
        "id": note_id,
        "kind": kind.value,
        "author_name": user.name,
        "text": words,
        "at": iso(now),
    }


def kinds_for(reader: User | None, agent_id: str | None) -> tuple[NoteKind, ...]:
    """Return what someone may read in a conversation that `agent_id` serves or served."""
    if reader is not None and (reader.role in SUPERVISORS or reader.id == agent_id):
        return tuple(NoteKind)
    return (NoteKind.NOTE,)
