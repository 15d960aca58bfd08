"""A desk of any size, in a PostgreSQL database of its own that is dropped in the end."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import sqlalchemy as sa

from common.auth import User, _digest, sign_ins, users
from common.db import Database
from common.times import utc_now
from handoff.agent_store import agents, offers
from handoff.contact_store import contacts
from handoff.desk_store import handoffs
from handoff.message_store import messages
from handoff.model import Conversation, ConversationStatus
from handoff.store import _columns, conversations
from server.migrate import upgrade

POSTGRES = os.environ.get("BENCH_POSTGRES_URL", "postgresql://root@127.0.0.1:5432/postgres")
REDIS = os.environ.get("BENCH_REDIS_URL", "redis://127.0.0.1:6379/0")
NAME = f"frontdoor_bench_{os.getpid()}"
CAPACITY = 8
AT_ONCE = 1000
TABLES = (
    "offers", "handoffs", "messages", "answers_tried", "events", "conversations", "contacts",
    "agents", "sign_ins", "users",
)  # fmt: skip


@dataclass(frozen=True)
class Case:
    """One conversation of a desk, and who has it."""

    id: str
    contact_id: str
    agent: User | None = None


@asynccontextmanager
async def postgres() -> AsyncIterator[str]:
    """Make a database with all tables; drop it in the end."""
    server = await asyncpg.connect(POSTGRES)
    try:
        await server.execute(f'DROP DATABASE IF EXISTS "{NAME}" WITH (FORCE)')
        await server.execute(f'CREATE DATABASE "{NAME}"')
        url = POSTGRES.rsplit("/", 1)[0] + "/" + NAME
        db = Database.from_url(url)
        await upgrade(db)
        await db.close()
        yield url
    finally:
        await server.execute(f'DROP DATABASE IF EXISTS "{NAME}" WITH (FORCE)')
        await server.close()


def token_of(user: User) -> str:
    """Return the sign-in that `fill` gave the user."""
    return f"signed-in-{user.id}"


async def fill(url: str, *, staff: int, waiting: int = 0, active: int = 0) -> Desk:
    """Empty the desk and put so many people at it.

    Args:
        url: the database.
        staff: how many agents, all online.
        waiting: how many customers wait, the first longest.
        active: how many customers have an agent, in turns.
    """
    now = utc_now()
    people = [User(f"agent{n:05}", f"agent{n:05}", f"客服{n}", "agent") for n in range(staff)]
    cases = [
        Case(f"webchat-case{n:06}", f"contact{n:06}", people[n % staff] if n < active else None)
        for n in range(active + waiting)
    ]
    connection = await asyncpg.connect(url)
    await connection.execute(f"TRUNCATE {', '.join(TABLES)} CASCADE")
    await connection.close()
    db = Database.from_url(url)
    async with db.begin() as conn:
        for table, rows in _rows(people, cases, now):
            for first in range(0, len(rows), AT_ONCE):
                await conn.execute(sa.insert(table), rows[first : first + AT_ONCE])
    await db.close()
    connection = await asyncpg.connect(url)
    await connection.execute("VACUUM ANALYZE")
    await connection.execute("CHECKPOINT")
    await connection.close()
    return Desk(people, cases)


@dataclass(frozen=True)
class Desk:
    """Who is at it."""

    people: list[User]
    cases: list[Case]


def _rows(
    people: list[User], cases: list[Case], now: datetime
) -> Iterator[tuple[sa.Table, list[dict[str, Any]]]]:
    yield (
        users,
        [
            {
                "id": each.id,
                "username": each.username,
                "name": each.name,
                "role": each.role,
                "password_hash": "",
                "failures": 0,
                "created_at": now,
            }
            for each in people
        ],
    )
    yield (
        sign_ins,
        [
            {
                "token_hash": _digest(token_of(each)),
                "user_id": each.id,
                "expires_at": now + timedelta(days=1),
            }
            for each in people
        ],
    )
    yield (
        agents,
        [
            {
                "user_id": each.id,
                "presence": "online",
                "away_reason": "",
                "capacity": CAPACITY,
                "seen_at": now + timedelta(hours=1),  # their consoles need not beat meanwhile
                "idle_since": now - timedelta(minutes=number),
                "missed": 0,
            }
            for number, each in enumerate(people)
        ],
    )
    yield (
        contacts,
        [
            {
                "id": each.contact_id,
                "channel": "webchat",
                "channel_user_id": each.contact_id,
                "name": "",
                "phone": "",
                "created_at": now,
            }
            for each in cases
        ],
    )
    yield conversations, [_conversation(n, each, now) for n, each in enumerate(cases)]
    yield messages, [_message(each, now) for each in cases]
    yield (
        handoffs,
        [
            {
                "id": f"handoff{number:06}",
                "conversation_id": each.id,
                "reason": "customer_request",
                "packet": {"summary": "宽带断了，指示灯红", "slots": []},
                "requested_at": now,
                "accepted_at": now if each.agent else None,
                "agent_id": each.agent.id if each.agent else None,
            }
            for number, each in enumerate(cases)
        ],
    )
    yield (
        offers,
        [
            {
                "id": f"offer{number:06}",
                "conversation_id": each.id,
                "agent_id": each.agent.id,
                "offered_at": now,
                "ended_at": now,
                "outcome": "accepted",
            }
            for number, each in enumerate(cases)
            if each.agent
        ],
    )


def _conversation(number: int, case: Case, now: datetime) -> dict[str, Any]:
    queued_at = now - timedelta(hours=2) + timedelta(milliseconds=10 * number)
    return _columns(
        Conversation(
            id=case.id,
            contact_id=case.contact_id,
            channel="webchat",
            status=ConversationStatus.ACTIVE if case.agent else ConversationStatus.QUEUED,
            agent_id=case.agent.id if case.agent else None,
            last_seq=1,
            facts={"fault_type": "broadband"},
            queued_at=queued_at,
            place=queued_at,
            accepted_at=now if case.agent else None,
            created_at=queued_at,
            updated_at=queued_at,
        )
    )


def _message(case: Case, now: datetime) -> dict[str, Any]:
    return {
        "id": f"m-{case.contact_id}",
        "conversation_id": case.id,
        "contact_id": case.contact_id,
        "seq": 1,
        "author": "contact",
        "text": "转人工",
        "buttons": [],
        "data": {},
        "client_message_id": "first",
        "handled_at": now,
        "created_at": now,
    }
