"""Tables and queries of agents and of what is offered to them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from common.auth import users
from common.db import UtcDateTime, among, held, insert_into, metadata, parameters
from common.ids import new_id
from handoff.model import Agent, Conversation, ConversationStatus, OfferOutcome, Presence
from handoff.store import conversations

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

REFUSALS = (
    OfferOutcome.DECLINED.value,
    OfferOutcome.NOT_ACCEPTED.value,
    OfferOutcome.LOST.value,
    OfferOutcome.PASSED_ON.value,
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


_AGENT = _AGENTS.where(agents.c.user_id == sa.bindparam("agent"))
_THESE = among(agents.c.user_id, "keys")
_THEIR_HANDS = sa.select(
    agents.c.user_id, agents.c.presence, agents.c.capacity, _count(ConversationStatus.ACTIVE)
).where(_THESE)
_FREE_AGENTS_HELD = (
    sa.select(agents.c.user_id).where(_THESE).with_for_update(key_share=True, skip_locked=True)
)
_AGENT_HELD = held(sa.select(agents.c.user_id).where(agents.c.user_id == sa.bindparam("agent")))


async def find_agent(conn: AsyncConnection, user_id: str) -> Agent | None:
    """Return the agent, or None when this user never served."""
    row = (await conn.execute(_AGENT, {"agent": user_id})).one_or_none()
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


TAKE_NOTE = (
    sa.update(agents)
    .where(agents.c.user_id == sa.bindparam("heard_agent"))
    .values(seen_at=sa.bindparam("heard_when"), missed=0)
)
"""Writes that an agent was heard of and lets nothing pass."""


def heard_values(user_id: str, now: datetime) -> dict[str, Any]:
    """Return what `TAKE_NOTE` writes."""
    return {"heard_agent": user_id, "heard_when": now}


async def lock_agent(conn: AsyncConnection, user_id: str, capacity: int) -> Agent:
    """Return the agent and hold their row, made on first use (offline, with `capacity`).

    Whoever counts an agent's conversations in order to add one holds this row meanwhile.
    """
    known = {"agent": user_id}
    if (await conn.execute(_AGENT_HELD, known)).one_or_none() is None:
        new = insert_into(conn, agents).values(
            user_id=user_id,
            presence=Presence.OFFLINE.value,
            away_reason="",
            capacity=capacity,
            missed=0,
        )
        await conn.execute(new.on_conflict_do_nothing())
        await conn.execute(_AGENT_HELD, known)
    # Apart from the holding: whoever waited for it must count what was written meanwhile.
    return _to_agent((await conn.execute(_AGENT, known)).one())


class Hands(NamedTuple):
    """How much an agent has and may have."""

    id: str
    presence: str
    capacity: int
    active: int


async def lock_free_agents(conn: AsyncConnection, user_ids: Sequence[str]) -> dict[str, Hands]:
    """Return the hands of those agents whose row is there and nobody holds, and hold it."""
    held = list((await conn.execute(_FREE_AGENTS_HELD, {"keys": user_ids})).scalars())
    if not held:
        return {}
    # Apart from the holding: what was written until then is counted.
    rows = await conn.execute(_THEIR_HANDS, {"keys": held})
    return {row[0]: Hands(*row) for row in rows}


# -- offers -----------------------------------------------------------------------------------

INSERT_OFFER = sa.insert(offers).values(
    parameters(
        "offer", offers, ("id", "conversation_id", "agent_id", "offered_at", "ended_at", "outcome")
    )
)
END_OFFER = (
    sa.update(offers)
    .where(
        offers.c.conversation_id == sa.bindparam("ended_conversation"),
        offers.c.agent_id == sa.bindparam("ended_agent"),
        offers.c.outcome.is_(None) | (offers.c.outcome == OfferOutcome.ACCEPTED.value),
    )
    .values(ended_at=sa.bindparam("ended_when"), outcome=sa.bindparam("ended_how"))
)


def offer_values(
    conversation_id: str,
    agent_id: str,
    now: datetime,
    outcome: OfferOutcome | None = None,
) -> dict[str, Any]:
    """Return what `INSERT_OFFER` writes; with an outcome it ends as it begins."""
    return {
        "offer_id": new_id(),
        "offer_conversation_id": conversation_id,
        "offer_agent_id": agent_id,
        "offer_offered_at": now,
        "offer_ended_at": now if outcome else None,
        "offer_outcome": outcome and outcome.value,
    }


def end_values(
    conversation_id: str, agent_id: str | None, now: datetime, outcome: OfferOutcome
) -> dict[str, Any]:
    """Return what `END_OFFER` writes."""
    return {
        "ended_conversation": conversation_id,
        "ended_agent": agent_id,
        "ended_when": now,
        "ended_how": outcome.value,
    }


async def insert_offer(
    conn: AsyncConnection, offer_id: str, conversation_id: str, agent_id: str, now: datetime
) -> None:
    """Write that an agent is asked to take a conversation."""
    values = offer_values(conversation_id, agent_id, now)
    await conn.execute(INSERT_OFFER, {**values, "offer_id": offer_id})


async def end_offer(
    conn: AsyncConnection, conversation: Conversation, outcome: OfferOutcome, now: datetime
) -> None:
    """Write how the offer of the conversation to its agent ended; the last word counts."""
    values = end_values(conversation.id, conversation.agent_id, now, outcome)
    await conn.execute(END_OFFER, values)


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
