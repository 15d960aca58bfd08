"""Asking for a person, accepting, replying, closing."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from common import events
from common.errors import Conflict, Forbidden, InvalidInput, NotFound
from tests.conftest import NOON
from tests.handoff.conftest import House
from tickets.instants import read_past
from tickets.model import NewTicket, TicketType


async def queued(house: House, user: str = "visitor1") -> str:
    receipt = await house.customer_says("转人工", user=user)
    await house.handoffs.request(receipt.message.conversation_id, "customer_request")
    return receipt.message.conversation_id


async def test_the_customer_hears_the_place_in_the_queue(house: House):
    await house.an_agent()
    await queued(house, "visitor1")
    house.clock.forward(seconds=1)
    second = (await house.customer_says("转人工", user="visitor2")).message.conversation_id

    outcome = await house.handoffs.request(second, "customer_request")

    assert (outcome.outcome, outcome.position) == ("queued", 2)
    assert "您前面还有 1 位" in (await house.transcript(second))[-1][1]
    assert (await house.reception.conversation_for("visitor2"))["position"] == 2


async def test_asking_twice_keeps_the_place_and_says_nothing_twice(house: House):
    await house.an_agent()
    conversation_id = await queued(house)
    before = await house.transcript(conversation_id)

    outcome = await house.handoffs.request(conversation_id, "customer_request")

    assert (outcome.outcome, outcome.position) == ("already_queued", 1)
    assert await house.transcript(conversation_id) == before
    assert (await house.events()).count("handoff.requested") == 1


@pytest.mark.parametrize("presence", ["", "away", "offline"])
async def test_with_nobody_online_the_bot_keeps_the_customer(house: House, presence: str):
    await house.an_agent(presence=presence)
    conversation_id = (await house.customer_says("转人工")).message.conversation_id

    outcome = await house.handoffs.request(conversation_id, "customer_request")

    assert outcome.outcome == "nobody_online"
    assert (await house.conversation(conversation_id)).status == "bot"


async def test_an_agent_not_heard_of_for_over_a_minute_is_not_online(house: House):
    await house.an_agent()
    house.clock.forward(seconds=61)
    conversation_id = (await house.customer_says("转人工")).message.conversation_id

    outcome = await house.handoffs.request(conversation_id, "customer_request")

    assert outcome.outcome == "nobody_online"


async def test_the_packet_holds_everything_known(house: House):
    await house.an_agent()
    conversation_id = (await house.customer_says("我家宽带断了")).message.conversation_id
    contact = await house.memory.contact_of(conversation_id)
    await house.memory.remember_contact(contact.id, name="王芳")
    await house.memory.record_answer(conversation_id, "m1", "a1", "宽带断网怎么办", "我家宽带断了")
    await house.memory.record_verdict(conversation_id, "a1", "not_solved")
    ticket = await house.tickets.register(
        NewTicket(
            conversation_id, contact.id, "webchat", TicketType.FAULT, "broadband",
            "宽带断了", "昨晚", "望江路8号3栋502", "王芳", "13800138000",
        ),
        "m2",
    )  # fmt: skip
    slots = {"fault_type": "broadband", "symptom": "宽带断了", "phone": "13800138000"}

    await house.handoffs.request(conversation_id, "not_solved", slots)

    packet = (await house.desk.conversation(conversation_id))["packet"]
    assert packet["reason"] == "not_solved"
    assert packet["ticket"]["number"] == ticket.number
    assert packet["answers_tried"] == [
        {
            "article_id": "a1",
            "question": "宽带断网怎么办",
            "query": "我家宽带断了",
            "verdict": "not_solved",
        }
    ]
    shown = {slot["name"]: slot["value"] for slot in packet["slots"]}
    assert (shown["contact_name"], shown["phone"]) == ("王芳", "138****8000")
    assert packet["missing"] == []
    assert "没解决" in packet["summary"]


async def test_the_packet_says_what_is_still_missing(house: House):
    await house.an_agent()
    conversation_id = (await house.customer_says("转人工")).message.conversation_id

    await house.handoffs.request(
        conversation_id, "customer_request", {"fault_type": "broadband", "symptom": "断网"}
    )

    packet = (await house.desk.conversation(conversation_id))["packet"]
    assert [one["name"] for one in packet["missing"]] == [
        "since", "place", "shown", "contact_name", "phone", "hoped_time",
    ]  # fmt: skip


async def test_the_packet_shows_what_this_kind_of_fault_needs_with_its_codes_masked(house: House):
    await house.an_agent()
    conversation_id = (await house.customer_says("转人工")).message.conversation_id
    began = read_past("昨晚八点", NOON.astimezone(ZoneInfo("Asia/Shanghai")))
    known = {
        "fault_type": "device",
        "symptom": "开不了机",
        "device_model": "小米14",
        "imei": "490154203237518",
        "warranty": "out",
        "since": "昨晚八点",
        "since_at": began.encoded() if began else None,
        "place": "望江路8号",
    }

    await house.handoffs.request(conversation_id, "customer_request", known)

    packet = (await house.desk.conversation(conversation_id))["packet"]
    assert [(row["label"], row["value"]) for row in packet["slots"]] == [
        ("故障现象", "开不了机"),
        ("设备型号", "小米14"),
        ("IMEI", "***********7518"),
        ("保修", "可能已过保修期"),
        ("开始时间", "昨晚八点（≈ 2026-03-09 20:00）"),
    ]
    assert [row["label"] for row in packet["missing"]] == ["购买时间", "联系人", "联系电话"]


async def test_a_reason_nobody_knows_is_a_programming_error(house: House):
    conversation_id = (await house.customer_says("你好")).message.conversation_id
    with pytest.raises(ValueError, match="whim"):
        await house.handoffs.request(conversation_id, "whim")


async def test_accepting_tells_the_customer_who_serves_them(house: House):
    agent = await house.an_agent()
    conversation_id = await queued(house)

    await house.handoffs.accept(conversation_id, agent)

    assert (await house.transcript(conversation_id))[-1] == ("system", "客服 客服lin 为您服务。")
    seen = await house.reception.conversation_for("visitor1")
    assert (seen["status"], seen["agent_name"], seen["position"]) == ("active", "客服lin", None)
    assert "conversation.accepted" in await house.events()


async def test_the_second_to_accept_is_told_that_it_is_taken(house: House):
    first, second = await house.an_agent("lin"), await house.an_agent("zhou")
    conversation_id = await queued(house)
    await house.handoffs.accept(conversation_id, first)

    with pytest.raises(Conflict) as refusal:
        await house.handoffs.accept(conversation_id, second)

    assert refusal.value.code == "conversation_taken"
    assert (await house.conversation(conversation_id)).agent_id == first.id


async def test_an_agent_whose_hands_are_full_gets_no_more(house: House):
    agent = await house.an_agent()
    for n in range(8):
        await house.handoffs.accept(await queued(house, f"visitor{n}"), agent)

    with pytest.raises(Conflict) as refusal:
        await house.handoffs.accept(await queued(house, "visitor9"), agent)
    assert refusal.value.code == "agent_full"


async def test_an_agents_reply_is_stored_once(house: House):
    agent = await house.an_agent()
    conversation_id = await queued(house)
    await house.handoffs.accept(conversation_id, agent)

    first, _ = await house.handoffs.reply(conversation_id, agent, "r1", "您好")
    again, duplicate = await house.handoffs.reply(conversation_id, agent, "r1", "您好")

    assert again == first
    assert duplicate
    assert (await house.transcript(conversation_id))[-1] == ("agent", "您好")


async def test_an_agent_cannot_answer_or_close_what_another_owns(house: House):
    owner, other = await house.an_agent("lin"), await house.an_agent("zhou")
    conversation_id = await queued(house)
    await house.handoffs.accept(conversation_id, owner)

    with pytest.raises(Forbidden) as refusal:
        await house.handoffs.reply(conversation_id, other, "r1", "您好")
    assert refusal.value.code == "not_your_conversation"
    with pytest.raises(Forbidden):
        await house.handoffs.close(conversation_id, other, "resolved")
    with pytest.raises(Conflict):
        await house.handoffs.reply(await queued(house, "visitor2"), other, "r2", "您好")
    with pytest.raises(InvalidInput):
        await house.handoffs.reply(conversation_id, owner, "r3", "   ")


async def test_closing_asks_for_a_rating(house: House):
    agent = await house.an_agent()
    conversation_id = await queued(house)
    await house.handoffs.accept(conversation_id, agent)

    await house.handoffs.close(conversation_id, agent, "resolved")

    last = (await house.desk.conversation(conversation_id))["messages"][-1]
    assert last["data"] == {"kind": "rating", "conversation_id": conversation_id}
    assert (await house.conversation(conversation_id)).close_reason == "resolved"
    assert (await house.desk.agent(agent)).active == 0
    async with house.db.connect() as conn:
        closed = (await events.list_for_conversation(conn, conversation_id))[-1]
    assert closed.data.keys() == {"contact_id", "status", "reason"}


async def test_a_verdict_on_an_answer_that_was_not_given_is_refused(house: House):
    conversation_id = (await house.customer_says("你好")).message.conversation_id
    with pytest.raises(NotFound):
        await house.memory.record_verdict(conversation_id, "a1", "solved")


async def test_the_same_answer_for_the_same_message_is_recorded_once(house: House):
    conversation_id = (await house.customer_says("你好")).message.conversation_id
    for _ in range(2):
        await house.memory.record_answer(conversation_id, "m1", "a1", "问", "问")

    assert (await house.events()).count("answer.given") == 1


async def test_no_event_holds_words_or_a_phone_number(house: House):
    agent = await house.an_agent()
    conversation_id = (await house.customer_says("电话13800138000")).message.conversation_id
    await house.handoffs.request(conversation_id, "complaint", {"phone": "13800138000"})
    await house.handoffs.accept(conversation_id, agent)
    await house.handoffs.reply(conversation_id, agent, "r1", "您是13800138000吗")

    async with house.db.connect() as conn:
        written = list(await conn.execute(sa.select(events.events)))
    assert len(written) > 5
    assert not any("13800138000" in str(row) for row in written)


async def test_the_same_verdict_twice_is_one_event_and_a_changed_mind_another(house: House):
    conversation_id = (await house.customer_says("你好")).message.conversation_id
    await house.memory.record_answer(conversation_id, "m1", "a1", "问", "问")
    for verdict in ("solved", "solved", "not_solved"):
        await house.memory.record_verdict(conversation_id, "a1", verdict)

    assert (await house.events()).count("answer.judged") == 2


@pytest.mark.parametrize("reason", ["merged", "whim", ""])
async def test_a_reason_to_close_that_is_not_an_agents_is_refused(house: House, reason: str):
    agent = await house.an_agent()
    conversation_id = await queued(house)
    await house.handoffs.accept(conversation_id, agent)

    with pytest.raises(InvalidInput) as refusal:
        await house.handoffs.close(conversation_id, agent, reason)
    assert refusal.value.code == "close_reason_unknown"
