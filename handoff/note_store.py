"""Table and queries of notes: what colleagues tell each other about a conversation."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from common.auth import users
from common.db import UtcDateTime, metadata
from handoff.model import NoteKind

notes = sa.Table(
    "notes",
    metadata,
    sa.Column("id", sa.String(26), primary_key=True),
    sa.Column("conversation_id", sa.ForeignKey("conversations.id"), nullable=False),
    sa.Column("author_id", sa.String(26), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Index("ix_notes_conversation", "conversation_id", "created_at"),
)


async def insert_note(
    conn: AsyncConnection,
    note_id: str,
    conversation_id: str,
    author_id: str,
    kind: NoteKind,
    text: str,
    now: datetime,
) -> None:
    """Write a note."""
    await conn.execute(
        sa.insert(notes).values(
            id=note_id,
            conversation_id=conversation_id,
            author_id=author_id,
            kind=kind.value,
            text=text,
            created_at=now,
        )
    )


async def list_notes(
    conn: AsyncConnection, conversation_id: str, kinds: tuple[NoteKind, ...]
) -> list[sa.Row[Any]]:
    """Return a conversation's notes of these kinds with their authors' names, oldest first."""
    query = (
        sa.select(notes, users.c.name.label("author_name"))
        .outerjoin(users, users.c.id == notes.c.author_id)
        .where(
            notes.c.conversation_id == conversation_id,
            notes.c.kind.in_([kind.value for kind in kinds]),
        )
        .order_by(notes.c.created_at, notes.c.id)
    )
    return list(await conn.execute(query))
