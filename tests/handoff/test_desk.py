"""What the desk shows of a customer, and to whom."""

from __future__ import annotations

from typing import Any

import pytest

from channels.model import Attachment, InboundMessage
from common.errors import Forbidden, NotFound
from handoff.model import Author, Message
from handoff.views import staff_message_view
from tests.handoff.conftest import House

NUMBER = "+8613800138000"


async def served(house: House, agent) -> str:
    receipt = await house.customer_says("转人工")
    await house.memory.remember_contact("visitor1", name="王芳", phone=NUMBER)
    await house.handoffs.request(receipt.message.conversation_id, "customer_request")
    await house.handoffs.accept(receipt.message.conversation_id, agent)
    return receipt.message.conversation_id


async def test_numbers_are_masked_in_lists_and_packets(house: House):
    lin = await house.an_agent()
    conversation_id = await served(house, lin)

    found = await house.desk.conversation(conversation_id)
    (row,) = await house.desk.conversations("mine", lin)

    assert "13800138000" not in str((found, row))
    assert found["conversation"]["contact"]["phone"].startswith("138")


async def test_who_may_see_a_number_sees_it_and_that_is_noted(house: House):
    boss = await house.an_agent("boss", presence="", role="supervisor")
    conversation_id = await served(house, await house.an_agent())

    shown = await house.numbers.of_contact(conversation_id, boss)

    assert shown.replace(" ", "") == "13800138000"
    assert (await house.events())[-1] == "contact.phone_shown"


async def test_who_may_not_is_refused_and_nothing_is_noted(house: House):
    lin = await house.an_agent()
    conversation_id = await served(house, lin)

    with pytest.raises(Forbidden) as refused:
        await house.numbers.of_contact(conversation_id, lin)

    assert refused.value.code == "phone_masked"
    assert "contact.phone_shown" not in await house.events()


async def test_a_number_nobody_left_cannot_be_shown(house: House):
    boss = await house.an_agent("boss", presence="", role="supervisor")
    receipt = await house.customer_says("你好")

    with pytest.raises(NotFound) as refused:
        await house.numbers.of_contact(receipt.message.conversation_id, boss)

    assert refused.value.code == "phone_unknown"


# -- numbers in words -------------------------------------------------------------------------


async def told(house: House, *words: str) -> tuple[str, list[dict[str, Any]]]:
    """Let a customer say these words, the bot repeating them; return what the desk shows."""
    for text in words:
        receipt = await house.customer_says(text)
        await house.bot_answers(receipt)
        house.clock.forward(seconds=1)
    conversation_id = receipt.message.conversation_id
    return conversation_id, (await house.desk.conversation(conversation_id))["messages"]


async def test_numbers_a_customer_typed_are_masked_wherever_the_desk_shows_the_words(house: House):
    conversation_id, shown = await told(house, "我电话13800138000，断网了", "座机０571-88886666")
    await house.handoffs.request(conversation_id, "customer_request")
    lin = await house.an_agent()
    whole = await house.desk.conversation(conversation_id, lin)
    rest = await house.desk.messages(conversation_id, 1)

    assert shown[0]["text"] == "我电话138****8000，断网了"
    assert shown[2]["text"] == "座机0571-****6666"
    assert all(message["masked"] for message in shown)  # where the bot repeats them as well
    assert "13800138000" not in str((whole, rest, await house.desk.queue()))
    assert (await house.transcript(conversation_id))[0] == ("contact", "我电话13800138000，断网了")


async def test_words_without_a_number_are_shown_as_they_are(house: House):
    _, shown = await told(house, "工单20260310-0001怎么样了，我付了12345678901元")
    assert (shown[0]["masked"], "20260310-0001" in shown[0]["text"]) == (False, True)


async def test_an_agents_own_words_and_approved_answers_are_not_masked(house: House):
    lin = await house.an_agent()
    conversation_id = await served(house, lin)
    hotline = "请打 0571-88886666"
    await house.handoffs.reply(conversation_id, lin, "r1", hotline)
    said = await house.desk.messages(conversation_id, 0)
    answer = Message(
        "m", "webchat-1", "c", 1, Author.BOT, hotline, house.clock(), data={"kind": "answer"}
    )

    assert (said[-1]["text"], said[-1]["masked"]) == (hotline, False)
    assert staff_message_view(answer)["text"] == hotline


async def test_who_may_sees_a_messages_numbers_and_that_is_noted(house: House):
    boss = await house.an_agent("boss", presence="", role="supervisor")
    conversation_id, _ = await told(house, "我电话13800138000")

    assert await house.numbers.in_message(conversation_id, 1, boss) == "我电话13800138000"
    assert (await house.events())[-1] == "contact.phone_shown"


async def test_who_may_not_does_not_and_nobody_reads_another_conversation_this_way(house: House):
    lin = await house.an_agent()
    boss = await house.an_agent("boss", presence="", role="supervisor")
    conversation_id, _ = await told(house, "我电话13800138000")
    other = await house.customer_says("你好", user="somebody")

    with pytest.raises(Forbidden) as refused:
        await house.numbers.in_message(conversation_id, 1, lin)
    assert refused.value.code == "phone_masked"
    for id, seq in ((conversation_id, 99), (other.message.conversation_id, 2)):
        with pytest.raises(NotFound) as unknown:
            await house.numbers.in_message(id, seq, boss)
        assert unknown.value.code == "message_unknown"
    assert "contact.phone_shown" not in await house.events()


async def test_the_files_of_a_conversation_are_those_its_customer_sent(house: House):
    photo = InboundMessage(
        "webchat", "visitor1", "p1", "[图片]", attachment=Attachment("f1", "image")
    )
    receipt = await house.reception.receive(photo)
    await house.customer_says("就是这样")

    found = await house.desk.attachments(receipt.message.conversation_id)

    assert found == [{"id": "f1", "kind": "image"}]
    with pytest.raises(NotFound):
        await house.desk.attachments("webchat-nobody")


# -- lists ------------------------------------------------------------------------------------


async def test_closed_conversations_are_read_page_by_page(house: House):
    lin = await house.an_agent()
    for n in range(5):
        receipt = await house.customer_says("转人工", user=f"v{n}")
        await house.handoffs.request(receipt.message.conversation_id, "customer_request")
        await house.handoffs.accept(receipt.message.conversation_id, lin)
        house.clock.forward(seconds=n // 2)  # some at the same instant
        await house.handoffs.close(receipt.message.conversation_id, lin, "resolved")
    everything = [row["id"] for row in await house.desk.conversations("closed", lin)]

    pages = [await house.desk.conversations("closed", lin, id) for id in everything]

    assert len(everything) == 5
    assert [[row["id"] for row in page] for page in pages] == [
        everything[n + 1 :] for n in range(5)
    ]
    with pytest.raises(NotFound):
        await house.desk.conversations("closed", lin, "webchat-nobody")


async def test_what_idled_out_with_the_bot_is_not_among_the_closed(house: House):
    lin = await house.an_agent()
    receipt = await house.customer_says("怎么查话费")
    await house.bot_answers(receipt)
    house.clock.forward(hours=25)

    assert await house.leaving.run() == 1
    assert await house.desk.conversations("closed", lin) == []
