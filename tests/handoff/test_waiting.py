"""Waiting is no limbo: the customer knows the place, and has ways out."""

from __future__ import annotations

from common.errors import UpstreamError
from handoff.model import ConversationStatus, Message
from handoff.rasa import BotTurn
from handoff.texts import texts
from handoff.waiting import Choice
from tests.handoff.conftest import House

BOT, QUEUED, OFFERED, ACTIVE = (
    ConversationStatus.BOT,
    ConversationStatus.QUEUED,
    ConversationStatus.OFFERED,
    ConversationStatus.ACTIVE,
)


async def queued(house: House) -> str:
    """A customer waits; the only agent is at lunch."""
    lin = await house.an_agent()
    receipt = await house.customer_says("转人工")
    await house.bot_answers(receipt)
    await house.handoffs.request(receipt.message.conversation_id, "customer_request")
    await house.desk.set_presence(lin, "away")
    house.clock.forward(seconds=1)
    return receipt.message.conversation_id


async def offer_of(house: House) -> Message:
    """The newest message with buttons."""
    messages, _ = await house.reception.messages_after("visitor1", 0, 200)
    return [message for message in messages if message["buttons"]][-1]


async def choose(house: House, choice: Choice):
    """Press the button of this choice."""
    offered = await offer_of(house)
    titles = [button["title"] for button in offered["buttons"]]
    title = texts("zh-CN")["choices"][choice.name.lower()]
    return await house.customer_presses(offered["seq"], titles.index(title), id=f"p-{choice.name}")


async def test_who_is_told_the_place_is_shown_the_ways_out(house: House):
    await queued(house)

    titles = [button["title"] for button in (await offer_of(house))["buttons"]]

    assert titles == ["先问智能客服", "给客服留言", "请给我回电", "不等了"]


async def test_who_no_longer_wants_to_wait_is_out_with_one_tap(house: House):
    conversation_id = await queued(house)

    receipt = await choose(house, Choice.LEAVE)

    assert receipt.lease is None
    assert (await house.conversation(conversation_id)).status is BOT
    assert await house.desk.queue() == []
    assert "已为您退出排队" in (await house.transcript(conversation_id))[-1][1]
    assert "conversation.returned" in await house.events()


async def test_who_left_the_queue_is_answered_by_the_bot_and_may_come_back(house: House):
    conversation_id = await queued(house)
    await choose(house, Choice.LEAVE)

    await house.bot_answers(await house.customer_says("怎么查话费"))
    assert (await house.transcript(conversation_id))[-1] == ("bot", "答：怎么查话费")
    lin = await house.an_agent("zhou")
    await house.handoffs.request(conversation_id, "customer_request")

    found = await house.conversation(conversation_id)
    assert (found.status, found.agent_id) == (OFFERED, lin.id)


async def test_an_offer_is_withdrawn_when_the_customer_leaves(house: House):
    lin = await house.an_agent()
    receipt = await house.customer_says("转人工")
    await house.bot_answers(receipt)
    await house.handoffs.request(receipt.message.conversation_id, "customer_request")
    assert (await house.desk.agent(lin)).offered == 1

    await choose(house, Choice.LEAVE)

    assert (await house.desk.agent(lin)).offered == 0


async def test_the_bot_helps_who_waits_without_costing_the_place(house: House):
    conversation_id = await queued(house)

    await choose(house, Choice.BOT)
    await house.bot_answers(await house.customer_says("怎么查话费"))

    assert (await house.transcript(conversation_id))[-1] == ("bot", "答：怎么查话费")
    assert [row["id"] for row in await house.desk.queue()] == [conversation_id]


async def test_the_bot_falls_silent_when_an_agent_takes_over(house: House):
    conversation_id = await queued(house)
    await choose(house, Choice.BOT)
    zhou = await house.an_agent("zhou")
    await house.handoffs.accept(conversation_id, zhou)

    receipt = await house.customer_says("在吗")

    assert receipt.lease is None
    assert (await house.conversation(conversation_id)).status is ACTIVE


async def test_without_that_choice_the_bot_keeps_quiet_in_the_queue(house: House):
    await queued(house)

    assert (await house.customer_says("在吗")).lease is None


async def test_a_bot_that_fails_who_waits_leaves_them_in_the_queue(house: House):
    conversation_id = await queued(house)
    await choose(house, Choice.BOT)
    house.bot.script = [UpstreamError("down", code="rasa_unreachable")]
    await house.bot_answers(await house.customer_says("怎么查话费"))

    found = await house.conversation(conversation_id)
    assert (found.status, found.bot_helps, found.turn_owner) == (QUEUED, False, None)
    assert await house.turns.sweep() == 0


async def test_leaving_a_message_leaves_the_queue_and_begins_it_with_the_bot(house: House):
    conversation_id = await queued(house)
    house.bot.script = [BotTurn((), {})]

    receipt = await choose(house, Choice.MESSAGE)
    await house.bot_answers(receipt)

    assert house.bot.heard[-1] == "/leave_message"
    assert (await house.conversation(conversation_id)).status is BOT


async def test_who_asks_to_be_called_leaves_the_queue_and_the_bot_takes_it_down(house: House):
    conversation_id = await queued(house)
    house.bot.script = [BotTurn((), {})]

    await house.bot_answers(await choose(house, Choice.CALL))

    assert house.bot.heard[-1] == '/leave_message{"wish":"call"}'
    assert (await house.conversation(conversation_id)).status is BOT


async def test_a_choice_of_before_is_words_to_whoever_serves_now(house: House):
    conversation_id = await queued(house)
    zhou = await house.an_agent("zhou")
    await house.handoffs.accept(conversation_id, zhou)

    await choose(house, Choice.LEAVE)

    assert (await house.conversation(conversation_id)).status is ACTIVE
    assert (await house.transcript(conversation_id))[-1] == ("contact", "不等了")


async def test_when_the_last_agent_leaves_those_who_wait_are_told_once(house: House):
    conversation_id = await queued(house)

    await house.sweep.run()
    await house.sweep.run()

    said = [text for author, text in await house.transcript(conversation_id) if author == "system"]
    assert sum("暂时都不在线" in text for text in said) == 1
    assert len((await offer_of(house))["buttons"]) == 4


async def test_whom_the_last_agent_had_is_not_promised_a_colleague(house: House):
    lin = await house.an_agent()
    receipt = await house.customer_says("转人工")
    await house.handoffs.request(receipt.message.conversation_id, "customer_request")
    await house.handoffs.accept(receipt.message.conversation_id, lin)

    await house.desk.set_presence(lin, "offline")
    await house.sweep.run()

    said = (await house.transcript(receipt.message.conversation_id))[-1][1]
    assert "暂时都不在线" in said
    assert "马上换同事" not in said


async def test_an_agent_hands_the_conversation_back_to_the_bot(house: House):
    lin = await house.an_agent()
    receipt = await house.customer_says("转人工")
    await house.bot_answers(receipt)
    conversation_id = receipt.message.conversation_id
    await house.handoffs.request(conversation_id, "customer_request")
    await house.handoffs.accept(conversation_id, lin)
    house.clock.forward(seconds=1)

    await house.handoffs.hand_back(conversation_id, lin)
    await house.bot_answers(await house.customer_says("怎么查话费"))

    assert (await house.transcript(conversation_id))[-1] == ("bot", "答：怎么查话费")
    assert (await house.desk.agent(lin)).active == 0
