"""Cases go to the team that knows them, and to others when it cannot."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from common.errors import Conflict, InvalidInput, NotFound
from handoff.hours import Hours
from handoff.routing import Team
from tests.handoff.conftest import House

BROADBAND = Team("", "宽带组", categories=frozenset({"broadband"}))


async def a_team(house: House, wanted: Team = BROADBAND, *members: str) -> str:
    return (await house.teams.save(None, wanted, members, by=None))["id"]


async def waiting(house: House, user: str = "v1", fault_type: str = "broadband") -> str:
    receipt = await house.customer_says("转人工", user=user)
    await house.handoffs.request(
        receipt.message.conversation_id, "customer_request", {"fault_type": fault_type}
    )
    return receipt.message.conversation_id


async def agent_of(house: House, conversation_id: str) -> str | None:
    return (await house.conversation(conversation_id)).agent_id


async def test_a_case_is_offered_to_its_team_and_to_nobody_else(house: House):
    await house.an_agent("lin")
    zhou = await house.an_agent("zhou")
    team = await a_team(house, BROADBAND, "zhou")

    ids = [await waiting(house, f"v{n}") for n in range(3)]

    assert {await agent_of(house, id) for id in ids} == {zhou.id}
    assert (await house.conversation(ids[0])).team_id == team


async def test_what_belongs_to_no_team_is_everyones(house: House):
    lin, zhou = await house.an_agent("lin"), await house.an_agent("zhou")
    await a_team(house, BROADBAND, "zhou")

    ids = [await waiting(house, f"v{n}", "billing") for n in range(2)]

    assert {await agent_of(house, id) for id in ids} == {lin.id, zhou.id}


async def test_who_comes_online_gets_only_their_teams_cases(house: House):
    zhou = await house.an_agent("zhou")
    await a_team(house, BROADBAND, "zhou")
    conversation_id = await waiting(house)
    await house.desk.set_presence(zhou, "away")

    await house.an_agent("lin")
    await house.sweep.run()
    assert await agent_of(house, conversation_id) is None
    await house.desk.set_presence(zhou, "online")

    assert await agent_of(house, conversation_id) == zhou.id


async def test_after_a_while_a_case_overflows_to_everyone(house: House):
    zhou = await house.an_agent("zhou")
    await a_team(
        house,
        Team(
            "",
            "宽带组",
            categories=frozenset({"broadband"}),
            overflow_after=timedelta(seconds=60),
        ),
        "zhou",
    )
    conversation_id = await waiting(house)
    await house.desk.set_presence(zhou, "away")
    lin = await house.an_agent("lin")
    house.clock.forward(seconds=59)
    await house.desk.seen(lin)
    await house.sweep.run()
    assert await agent_of(house, conversation_id) is None

    house.clock.forward(seconds=1)
    await house.sweep.run()

    assert await agent_of(house, conversation_id) == lin.id


async def test_with_the_whole_team_away_and_no_overflow_the_bot_keeps_the_customer(house: House):
    await house.an_agent("lin")
    await a_team(house)
    receipt = await house.customer_says("转人工")

    outcome = await house.handoffs.request(
        receipt.message.conversation_id, "customer_request", {"fault_type": "broadband"}
    )

    assert outcome.outcome == "nobody_online"


async def test_those_who_wait_for_a_team_that_left_are_told_though_others_are_online(house: House):
    zhou = await house.an_agent("zhou")
    await a_team(house, BROADBAND, "zhou")
    conversation_id = await waiting(house)
    await house.an_agent("lin")

    await house.desk.set_presence(zhou, "offline")
    await house.sweep.run()

    assert "暂时都不在线" in (await house.transcript(conversation_id))[-1][1]


async def test_places_are_counted_within_a_team(house: House):
    await house.an_agent("zhou")
    await a_team(house, BROADBAND, "zhou")
    await waiting(house, "v1", "billing")
    await waiting(house, "v2", "broadband")

    assert (await house.reception.conversation_for("v2"))["position"] == 1


async def test_a_deleted_teams_cases_are_everyones(house: House):
    zhou = await house.an_agent("zhou")
    team = await a_team(house, BROADBAND, "zhou")
    conversation_id = await waiting(house)
    await house.desk.set_presence(zhou, "offline")
    lin = await house.an_agent("lin")

    await house.teams.delete(team, by=None)
    await house.sweep.run()

    assert await agent_of(house, conversation_id) == lin.id
    assert await house.teams.list() == []


async def test_a_team_is_changed_as_a_whole(house: House):
    lin = await house.an_agent("lin")
    await house.an_agent("zhou")
    team = await a_team(house, BROADBAND, "zhou")

    await house.teams.save(
        team, Team("", "投诉组", reasons=frozenset({"complaint"})), ["lin"], by=lin
    )

    (found,) = await house.teams.list()
    assert (found["name"], found["reasons"], found["categories"], found["members"]) == (
        "投诉组",
        ["complaint"],
        [],
        [lin.id],
    )


@pytest.mark.parametrize(
    ("wanted", "members", "code"),
    [
        (Team("", "  "), (), "team_name_invalid"),
        (Team("", "长" * 33), (), "team_name_invalid"),
        (Team("", "组", reasons=frozenset({"bored"})), (), "reason_unknown"),
        (Team("", "组", categories=frozenset({"weather"})), (), "fault_type_unknown"),
        (Team("", "组", overflow_after=timedelta(days=2)), (), "overflow_invalid"),
        (Team("", "组", overflow_to="x"), (), "overflow_invalid"),
        (
            Team("", "组", overflow_after=timedelta(seconds=1), overflow_to="x"),
            (),
            "overflow_invalid",
        ),
        (Team("", "组"), ("nobody",), "user_unknown"),
    ],
)
async def test_a_team_that_makes_no_sense_is_refused(
    house: House, wanted: Team, members: tuple[str, ...], code: str
):
    with pytest.raises(InvalidInput) as refused:
        await house.teams.save(None, wanted, members, by=None)
    assert refused.value.code == code
    assert await house.teams.list() == []


async def test_two_teams_cannot_share_a_name_and_unknown_ones_cannot_be_changed(house: House):
    await a_team(house)
    with pytest.raises(Conflict):
        await a_team(house)
    with pytest.raises(NotFound):
        await house.teams.save("nothing", BROADBAND, (), by=None)
    with pytest.raises(NotFound):
        await house.teams.delete("nothing", by=None)


async def test_who_saves_a_team_that_a_colleague_changed_meanwhile_is_told(house: House):
    zhou = await house.an_agent("zhou", presence="", role="supervisor")
    made = await house.teams.save(None, BROADBAND, [], by=None)
    read = (made["version"], made["updated_by"])
    renamed = replace(BROADBAND, name="宽带一组")
    changed = await house.teams.save(made["id"], renamed, [], by=zhou, read_at=made["version"])

    with pytest.raises(Conflict, match="客服zhou刚保存了") as refused:
        await house.teams.save(made["id"], BROADBAND, ["zhou"], by=None, read_at=made["version"])

    assert refused.value.code == "team_changed"
    assert await house.teams.list() == [changed]
    assert (read, changed["version"]) == ((1, ""), 2)
    again = await house.teams.save(made["id"], BROADBAND, [], by=zhou, read_at=changed["version"])
    assert (again["name"], again["version"]) == ("宽带组", 3)


async def test_of_two_who_save_a_team_at_once_one_is_told(house: House):
    made = await house.teams.save(None, BROADBAND, [], by=None)
    both = (replace(BROADBAND, name=name) for name in ("甲组", "乙组"))

    ends = await asyncio.gather(
        *(house.teams.save(made["id"], one, [], by=None, read_at=1) for one in both),
        return_exceptions=True,
    )

    assert {type(end) for end in ends} == {dict, Conflict}
    assert (await house.teams.list())[0]["version"] == 2


# -- hours and limits -------------------------------------------------------------------------

NIGHTS = {
    "workdays": [["22:00", "24:00"]],
    "weekends": [],
    "holidays": [],
    "days": {"2026-12-31": [["09:00", "12:00"]]},
}


async def test_a_team_keeps_its_hours_and_limits(house: House):
    wanted = replace(
        BROADBAND,
        assignment="pick",
        most_waiting=20,
        longest_wait=timedelta(minutes=5),
        hours=Hours.from_json(NIGHTS),
    )
    made = await house.teams.save(None, wanted, [], by=None)

    assert (await house.teams.list()) == [made]
    assert (made["assignment"], made["most_waiting"]) == ("pick", 20)
    assert (made["longest_wait_seconds"], made["hours"]) == (300, NIGHTS)
    # It is noon on a working day in Shanghai.
    assert (made["is_open"], made["opens_at"]) == (False, "2026-03-10T14:00:00.000Z")


async def test_what_a_team_does_not_say_is_the_desks(house: House):
    made = await house.teams.save(None, BROADBAND, [], by=None)

    own = ("assignment", "most_waiting", "longest_wait_seconds", "hours", "opens_at")
    assert [made[name] for name in own] == [None] * 5
    assert made["is_open"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"assignment": "auction"}, "assignment_unknown"),
        ({"most_waiting": -1}, "limit_invalid"),
        ({"most_waiting": 10_001}, "limit_invalid"),
        ({"longest_wait": timedelta(seconds=-1)}, "limit_invalid"),
        ({"longest_wait": timedelta(hours=25)}, "limit_invalid"),
    ],
)
async def test_limits_that_cannot_be_are_refused(
    house: House, change: dict[str, object], code: str
):
    with pytest.raises(InvalidInput) as refused:
        await house.teams.save(None, replace(BROADBAND, **change), [], by=None)
    assert refused.value.code == code
