"""Accepts that come together share a transaction, and each is judged for itself."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from common.auth import User
from common.db import Database
from common.errors import Conflict, NotFound
from handoff import store
from handoff.assignment import AssignmentRules
from handoff.offering import Given
from tests.handoff.conftest import House, build_house

PICKING = AssignmentRules(offers=False, capacity=3)


@pytest.fixture
def house(db: Database) -> House:
    return build_house(db, rules=PICKING)


@contextmanager
def counted(db: Database, event: str) -> Iterator[list[object]]:
    seen: list[object] = []

    def note(*what: object) -> None:
        seen.append(what)

    sa.event.listen(db.engine.sync_engine, event, note)
    try:
        yield seen
    finally:
        sa.event.remove(db.engine.sync_engine, event, note)


async def waiting(house: House, customers: int) -> list[str]:
    ids = []
    for n in range(customers):
        receipt = await house.customer_says("转人工", user=f"v{n}")
        await house.handoffs.request(receipt.message.conversation_id, "customer_request")
        ids.append(receipt.message.conversation_id)
    return ids


async def accept_all(house: House, wanted: list[tuple[str, User]]) -> list[Any]:
    asked = (house.handoffs.accept(id, user) for id, user in wanted)
    return await asyncio.gather(*asked, return_exceptions=True)


async def test_ten_agents_who_click_at_once_take_two_transactions(house: House):
    agents = [await house.an_agent(f"agent{n}") for n in range(10)]
    ids = await waiting(house, 10)

    with counted(house.db, "commit") as commits:
        results = await accept_all(house, list(zip(ids, agents, strict=True)))

    # All ten gather while the first begins.
    assert len(commits) <= 2
    assert [each.agent_id for each in results] == [agent.id for agent in agents]
    assert (await house.events()).count("conversation.accepted") == 10
    for id in ids:
        assert "为您服务" in (await house.transcript(id))[-1][1]


async def test_who_may_not_accept_is_refused_and_the_others_are_not(house: House):
    lin, zhao = await house.an_agent("lin"), await house.an_agent("zhao")
    gone = await house.an_agent("gone")
    await house.desk.set_presence(gone, "offline")
    first, second, third = await waiting(house, 3)

    results = await accept_all(
        house, [(first, gone), (second, lin), (second, zhao), ("nothing", lin), (third, zhao)]
    )

    refused = [each.code for each in (results[0], results[2])]
    assert refused == ["you_are_offline", "conversation_taken"]
    assert isinstance(results[3], NotFound)
    assert [results[1].agent_id, results[4].agent_id] == [lin.id, zhao.id]


async def test_an_agents_hands_are_counted_within_one_transaction(house: House):
    lin = await house.an_agent("lin")
    ids = await waiting(house, 5)

    results = await accept_all(house, [(id, lin) for id in ids])

    assert [each.code for each in results if isinstance(each, Conflict)] == ["agent_full"] * 2
    assert (await house.desk.agent(lin)).active == 3


async def test_accepting_twice_at_once_is_one_accept(house: House):
    lin = await house.an_agent("lin")
    (id,) = await waiting(house, 1)

    results = await accept_all(house, [(id, lin), (id, lin)])

    assert [each.agent_id for each in results] == [lin.id, lin.id]
    assert (await house.events()).count("conversation.accepted") == 1


async def test_a_conversation_that_somebody_holds_holds_up_no_other(postgres: Database):
    house = build_house(postgres, rules=PICKING)
    lin, zhao = await house.an_agent("lin"), await house.an_agent("zhao")
    held, free = await waiting(house, 2)

    async with house.db.begin() as conn:
        await store.lock_conversation(conn, held)
        kept_waiting = asyncio.create_task(house.handoffs.accept(held, lin))
        quick = await asyncio.wait_for(house.handoffs.accept(free, zhao), 5)
        assert quick.agent_id == zhao.id
        assert not kept_waiting.done()

    assert (await asyncio.wait_for(kept_waiting, 5)).agent_id == lin.id


async def test_when_what_they_share_fails_each_is_accepted_on_its_own(
    house: House, monkeypatch: pytest.MonkeyPatch
):
    lin, zhao = await house.an_agent("lin"), await house.an_agent("zhao")
    ids = await waiting(house, 2)
    write = Given.write

    async def cannot_write_two(conn: Any, given: list[Given]) -> None:
        if len(given) > 1:
            raise RuntimeError("the transaction is lost")
        await write(conn, given)

    monkeypatch.setattr(Given, "write", staticmethod(cannot_write_two))
    results = await accept_all(house, list(zip(ids, (lin, zhao), strict=True)))

    assert [each.agent_id for each in results] == [lin.id, zhao.id]
    assert (await house.events()).count("conversation.accepted") == 2


async def test_who_hangs_up_while_accepting_has_it_all_the_same(house: House):
    lin = await house.an_agent("lin")
    (id,) = await waiting(house, 1)

    asking = asyncio.create_task(house.handoffs.accept(id, lin))
    await asyncio.sleep(0)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    # Accepting it again says so, as the first would have.
    assert (await house.handoffs.accept(id, lin)).agent_id == lin.id

    assert (await house.events()).count("conversation.accepted") == 1
