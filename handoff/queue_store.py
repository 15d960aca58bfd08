"""Queries of the queue: who is next, who may take it, and what the sweep looks for."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from common.db import UtcDateTime
from handoff.agent_store import REFUSALS, agents, offers
from handoff.model import WAITING, Conversation, ConversationStatus, OfferOutcome, Presence
from handoff.person_store import contacts_of_person
from handoff.routing import Candidate
from handoff.store import conversations, to_conversation
from handoff.team_store import team_members

MOST_CANDIDATES = 10
_ASKED_OR_OWNED = (ConversationStatus.OFFERED.value, ConversationStatus.ACTIVE.value)


# -- who may take it --------------------------------------------------------------------------

_ONLINE = (
    agents.c.presence == Presence.ONLINE.value,
    agents.c.seen_at >= sa.bindparam("seen_after", type_=UtcDateTime),
)
_WRAPPED_UP = sa.or_(
    agents.c.wrap_up_until.is_(None),
    agents.c.wrap_up_until <= sa.bindparam("now", type_=UtcDateTime),
)
_LOAD = (
    sa.select(sa.func.count())
    .where(
        conversations.c.agent_id == agents.c.user_id,
        conversations.c.status.in_(_ASKED_OR_OWNED),
    )
    .scalar_subquery()
)
_MEMBERS = agents.c.user_id.in_(
    sa.select(team_members.c.user_id).where(
        team_members.c.team_id.in_(sa.bindparam("teams", expanding=True))
    )
)
_PASSED = sa.select(offers.c.agent_id).where(
    offers.c.conversation_id == sa.bindparam("conversation"),
    offers.c.ended_at >= sa.bindparam("passed_since", type_=UtcDateTime),
    offers.c.outcome.in_(REFUSALS),
)
_TRANSFERRED_BY = (
    sa.select(offers.c.agent_id)
    .where(
        offers.c.conversation_id == sa.bindparam("conversation"),
        offers.c.outcome == OfferOutcome.TRANSFERRED.value,
    )
    .order_by(offers.c.ended_at.desc())
    .limit(1)
    .scalar_subquery()
)
_SERVED_BEFORE_BY = (
    sa.select(conversations.c.agent_id)
    .where(
        conversations.c.contact_id.in_(contacts_of_person(sa.bindparam("contact"))),
        conversations.c.id != sa.bindparam("conversation"),
        conversations.c.agent_id.is_not(None),
    )
    .order_by(conversations.c.created_at.desc())
    .limit(1)
    .scalar_subquery()
)


def _candidates(*more: sa.ColumnElement[bool]) -> sa.Select[tuple[str, int, int, datetime, int]]:
    last = sa.func.coalesce(_TRANSFERRED_BY, _SERVED_BEFORE_BY)
    able = (
        sa.select(
            agents.c.user_id,
            _LOAD.label("load"),
            agents.c.capacity,
            agents.c.idle_since,
            sa.case((agents.c.user_id == last, 1), else_=0).label("served_last"),
        )
        .where(
            *_ONLINE,
            _WRAPPED_UP,
            agents.c.user_id.not_in(_PASSED),
            *more,
        )
        .subquery()
    )
    # In the order of `routing.choose_agent`, so that the one it chooses is among them.
    return (
        sa.select(able)
        .where(able.c.load < able.c.capacity)
        .order_by(
            able.c.served_last.desc(),
            able.c.load * 1.0 / able.c.capacity,
            sa.nulls_first(able.c.idle_since),
            able.c.user_id,
        )
        .limit(MOST_CANDIDATES)
    )


# Statements that run for every assignment are built once: building one costs more than running it.
_CANDIDATES, _CANDIDATES_OF_TEAMS = _candidates(), _candidates(_MEMBERS)
_SOMEONE = sa.select(sa.exists().where(*_ONLINE))
_SOMEONE_OF_TEAMS = sa.select(sa.exists().where(*_ONLINE, _MEMBERS))


async def list_candidates(
    conn: AsyncConnection,
    conversation: Conversation,
    among: Collection[str] | None,
    *,
    seen_after: datetime,
    passed_since: datetime,
    now: datetime,
) -> list[Candidate]:
    """Return agents who could take the conversation now, the best few, the best first.

    Args:
        conn: the transaction.
        conversation: which.
        among: teams whose people may take it; None: everyone.
        seen_after: who was not heard of since then is not there.
        passed_since: who was asked since then and did not take it is not asked again.
        now: who still wraps up then is not asked.
    """
    query = _CANDIDATES if among is None else _CANDIDATES_OF_TEAMS
    rows = await conn.execute(
        query,
        {
            "conversation": conversation.id,
            "contact": conversation.contact_id,
            "seen_after": seen_after,
            "passed_since": passed_since,
            "now": now,
            "teams": sorted(among or ()),
        },
    )
    return [
        Candidate(row.user_id, row.load, row.capacity, row.idle_since, bool(row.served_last))
        for row in rows
    ]


async def someone_online(
    conn: AsyncConnection, among: Collection[str] | None, seen_after: datetime
) -> bool:
    """Whether anybody of these teams, of any when None, is online."""
    query = _SOMEONE if among is None else _SOMEONE_OF_TEAMS
    known = {"seen_after": seen_after, "teams": sorted(among or ())}
    return bool((await conn.execute(query, known)).scalar_one())


# -- who is next ------------------------------------------------------------------------------


def _next_waiting(of_team: sa.ColumnElement[bool]) -> sa.Select[tuple[object]]:
    passed = (
        sa.select(offers.c.id)
        .where(
            offers.c.conversation_id == conversations.c.id,
            offers.c.agent_id == sa.bindparam("agent"),
            offers.c.ended_at >= sa.bindparam("passed_since", type_=UtcDateTime),
            offers.c.outcome.in_(REFUSALS),
        )
        .exists()
    )
    return (
        sa.select(conversations)
        .where(
            conversations.c.status == ConversationStatus.QUEUED.value,
            of_team,
            conversations.c.queued_at <= sa.bindparam("queued_before", type_=UtcDateTime),
            ~passed,
        )
        .order_by(conversations.c.team_id, conversations.c.place, conversations.c.id)
        .limit(sa.bindparam("most", type_=sa.Integer))
        .with_for_update(key_share=True, skip_locked=True, of=conversations)
    )


# Each queue is read from the front of its index, however long it is. For that they are apart, as no
# index serves IS NOT DISTINCT FROM, and sorted by the team too: PostgreSQL does not see that it is
# the same everywhere when it IS NULL.
_NEXT_OF_ALL = _next_waiting(conversations.c.team_id.is_(None))
_NEXT_OF_TEAM = _next_waiting(conversations.c.team_id == sa.bindparam("team"))


async def hold_next_waiting(
    conn: AsyncConnection,
    agent_id: str,
    queues: Sequence[tuple[str | None, datetime]],
    passed_since: datetime,
    room: int,
) -> list[Conversation]:
    """Return what to offer to the agent next and hold its rows.

    It is as much as there is room for when they serve one queue; of several, the next one, so that
    nothing is held of a queue that is not served after all. Rows that another transaction holds
    are passed over: whoever holds one is about to offer it.

    Args:
        conn: the transaction.
        agent_id: who would be asked.
        queues: teams whose cases they may take, each with when these must have begun to wait.
        passed_since: what they did not take since then is not offered again.
        room: how many they can take.
    """
    most = room if len(queues) == 1 else 1
    found: list[Conversation] = []
    for team_id, queued_before in queues:
        query = _NEXT_OF_ALL if team_id is None else _NEXT_OF_TEAM
        known = {
            "agent": agent_id,
            "team": team_id,
            "queued_before": queued_before,
            "passed_since": passed_since,
            "most": most,
        }
        if team_id is None:
            del known["team"]
        found += [to_conversation(row) for row in await conn.execute(query, known)]
    return sorted(found, key=lambda each: (each.place or each.created_at, each.id))[:most]


_POSITIONS = sa.select(
    conversations.c.contact_id,
    sa.func.row_number().over(
        partition_by=conversations.c.team_id, order_by=(conversations.c.place, conversations.c.id)
    ),
).where(conversations.c.status.in_([status.value for status in WAITING]))


async def list_positions(conn: AsyncConnection) -> dict[str, int]:
    """Return the position of every customer who waits, 1 being next."""
    return {contact_id: position for contact_id, position in await conn.execute(_POSITIONS)}


# -- what the sweep looks for -----------------------------------------------------------------


_FREE = sa.select(agents.c.user_id).where(*_ONLINE, _WRAPPED_UP, agents.c.capacity > _LOAD)


async def list_free(conn: AsyncConnection, seen_after: datetime, now: datetime) -> list[str]:
    """Return the agents online who have room and do not wrap up."""
    known = {"seen_after": seen_after, "now": now}
    return list((await conn.execute(_FREE, known)).scalars())


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
    query = (
        sa.select(conversations.c.id)
        .join(agents, agents.c.user_id == conversations.c.agent_id)
        .where(conversations.c.status.in_(_ASKED_OR_OWNED), gone)
    )
    return list((await conn.execute(query)).scalars())
