"""How often each use case goes to the database, so that it cannot creep up unseen.

Counted on PostgreSQL, where each statement is a way to the server and back. BEGIN and COMMIT of a
transaction come on top.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from common.db import Database
from handoff.assignment import AssignmentRules
from handoff.places import Places
from tests.handoff.conftest import House, build_house


@pytest.fixture
def house(postgres: Database) -> House:
    return build_house(postgres, rules=AssignmentRules(capacity=3))


@contextmanager
def at_most(house: House, most: int) -> Iterator[None]:
    statements: list[str] = []

    def count(_conn, _cursor, statement: str, *_rest: object) -> None:
        statements.append(statement)

    engine = house.db.engine.sync_engine
    sa.event.listen(engine, "before_cursor_execute", count)
    try:
        yield
    finally:
        sa.event.remove(engine, "before_cursor_execute", count)
    assert len(statements) <= most, "\n".join(statements)


async def waiting(house: House, user: str = "v1") -> str:
    receipt = await house.customer_says("转人工", user=user)
    await house.handoffs.request(receipt.message.conversation_id, "customer_request")
    return receipt.message.conversation_id


async def test_a_message_of_a_customer_takes_three(house: House):
    lin = await house.an_agent()
    await house.handoffs.accept(await waiting(house), lin)

    with at_most(house, 3):
        await house.customer_says("在吗", user="v1", id="m2")


async def test_a_reply_takes_three(house: House):
    lin = await house.an_agent()
    conversation_id = await waiting(house)
    await house.handoffs.accept(conversation_id, lin)

    with at_most(house, 3):
        await house.handoffs.reply(conversation_id, lin, "r1", "您好")


async def test_accepting_takes_four(house: House):
    lin = await house.an_agent()
    offered = await waiting(house)

    with at_most(house, 4):
        await house.handoffs.accept(offered, lin)


async def test_picking_takes_four(postgres: Database):
    house = build_house(postgres, rules=AssignmentRules(offers=False))
    lin = await house.an_agent()
    picked = await waiting(house)

    with at_most(house, 4):
        await house.handoffs.accept(picked, lin)


async def test_finding_an_agent_takes_five_however_many_there_are(house: House):
    lin = await house.an_agent("lin")
    conversation_id = await waiting(house)
    await house.handoffs.decline(conversation_id, lin)
    for number in range(12):
        await house.an_agent(f"agent{number}", presence="away")
    async with house.db.begin() as conn:
        await conn.execute(sa.text("UPDATE agents SET presence = 'online'"))

    with at_most(house, 5):
        assert await house.assignments.place(conversation_id)


async def test_filling_an_agents_hands_takes_four_and_one_for_each_offer(house: House):
    lin = await house.an_agent()
    for number in range(5):
        await waiting(house, f"v{number}")
    async with house.db.begin() as conn:
        await conn.execute(sa.text("UPDATE conversations SET status = 'queued', agent_id = NULL"))

    with at_most(house, 4 + 3):
        assert await house.assignments.fill(lin.id) == 3


async def test_the_places_of_all_who_wait_take_one(house: House):
    await house.an_agent()
    for number in range(5):
        await waiting(house, f"v{number}")
    places = Places(house.db, house.assignments.rules.grace, now=house.clock)
    await places.of(["v1"])  # measures the waits, which it remembers for some seconds

    with at_most(house, 1):
        found = await places.of([f"v{number}" for number in range(5)])

    assert [found[f"v{number}"]["position"] for number in range(5)] == [1, 2, 3, 4, 5]
