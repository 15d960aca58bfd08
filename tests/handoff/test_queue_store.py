"""What SQL finds for an assignment is what the pure rules say."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from common.auth import users
from handoff import agent_store, queue_store, routing, store, team_store
from handoff.model import Conversation
from handoff.routing import Candidate, Team
from tests.conftest import NOON
from tests.handoff.conftest import House

EVERYBODY = 40
LONG_AGO = NOON - timedelta(days=1)


async def a_desk(house: House, chance: random.Random) -> list[dict[str, object]]:
    """Agents of all kinds, some of them with conversations, some in a team."""
    rows: list[dict[str, object]] = [
        {
            "user_id": f"agent{number:02}",
            "presence": chance.choice(["online", "online", "online", "away", "offline"]),
            "away_reason": "",
            "capacity": chance.choice([1, 2, 4, 8]),
            "seen_at": chance.choice([NOON, NOON, NOON, None, LONG_AGO]),
            "idle_since": chance.choice([None, NOON, NOON - timedelta(minutes=number)]),
            "wrap_up_until": chance.choice([None, None, LONG_AGO, NOON + timedelta(minutes=1)]),
            "missed": 0,
        }
        for number in range(EVERYBODY)
    ]
    people = [
        {
            "id": row["user_id"],
            "username": row["user_id"],
            "name": "客服",
            "role": "agent",
            "password_hash": "",
            "failures": 0,
            "created_at": NOON,
        }
        for row in rows
    ]
    async with house.db.begin() as conn:
        await conn.execute(sa.insert(users), people)
        await conn.execute(sa.insert(agent_store.agents), rows)
        await team_store.save_team(conn, Team("team", "宽带组"))
        await team_store.set_members(conn, "team", [f"agent{n:02}" for n in range(0, EVERYBODY, 3)])
    for number in range(60):
        receipt = await house.customer_says("转人工", user=f"v{number}")
        found = await house.conversation(receipt.message.conversation_id)
        agent_id = f"agent{chance.randrange(EVERYBODY):02}"
        status = chance.choice(["offered", "active", "closed"])
        async with house.db.begin() as conn:
            await conn.execute(
                sa.update(store.conversations)
                .where(store.conversations.c.id == found.id)
                .values(status=status, agent_id=agent_id)
            )
    return rows


async def by_the_rule(
    house: House, conversation: Conversation, last: str | None, among: frozenset[str] | None
) -> str | None:
    """Return who is asked, found by looking at everybody."""
    async with house.db.connect() as conn:
        everybody = await agent_store.list_agents(conn)
        members = await team_store.list_members(conn)
    free = [
        Candidate(each.id, each.load, each.capacity, each.idle_since, each.id == last)
        for each in everybody
        if each.is_free(NOON, timedelta(minutes=1))
        and (among is None or members.get(each.id, frozenset()) & among)
    ]
    return routing.choose_agent(free)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("among", [None, frozenset({"team"}), frozenset({"nobody"})])
async def test_the_candidates_hold_whom_the_rule_chooses_of_everybody(
    house: House, seed: int, among: frozenset[str] | None
):
    chance = random.Random(seed)
    rows = await a_desk(house, chance)
    conversation_id = (await house.customer_says("转人工", user="me")).message.conversation_id
    conversation = await house.conversation(conversation_id)
    last = chance.choice([str(row["user_id"]) for row in rows])
    earlier = replace(conversation, id="webchat-earlier", agent_id=last)
    async with house.db.begin() as conn:
        await conn.execute(
            sa.insert(store.conversations).values(
                {**store._columns(earlier), "status": "closed", "wait_told": False}
            )
        )

    async with house.db.connect() as conn:
        found = await queue_store.list_candidates(
            conn,
            conversation,
            among,
            seen_after=NOON - timedelta(minutes=1),
            passed_since=LONG_AGO,
            now=NOON,
        )

    assert routing.choose_agent(found) == await by_the_rule(house, conversation, last, among)
    assert routing.choose_agent(found) == (found[0].id if found else None)
    assert len(found) <= queue_store.MOST_CANDIDATES
