"""What only people may answer goes to people at once, whatever the bot could say."""

from __future__ import annotations

import sqlalchemy as sa

from channels.model import InboundMessage
from channels.outbox_store import outbox
from common.errors import UpstreamError
from handoff.model import WAITING, Author, Conversation, ConversationStatus, HandoffReason
from handoff.store import lock_conversation
from handoff.texts import texts
from handoff.transcript import add_message
from handoff.waiting import Choice
from tests.handoff.conftest import House
from tickets.model import Priority

SMOKE = "光猫冒烟了"
REGULATOR = "我要去工信部告你们"
SAFETY = texts("zh-CN")["sensitive"]["safety"]


async def writes(house: House, text: str) -> Conversation:
    """Let the customer write, and the bot have its turn if it is its to have."""
    receipt = await house.customer_says(text)
    if receipt.lease is not None:
        await house.bot_answers(receipt)
    return await house.conversation(receipt.message.conversation_id)


async def packet(house: House, conversation: Conversation) -> dict[str, object]:
    return (await house.desk.conversation(conversation.id))["packet"]


async def test_a_sensitive_message_is_queued_as_urgent_with_advice_and_the_bot_never_hears_it(
    house: House,
):
    await house.an_agent(presence="online")

    conversation = await writes(house, SMOKE)

    assert conversation.status in WAITING
    assert conversation.priority is Priority.URGENT
    assert conversation.turn_owner is None
    assert (await packet(house, conversation))["reason"] == "sensitive"
    lines = await house.transcript(conversation.id)
    assert [author for author, _ in lines] == ["contact", "system", "system"]
    assert lines[1][1] == SAFETY
    assert lines[2][1].startswith("这件事由专人来处理。正在为您转接")
    assert house.bot.heard == []


async def test_on_wechat_the_advice_and_the_place_go_out_too(house: House):
    await house.an_agent(presence="online")

    receipt = await house.reception.receive(InboundMessage("wechat", "wx:o1", "m1", SMOKE))
    await house.bot_answers(receipt)

    async with house.db.connect() as conn:
        going_out = (await conn.execute(sa.select(outbox.c.seq))).scalars().all()
    assert sorted(going_out) == [2, 3]


async def test_an_ordinary_message_is_the_bots(house: House):
    await house.an_agent(presence="online")

    conversation = await writes(house, "烟感报警器没电了")

    assert conversation.status is ConversationStatus.BOT
    assert house.bot.heard == ["烟感报警器没电了"]


async def test_with_the_bot_away_people_are_called_all_the_same(house: House):
    await house.an_agent(presence="online")
    house.bot.script = [UpstreamError("Rasa is down")] * 9

    conversation = await writes(house, "我被人骗了五万块")

    assert (await packet(house, conversation))["reason"] == "sensitive"


async def test_with_nobody_there_the_customer_is_advised_and_may_leave_word(house: House):
    conversation = await writes(house, SMOKE)

    assert (conversation.status, conversation.turn_owner) == (ConversationStatus.BOT, None)
    (_, (author, text)) = await house.transcript(conversation.id)
    assert author == "bot"
    assert text.startswith(SAFETY)
    assert "留言" in text
    assert "handoff.turned_away" in await house.events()
    pressed = await house.customer_presses(conversation.last_seq, 0)
    assert pressed.message.payload == Choice.MESSAGE
    assert (await house.memory.standing_of(conversation.id))["sensitive"]


async def test_the_message_left_about_it_calls_nobody_again(house: House):
    conversation = await writes(house, REGULATOR)
    await house.an_agent(presence="online")
    house.clock.forward(seconds=1)

    after = await writes(house, "我已经投诉到工信部了，请回电")

    assert after.id == conversation.id
    assert after.status is ConversationStatus.BOT
    assert house.bot.heard == ["我已经投诉到工信部了，请回电"]


async def test_where_life_is_at_stake_people_are_called_again_and_the_advice_comes_first(
    house: House,
):
    await writes(house, REGULATOR)
    house.clock.forward(seconds=1)

    conversation = await writes(house, "不想活了")

    said = [text for _, text in await house.transcript(conversation.id)]
    assert said[-2:] == [texts("zh-CN")["sensitive"]["self_harm"], "答：不想活了"]
    house.clock.forward(seconds=1)

    await house.an_agent(presence="online")
    assert (await writes(house, "真的不想活了")).status in WAITING


async def test_who_then_asks_for_a_person_is_called_one_for_the_sensitive_matter(house: House):
    conversation = await writes(house, SMOKE)
    await house.an_agent(presence="online")

    await house.handoffs.request(conversation.id, HandoffReason.CUSTOMER_REQUEST)

    assert (await packet(house, conversation))["reason"] == "sensitive"
    assert (await house.conversation(conversation.id)).priority is Priority.URGENT


async def test_handed_back_only_new_words_call_people_again(house: House):
    agent = await house.an_agent(presence="online")
    conversation = await writes(house, SMOKE)
    await house.handoffs.accept(conversation.id, agent)
    await house.handoffs.hand_back(conversation.id, agent)

    ordinary = await writes(house, "怎么查话费")
    assert (ordinary.status, ordinary.sensitive) == (ConversationStatus.BOT, False)

    house.clock.forward(seconds=1)
    again = await writes(house, "又冒烟了")
    assert again.sensitive
    assert again.status in WAITING


async def test_who_waits_already_is_brought_forward(house: House):
    await house.an_agent(presence="online")
    first = await house.customer_says("转人工", user="visitor2")
    await house.handoffs.request(first.message.conversation_id, "customer_request")
    house.clock.forward(seconds=1)
    conversation = await writes(house, "你好")
    await house.handoffs.request(conversation.id, "customer_request")
    waiting = await house.conversation(conversation.id)
    await house.customer_presses(waiting.last_seq, 0)

    house.clock.forward(seconds=1)
    after = await writes(house, SMOKE)

    assert after.priority is Priority.URGENT
    assert after.place < (await house.conversation(first.message.conversation_id)).place
    assert (await packet(house, after))["reason"] == "sensitive"
    author, text = (await house.transcript(after.id))[-1]
    assert author == "bot"
    assert text.startswith(SAFETY)


async def test_out_of_the_queue_to_leave_word_it_stays_sensitive_and_leaving_ends_it(house: House):
    await house.an_agent(presence="online")
    queued = await writes(house, SMOKE)
    titles = {"给客服留言": True, "不等了": False}
    buttons = texts("zh-CN")["choices"]
    order = [buttons[choice.name.lower()] for choice in Choice]
    for at, (title, stays) in enumerate(titles.items()):
        pressed = await house.customer_presses(queued.last_seq, order.index(title), id=f"p{at}")
        if pressed.lease:
            await house.bot_answers(pressed)
        after = await house.conversation(queued.id)
        assert (after.status, after.sensitive) == (ConversationStatus.BOT, stays)
        await house.handoffs.request(queued.id, "customer_request")


async def test_a_button_that_reads_like_it_is_no_message(house: House):
    await house.an_agent(presence="online")
    receipt = await house.customer_says("你好")
    async with house.db.begin() as conn:
        conversation = await lock_conversation(conn, receipt.message.conversation_id)
        buttons = ({"title": "电池鼓包了怎么办", "payload": "/ask"},)
        _, offered = await add_message(
            conn, conversation, Author.BOT, "想问哪个？", house.clock(), buttons=buttons, save=True
        )
    await house.bot_answers(receipt)

    pressed = await house.customer_presses(offered.seq, 0)
    await house.bot_answers(pressed)

    assert house.bot.heard == ["你好", "/ask"]


async def test_matters_without_advice_are_urgent_too(house: House):
    await house.an_agent(presence="online")

    conversation = await writes(house, "我要起诉你们")

    assert conversation.priority is Priority.URGENT
    said = [text for author, text in await house.transcript(conversation.id) if author == "system"]
    assert len(said) == 1
