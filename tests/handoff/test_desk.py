"""What the desk shows of a customer, and to whom."""

from __future__ import annotations

import pytest

from common.errors import Forbidden, NotFound
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

    shown = await house.desk.show_phone(conversation_id, boss)

    assert shown.replace(" ", "") == "13800138000"
    assert (await house.events())[-1] == "contact.phone_shown"


async def test_who_may_not_is_refused_and_nothing_is_noted(house: House):
    lin = await house.an_agent()
    conversation_id = await served(house, lin)

    with pytest.raises(Forbidden) as refused:
        await house.desk.show_phone(conversation_id, lin)

    assert refused.value.code == "phone_masked"
    assert "contact.phone_shown" not in await house.events()


async def test_a_number_nobody_left_cannot_be_shown(house: House):
    boss = await house.an_agent("boss", presence="", role="supervisor")
    receipt = await house.customer_says("你好")

    with pytest.raises(NotFound) as refused:
        await house.desk.show_phone(receipt.message.conversation_id, boss)

    assert refused.value.code == "phone_unknown"


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
