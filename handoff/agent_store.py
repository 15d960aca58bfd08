"""Tables and queries of agents and of what is offered to them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from common.auth import users
from common.db import UtcDateTime, held, insert_into, metadata
from handoff.model import Agent, Conversation, ConversationStatus, OfferOutcome, Presence
from handoff.store import conversations, to_conversation

agents = sa.Table(
    "agents",
    metadata,
    sa.Column("user_id", sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("presence", sa.String(16), nullable=False),
    sa.Column("away_reason", sa.String(32), nullable=False),
    sa.Column("capacity", sa.Integer, nullable=False),
    sa.Column("seen_at", UtcDateTime),
    sa.Column("idle_since", UtcDateTime),
    sa.Column("wrap_up_until", UtcDateTime),
    sa.Column("missed", sa.Integer, nullable=False),
)

offers = sa.Table(
    "offers",
    metadata,
    sa.Column("id", sa.String(26), primary_key=True),
    sa.Column("conversation_id", sa.ForeignKey("conversations.id"), nullable=False),
    sa.Column("agent_id", sa.String(26), nullable=False),
    sa.Column("offered_at", UtcDateTime, nullable=False),
    sa.Column("ended_at", UtcDateTime),
    sa.Column("outcome", sa.String(16)),
    sa.Index("ix_offers_conversation", "conversation_id", "ended_at"),
)

_REFUSALS = (
    OfferOutcome.DECLINED.value,
    OfferOutcome.NOT_ACCEPTED.value,
    OfferOutcome.LOST.value,
)


# -- agents -----------------------------------------------------------------------------------


def _count(status: ConversationStatus) -> sa.ScalarSelect[int]:
    return (
        sa.select(sa.func.count())
        .where(conversations.c.agent_id == agents.c.user_id, conversations.c.status == status.value)
        .scalar_subquery()
    )


_AGENTS = sa.select(
    agents,
    users.c.name,
    _count(ConversationStatus.ACTIVE).label("active"),
    _count(ConversationStatus.OFFERED).label("offered"),
).join(users, users.c.id == agents.c.user_id)


async def find_agent(conn: AsyncConnection, user_id: str) -> Agent | None:
    """Return the agent, or None when this user never served."""
    row = (await conn.execute(_AGENTS.where(agents.c.user_id == user_id))).one_or_none()
    return None if row is None else _to_agent(row)


async def list_agents(conn: AsyncConnection) -> list[Agent]:
    """Return everyone who ever served the queue."""
    return [_to_agent(row) for row in await conn.execute(_AGENTS)]


async def list_online(conn: AsyncConnection, seen_after: datetime) -> list[Agent]:
    """Return the agents who chose to be online and were heard of since `seen_after`."""
    query = _AGENTS.where(
        agents.c.presence == Presence.ONLINE.value, agents.c.seen_at >= seen_after
    )
    return [_to_agent(row) for row in await conn.execute(query)]


async def save_agent(conn: AsyncConnection, user_id: str, values: dict[str, Any]) -> None:
    """Write columns of an agent's row."""
    await conn.execute(sa.update(agents).where(agents.c.user_id == user_id).values(**values))


async def lock_agent(conn: AsyncConnection, user_id: str, capacity: int) -> Agent:
    """Return the agent and hold their row, made on first use (offline, with `capacity`).

    Whoever counts an agent's conversations in order to add one holds this row meanwhile.
    """
    new = insert_into(conn, agents).values(
        user_id=user_id,
        presence=Presence.OFFLINE.value,
        away_reason="",
        capacity=capacity,
        missed=0,
    )
    await conn.execute(new.on_conflict_do_nothing())
    await conn.execute(held(sa.select(agents.c.user_id).where(agents.c.user_id == user_id)))
    row = (await conn.execute(_AGENTS.where(agents.c.user_id == user_id))).one()
    return _to_agent(row)


# -- offers -----------------------------------------------------------------------------------


async def insert_offer(
    conn: AsyncConnection, offer_id: str, conversation_id: str, agent_id: str, now: datetime
) -> None:
    """Write that an agent is asked to take a conversation."""
    await conn.execute(
        sa.insert(offers).values(
            id=offer_id, conversation_id=conversation_id, agent_id=agent_id, offered_at=now
        )
    )


async def end_offer(
    conn: AsyncConnection, conversation: Conversation, outcome: OfferOutcome, now: datetime
) -> None:
    """Write how the offer of the conversation to its agent ended; the last word counts."""
    await conn.execute(
        sa.update(offers)
        .where(
            offers.c.conversation_id == conversation.id,
            offers.c.agent_id == conversation.agent_id,
            offers.c.outcome.is_(None) | (offers.c.outcome == OfferOutcome.ACCEPTED.value),
        )
        .values(ended_at=now, outcome=outcome.value)
    )


async def list_passed(conn: AsyncConnection, conversation_id: str, since: datetime) -> set[str]:
    """Return who was offered the conversation since then and did not take it."""
    query = sa.select(offers.c.agent_id).where(
        offers.c.conversation_id == conversation_id,
        offers.c.ended_at >= since,
        offers.c.outcome.in_(_REFUSALS),
    )
    return set((await conn.execute(query)).scalars())


async def hold_next_waiting(
    conn: AsyncConnection,
    agent_id: str,
    queues: Sequence[tuple[str | None, datetime]],
    passed_since: datetime,
) -> Conversation | None:
    """Return the next conversation to offer to the agent and hold its row, or None.

    Rows that another transaction holds are passed over: whoever holds one is about to offer it.

    Args:
        conn: the transaction.
        agent_id: who would be asked.
        queues: teams whose cases they may take, each with when these must have begun to wait.
        passed_since: what they did not take since then is not offered again.
    """
    passed = (
        sa.select(offers.c.id)
        .where(
            offers.c.conversation_id == conversations.c.id,
            offers.c.agent_id == agent_id,
            offers.c.ended_at >= passed_since,
            offers.c.outcome.in_(_REFUSALS),
        )
        .exists()
    )
    found: list[Conversation] = []
    for team_id, queued_before in queues:
        # A queue at a time: each is read from the front of its index, however long it is.
        query = (
            sa.select(conversations)
            .where(
                conversations.c.status == ConversationStatus.QUEUED.value,
                conversations.c.team_id.is_not_distinct_from(team_id),
                conversations.c.queued_at <= queued_before,
                ~passed,
            )
            .order_by(conversations.c.place, conversations.c.id)
            .limit(1)
            .with_for_update(key_share=True, skip_locked=True, of=conversations)
        )
        if (row := (await conn.execute(query)).one_or_none()) is not None:
            found.append(to_conversation(row))
    return min(found, key=lambda each: (each.place or each.created_at, each.id), default=None)


async def last_agent(conn: AsyncConnection, conversation: Conversation) -> str | None:
    """Return who served the customer last, in this conversation or an earlier one, or None."""
    here = (
        sa.select(offers.c.agent_id)
        .where(
            offers.c.conversation_id == conversation.id,
            offers.c.outcome == OfferOutcome.TRANSFERRED.value,
        )
        .order_by(offers.c.ended_at.desc())
        .limit(1)
    )
    if (agent_id := (await conn.execute(here)).scalar_one_or_none()) is not None:
        return str(agent_id)
    query = (
        sa.select(conversations.c.agent_id)
        .where(
            conversations.c.contact_id == conversation.contact_id,
            conversations.c.id != conversation.id,
            conversations.c.agent_id.is_not(None),
        )
        .order_by(conversations.c.created_at.desc())
        .limit(1)
    )
    return (await conn.execute(query)).scalar_one_or_none()


# -- what the sweep looks for -----------------------------------------------------------------


async def list_waiting(
    conn: AsyncConnection, limit: int, *, untold: bool = False
) -> list[Conversation]:
    """Return conversations that nobody is asked to take yet.

    With `untold` only those who do not know that nobody is online.
    """
    query = (
        sa.select(conversations)
        .where(conversations.c.status == ConversationStatus.QUEUED.value)
        .limit(limit)
    )
    if untold:
        query = query.where(conversations.c.absence_told.is_(False))
    return [to_conversation(row) for row in await conn.execute(query)]


async def list_held_by(conn: AsyncConnection, agent_id: str, *, active: bool) -> list[str]:
    """Return the conversations offered to an agent, and with `active` those they have."""
    statuses = [ConversationStatus.OFFERED.value]
    if active:
        statuses.append(ConversationStatus.ACTIVE.value)
    query = sa.select(conversations.c.id).where(
        conversations.c.agent_id == agent_id, conversations.c.status.in_(statuses)
    )
    return list((await conn.execute(query)).scalars())


async def list_not_accepted(conn: AsyncConnection, now: datetime) -> list[str]:
    """Return conversations whose offer ran out."""
    query = sa.select(conversations.c.id).where(
        conversations.c.status == ConversationStatus.OFFERED.value,
        conversations.c.offered_until <= now,
    )
    return list((await conn.execute(query)).scalars())


async def list_abandoned(conn: AsyncConnection, seen_before: datetime) -> list[str]:
    """Return conversations with, or offered to, agents who are gone.

    Gone is who chose to be offline, or was not heard of since `seen_before`.
    """
    gone = sa.or_(
        agents.c.presence == Presence.OFFLINE.value,
        agents.c.seen_at.is_(None),
        agents.c.seen_at < seen_before,
    )
    held_by_agents = [ConversationStatus.OFFERED.value, ConversationStatus.ACTIVE.value]
    query = (
        sa.select(conversations.c.id)
        .join(agents, agents.c.user_id == conversations.c.agent_id)
        .where(conversations.c.status.in_(held_by_agents), gone)
    )
    return list((await conn.execute(query)).scalars())


def _to_agent(row: sa.Row[Any]) -> Agent:
    return Agent(
        id=row.user_id,
        name=row.name,
        presence=Presence(row.presence),
        capacity=row.capacity,
        active=row.active,
        seen_at=row.seen_at,
        offered=row.offered,
        away_reason=row.away_reason,
        idle_since=row.idle_since,
        wrap_up_until=row.wrap_up_until,
        missed=row.missed,
    )
