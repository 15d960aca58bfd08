"""One person on several accounts: known on all of them, served in one conversation."""

from __future__ import annotations

import asyncio
from typing import Any
from zlib import crc32

import pytest
import sqlalchemy as sa

from channels.model import InboundMessage
from common import events
from common.db import Database
from common.errors import FrontDoorError
from handoff.model import CloseReason, Conversation, ConversationStatus
from handoff.store import conversations, to_conversation
from tests.handoff.conftest import House, build_house
from tickets.model import NewTicket, Priority, TicketType

SHOP, PHONE = "wx1:o1", "wx2:o2"
"""One person, as two accounts know them."""
KEY = "union-1"


async def writes(house: House, user: str, text: str = "你好") -> Conversation:
    """Let the customer say something on one account; returns the conversation it is in."""
    message_id = f"{user}-{crc32(text.encode())}-{house.clock.time.timestamp()}"
    receipt = await house.reception.receive(InboundMessage("wechat", user, message_id, text))
    return await house.conversation(receipt.message.conversation_id)


async def asks(house: House, user: str, reason: str = "customer_request") -> Conversation:
    """Let the customer ask for a person on one account."""
    conversation = await writes(house, user, "转人工")
    await house.handoffs.request(conversation.id, reason)
    return await house.conversation(conversation.id)


async def known(house: House, *users: str) -> None:
    """Let it be known that these are one person."""
    for user in users:
        contact_id = (await writes(house, user)).contact_id
        await house.persons.join(contact_id, KEY)


async def with_people(house: House) -> list[Conversation]:
    async with house.db.connect() as conn:
        query = sa.select(conversations).where(
            conversations.c.status.in_(["queued", "offered", "active"])
        )
        return [to_conversation(row) for row in await conn.execute(query)]


async def data_of(house: House, type: str) -> list[dict[str, object]]:
    query = sa.select(events.events.c.data).where(events.events.c.type == type)
    async with house.db.connect() as conn:
        return list((await conn.execute(query.order_by(events.events.c.id))).scalars())


# -- what is known ----------------------------------------------------------------------------


async def test_the_first_account_is_nothing_new_and_the_second_is_joined_to_it(house: House):
    first, second = await writes(house, SHOP), await writes(house, PHONE)

    assert not await house.persons.join(first.contact_id, KEY)
    assert await house.persons.join(second.contact_id, KEY)
    assert not await house.persons.join(second.contact_id, KEY)

    joined = {"contact_id": second.contact_id, "person_id": first.contact_id}
    assert await data_of(house, "contact.joined") == [joined]


async def test_strangers_stay_strangers(house: House):
    first, second = await writes(house, SHOP), await writes(house, PHONE)
    await house.persons.join(first.contact_id, KEY)
    await house.persons.join(second.contact_id, "union-2")
    assert await house.memory.contacts_of_person(second.contact_id) == [second.contact_id]


@pytest.mark.parametrize(("one", "other"), [(SHOP, PHONE), (PHONE, SHOP)])
async def test_a_number_given_on_one_account_is_known_on_the_other(
    house: House, one: str, other: str
):
    gave = await writes(house, one)
    await house.memory.remember_contact(gave.contact_id, name="王芳", phone="+8613800138000")

    await known(house, SHOP, PHONE)

    contact = await house.memory.contact_of((await writes(house, other)).id)
    assert (contact.name, contact.phone) == ("王芳", "+8613800138000")


async def test_what_is_learned_later_is_known_on_both_at_once(house: House):
    await known(house, SHOP, PHONE)
    await house.memory.remember_contact((await writes(house, SHOP)).contact_id, name="王芳")
    assert (await house.memory.contact_of((await writes(house, PHONE)).id)).name == "王芳"


async def test_each_account_keeps_what_it_knew_itself(house: House):
    for user, name in ((SHOP, "王芳"), (PHONE, "小王")):
        await house.memory.remember_contact((await writes(house, user)).contact_id, name=name)
    await known(house, SHOP, PHONE)
    assert (await house.memory.contact_of((await writes(house, PHONE)).id)).name == "小王"


async def test_whoever_served_them_on_one_account_is_asked_first_on_the_other(house: House):
    await known(house, SHOP, PHONE)
    lin = await house.an_agent("lin")
    served = await asks(house, SHOP)
    await house.handoffs.accept(served.id, lin)
    await house.handoffs.close(served.id, lin, "resolved")
    await house.handoffs.accept((await asks(house, "wx1:stranger")).id, lin)
    await house.an_agent("zhou")  # who has nothing to do

    assert (await asks(house, PHONE)).agent_id == lin.id


async def test_an_agent_sees_the_conversations_of_all_accounts_newest_first(house: House):
    await known(house, SHOP, PHONE)
    lin = await house.an_agent("lin")
    first = await asks(house, SHOP)
    await house.handoffs.accept(first.id, lin)
    await house.handoffs.close(first.id, lin, "resolved")
    await writes(house, "wx1:stranger")
    house.clock.forward(days=1)
    second = await asks(house, PHONE)

    shown = await house.desk.conversation(second.id, lin)

    assert [(one["id"], one["close_reason"]) for one in shown["earlier"]] == [
        (first.id, "resolved")
    ]


async def test_the_packet_holds_the_tickets_of_all_accounts(house: House):
    await known(house, SHOP, PHONE)
    lin = await house.an_agent("lin")
    before = await writes(house, SHOP)
    case = NewTicket(before.id, before.contact_id, "wechat", TicketType.FAULT, symptom="宽带断了")
    ticket = await house.tickets.register(case, "m1")

    second = await asks(house, PHONE)

    packet = (await house.desk.conversation(second.id, lin))["packet"]
    assert packet["ticket"] is None
    assert [one["number"] for one in packet["earlier_tickets"]] == [ticket.number]


# -- served once ------------------------------------------------------------------------------


async def test_who_waits_on_one_account_and_asks_on_another_keeps_the_place(house: House):
    await known(house, SHOP, PHONE)
    await house.an_agent(presence="online")
    first = await asks(house, SHOP)
    house.clock.forward(minutes=1)
    await asks(house, "wx1:stranger")
    house.clock.forward(minutes=1)

    second = await asks(house, PHONE)

    closed = await house.conversation(first.id)
    assert (closed.status, closed.close_reason) == (ConversationStatus.CLOSED, CloseReason.MERGED)
    assert (second.place, second.queued_at) == (first.place, first.queued_at)
    assert "排队已经转到这里" in (await house.transcript(second.id))[-1][1]
    told = (await data_of(house, "conversation.closed"))[0]
    assert (told["reason"], told["into"]) == ("merged", second.id)


async def test_who_is_served_on_one_account_and_asks_on_another_keeps_the_agent(house: House):
    await known(house, SHOP, PHONE)
    lin = await house.an_agent("lin")
    await house.an_agent("zhou")
    first = await asks(house, SHOP)
    await house.handoffs.accept(first.id, lin)
    house.clock.forward(minutes=1)

    second = await asks(house, PHONE)

    assert (second.status, second.agent_id) == (ConversationStatus.ACTIVE, lin.id)
    assert (await house.conversation(first.id)).close_reason is CloseReason.MERGED
    assert "客服lin 继续为您服务" in (await house.transcript(second.id))[-1][1]
    shown = await house.desk.conversation(second.id, lin)
    assert first.id in shown["notes"][0]["text"]
    await house.handoffs.reply(second.id, lin, "r1", "您好")


async def test_who_takes_a_conversation_over_from_the_bot_gets_what_the_customer_has_elsewhere(
    house: House,
):
    await known(house, SHOP, PHONE)
    lin, zhou = await house.an_agent("lin"), await house.an_agent("zhou")
    first = await asks(house, SHOP)
    await house.handoffs.accept(first.id, lin)
    second = await writes(house, PHONE, "流量怎么查")

    await house.transfers.take_over(second.id, zhou)

    assert [one.id for one in await with_people(house)] == [second.id]
    assert (await house.conversation(second.id)).agent_id == zhou.id
    assert (await house.conversation(first.id)).close_reason is CloseReason.MERGED


async def test_an_agent_who_is_full_keeps_the_customer_all_the_same(house: House):
    await known(house, SHOP, PHONE)
    lin = await house.an_agent("lin")
    boss = await house.an_agent("boss", role="supervisor", presence="")
    await house.supervision.set_capacity(lin.id, 1, boss)
    first = await asks(house, SHOP)
    await house.handoffs.accept(first.id, lin)

    second = await asks(house, PHONE)

    assert second.agent_id == lin.id
    assert (await house.desk.agent(lin)).active == 1


async def test_a_complaint_brings_its_head_start_along(house: House):
    await known(house, SHOP, PHONE)
    await house.an_agent()
    first = await asks(house, SHOP)
    second = await asks(house, PHONE, "complaint")
    assert second.priority is Priority.MAJOR
    assert first.place is not None and second.place is not None and second.place < first.place


async def test_who_waits_when_everybody_is_gone_may_still_change_the_account(house: House):
    await known(house, SHOP, PHONE)
    lin = await house.an_agent()
    await asks(house, SHOP)
    await house.desk.set_presence(lin, "offline")

    assert (await asks(house, PHONE)).status is ConversationStatus.QUEUED


async def test_the_bot_owes_nothing_in_a_conversation_that_was_merged(house: House):
    await known(house, SHOP, PHONE)
    await house.an_agent()
    first = await asks(house, SHOP)
    async with house.db.begin() as conn:
        await conn.execute(sa.update(conversations).values(bot_helps=True))
    await writes(house, SHOP, "那我先问一下")
    await asks(house, PHONE)

    assert await house.turns.sweep() == 0
    assert (await house.conversation(first.id)).status is ConversationStatus.CLOSED


async def test_two_who_wait_already_become_one_when_they_are_found_to_be_one(house: House):
    lin = await house.an_agent("lin")
    first = await asks(house, SHOP)
    house.clock.forward(minutes=1)
    second = await asks(house, PHONE)

    await known(house, SHOP, PHONE)

    (left,) = await with_people(house)
    assert (left.id, left.place) == (second.id, first.place)
    await house.handoffs.accept(left.id, lin)


async def test_of_two_agents_the_one_where_the_customer_asked_last_stays(house: House):
    lin, zhou = await house.an_agent("lin"), await house.an_agent("zhou")
    first = await asks(house, SHOP)
    house.clock.forward(minutes=1)
    second = await asks(house, PHONE)
    served_by = {}
    for conversation in (first, second):
        asked = (await house.conversation(conversation.id)).agent_id
        served_by[conversation.id] = lin if asked == lin.id else zhou
        await house.handoffs.accept(conversation.id, served_by[conversation.id])

    await known(house, SHOP, PHONE)

    (left,) = await with_people(house)
    assert (left.id, left.agent_id) == (second.id, served_by[second.id].id)


async def test_who_is_asked_where_the_customer_is_now_makes_room_for_who_serves_them(house: House):
    lin, zhou = await house.an_agent("lin"), await house.an_agent("zhou")
    first = await asks(house, SHOP)
    server = lin if first.agent_id == lin.id else zhou
    await house.handoffs.accept(first.id, server)
    second = await asks(house, PHONE)
    assert second.status is ConversationStatus.OFFERED

    await known(house, SHOP, PHONE)

    (left,) = await with_people(house)
    assert (left.id, left.status, left.agent_id) == (second.id, "active", server.id)
    assert (await house.desk.agent(lin)).offered == (await house.desk.agent(zhou)).offered == 0


# -- at once ----------------------------------------------------------------------------------


@pytest.mark.parametrize("served", [False, True])
async def test_asking_on_five_accounts_at_once_leaves_one_place_and_one_owner(
    postgres: Database, served: bool
):
    house = build_house(postgres)
    agents = [await house.an_agent(f"agent{n}") for n in range(3)]
    accounts = [f"wx{n}:o" for n in range(5)]
    await known(house, *accounts)
    if served:
        first = await asks(house, accounts[0])
        await house.handoffs.accept(first.id, next(a for a in agents if a.id == first.agent_id))
    ids = [(await writes(house, user, "转人工")).id for user in accounts]

    results = await asyncio.gather(
        *(house.handoffs.request(id, "customer_request") for id in ids * 2),
        *(house.sweep.run() for _ in range(3)),
        return_exceptions=True,
    )

    odd = [r for r in results if isinstance(r, Exception) and not isinstance(r, FrontDoorError)]
    assert odd == []
    (left,) = await with_people(house)
    assert left.status is (ConversationStatus.ACTIVE if served else ConversationStatus.OFFERED)
    loads = [(await house.desk.agent(agent)).load for agent in agents]
    assert sum(loads) == 1


async def test_joining_and_asking_at_once_never_leave_two_places(postgres: Database):
    house = build_house(postgres)
    await house.an_agent()
    accounts = [f"wx{n}:o" for n in range(6)]
    started = [await writes(house, user, "转人工") for user in accounts]

    results = await asyncio.gather(
        *(house.persons.join(one.contact_id, KEY) for one in started),
        *(house.handoffs.request(one.id, "customer_request") for one in started),
        *(house.memory.remember_contact(one.contact_id, name="王芳") for one in started),
        return_exceptions=True,
    )

    odd = [r for r in results if isinstance(r, Exception) and not isinstance(r, FrontDoorError)]
    assert odd == []
    assert len(await with_people(house)) == 1
    assert len(await house.memory.contacts_of_person(started[0].contact_id)) == 6


async def test_who_waits_and_is_joined_while_asking_elsewhere_waits_once(
    postgres: Database, monkeypatch: pytest.MonkeyPatch
):
    house = build_house(postgres)
    await house.an_agent()
    await known(house, SHOP)
    asking = await writes(house, SHOP, "转人工")
    waiting = await asks(house, PHONE)
    joining: list[asyncio.Task[bool]] = []
    someone_online = house.assignments.someone_online

    async def joined_meanwhile(*args: Any) -> bool:
        """Join them in the middle of the asking, as far as it lets us."""
        joining.append(asyncio.create_task(house.persons.join(waiting.contact_id, KEY)))
        while not joining[0].done() and not await somebody_waits_for_a_lock(house):
            pass
        return await someone_online(*args)

    monkeypatch.setattr(house.assignments, "someone_online", joined_meanwhile)
    await house.handoffs.request(asking.id, "customer_request")

    assert await joining[0]
    assert len(await with_people(house)) == 1


async def somebody_waits_for_a_lock(house: House) -> bool:
    query = sa.text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    async with house.db.connect() as conn:
        return bool((await conn.execute(query)).scalar_one())


async def test_merging_beside_accepting_declining_and_writing_keeps_one_owner(postgres: Database):
    house = build_house(postgres)
    lin, zhou = await house.an_agent("lin"), await house.an_agent("zhou")
    await known(house, SHOP, PHONE)
    first = await asks(house, SHOP)
    second = await writes(house, PHONE, "转人工")

    results = await asyncio.gather(
        *(house.handoffs.accept(first.id, agent) for agent in (lin, zhou) for _ in range(5)),
        house.handoffs.request(second.id, "customer_request"),
        *(writes(house, SHOP, f"客户{n}") for n in range(5)),
        house.handoffs.decline(first.id, lin),
        house.sweep.run(),
        return_exceptions=True,
    )

    odd = [r for r in results if isinstance(r, Exception) and not isinstance(r, FrontDoorError)]
    assert odd == []
    (left,) = await with_people(house)
    assert left.id == second.id
    assert (left.agent_id is not None) is (left.status is not ConversationStatus.QUEUED)
