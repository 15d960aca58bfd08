"""Fifty at once, on PostgreSQL: SQLite's single writer hides what goes wrong here."""

from __future__ import annotations

import asyncio

import sqlalchemy as sa

from common import events
from common.db import Database
from common.errors import Conflict, FrontDoorError
from handoff import agent_store
from handoff.assignment import AssignmentRules
from handoff.routing import Team
from tests.handoff.conftest import House, build_house


async def settle(*work) -> list[object]:
    return await asyncio.gather(*work, return_exceptions=True)


async def left_waiting(house: House) -> str:
    """A customer queues while someone is online; then nobody is."""
    agent = await house.an_agent("first")
    conversation_id = await a_queued_conversation(house)
    await house.desk.set_presence(agent, "offline")
    async with house.db.begin() as conn:
        await conn.execute(sa.delete(events.events))
        await conn.execute(sa.delete(agent_store.agents))
        await conn.execute(sa.delete(agent_store.offers))
    return conversation_id


async def a_queued_conversation(house: House) -> str:
    conversation_id = (await house.customer_says("转人工")).message.conversation_id
    await house.handoffs.request(conversation_id, "customer_request")
    return conversation_id


async def test_fifty_accepts_give_one_owner(postgres: Database):
    house = build_house(postgres)
    agents = [await house.an_agent(f"agent{n}") for n in range(10)]
    conversation_id = await a_queued_conversation(house)

    results = await settle(
        *(house.handoffs.accept(conversation_id, agents[n % 10]) for n in range(50))
    )

    owner = (await house.conversation(conversation_id)).agent_id
    won = [r for r in results if not isinstance(r, Exception)]
    assert {conversation.agent_id for conversation in won} == {owner}
    assert all(isinstance(r, Conflict) for r in results if isinstance(r, Exception))
    assert (await house.events()).count("conversation.accepted") == 1


async def test_fifty_requests_queue_once(postgres: Database):
    house = build_house(postgres)
    await house.an_agent()
    conversation_id = (await house.customer_says("转人工")).message.conversation_id

    await settle(*(house.handoffs.request(conversation_id, "customer_request") for _ in range(50)))

    assert (await house.events()).count("conversation.queued") == 1


async def test_writing_replying_and_closing_at_once_lose_no_message(postgres: Database):
    house = build_house(postgres)
    agent = await house.an_agent()
    conversation_id = await a_queued_conversation(house)
    await house.handoffs.accept(conversation_id, agent)

    results = await settle(
        *(house.customer_says(f"客户{n}", id=f"c{n}") for n in range(20)),
        *(house.handoffs.reply(conversation_id, agent, f"a{n}", f"客服{n}") for n in range(20)),
        house.handoffs.close(conversation_id, agent, "resolved"),
    )

    assert all(isinstance(r, FrontDoorError) for r in results if isinstance(r, Exception))
    messages, _ = await house.reception.messages_after("visitor1", 0, 200)
    seqs = [message["seq"] for message in messages]
    assert seqs == list(range(1, len(seqs) + 1))
    assert {f"客户{n}" for n in range(20)} <= {message["text"] for message in messages}


async def test_accepts_of_many_conversations_at_once_keep_an_agents_capacity(postgres: Database):
    house = build_house(postgres)
    agent = await house.an_agent()
    waiting = []
    for n in range(20):
        receipt = await house.customer_says("转人工", user=f"visitor{n}")
        await house.handoffs.request(receipt.message.conversation_id, "customer_request")
        waiting.append(receipt.message.conversation_id)

    results = await settle(*(house.handoffs.accept(id, agent) for id in waiting))

    refused = [r for r in results if isinstance(r, Conflict)]
    assert len(refused) == 12
    assert {r.code for r in refused} == {"agent_full"}
    assert (await house.desk.agent(agent)).active == 8


async def test_the_first_presence_said_twenty_times_at_once_is_one(postgres: Database):
    house = build_house(postgres)
    agent = await house.an_agent(presence="")

    results = await settle(*(house.desk.set_presence(agent, "online") for _ in range(20)))

    assert not [r for r in results if isinstance(r, Exception)]
    assert (await house.events()).count("agent.presence_changed") == 1


async def test_fifty_searches_for_an_agent_offer_a_conversation_once(postgres: Database):
    house = build_house(postgres)
    conversation_id = await left_waiting(house)
    for number in range(10):
        await house.an_agent(f"agent{number}", presence="away")
    async with postgres.begin() as conn:
        await conn.execute(sa.update(agent_store.agents).values(presence="online"))

    results = await settle(
        *(house.assignments.place(conversation_id) for _ in range(25)),
        *(house.sweep.run() for _ in range(25)),
    )

    assert not [r for r in results if isinstance(r, Exception)]
    assert (await house.events()).count("conversation.offered") == 1


async def test_fifty_conversations_and_ten_agents_come_together_within_capacity(
    postgres: Database,
):
    house = build_house(postgres, rules=AssignmentRules(capacity=3))
    agents = [await house.an_agent(f"agent{number}") for number in range(10)]
    ids = [
        (await house.customer_says("转人工", user=f"visitor{n}")).message.conversation_id
        for n in range(50)
    ]

    results = await settle(
        *(house.handoffs.request(id, "customer_request") for id in ids),
        *(house.assignments.fill(agent.id) for agent in agents),
    )
    await house.sweep.run()

    assert not [r for r in results if isinstance(r, Exception)]
    loads = [(await house.desk.agent(agent)).offered for agent in agents]
    assert loads == [3] * 10
    assert len([row for row in await house.desk.queue() if row["status"] == "queued"]) == 20


async def test_accepting_declining_and_running_out_at_once_leave_one_owner_or_a_place(
    postgres: Database,
):
    house = build_house(postgres)
    lin = await house.an_agent("lin")
    zhou = await house.an_agent("zhou", presence="away")
    conversation_id = await a_queued_conversation(house)
    house.clock.forward(seconds=31)

    await settle(
        *(house.handoffs.accept(conversation_id, lin) for _ in range(10)),
        *(house.handoffs.accept(conversation_id, zhou) for _ in range(10)),
        *(house.handoffs.decline(conversation_id, lin) for _ in range(10)),
        *(house.sweep.run() for _ in range(10)),
        house.desk.set_presence(lin, "offline"),
    )

    found = await house.conversation(conversation_id)
    owned = found.status in ("active", "offered")
    assert owned is (found.agent_id is not None)
    accepted = (await house.events()).count("conversation.accepted")
    lost = (await house.events()).count("conversation.requeued")
    assert accepted <= 1 + lost


async def test_a_customer_who_leaves_while_being_accepted_is_on_one_side_only(postgres: Database):
    house = build_house(postgres)
    lin = await house.an_agent()
    conversation_id = await a_queued_conversation(house)
    messages, _ = await house.reception.messages_after("visitor1", 0, 200)
    offer = messages[-1]

    await settle(
        house.handoffs.accept(conversation_id, lin),
        house.customer_presses(offer["seq"], len(offer["buttons"]) - 1),
    )

    found = await house.conversation(conversation_id)
    assert (found.status, found.agent_id) in (("active", lin.id), ("bot", None))


async def test_agents_of_several_teams_filled_at_once_get_each_case_once_within_capacity(
    postgres: Database,
):
    house = build_house(postgres, rules=AssignmentRules(capacity=3))
    agents = [await house.an_agent(f"agent{number}", presence="away") for number in range(6)]
    await house.an_agent("there")
    for number, category in enumerate(("broadband", "iptv")):
        team = Team("", f"组{number}", categories=frozenset({category}))
        members = [f"agent{n}" for n in range(6) if n % 2 == number or n < 2]
        await house.teams.save(None, team, [*members, "there"], by=None)
    async with postgres.begin() as conn:
        await conn.execute(sa.update(agent_store.agents).values(capacity=0))
    ids = []
    for number, category in enumerate(["broadband", "iptv", ""] * 8):
        receipt = await house.customer_says("转人工", user=f"visitor{number}")
        ids.append(receipt.message.conversation_id)
        await house.handoffs.request(ids[-1], "customer_request", {"fault_type": category})
    async with postgres.begin() as conn:
        await conn.execute(sa.update(agent_store.agents).values(capacity=3, presence="online"))

    results = await settle(
        *(house.assignments.fill(agent.id) for agent in agents for _ in range(4)),
        *(house.assignments.place(id) for id in ids),
    )
    await house.sweep.run()

    assert not [r for r in results if isinstance(r, Exception)]
    loads = [(await house.desk.agent(agent)).offered for agent in agents]
    assert loads == [3] * 6
    offered = [event for event in await house.events() if event == "conversation.offered"]
    found = [await house.conversation(id) for id in ids]
    assert len(offered) == len([each for each in found if each.status == "offered"]) == 21
