"""Tables and queries of the desk: handoffs, answers tried, and ratings."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from common.db import UtcDateTime, insert_into, metadata
from handoff.model import HandoffReason, Verdict

handoffs = sa.Table(
    "handoffs",
    metadata,
    sa.Column("id", sa.String(26), primary_key=True),
    sa.Column("conversation_id", sa.ForeignKey("conversations.id"), nullable=False),
    sa.Column("reason", sa.String(32), nullable=False),
    sa.Column("packet", sa.JSON, nullable=False),
    sa.Column("requested_at", UtcDateTime, nullable=False),
    sa.Column("accepted_at", UtcDateTime),
    sa.Column("agent_id", sa.String(26)),
    sa.Column("ended_at", UtcDateTime),
    sa.Index("ix_handoffs_conversation", "conversation_id", "requested_at"),
    sa.Index("ix_handoffs_ended", "ended_at"),
)

answers_tried = sa.Table(
    "answers_tried",
    metadata,
    sa.Column("conversation_id", sa.ForeignKey("conversations.id"), primary_key=True),
    sa.Column("message_id", sa.String(26), primary_key=True),
    sa.Column("article_id", sa.String(26), primary_key=True),
    sa.Column("question", sa.Text, nullable=False),
    sa.Column("query", sa.Text, nullable=False),
    sa.Column("verdict", sa.String(16)),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Index("ix_answers_tried_article", "article_id"),
)

csat_responses = sa.Table(
    "csat_responses",
    metadata,
    sa.Column("conversation_id", sa.ForeignKey("conversations.id"), primary_key=True),
    sa.Column("score", sa.Integer, nullable=False),
    sa.Column("comment", sa.Text, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
)


# -- handoffs ---------------------------------------------------------------------------------


async def insert_handoff(
    conn: AsyncConnection,
    handoff_id: str,
    conversation_id: str,
    reason: str,
    packet: dict[str, Any],
    now: datetime,
) -> None:
    """Write that a person was asked for, with everything known then."""
    await conn.execute(
        sa.insert(handoffs).values(
            id=handoff_id,
            conversation_id=conversation_id,
            reason=reason,
            packet=packet,
            requested_at=now,
        )
    )


async def find_handoff(conn: AsyncConnection, conversation_id: str) -> sa.Row[Any] | None:
    """Return the conversation's newest handoff, or None."""
    query = (
        sa.select(handoffs)
        .where(handoffs.c.conversation_id == conversation_id)
        .order_by(handoffs.c.requested_at.desc(), handoffs.c.id.desc())
        .limit(1)
    )
    return (await conn.execute(query)).one_or_none()


async def mark_handoff(conn: AsyncConnection, conversation_id: str, **values: Any) -> None:
    """Write `accepted_at`, `agent_id` or `ended_at` on the handoff that is still open."""
    await conn.execute(
        sa.update(handoffs)
        .where(handoffs.c.conversation_id == conversation_id, handoffs.c.ended_at.is_(None))
        .values(**values)
    )


TAKE_HANDOFF = (
    sa.update(handoffs)
    .where(
        handoffs.c.conversation_id == sa.bindparam("taken_conversation"),
        handoffs.c.ended_at.is_(None),
    )
    .values(accepted_at=sa.bindparam("taken_when"), agent_id=sa.bindparam("taken_by"))
)
"""Writes on the open handoff who took it."""


def take_values(conversation_id: str, agent_id: str, now: datetime) -> dict[str, Any]:
    """Return what `TAKE_HANDOFF` writes."""
    return {"taken_conversation": conversation_id, "taken_by": agent_id, "taken_when": now}


async def list_service_times(conn: AsyncConnection, since: datetime, limit: int) -> list[timedelta]:
    """Return how long the newest ones served since then took, from accepting to the end."""
    query = (
        sa.select(handoffs.c.accepted_at, handoffs.c.ended_at)
        .where(handoffs.c.ended_at >= since, handoffs.c.accepted_at.is_not(None))
        .order_by(handoffs.c.ended_at.desc())
        .limit(limit)
    )
    return [row.ended_at - row.accepted_at for row in await conn.execute(query)]


async def renew_handoff(
    conn: AsyncConnection,
    conversation_id: str,
    handoff_id: str,
    now: datetime,
    reason: HandoffReason | None = None,
) -> None:
    """End the open handoff and begin another with what it holds: a second way through the queue.

    It has the same reason, if no other is given.
    """
    last = await find_handoff(conn, conversation_id)
    await mark_handoff(conn, conversation_id, ended_at=now)
    if last is not None:
        why = last.reason if reason is None else reason.value
        await insert_handoff(conn, handoff_id, conversation_id, why, last.packet, now)


# -- answers tried ----------------------------------------------------------------------------


async def save_answer_tried(conn: AsyncConnection, values: dict[str, Any]) -> bool:
    """Write that an article was given as an answer; False when this message's is there already."""
    insert = insert_into(conn, answers_tried).values(**values).on_conflict_do_nothing()
    return (await conn.execute(insert)).rowcount == 1


async def find_answer(
    conn: AsyncConnection, conversation_id: str, article_id: str
) -> sa.Row[Any] | None:
    """Return the article's latest use as an answer in the conversation, or None."""
    query = (
        sa.select(answers_tried)
        .where(
            answers_tried.c.conversation_id == conversation_id,
            answers_tried.c.article_id == article_id,
        )
        .order_by(answers_tried.c.created_at.desc())
        .limit(1)
    )
    return (await conn.execute(query)).one_or_none()


async def save_verdict(conn: AsyncConnection, answer: sa.Row[Any], verdict: Verdict) -> None:
    """Write what the customer said of an answer that `find_answer` returned."""
    await conn.execute(
        sa.update(answers_tried)
        .where(
            answers_tried.c.conversation_id == answer.conversation_id,
            answers_tried.c.message_id == answer.message_id,
            answers_tried.c.article_id == answer.article_id,
        )
        .values(verdict=verdict.value)
    )


async def list_answers_tried(conn: AsyncConnection, conversation_id: str) -> list[dict[str, Any]]:
    """Return the answers given in the conversation with the customer's verdicts, oldest first."""
    query = (
        sa.select(
            answers_tried.c.article_id,
            answers_tried.c.question,
            answers_tried.c.query,
            answers_tried.c.verdict,
        )
        .where(answers_tried.c.conversation_id == conversation_id)
        .order_by(answers_tried.c.created_at)
    )
    return [dict(row._mapping) for row in await conn.execute(query)]


# -- ratings ----------------------------------------------------------------------------------


async def find_rating(conn: AsyncConnection, conversation_id: str) -> int | None:
    """Return the score the customer gave, or None."""
    query = sa.select(csat_responses.c.score).where(
        csat_responses.c.conversation_id == conversation_id
    )
    return (await conn.execute(query)).scalar_one_or_none()


async def insert_rating(
    conn: AsyncConnection, conversation_id: str, score: int, comment: str, now: datetime
) -> None:
    """Write the customer's rating."""
    await conn.execute(
        sa.insert(csat_responses).values(
            conversation_id=conversation_id, score=score, comment=comment, created_at=now
        )
    )
