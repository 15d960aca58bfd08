"""A full queue and closed doors are told as they are, with other ways; nobody is left in limbo."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from common.db import Database
from handoff import agent_store
from handoff.assignment import AssignmentRules
from handoff.hours import Hours
from handoff.limits import WaitingRules
from handoff.model import ConversationStatus
from handoff.routing import Team
from handoff.waiting import Absence
from tests.handoff.conftest import House, build_house

DAYTIME = Hours.parse("workdays 09:00-18:00")
EVENING = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)  # a Tuesday, 20:00 in Shanghai


def a_house(db: Database, **rules: object) -> House:
    return build_house(db, rules=AssignmentRules(waiting=WaitingRules(**rules)))


async def a_busy_agent(house: House, username: str = "lin") -> None:
    """Somebody who is at the desk and has no hand free."""
    agent = await house.an_agent(username)
    async with house.db.begin() as conn:
        await agent_store.save_agent(conn, agent.id, {"capacity": 0})


async def asks(house: House, user: str, reason: str = "customer_request") -> tuple[str, object]:
    receipt = await house.customer_says("转人工", user=user)
    conversation_id = receipt.message.conversation_id
    return conversation_id, await house.handoffs.request(conversation_id, reason)


async def outcomes(house: House, *reasons: str) -> list[str]:
    asked = [await asks(house, f"v{n}", reason) for n, reason in enumerate(reasons)]
    return [outcome.outcome for _, outcome in asked]


# -- a full queue -----------------------------------------------------------------------------


async def test_a_full_queue_takes_nobody_more_and_says_so(db: Database):
    house = a_house(db, most_waiting=2)
    await a_busy_agent(house)

    assert await outcomes(house, *["customer_request"] * 3) == ["queued", "queued", "queue_full"]

    turned_away, _ = await asks(house, "v2")
    assert (await house.conversation(turned_away)).status is ConversationStatus.BOT
    assert len(await house.desk.queue()) == 2
    assert "handoff.turned_away" in await house.events()


async def test_who_waits_already_is_not_turned_away_when_they_ask_again(db: Database):
    house = a_house(db, most_waiting=1)
    await a_busy_agent(house)
    conversation_id, _ = await asks(house, "v1")

    again = await house.handoffs.request(conversation_id, "customer_request")

    assert again.outcome == "already_queued"


async def test_a_place_that_becomes_free_is_had_again(db: Database):
    house = a_house(db, most_waiting=1)
    await a_busy_agent(house)
    first, _ = await asks(house, "v1")
    await house.handoffs.leave_queue(first)

    assert (await asks(house, "v2"))[1].outcome == "queued"


async def test_what_is_pressing_passes_a_full_queue(db: Database):
    house = a_house(db, most_waiting=1)
    await a_busy_agent(house)

    assert await outcomes(
        house, "customer_request", "not_solved", "complaint", "sensitive", "bot_unavailable"
    ) == ["queued", "queue_full", "queued", "queued", "queued"]


async def test_a_team_has_a_limit_of_its_own(db: Database):
    house = a_house(db, most_waiting=1)
    await a_busy_agent(house)
    small = Team("", "小组", reasons=frozenset({"not_solved"}), most_waiting=2)
    endless = Team("", "大组", reasons=frozenset({"not_understood"}), most_waiting=0)
    for team in (small, endless):
        await house.teams.save(None, team, ["lin"], by=None)

    assert await outcomes(house, *["not_solved"] * 3) == ["queued", "queued", "queue_full"]
    for n in range(5):
        assert (await asks(house, f"u{n}", "not_understood"))[1].outcome == "queued"


# -- hours ------------------------------------------------------------------------------------


async def test_with_nobody_there_and_the_door_closed_it_is_said_when_people_come(db: Database):
    house = a_house(db, hours=DAYTIME)
    house.clock.time = EVENING

    _, outcome = await asks(house, "v1")

    assert outcome.outcome == "nobody_online"
    assert outcome.absence == Absence(True, "明天 9:00", "工作日 9:00–18:00")


async def test_in_the_hours_no_time_is_promised(db: Database):
    house = a_house(db, hours=DAYTIME)

    _, outcome = await asks(house, "v1")

    assert (outcome.outcome, outcome.absence) == ("nobody_online", Absence())


async def test_whoever_is_there_outside_the_hours_serves(db: Database):
    house = a_house(db, hours=DAYTIME)
    house.clock.time = EVENING
    lin = await house.an_agent()

    conversation_id, outcome = await asks(house, "v1")

    assert outcome.outcome == "queued"
    assert (await house.conversation(conversation_id)).agent_id == lin.id


async def test_a_teams_hours_come_before_the_desks(db: Database):
    house = a_house(db, hours=DAYTIME)
    house.clock.time = EVENING
    night = Team(
        "", "夜班", reasons=frozenset({"not_solved"}), hours=Hours.parse("workdays 22:00-24:00")
    )
    await house.teams.save(None, night, [], by=None)

    _, outcome = await asks(house, "v1", "not_solved")

    assert outcome.absence.opens == "今天 22:00"


async def test_when_the_bot_is_down_at_night_the_customer_may_go_and_keeps_the_place(db: Database):
    house = a_house(db, hours=DAYTIME)
    house.clock.time = EVENING

    conversation_id, _ = await asks(house, "v1", "bot_unavailable")

    said = (await house.transcript(conversation_id))[-1][1]
    assert "明天 9:00 上班" in said
    assert (await house.conversation(conversation_id)).absence_told


async def test_who_still_waits_when_the_desk_closes_is_told_when_it_opens(db: Database):
    house = a_house(db, hours=DAYTIME)
    lin = await house.an_agent(presence="away")
    house.clock.time = EVENING - timedelta(hours=2, minutes=1)
    await house.desk.set_presence(lin, "online")
    async with db.begin() as conn:
        await agent_store.save_agent(conn, lin.id, {"capacity": 0})
    conversation_id, _ = await asks(house, "v1")
    house.clock.time = EVENING
    await house.sweep.run()

    said = (await house.transcript(conversation_id))[-1][1]
    assert "明天 9:00 上班" in said
    assert "不想等的话" in said


# -- solved -----------------------------------------------------------------------------------


@pytest.mark.parametrize("offered", [False, True])
async def test_who_is_helped_leaves_the_queue(db: Database, offered: bool):
    house = a_house(db)
    if offered:
        await house.an_agent()
    else:
        await a_busy_agent(house)
    conversation_id, _ = await asks(house, "v1")

    assert await house.handoffs.leave_queue(conversation_id)
    assert not await house.handoffs.leave_queue(conversation_id)

    assert (await house.conversation(conversation_id)).status is ConversationStatus.BOT
    assert await house.desk.queue() == []
    assert (await house.events()).count("conversation.returned") == 1
