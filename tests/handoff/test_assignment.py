"""Who waits and who is free come together, whoever moved last; nothing stays with who is gone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from common.auth import User
from common.db import Database
from common.errors import Conflict, InvalidInput
from handoff.assignment import AssignmentRules
from handoff.model import ConversationStatus
from handoff.routing import Team
from tests.handoff.conftest import House, build_house

OFFERED, ACTIVE, QUEUED = (
    ConversationStatus.OFFERED,
    ConversationStatus.ACTIVE,
    ConversationStatus.QUEUED,
)


async def waiting(house: House, user: str = "visitor1", reason: str = "customer_request") -> str:
    receipt = await house.customer_says("转人工", user=user)
    await house.handoffs.request(receipt.message.conversation_id, reason)
    return receipt.message.conversation_id


async def left_waiting(house: House, user: str = "visitor1") -> str:
    """A customer queues while someone is online; then nobody is."""
    agent = await house.an_agent(f"for-{user}")
    conversation_id = await waiting(house, user)
    await house.desk.set_presence(agent, "offline")
    return conversation_id


async def whose(house: House, conversation_id: str) -> tuple[ConversationStatus, str | None]:
    found = await house.conversation(conversation_id)
    return found.status, found.agent_id


async def go_on(house: House, seconds: float, *there: User) -> None:
    """Time passes; the consoles of those who are there beat on, and the worker sweeps."""
    house.clock.forward(seconds=seconds)
    for user in there:
        await house.desk.seen(user)
    await house.sweep.run()


# -- offering ---------------------------------------------------------------------------------


async def test_who_begins_to_wait_is_offered_to_a_free_agent_at_once(house: House):
    lin = await house.an_agent()

    conversation_id = await waiting(house)

    assert await whose(house, conversation_id) == (OFFERED, lin.id)
    assert (await house.events())[-1] == "conversation.offered"


async def test_who_comes_online_is_offered_those_who_wait_next_first(house: House):
    first, second = await left_waiting(house, "v1"), await left_waiting(house, "v2")

    zhou = await house.an_agent("zhou")

    assert await whose(house, first) == (OFFERED, zhou.id)
    assert await whose(house, second) == (OFFERED, zhou.id)


async def test_a_complaint_is_offered_before_those_who_came_a_little_earlier(db: Database):
    house = build_house(db, rules=AssignmentRules(capacity=1))
    lin = await house.an_agent()
    await house.handoffs.accept(await waiting(house, "busy"), lin)
    house.clock.forward(minutes=1)
    plain = await waiting(house, "plain")
    house.clock.forward(minutes=5)
    await house.desk.seen(lin)
    complaint = await waiting(house, "angry", "complaint")

    (busy,) = await house.desk.conversations("mine", lin)
    await house.handoffs.close(busy["id"], lin, "resolved")

    assert await whose(house, complaint) == (OFFERED, lin.id)
    assert (await whose(house, plain))[0] is QUEUED


async def test_closing_one_makes_room_for_the_next(db: Database):
    house = build_house(db, rules=AssignmentRules(capacity=1))
    lin = await house.an_agent()
    first = await waiting(house, "v1")
    await house.handoffs.accept(first, lin)
    second = await waiting(house, "v2")
    assert (await whose(house, second))[0] is QUEUED

    await house.handoffs.close(first, lin, "resolved")

    assert await whose(house, second) == (OFFERED, lin.id)


async def test_the_one_with_more_room_is_asked(house: House):
    lin, zhou = await house.an_agent("lin"), await house.an_agent("zhou")
    one = await waiting(house, "v1")
    two = await waiting(house, "v2")

    assert {(await whose(house, one))[1], (await whose(house, two))[1]} == {lin.id, zhou.id}


async def test_who_served_the_customer_last_is_asked_first(house: House):
    lin = await house.an_agent("lin")
    before = await waiting(house, "regular")
    await house.handoffs.accept(before, lin)
    await house.handoffs.close(before, lin, "resolved")
    house.clock.forward(seconds=1)
    await house.an_agent("zhou")
    await house.handoffs.accept(await waiting(house, "other"), lin)

    again = await waiting(house, "regular")

    assert await whose(house, again) == (OFFERED, lin.id)


@pytest.mark.parametrize("presence", ["away", "offline"])
async def test_nobody_who_is_away_is_offered_anything(house: House, presence: str):
    lin, zhou = await house.an_agent("lin"), await house.an_agent("zhou", presence=presence)
    for number in range(4):
        await waiting(house, f"v{number}")

    assert (await house.desk.agent(zhou)).offered == 0
    assert (await house.desk.agent(lin)).offered == 4


async def test_nobody_is_offered_more_than_their_capacity(db: Database):
    house = build_house(db, rules=AssignmentRules(capacity=2))
    lin = await house.an_agent()
    for number in range(4):
        await waiting(house, f"v{number}")

    assert (await house.desk.agent(lin)).offered == 2


async def test_where_agents_pick_nothing_is_offered(db: Database):
    house = build_house(db, rules=AssignmentRules(offers=False))
    lin = await house.an_agent()
    conversation_id = await waiting(house)
    await house.sweep.run()
    assert await whose(house, conversation_id) == (QUEUED, None)

    await house.handoffs.accept(conversation_id, lin)

    assert await whose(house, conversation_id) == (ACTIVE, lin.id)


PICKING = Team("", "宽带组", categories=frozenset({"broadband"}), assignment="pick")
OFFERING = Team("", "宽带组", categories=frozenset({"broadband"}), assignment="offer")


async def a_case(house: House, user: str = "visitor1") -> str:
    """A customer waits for whoever knows broadband."""
    receipt = await house.customer_says("转人工", user=user)
    known = {"fault_type": "broadband"}
    await house.handoffs.request(receipt.message.conversation_id, "customer_request", known)
    return receipt.message.conversation_id


async def test_a_team_that_picks_is_offered_nothing_of_its_own(house: House):
    lin = await house.an_agent()
    await house.teams.save(None, PICKING, ["lin"], by=None)
    its_own, other = await a_case(house), await waiting(house, "v2")
    await house.sweep.run()
    await house.desk.set_presence(lin, "away")
    await house.desk.set_presence(lin, "online")

    assert await whose(house, its_own) == (QUEUED, None)
    assert await whose(house, other) == (OFFERED, lin.id)

    await house.handoffs.accept(its_own, lin)
    assert await whose(house, its_own) == (ACTIVE, lin.id)


async def test_what_is_declined_in_a_team_that_picks_waits_to_be_picked(house: House):
    lin = await house.an_agent("lin")
    team = await house.teams.save(None, OFFERING, ["lin"], by=None)
    conversation_id = await a_case(house)
    assert await whose(house, conversation_id) == (OFFERED, lin.id)
    await house.an_agent("zhou")
    await house.teams.save(team["id"], PICKING, ["lin", "zhou"], by=None)

    await house.handoffs.decline(conversation_id, lin)

    assert await whose(house, conversation_id) == (QUEUED, None)


async def test_a_team_is_offered_its_cases_where_others_pick(db: Database):
    house = build_house(db, rules=AssignmentRules(offers=False))
    lin = await house.an_agent()
    await house.teams.save(None, OFFERING, ["lin"], by=None)

    its_own, other = await a_case(house), await waiting(house, "v2")
    await house.sweep.run()

    assert await whose(house, its_own) == (OFFERED, lin.id)
    assert await whose(house, other) == (QUEUED, None)


async def test_wrapping_up_puts_off_offers_and_nothing_else(house: House):
    house.handoffs._wrap_up = timedelta(seconds=10)
    lin = await house.an_agent()
    first = await waiting(house, "v1")
    await house.handoffs.accept(first, lin)
    await house.handoffs.close(first, lin, "resolved")

    second, third = await waiting(house, "v2"), await waiting(house, "v3")
    assert (await whose(house, second))[0] is QUEUED
    await house.handoffs.accept(third, lin)
    await go_on(house, 10, lin)

    assert await whose(house, second) == (OFFERED, lin.id)


# -- not taken --------------------------------------------------------------------------------


async def test_what_is_declined_is_offered_to_the_next_in_the_same_place(house: House):
    lin = await house.an_agent("lin")
    conversation_id = await waiting(house)
    place = (await house.conversation(conversation_id)).place
    zhou = await house.an_agent("zhou")

    await house.handoffs.decline(conversation_id, lin)

    assert await whose(house, conversation_id) == (OFFERED, zhou.id)
    assert (await house.conversation(conversation_id)).place == place


async def test_only_who_is_asked_can_decline(house: House):
    await house.an_agent("lin")
    conversation_id = await waiting(house)
    zhou = await house.an_agent("zhou")

    with pytest.raises(Conflict) as refused:
        await house.handoffs.decline(conversation_id, zhou)

    assert refused.value.code == "not_offered_to_you"


async def test_what_is_not_accepted_in_time_goes_to_the_next(house: House):
    lin = await house.an_agent("lin")
    conversation_id = await waiting(house)
    zhou = await house.an_agent("zhou")

    await go_on(house, 29, lin, zhou)
    assert await whose(house, conversation_id) == (OFFERED, lin.id)
    await go_on(house, 1, lin, zhou)

    assert await whose(house, conversation_id) == (OFFERED, zhou.id)
    with pytest.raises(Conflict) as refused:
        await house.handoffs.accept(conversation_id, lin)
    assert refused.value.code == "conversation_offered"


async def test_who_is_alone_is_asked_again_after_a_while(house: House):
    lin = await house.an_agent()
    conversation_id = await waiting(house)
    await house.handoffs.decline(conversation_id, lin)
    assert (await whose(house, conversation_id))[0] is QUEUED

    await go_on(house, 50, lin)
    assert (await whose(house, conversation_id))[0] is QUEUED
    await go_on(house, 75, lin)

    assert await whose(house, conversation_id) == (OFFERED, lin.id)


async def test_who_lets_three_offers_pass_counts_as_away(house: House):
    lin = await house.an_agent()
    for number in range(3):
        await waiting(house, f"v{number}")

    await go_on(house, 30, lin)

    agent = await house.desk.agent(lin)
    assert (agent.presence, agent.away_reason) == ("away", "missed_offers")


async def test_accepting_forgives_what_was_missed(house: House):
    lin = await house.an_agent()
    await waiting(house, "v1")
    await waiting(house, "v2")
    await go_on(house, 30, lin)

    third = await waiting(house, "v3")
    await house.handoffs.accept(third, lin)

    assert (await house.desk.agent(lin)).missed == 0


# -- taken back -------------------------------------------------------------------------------


async def test_an_agent_who_is_gone_loses_the_conversation_to_the_front(house: House):
    lin = await house.an_agent("lin")
    lost = await waiting(house, "v1")
    await house.handoffs.accept(lost, lin)
    house.clock.forward(seconds=1)
    zhou = await house.an_agent("zhou")
    waits = await waiting(house, "v2")
    house.assignments.rules = AssignmentRules(offers=False)
    await house.handoffs.decline(waits, zhou)

    await go_on(house, 61, zhou)

    assert (await whose(house, lost))[0] is QUEUED
    assert [row["id"] for row in await house.desk.queue()] == [lost, waits]
    assert "临时离开" in (await house.transcript(lost))[-1][1]
    assert "临时离开" not in (await house.transcript(waits))[-1][1]
    assert "conversation.requeued" in await house.events()


async def test_sixty_seconds_of_silence_of_a_console_are_no_absence(house: House):
    lin = await house.an_agent()
    conversation_id = await waiting(house)
    await house.handoffs.accept(conversation_id, lin)

    await go_on(house, 60)

    assert await whose(house, conversation_id) == (ACTIVE, lin.id)


async def test_who_signs_off_gives_back_at_once_what_they_had(house: House):
    lin, zhou = await house.an_agent("lin"), await house.an_agent("zhou")
    conversation_id = await waiting(house)
    owner = lin if (await whose(house, conversation_id))[1] == lin.id else zhou
    other = zhou if owner is lin else lin
    await house.handoffs.accept(conversation_id, owner)

    await house.desk.set_presence(owner, "offline")

    assert await whose(house, conversation_id) == (OFFERED, other.id)


async def test_who_is_away_for_a_while_keeps_what_they_have(house: House):
    lin = await house.an_agent()
    kept = await waiting(house, "v1")
    await house.handoffs.accept(kept, lin)
    offered = await waiting(house, "v2")

    agent = await house.desk.set_presence(lin, "away", "午饭")

    assert agent.away_reason == "午饭"
    assert await whose(house, kept) == (ACTIVE, lin.id)
    assert (await whose(house, offered))[0] is QUEUED


async def test_an_agent_who_does_not_answer_loses_the_conversation(house: House):
    lin = await house.an_agent("lin")
    conversation_id = await waiting(house)
    await house.handoffs.accept(conversation_id, lin)
    await house.handoffs.reply(conversation_id, lin, "r1", "您好")
    zhou = await house.an_agent("zhou")
    house.clock.forward(seconds=10)
    await house.customer_says("在吗？")
    house.clock.forward(minutes=4)
    await house.customer_says("还在吗？？")

    await go_on(house, 59, lin, zhou)
    assert await whose(house, conversation_id) == (ACTIVE, lin.id)
    await go_on(house, 2, lin, zhou)

    assert await whose(house, conversation_id) == (OFFERED, zhou.id)


async def test_a_customer_who_says_nothing_is_nobodys_fault(house: House):
    lin = await house.an_agent()
    conversation_id = await waiting(house)
    await house.handoffs.accept(conversation_id, lin)
    await house.handoffs.reply(conversation_id, lin, "r1", "您好，请问是哪个地址？")

    await go_on(house, 3600, lin)

    assert await whose(house, conversation_id) == (ACTIVE, lin.id)


async def test_the_next_agent_gets_the_packet_too(house: House):
    lin = await house.an_agent("lin")
    conversation_id = await waiting(house)
    await house.handoffs.accept(conversation_id, lin)
    before = (await house.desk.conversation(conversation_id))["packet"]

    await house.desk.set_presence(lin, "offline")

    assert (await house.desk.conversation(conversation_id))["packet"] == before


# -- a crash in between -----------------------------------------------------------------------


async def test_the_sweep_brings_together_what_a_crash_left_apart(house: House):
    lin = await house.an_agent()
    conversation_id = await waiting(house)
    await house.handoffs.decline(conversation_id, lin)
    zhou = await house.an_agent("zhou", presence="away")
    # As if the process had died between the commit and the look for work.
    house.desk._assignments = build_house(house.db, rules=AssignmentRules(offers=False)).assignments
    await house.desk.set_presence(zhou, "online")
    assert (await whose(house, conversation_id))[0] is QUEUED

    await house.sweep.run()

    assert await whose(house, conversation_id) == (OFFERED, zhou.id)


async def test_an_away_reason_is_a_word_not_a_letter(house: House):
    lin = await house.an_agent()
    with pytest.raises(InvalidInput) as refused:
        await house.desk.set_presence(lin, "away", "很" * 33)
    assert refused.value.code == "reason_too_long"
