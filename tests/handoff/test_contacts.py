"""Important customers: who says so, on which accounts, and what follows."""

from __future__ import annotations

import pytest

from common.errors import FrontDoorError
from handoff.model import Conversation, Level
from handoff.routing import Team
from tests.handoff.conftest import House
from tests.handoff.test_persons import PHONE, SHOP, data_of, known, writes
from tickets.model import Priority


async def made_important(house: House, user: str = SHOP) -> Conversation:
    conversation = await writes(house, user)
    boss = await house.an_agent("boss", presence="", role="supervisor")
    await house.contacts.set_level(conversation.contact_id, "vip", boss)
    return conversation


async def reason_of(house: House, conversation: Conversation) -> str:
    return (await house.desk.conversation(conversation.id))["conversation"]["reason"]


@pytest.mark.parametrize("asked", ["customer_request", "not_understood", "not_solved"])
async def test_an_important_customer_is_queued_as_one(house: House, asked: str):
    conversation = await made_important(house)
    await house.an_agent(presence="online")

    await house.handoffs.request(conversation.id, asked)

    assert await reason_of(house, conversation) == "vip"
    assert (await house.conversation(conversation.id)).priority is Priority.URGENT


@pytest.mark.parametrize("asked", ["complaint", "sensitive", "bot_unavailable"])
async def test_what_says_more_stays_the_reason(house: House, asked: str):
    conversation = await made_important(house)
    await house.an_agent(presence="online")

    await house.handoffs.request(conversation.id, asked)

    assert await reason_of(house, conversation) == asked


async def test_an_important_customer_still_reads_why_they_are_passed_on(house: House):
    conversation = await made_important(house)
    await house.an_agent(presence="online")

    await house.handoffs.request(conversation.id, "not_solved")

    (_, text) = (await house.transcript(conversation.id))[-1]
    assert text.startswith("我的答案没能帮到您，很抱歉。")


async def test_a_team_that_takes_important_customers_gets_them(house: House):
    conversation = await made_important(house)
    await house.an_agent(presence="online")
    wanted = Team("", "要客组", reasons=frozenset({"vip"}))
    team = await house.teams.save(None, wanted, ["lin"], by=None)

    await house.handoffs.request(conversation.id, "customer_request")

    assert (await house.conversation(conversation.id)).team_id == team["id"]


async def test_the_level_is_shown_and_goes_into_tickets(house: House):
    conversation = await made_important(house)

    shown = await house.desk.summary(conversation.id)

    assert shown["contact"]["level"] == "vip"
    standing = await house.memory.standing_of(conversation.id)
    assert standing == {"level": "vip", "sensitive": False}


async def test_the_level_is_the_persons_on_all_their_accounts(house: House):
    await known(house, SHOP, PHONE)
    boss = await house.an_agent("boss", presence="", role="supervisor")
    one, other = await writes(house, SHOP), await writes(house, PHONE)

    await house.contacts.set_level(one.contact_id, "vip", boss)

    assert (await house.memory.contact_of(other.id)).level is Level.VIP
    await house.contacts.set_level(other.contact_id, "", boss)
    assert (await house.memory.contact_of(one.id)).level is Level.ORDINARY


async def test_an_account_that_is_joined_later_has_the_level_too(house: House):
    await made_important(house, SHOP)

    await known(house, SHOP, PHONE)

    other = await writes(house, PHONE)
    assert (await house.memory.contact_of(other.id)).level is Level.VIP


async def test_a_change_is_told_once(house: House):
    conversation = await made_important(house)
    boss = await house.an_agent("chief", presence="", role="supervisor")

    await house.contacts.set_level(conversation.contact_id, "vip", boss)

    contact_id = conversation.contact_id
    told = {"contact_id": contact_id, "person_id": contact_id, "level": "vip"}
    assert await data_of(house, "contact.level_changed") == [told]


async def test_neither_strange_levels_nor_strangers_are_written(house: House):
    conversation = await writes(house, SHOP)
    boss = await house.an_agent("boss", presence="", role="supervisor")

    with pytest.raises(FrontDoorError) as unknown:
        await house.contacts.set_level(conversation.contact_id, "gold", boss)
    with pytest.raises(FrontDoorError) as nobody:
        await house.contacts.set_level("nobody", "vip", boss)

    assert (unknown.value.code, nobody.value.code) == ("level_unknown", "contact_unknown")
