"""Fifty at once, on PostgreSQL: SQLite's single writer hides what goes wrong here."""

from __future__ import annotations

import asyncio

from common.db import Database
from common.errors import Conflict, FrontDoorError
from tests.handoff.conftest import House, build_house


async def settle(*work) -> list[object]:
    return await asyncio.gather(*work, return_exceptions=True)


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
