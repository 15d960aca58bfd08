"""From one hand to another, and notes for whoever is next."""

from __future__ import annotations

import pytest

from common.errors import Conflict, Forbidden, InvalidInput, NotFound
from handoff.model import ConversationStatus
from tests.handoff.conftest import House

BOT, QUEUED, OFFERED, ACTIVE = (
    ConversationStatus.BOT,
    ConversationStatus.QUEUED,
    ConversationStatus.OFFERED,
    ConversationStatus.ACTIVE,
)


async def served(house: House, agent) -> str:
    receipt = await house.customer_says("转人工")
    await house.bot_answers(receipt)
    await house.handoffs.request(receipt.message.conversation_id, "not_solved")
    await house.handoffs.accept(receipt.message.conversation_id, agent)
    return receipt.message.conversation_id


async def whose(house: House, conversation_id: str) -> tuple[ConversationStatus, str | None]:
    found = await house.conversation(conversation_id)
    return found.status, found.agent_id


# -- taking over from the bot -----------------------------------------------------------------


async def test_an_agent_takes_a_conversation_from_the_bot_and_the_bot_is_silent(house: House):
    lin = await house.an_agent()
    receipt = await house.customer_says("我要退订")
    await house.bot_answers(receipt)
    conversation_id = receipt.message.conversation_id

    await house.transfers.take_over(conversation_id, lin)

    assert await whose(house, conversation_id) == (ACTIVE, lin.id)
    assert (await house.transcript(conversation_id))[-1] == ("system", "客服 客服lin 为您服务。")
    packet = (await house.desk.conversation(conversation_id))["packet"]
    assert packet["reason"] == "agent_takeover"
    assert (await house.customer_says("在吗")).lease is None


async def test_what_the_bot_had_not_answered_is_the_agents(house: House):
    lin = await house.an_agent()
    receipt = await house.customer_says("我要退订")

    await house.transfers.take_over(receipt.message.conversation_id, lin)
    await house.bot_answers(receipt)

    transcript = await house.transcript(receipt.message.conversation_id)
    assert [author for author, _ in transcript] == ["contact", "system"]


async def test_who_is_in_the_queue_is_accepted_not_taken_over(house: House):
    lin = await house.an_agent()
    receipt = await house.customer_says("转人工")
    await house.handoffs.request(receipt.message.conversation_id, "customer_request")

    with pytest.raises(Conflict) as refused:
        await house.transfers.take_over(receipt.message.conversation_id, lin)

    assert refused.value.code == "conversation_not_with_bot"


@pytest.mark.parametrize("presence", ["", "offline"])
async def test_nobody_takes_a_conversation_while_they_are_offline(house: House, presence: str):
    await house.an_agent("lin")
    zhou = await house.an_agent("zhou", presence=presence)
    receipt = await house.customer_says("转人工")

    with pytest.raises(Conflict) as refused:
        await house.transfers.take_over(receipt.message.conversation_id, zhou)

    assert refused.value.code == "you_are_offline"


# -- transferring -----------------------------------------------------------------------------


async def test_a_colleague_is_asked_told_why_and_takes_over(house: House):
    lin, zhou = await house.an_agent("lin"), await house.an_agent("zhou", presence="away")
    conversation_id = await served(house, lin)

    await house.transfers.transfer(conversation_id, lin, zhou.id, "客户要退宽带，我没有权限")

    assert await whose(house, conversation_id) == (OFFERED, zhou.id)
    assert "正在为您转接同事 客服zhou" in (await house.transcript(conversation_id))[-1][1]
    notes = (await house.desk.conversation(conversation_id))["notes"]
    assert [(n["author_name"], n["text"]) for n in notes] == [
        ("客服lin", "客户要退宽带，我没有权限")
    ]
    await house.handoffs.accept(conversation_id, zhou)
    assert await whose(house, conversation_id) == (ACTIVE, zhou.id)
    with pytest.raises(Forbidden):
        await house.handoffs.reply(conversation_id, lin, "r1", "还有一句")


async def test_who_declines_a_transfer_sends_it_back_to_who_had_it(house: House):
    lin, zhou = await house.an_agent("lin"), await house.an_agent("zhou", presence="away")
    conversation_id = await served(house, lin)
    await house.transfers.transfer(conversation_id, lin, zhou.id)

    await house.handoffs.decline(conversation_id, zhou)

    assert await whose(house, conversation_id) == (OFFERED, lin.id)


async def test_a_transfer_nobody_takes_is_in_front_of_the_queue(house: House):
    lin, zhou = await house.an_agent("lin"), await house.an_agent("zhou", presence="away")
    conversation_id = await served(house, lin)
    await house.desk.set_presence(lin, "away")
    await house.transfers.transfer(conversation_id, lin, zhou.id)
    house.clock.forward(seconds=30)
    await house.desk.seen(lin)
    await house.desk.seen(zhou)

    await house.sweep.run()

    (first,) = await house.desk.queue()
    assert (first["id"], first["position"], first["status"]) == (conversation_id, 1, "queued")


async def test_only_the_owner_or_a_supervisor_transfers(house: House):
    lin, zhou = await house.an_agent("lin"), await house.an_agent("zhou", presence="away")
    boss = await house.an_agent("boss", presence="", role="supervisor")
    conversation_id = await served(house, lin)

    with pytest.raises(Forbidden):
        await house.transfers.transfer(conversation_id, zhou, zhou.id)
    await house.transfers.transfer(conversation_id, boss, zhou.id)

    assert await whose(house, conversation_id) == (OFFERED, zhou.id)


async def test_a_supervisor_gives_who_waits_to_whom_they_choose(house: House):
    lin = await house.an_agent("lin")
    zhou = await house.an_agent("zhou", presence="away")
    boss = await house.an_agent("boss", presence="", role="supervisor")
    receipt = await house.customer_says("转人工")
    await house.handoffs.request(receipt.message.conversation_id, "customer_request")
    assert (await whose(house, receipt.message.conversation_id))[1] == lin.id

    await house.transfers.transfer(receipt.message.conversation_id, boss, zhou.id)

    assert await whose(house, receipt.message.conversation_id) == (OFFERED, zhou.id)
    assert (await house.desk.agent(lin)).offered == 0


@pytest.mark.parametrize(
    ("target", "code"), [("lin", "conversation_taken"), ("absent", "agent_not_there")]
)
async def test_who_cannot_be_asked_is_said_with_the_reason(house: House, target: str, code: str):
    lin = await house.an_agent("lin")
    people = {"lin": lin, "absent": await house.an_agent("absent", presence="offline")}
    conversation_id = await served(house, lin)

    with pytest.raises(Conflict) as refused:
        await house.transfers.transfer(conversation_id, lin, people[target].id)

    assert refused.value.code == code
    assert await whose(house, conversation_id) == (ACTIVE, lin.id)


async def test_an_unknown_agent_is_refused(house: House):
    lin = await house.an_agent()
    conversation_id = await served(house, lin)
    with pytest.raises(NotFound):
        await house.transfers.transfer(conversation_id, lin, "nobody")


# -- notes ------------------------------------------------------------------------------------


async def test_a_note_is_for_colleagues_and_never_reaches_the_customer(house: House):
    lin = await house.an_agent()
    conversation_id = await served(house, lin)

    await house.notes.add(conversation_id, lin, "客户很急，先安抚")

    messages, _ = await house.reception.messages_after("visitor1", 0, 200)
    assert all("先安抚" not in message["text"] for message in messages)
    notes = (await house.desk.conversation(conversation_id))["notes"]
    assert [note["text"] for note in notes] == ["客户很急，先安抚"]


async def test_an_empty_note_is_none(house: House):
    lin = await house.an_agent()
    conversation_id = await served(house, lin)
    with pytest.raises(InvalidInput):
        await house.notes.add(conversation_id, lin, "  ")


async def test_colleagues_are_listed_with_whether_they_are_at_their_desk(house: House):
    await house.an_agent("lin")
    await house.an_agent("zhou", presence="away")
    await house.an_agent("wu", presence="offline")

    found = {agent["name"]: agent["is_there"] for agent in await house.desk.agents()}

    assert found == {"客服lin": True, "客服zhou": True, "客服wu": False}
