"""Who is served next, and by whom: by table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff import routing
from handoff.model import HandoffReason
from handoff.routing import Team
from tests.conftest import NOON
from tickets.model import Priority


@dataclass(frozen=True)
class Free:
    id: str
    load: int = 0
    capacity: int = 8
    idle_since: datetime | None = NOON


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
    ("agents", "last", "passed", "chosen"),
    [
        ([], None, (), None),
        ([Free("lin")], None, ("lin",), None),
        # Who served the customer last, however busy the others are not.
        ([Free("lin", load=7), Free("zhou")], "lin", (), "lin"),
        # … unless they just let it pass.
        ([Free("lin"), Free("zhou", load=7)], "lin", ("lin",), "zhou"),
        # The most room for one's capacity: 3 of 4 is fuller than 4 of 8.
        ([Free("lin", load=3, capacity=4), Free("zhou", load=4)], None, (), "zhou"),
        # Of equals the one idle longest; who never served counts as idle for ever.
        ([Free("lin", idle_since=minutes(1)), Free("zhou", idle_since=NOON)], None, (), "zhou"),
        ([Free("lin", idle_since=NOON), Free("zhou", idle_since=None)], None, (), "zhou"),
    ],
)
def test_the_agent_who_suits_best_is_asked(
    agents: list[Free], last: str | None, passed: tuple[str, ...], chosen: str | None
):
    assert routing.choose_agent(agents, last=last, passed=passed) == chosen
    assert routing.choose_agent(reversed(agents), last=last, passed=passed) == chosen


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
