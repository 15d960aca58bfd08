"""Questions the knowledge base failed, in the database."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from common.db import insert_into
from knowledgebase.model import UnansweredQuestion
from knowledgebase.tables import unanswered_questions
from knowledgebase.text import question_key


async def insert_unanswered(conn: AsyncConnection, question: UnansweredQuestion) -> bool:
    """Keep the question; return False if this conversation has it already for this reason."""
    insert = insert_into(conn, unanswered_questions).values(
        id=question.id,
        conversation_id=question.conversation_id,
        reason=question.reason,
        question_key=question_key(question.text),
        text=question.text,
        created_at=question.created_at,
    )
    kept = await conn.execute(insert.on_conflict_do_nothing().returning(unanswered_questions.c.id))
    return kept.first() is not None


async def list_open(conn: AsyncConnection, limit: int) -> list[UnansweredQuestion]:
    """Return the questions nobody has dealt with, the newest first, at most `limit`."""
    query = (
        sa.select(unanswered_questions)
        .where(unanswered_questions.c.dealt_with_at.is_(None))
        .order_by(unanswered_questions.c.created_at.desc(), unanswered_questions.c.id.desc())
        .limit(limit)
    )
    return [
        UnansweredQuestion(row.id, row.text, row.reason, row.conversation_id, row.created_at)
        for row in await conn.execute(query)
    ]


async def exists(conn: AsyncConnection, question_id: str) -> bool:
    """Whether there is such a question, dealt with or not."""
    query = sa.select(unanswered_questions.c.id).where(unanswered_questions.c.id == question_id)
    return (await conn.execute(query)).first() is not None


async def claim(conn: AsyncConnection, question_id: str, *, at: datetime, by: str) -> bool:
    """Note that someone dealt with the question; False if somebody had before, or it is unknown."""
    done = await conn.execute(
        sa.update(unanswered_questions)
        .where(unanswered_questions.c.id == question_id)
        .where(unanswered_questions.c.dealt_with_at.is_(None))
        .values(dealt_with_at=at, dealt_with_by=by)
    )
    return done.rowcount == 1
