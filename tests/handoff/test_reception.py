"""What customers send is stored once, in order, whatever they send."""

from __future__ import annotations

import asyncio

import pytest

from channels.model import InboundMessage
from common.errors import Conflict, InvalidInput, NotFound, TooMany
from handoff.model import Author
from handoff.rasa import BotTurn, Reply
from tests.handoff.conftest import House


async def test_the_first_message_opens_a_conversation_with_the_bot(house: House):
    receipt = await house.customer_says("你好")

    conversation = await house.conversation(receipt.message.conversation_id)
    assert conversation.id.startswith("webchat-")
    assert (conversation.status, receipt.message.seq) == ("bot", 1)
    assert receipt.lease
    assert await house.events() == ["conversation.opened", "message.created"]


async def test_the_same_client_message_id_is_stored_once(house: House):
    first = await house.customer_says("你好", id="m1")
    again = await house.customer_says("你好", id="m1")

    assert again.message == first.message
    assert (again.duplicate, again.lease) == (True, None)
    assert len(await house.transcript(first.message.conversation_id)) == 1


async def test_the_same_client_message_id_of_two_customers_are_two_messages(house: House):
    first = await house.customer_says("你好", id="m1", user="visitor1")
    other = await house.customer_says("你好", id="m1", user="visitor2")

    assert not other.duplicate
    assert other.message.conversation_id != first.message.conversation_id


async def test_fifty_messages_at_once_of_a_new_customer_make_one_conversation(house: House):
    receipts = await asyncio.gather(
        *(house.customer_says(f"第{n}条", id=f"m{n % 20}") for n in range(50))
    )

    assert len({r.message.conversation_id for r in receipts}) == 1
    assert sorted({r.message.seq for r in receipts}) == list(range(1, 21))
    assert sum(r.duplicate for r in receipts) == 30
    assert sum(r.lease is not None for r in receipts) == 1


@pytest.mark.parametrize(
    ("text", "code"),
    [("", "text_empty"), ("  \n\t ", "text_empty"), ("\x00\x07", "text_empty"),
     ("字" * 2001, "text_too_long")],
)  # fmt: skip
async def test_nothing_and_too_much_are_refused_and_nothing_is_stored(
    house: House, text: str, code: str
):
    with pytest.raises(InvalidInput) as refusal:
        await house.customer_says(text, id="m1")

    assert refusal.value.code == code
    assert await house.events() == []


@pytest.mark.parametrize(
    "text",
    [
        "字" * 2000,
        "😡👨‍👩‍👧‍👦𠮷野家",
        "<script>alert(1)</script>",
        "'; DROP TABLE messages; --",
        "第一行\n第二行",
    ],
)
async def test_words_survive_as_they_were_written(house: House, text: str):
    receipt = await house.customer_says(text)

    assert await house.transcript(receipt.message.conversation_id) == [("contact", text)]


@pytest.mark.parametrize("id", ["", "x" * 129, "编号", "a\nb"])
async def test_a_message_id_that_cannot_serve_is_refused(house: House, id: str):
    with pytest.raises(InvalidInput):
        await house.reception.receive(InboundMessage("webchat", "visitor1", id, "你好"))


async def test_a_button_sends_what_we_offered_and_shows_its_title(house: House):
    house.bot.script = [
        BotTurn((Reply("解决了吗？", ({"title": "解决了", "payload": "/solved"},)),), {})
    ]
    first = await house.customer_says("怎么查话费")
    await house.bot_answers(first)

    pressed = await house.customer_presses(seq=2, index=0)

    assert (pressed.message.text, pressed.message.payload) == ("解决了", "/solved")


@pytest.mark.parametrize(("seq", "index"), [(1, 0), (2, 1), (2, -1), (99, 0)])
async def test_a_button_that_was_not_offered_is_refused(house: House, seq: int, index: int):
    house.bot.script = [
        BotTurn((Reply("解决了吗？", ({"title": "解决了", "payload": "/solved"},)),), {})
    ]
    first = await house.customer_says("怎么查话费")
    await house.bot_answers(first)

    with pytest.raises(InvalidInput) as refusal:
        await house.customer_presses(seq, index)
    assert refusal.value.code == "button_unknown"


async def test_a_message_after_the_closing_begins_a_new_conversation_and_numbers_go_on(
    house: House,
):
    agent = await house.an_agent()
    first = (await house.customer_says("转人工")).message.conversation_id
    await house.handoffs.request(first, "customer_request")
    await house.handoffs.accept(first, agent)
    await house.handoffs.close(first, agent, "resolved")

    after = await house.customer_says("还有个问题")

    assert after.message.conversation_id != first
    assert after.lease
    seqs = [m["seq"] for m in (await house.reception.messages_after("visitor1", 0, 100))[0]]
    assert seqs == list(range(1, len(seqs) + 1))


async def test_history_is_read_in_pages_with_no_gap(house: House):
    for n in range(5):
        await house.customer_says(f"第{n}条", id=f"m{n}")

    first, more = await house.reception.messages_after("visitor1", 0, 3)
    rest, no_more = await house.reception.messages_after("visitor1", first[-1]["seq"], 3)

    assert [m["text"] for m in first + rest] == [f"第{n}条" for n in range(5)]
    assert (more, no_more) == (True, False)


async def closed_conversation(house: House) -> str:
    agent = await house.an_agent()
    conversation_id = (await house.customer_says("转人工")).message.conversation_id
    await house.handoffs.request(conversation_id, "customer_request")
    await house.handoffs.accept(conversation_id, agent)
    await house.handoffs.close(conversation_id, agent, "resolved")
    return conversation_id


async def test_a_rating_is_stored_once_and_repeating_it_is_harmless(house: House):
    conversation_id = await closed_conversation(house)

    await house.reception.rate("visitor1", conversation_id, 5, "很快")
    await house.reception.rate("visitor1", conversation_id, 5, "很快")

    assert (await house.events()).count("csat.received") == 1
    with pytest.raises(Conflict):
        await house.reception.rate("visitor1", conversation_id, 1, "")


async def test_only_ones_own_closed_conversation_can_be_rated(house: House):
    conversation_id = await closed_conversation(house)
    open_one = (await house.customer_says("新问题")).message.conversation_id

    with pytest.raises(NotFound):
        await house.reception.rate("visitor2", conversation_id, 5, "")
    with pytest.raises(Conflict):
        await house.reception.rate("visitor1", open_one, 5, "")
    with pytest.raises(InvalidInput):
        await house.reception.rate("visitor1", conversation_id, 6, "")
    with pytest.raises(InvalidInput):
        await house.reception.rate("visitor1", conversation_id, 5, "长" * 501)


async def test_what_is_written_while_waiting_owes_no_bot_turn(house: House):
    await house.an_agent()
    conversation_id = (await house.customer_says("转人工")).message.conversation_id
    await house.handoffs.request(conversation_id, "customer_request")

    receipt = await house.customer_says("快点啊")

    assert receipt.message.author is Author.CONTACT
    assert (receipt.lease, receipt.message.handled_at) == (None, house.clock.time)


async def test_so_many_unanswered_that_nobody_writes_them_in_earnest_are_refused(house: House):
    first = await house.customer_says("第0条", id="m0")
    for n in range(1, 20):
        await house.customer_says(f"第{n}条", id=f"m{n}")

    with pytest.raises(TooMany) as refusal:
        await house.customer_says("第20条", id="m20")
    assert refusal.value.code == "too_many_messages"

    await house.bot_answers(first)
    assert (await house.customer_says("第20条", id="m20")).lease
