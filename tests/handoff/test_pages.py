"""Who leaves the page keeps the place for a while; nobody loses it through our own fault."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from common.db import Database
from handoff import agent_store
from handoff.model import CloseReason, ConversationStatus
from handoff.pages import Pages
from tests.handoff.conftest import House

BOT, QUEUED, OFFERED, ACTIVE, CLOSED = ConversationStatus
HERE = ["visitor1"]


async def waiting(house: House) -> str:
    """A customer waits; the only agent is at the desk, with full hands."""
    lin = await house.an_agent()
    async with house.db.begin() as conn:
        await agent_store.save_agent(conn, lin.id, {"capacity": 0})
    return await queued(house)


async def queued(house: House) -> str:
    receipt = await house.customer_says("转人工")
    await house.bot_answers(receipt)
    conversation_id = receipt.message.conversation_id
    await house.handoffs.request(conversation_id, "customer_request")
    return conversation_id


async def beats(house: House, seconds: float, pages: list[str], *more: Pages) -> None:
    """Let time pass with a beat every 50 s: first this process's, then the others'."""
    for _ in range(int(seconds / 50)):
        house.clock.forward(seconds=50)
        await house.pages.beat(pages)
        for others in more:
            await others.beat([])


async def left_at(house: House, conversation_id: str) -> str | None:
    return (await house.desk.summary(conversation_id))["left_at"]


async def test_the_agents_see_that_a_customer_left_the_page_and_came_back(house: House):
    conversation_id = await waiting(house)
    await beats(house, 600, HERE)
    assert await left_at(house, conversation_id) is None

    await beats(house, 100, [])
    assert await left_at(house, conversation_id) == "2026-03-10T04:10:00.000Z"
    await beats(house, 50, HERE)

    assert await left_at(house, conversation_id) is None
    told = [type for type in await house.events() if type.startswith("conversation.page")]
    assert told == ["conversation.page_left", "conversation.page_returned"]


async def test_who_left_keeps_the_place_for_some_minutes(house: House):
    conversation_id = await waiting(house)
    await beats(house, 600, HERE)

    await beats(house, 550, [])
    assert (await house.conversation(conversation_id)).status is QUEUED
    await beats(house, 50, HERE)
    await beats(house, 550, [])
    assert (await house.conversation(conversation_id)).status is QUEUED


async def test_who_stays_away_loses_the_place_and_reads_how_to_ask_again(house: House):
    conversation_id = await waiting(house)
    await beats(house, 600, HERE)
    await beats(house, 650, [])

    found = await house.conversation(conversation_id)
    assert (found.status, found.close_reason) == (CLOSED, CloseReason.ABANDONED)
    assert "重新排队" in (await house.transcript(conversation_id))[-1][1]
    assert await house.desk.queue() == []


async def test_who_closes_the_page_right_after_asking_is_not_kept_for_ever(house: House):
    await beats(house, 600, [])
    conversation_id = await waiting(house)

    await beats(house, 650, [])

    assert (await house.conversation(conversation_id)).close_reason is CloseReason.ABANDONED


async def test_a_program_without_a_socket_is_there_while_it_reads(house: House):
    conversation_id = await waiting(house)

    for _ in range(18):
        house.clock.forward(seconds=50)
        house.pages.seen("visitor1")
        await house.pages.beat([])

    assert (await house.conversation(conversation_id)).status is QUEUED


async def test_whom_we_told_to_go_keeps_the_place(house: House):
    conversation_id = await waiting(house)
    house.clock.forward(minutes=2)  # the agent's console falls silent
    await house.sweep.run()

    await beats(house, 1800, [])

    found = await house.conversation(conversation_id)
    assert (found.status, found.absence_told) == (QUEUED, True)


async def test_an_offer_is_still_made_to_who_left_the_page(house: House):
    conversation_id = await waiting(house)
    await beats(house, 600, HERE)
    await beats(house, 100, [])

    zhou = await house.an_agent("zhou")

    found = await house.conversation(conversation_id)
    assert (found.status, found.agent_id) == (OFFERED, zhou.id)
    assert await left_at(house, conversation_id) is not None


async def test_who_is_served_is_only_shown_as_away(house: House):
    lin = await house.an_agent()
    conversation_id = await queued(house)
    await house.handoffs.accept(conversation_id, lin)

    await beats(house, 900, [])

    assert (await house.conversation(conversation_id)).status is ACTIVE
    assert await left_at(house, conversation_id) is not None


async def test_having_left_once_costs_nothing_when_one_asks_again(house: House):
    conversation_id = await waiting(house)
    await beats(house, 600, HERE)
    await beats(house, 300, [])
    await house.handoffs.leave_queue(conversation_id)
    house.clock.forward(hours=1)
    await house.handoffs.request(conversation_id, "customer_request")

    await beats(house, 50, [])

    assert await left_at(house, conversation_id) is None


# -- our own faults ---------------------------------------------------------------------------


async def test_a_process_that_just_started_drops_nobody(house: House, db: Database):
    conversation_id = await waiting(house)
    await beats(house, 600, HERE)
    house.clock.forward(hours=2)  # the whole site was down

    fresh = Pages(db, now=house.clock)
    for _ in range(12):
        assert await fresh.beat([]) == 0
        house.clock.forward(seconds=50)
    assert (await house.conversation(conversation_id)).status is QUEUED


async def test_a_process_that_could_not_write_for_a_while_drops_nobody(house: House):
    conversation_id = await waiting(house)
    await beats(house, 1200, HERE)
    house.clock.forward(hours=2)  # the database was away

    await house.pages.beat([])

    assert (await house.conversation(conversation_id)).status is QUEUED


async def test_a_page_may_come_back_to_another_process(house: House, db: Database):
    conversation_id = await waiting(house)
    other = Pages(db, now=house.clock)
    await beats(house, 600, HERE, other)

    for _ in range(18):  # the first process died; the page found the other
        house.clock.forward(seconds=50)
        await other.beat(HERE)

    assert (await house.conversation(conversation_id)).status is QUEUED
    assert await left_at(house, conversation_id) is None


async def test_many_processes_drop_somebody_once(house: House, db: Database):
    conversation_id = await waiting(house)
    others = [Pages(db, now=house.clock) for _ in range(5)]
    await beats(house, 600, HERE, *others)
    await beats(house, 550, [], *others)
    house.clock.forward(seconds=50)

    dropped = await asyncio.gather(*(pages.beat([]) for pages in (house.pages, *others)))

    assert sum(dropped) == 1
    assert (await house.events()).count("conversation.closed") == 1
    assert (await house.conversation(conversation_id)).status is CLOSED


async def test_who_is_accepted_at_the_last_moment_is_not_dropped(house: House):
    conversation_id = await waiting(house)
    zhou = await house.an_agent("zhou", presence="away")
    await beats(house, 600, HERE)
    await beats(house, 550, [])
    house.clock.forward(seconds=50)

    results = await asyncio.gather(
        house.pages.beat([]), house.handoffs.accept(conversation_id, zhou), return_exceptions=True
    )

    found = await house.conversation(conversation_id)
    dropped = results[0]
    assert (dropped, found.status) in [(0, ACTIVE), (1, CLOSED)]


@pytest.mark.parametrize("minutes", [5, 20])
async def test_the_time_is_a_setting(house: House, db: Database, minutes: int):
    conversation_id = await waiting(house)
    pages = Pages(db, timedelta(minutes=minutes), now=house.clock)
    lost = []
    for _ in range(30):
        house.clock.forward(seconds=50)
        lost.append(await pages.beat([]))

    assert (lost.index(1)) * 50 == minutes * 60
    assert (await house.conversation(conversation_id)).status is CLOSED
