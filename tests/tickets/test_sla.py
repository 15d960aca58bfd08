from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tickets.model import Priority
from tickets.sla import BusinessCalendar, SlaPolicy, Target, promise

SHANGHAI = ZoneInfo("Asia/Shanghai")
CALENDAR = BusinessCalendar()


def shanghai(text):
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def promised(priority, at, *, calendar=CALENDAR, policy=None):
    now = shanghai(at).astimezone(UTC)
    return promise(priority, now=now, policy=policy or SlaPolicy(), calendar=calendar)


def test_every_ticket_is_assessed_within_two_hours():
    for priority in Priority:
        assert promised(priority, "2026-03-10T12:00").assess_by == shanghai("2026-03-10T14:00")


def test_urgent_and_major_run_by_the_clock_through_nights_and_holidays():
    urgent = promised(Priority.URGENT, "2026-02-16T22:00")
    assert urgent.respond_by == urgent.resolve_by == shanghai("2026-02-17T02:00")
    major = promised(Priority.MAJOR, "2026-02-16T22:00")
    assert major.respond_by == shanghai("2026-02-17T06:00")
    assert major.resolve_by == shanghai("2026-02-17T22:00")


@pytest.mark.parametrize(
    ("registered", "resolve_by"),
    [
        # An ordinary week.
        ("2026-03-10T12:00", "2026-03-13T12:00"),
        ("2026-03-12T09:30", "2026-03-17T09:30"),
        ("2026-03-14T09:30", "2026-03-18T09:30"),
        # Spring Festival 2026: off from 15 to 23 February, worked on Saturdays 14 and 28.
        ("2026-02-12T10:00", "2026-02-24T10:00"),
        ("2026-02-13T10:00", "2026-02-25T10:00"),
        ("2026-02-14T10:00", "2026-02-26T10:00"),
        ("2026-02-18T10:00", "2026-02-26T10:00"),
        ("2026-02-26T10:00", "2026-03-02T10:00"),
        # National Day 2026: off from 1 to 7 October, worked on Sunday 20 September and Saturday 10.
        ("2026-09-18T10:00", "2026-09-22T10:00"),
        ("2026-09-30T17:00", "2026-10-10T17:00"),
        ("2026-10-08T10:00", "2026-10-12T10:00"),
    ],
)
def test_three_working_days_follow_the_chinese_calendar_with_its_moved_holidays(
    registered, resolve_by
):
    result = promised(Priority.NORMAL, registered)
    assert result.resolve_by == shanghai(resolve_by)
    assert result.certain


def test_days_are_counted_on_the_local_clock():
    # 23:30 UTC on Thursday is Friday morning in Shanghai.
    now = datetime(2026, 3, 12, 23, 30, tzinfo=UTC)
    result = promise(Priority.NORMAL, now=now, policy=SlaPolicy(), calendar=CALENDAR)
    assert result.resolve_by == shanghai("2026-03-18T07:30")


def test_all_promised_times_are_utc():
    result = promised(Priority.NORMAL, "2026-03-10T12:00")
    for instant in (result.assess_by, result.respond_by, result.resolve_by):
        assert instant.tzinfo is UTC


def test_an_unpublished_year_counts_monday_to_friday_and_says_so():
    result = promised(Priority.NORMAL, "2099-12-30T10:00")  # a Wednesday
    assert result.resolve_by == shanghai("2100-01-04T10:00")
    assert not result.certain


def test_an_operators_own_days_come_before_the_calendar():
    calendar = BusinessCalendar(
        days_off=frozenset({date(2026, 3, 11)}), extra_working_days=frozenset({date(2026, 3, 14)})
    )
    assert promised(Priority.NORMAL, "2026-03-10T12:00", calendar=calendar).resolve_by == shanghai(
        "2026-03-14T12:00"
    )
    assert BusinessCalendar(days_off=frozenset({date(2099, 1, 1)})).knows(date(2099, 1, 1))


def test_an_operator_may_promise_other_times():
    policy = SlaPolicy(
        assess_within=timedelta(hours=1),
        targets={Priority.NORMAL: Target(timedelta(hours=2), resolve_working_days=1)},
    )
    result = promised(Priority.NORMAL, "2026-03-10T12:00", policy=policy)
    assert result.assess_by == shanghai("2026-03-10T13:00")
    assert result.resolve_by == shanghai("2026-03-11T12:00")


def test_the_solution_is_never_promised_before_the_first_response():
    policy = SlaPolicy(
        targets={Priority.NORMAL: Target(timedelta(hours=48), resolve_working_days=1)}
    )
    result = promised(Priority.NORMAL, "2026-03-10T12:00", policy=policy)
    assert result.resolve_by == result.respond_by
