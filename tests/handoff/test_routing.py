"""Who is served next, and by whom: by table."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff import routing
from handoff.model import HandoffReason
from handoff.routing import Candidate, Team
from tests.conftest import NOON
from tickets.model import Priority


def free(
    id: str,
    load: int = 0,
    capacity: int = 8,
    idle_since: datetime | None = NOON,
    served_last: bool = False,
) -> Candidate:
    return Candidate(id, load, capacity, idle_since, served_last)


def minutes(count: float) -> datetime:
    return NOON + timedelta(minutes=count)


@pytest.mark.parametrize(
    ("reason", "priority"),
    [
        ("customer_request", Priority.NORMAL),
        ("not_solved", Priority.NORMAL),
        ("complaint", Priority.MAJOR),
        ("vip", Priority.URGENT),
        ("sensitive", Priority.URGENT),
    ],
)
def test_the_reason_gives_the_priority(reason: str, priority: Priority):
    assert routing.priority_of(HandoffReason(reason)) is priority


def test_of_equal_priority_the_longest_wait_comes_first():
    first, second = (routing.place(minutes(n), Priority.NORMAL) for n in (0, 1))
    assert first < second


def test_a_complaint_overtakes_those_who_came_less_than_ten_minutes_before():
    complaint = routing.place(minutes(9), Priority.MAJOR)
    assert complaint < routing.place(minutes(0), Priority.NORMAL)
    assert complaint > routing.place(minutes(-2), Priority.NORMAL)


@given(
    waited=st.timedeltas(min_value=timedelta(0), max_value=timedelta(hours=8)),
    priority=st.sampled_from(Priority),
)
def test_who_lost_an_agent_comes_before_everyone_who_did_not(waited: timedelta, priority: Priority):
    assert routing.front(NOON) < routing.place(NOON - waited, priority)


@pytest.mark.parametrize(
    ("agents", "chosen"),
    [
        ([], None),
        # Who served the customer last, however busy the others are not.
        ([free("lin", load=7, served_last=True), free("zhou")], "lin"),
        # The most room for one's capacity: 3 of 4 is fuller than 4 of 8.
        ([free("lin", load=3, capacity=4), free("zhou", load=4)], "zhou"),
        # Of equals the one idle longest; who never served counts as idle for ever.
        ([free("lin", idle_since=minutes(1)), free("zhou", idle_since=NOON)], "zhou"),
        ([free("lin", idle_since=NOON), free("zhou", idle_since=None)], "zhou"),
    ],
)
def test_the_agent_who_suits_best_is_asked(agents: list[Candidate], chosen: str | None):
    assert routing.choose_agent(agents) == chosen
    assert routing.choose_agent(reversed(agents)) == chosen


BROADBAND = Team("bb", "宽带", categories=frozenset({"broadband", "iptv"}))
COMPLAINTS = Team("cp", "投诉", reasons=frozenset({"complaint"}))
BB_COMPLAINTS = Team(
    "bc", "宽带投诉", reasons=frozenset({"complaint"}), categories=frozenset({"broadband"})
)
ANYTHING = Team("any", "综合")


@pytest.mark.parametrize(
    ("teams", "reason", "category", "chosen"),
    [
        ([], "complaint", "broadband", None),
        ([BROADBAND], "customer_request", "billing", None),
        ([BROADBAND, COMPLAINTS, ANYTHING], "customer_request", "iptv", "bb"),
        ([BROADBAND, COMPLAINTS, ANYTHING], "complaint", "billing", "cp"),
        ([BROADBAND, COMPLAINTS, ANYTHING], "complaint", "broadband", "bb"),
        ([BROADBAND, COMPLAINTS, BB_COMPLAINTS], "complaint", "broadband", "bc"),
        ([BROADBAND, ANYTHING], "customer_request", "", "any"),
    ],
)
def test_a_case_goes_to_the_most_particular_team(
    teams: list[Team], reason: str, category: str, chosen: str | None
):
    found = routing.choose_team(teams, reason, category)
    assert (found and found.id) == chosen
    assert routing.choose_team(reversed(teams), reason, category) == found


def test_an_agent_serves_their_teams_what_overflows_to_them_and_what_is_nobodys():
    minute, at_once = timedelta(minutes=1), timedelta(0)
    teams = [
        Team("mine", "我的"),
        Team("closed", "不溢出"),
        Team("to_mine", "溢出到我的", overflow_after=minute, overflow_to="mine"),
        Team("to_other", "溢出到别的", overflow_after=minute, overflow_to="closed"),
        Team("to_all", "溢出到所有人", overflow_after=minute),
    ]

    assert routing.served_queues(teams, {"mine"}) == [
        (None, at_once),
        ("mine", at_once),
        ("to_mine", minute),
        ("to_all", minute),
    ]
    assert routing.served_queues(teams, ()) == [(None, at_once), ("to_all", minute)]


@pytest.mark.parametrize(
    ("team_id", "waited", "taken_by"),
    [
        # What belongs to no team is everyone's; a team that is gone is nobody's.
        (None, 0, None),
        ("gone", 90, frozenset()),
        ("mine", 90, frozenset({"mine"})),
        ("to_mine", 29, frozenset({"to_mine"})),
        ("to_mine", 30, frozenset({"to_mine", "mine"})),
        ("to_all", 30, None),
    ],
)
def test_a_case_is_for_its_team_and_for_those_it_overflows_to(
    team_id: str | None, waited: float, taken_by: frozenset[str] | None
):
    half = timedelta(seconds=30)
    teams = [
        Team("mine", "一组"),
        Team("to_mine", "二组", overflow_after=half, overflow_to="mine"),
        Team("to_all", "三组", overflow_after=half),
    ]
    found = routing.serving_teams(teams, team_id, timedelta(seconds=waited))
    assert found == taken_by


@pytest.mark.parametrize("desk_offers", [True, False])
def test_a_team_says_itself_whether_it_picks_or_else_does_as_the_desk(desk_offers: bool):
    assert routing.is_offered(None, desk_offers) is desk_offers
    assert routing.is_offered(Team("a", "一组"), desk_offers) is desk_offers
    assert routing.is_offered(Team("b", "二组", assignment="offer"), desk_offers) is True
    assert routing.is_offered(Team("c", "三组", assignment="pick"), desk_offers) is False
