"""Conversations of customers without a page: files, ratings, and who is gone."""

from __future__ import annotations

from zlib import crc32

import pytest

from channels.model import Attachment, ButtonPress, Delivery, InboundMessage, OutboundMessage
from channels.outbox_store import list_unsent
from common.errors import InvalidInput
from handoff import message_store
from handoff.carrying import Carrying
from handoff.model import CloseReason, ConversationStatus
from handoff.reception import Receipt
from tests.handoff.conftest import House

OPEN_ID = "wx1:o1"


@pytest.fixture
def carrying(house: House) -> Carrying:
    return Carrying(house.db, house.reception, now=house.clock)


async def receive(house: House, text: str, *, kind: str = "", id: str = "") -> Receipt:
    attachment = Attachment("file1", kind) if kind else None
    message_id = id or f"m-{crc32(text.encode())}"
    return await house.reception.receive(
        InboundMessage("wechat", OPEN_ID, message_id, text, attachment=attachment)
    )


async def unsent(house: House, contact_id: str) -> list[int]:
    async with house.db.connect() as conn:
        return [row.seq for row in await list_unsent(conn, contact_id)]


async def served(house: House) -> tuple[str, str]:
    """Bring a customer to an agent; returns the conversation and the contact."""
    user = await house.an_agent()
    receipt = await receive(house, "转人工")
    conversation_id = receipt.message.conversation_id
    await house.handoffs.request(conversation_id, "customer_request")
    await house.handoffs.accept(conversation_id, user)
    await house.handoffs.close(conversation_id, user, "resolved")
    return conversation_id, receipt.message.contact_id


async def test_all_we_say_waits_to_be_carried_and_nothing_the_customer_says(
    house: House, carrying: Carrying
):
    receipt = await receive(house, "你好")
    await house.bot_answers(receipt)

    assert await unsent(house, receipt.message.contact_id) == [2]
    assert await carrying.outgoing(receipt.message.contact_id, [2]) == [
        OutboundMessage(2, "bot", "答：你好")
    ]


async def test_web_chat_has_nothing_to_be_carried(house: House):
    receipt = await house.customer_says("你好")
    await house.bot_answers(receipt)
    assert await unsent(house, receipt.message.contact_id) == []


async def test_what_an_agent_does_is_carried_too(house: House):
    _, contact_id = await served(house)
    async with house.db.connect() as conn:
        rows = await list_unsent(conn, contact_id)
    assert [row.author for row in rows] == ["system", "system", "system"]
    assert {row.status for row in rows} == {Delivery.WAITING}


@pytest.mark.parametrize("kind", ["image", "voice", "video", "file", "other"])
async def test_a_file_is_kept_for_people_and_the_bot_is_not_asked(house: House, kind: str):
    receipt = await receive(house, "[图片]", kind=kind)

    message = receipt.message
    assert (receipt.lease, message.data) == (None, {"attachments": [{"id": "file1", "kind": kind}]})
    assert message.handled_at is not None
    (first, answer) = await house.transcript(message.conversation_id)
    assert first == ("contact", "[图片]")
    assert answer[0] == "system" and len(answer[1]) > 10


async def test_a_file_that_comes_twice_is_stored_once(house: House):
    await receive(house, "[图片]", kind="image", id="m1")
    again = await receive(house, "[图片]", kind="image", id="m1")
    assert (again.duplicate, len(await house.transcript(again.message.conversation_id))) == (
        True,
        2,
    )


async def test_while_a_person_serves_them_a_file_needs_no_word_of_ours(house: House):
    user = await house.an_agent()
    receipt = await receive(house, "转人工")
    conversation_id = receipt.message.conversation_id
    await house.handoffs.request(conversation_id, "customer_request")
    await house.handoffs.accept(conversation_id, user)
    await receive(house, "[图片]", kind="image")

    assert (await house.transcript(conversation_id))[-1] == ("contact", "[图片]")


async def test_a_score_is_stored_once_and_thanked_for(house: House, carrying: Carrying):
    conversation_id, contact_id = await served(house)
    seq = len(await house.transcript(conversation_id))

    assert await carrying.rate(contact_id, ButtonPress(seq, 4))
    assert await carrying.rate(contact_id, ButtonPress(seq, 1))

    said = await house.transcript(conversation_id)
    assert said[-1] == ("system", "评价收到了，谢谢您！")
    assert len(said) == seq + 1
    assert (await house.events()).count("csat.received") == 1


async def test_other_messages_ask_for_no_rating(house: House, carrying: Carrying):
    _, contact_id = await served(house)
    assert not await carrying.rate(contact_id, ButtonPress(1, 4))
    assert not await carrying.rate(contact_id, ButtonPress(99, 4))


async def test_a_score_that_is_none_is_refused(house: House, carrying: Carrying):
    conversation_id, contact_id = await served(house)
    seq = len(await house.transcript(conversation_id))
    with pytest.raises(InvalidInput):
        await carrying.rate(contact_id, ButtonPress(seq, 5))


async def test_a_rating_after_a_new_conversation_began_counts_without_a_word(
    house: House, carrying: Carrying
):
    conversation_id, contact_id = await served(house)
    seq = len(await house.transcript(conversation_id))
    again = await receive(house, "还有个问题")
    await carrying.rate(contact_id, ButtonPress(seq, 4))

    assert len(await house.transcript(conversation_id)) == seq
    assert again.message.seq == seq + 1


async def test_who_talks_with_us_is_known(house: House, carrying: Carrying):
    receipt = await receive(house, "你好")
    contact_id = receipt.message.contact_id
    assert await carrying.talking([contact_id, "another"]) == {contact_id}
    await carrying.left(contact_id)
    assert await carrying.talking([contact_id]) == set()


async def test_who_is_gone_is_waited_for_by_nobody(house: House, carrying: Carrying):
    await house.an_agent()
    receipt = await receive(house, "转人工")
    await house.handoffs.request(receipt.message.conversation_id, "customer_request")

    await carrying.left(receipt.message.contact_id)
    await carrying.left(receipt.message.contact_id)

    after = await house.conversation(receipt.message.conversation_id)
    assert after.status is ConversationStatus.CLOSED
    assert after.close_reason is CloseReason.ABANDONED
    async with house.db.connect() as conn:
        assert await message_store.first_unhandled(conn, after.id) is None
