"""When people are there, day by day, and how it is told."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from common.errors import InvalidInput, SettingsError
from common.settings import Settings
from handoff import hours
from handoff.hours import Hours, Span
from handoff.texts import texts
from handoff.wiring import waiting_rules_of
from tickets.sla import BusinessCalendar

CALENDAR = BusinessCalendar()
SHOP = "workdays 09:00-12:00 13:30-18:00; weekends 10:00-16:00; holidays closed"
WORDS = texts("zh-CN")["hours"]


def at(text: str) -> datetime:
    """An instant of the clock in Shanghai."""
    return datetime.fromisoformat(f"{text}+08:00").astimezone(UTC)


def shop(more: str = "") -> Hours:
    read = Hours.parse(SHOP + more)
    assert read is not None
    return read


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2026-11-20 09:00", None),  # Friday
        ("2026-11-20 11:59", None),
        ("2026-11-20 12:00", "2026-11-20 13:30"),  # lunch
        ("2026-11-20 18:00", "2026-11-21 10:00"),  # weekends are open too
        ("2026-11-21 15:59", None),
        ("2026-11-22 16:00", "2026-11-23 09:00"),
        ("2026-09-30 18:00", "2026-10-08 09:00"),  # National Day: a week of holidays
        ("2026-10-10 09:30", None),  # a Saturday worked in exchange
        ("2026-10-10 16:30", None),
        ("2026-10-03 12:00", "2026-10-08 09:00"),  # a Saturday among the holidays
    ],
)
def test_people_come_by_the_chinese_calendar(now: str, opens: str | None):
    assert hours.is_open(shop(), at(now), CALENDAR) is (opens is None)
    assert hours.opens_at(shop(), at(now), CALENDAR) == (at(opens) if opens else None)


def test_a_single_day_comes_before_its_kind():
    read = shop("; 2026-11-20 closed; 2026-10-01 10:00-12:00")
    assert hours.opens_at(read, at("2026-11-20 10:00"), CALENDAR) == at("2026-11-21 10:00")
    assert hours.opens_at(read, at("2026-09-30 20:00"), CALENDAR) == at("2026-10-01 10:00")


def test_a_day_may_end_at_midnight_and_go_on_after_it():
    night = Hours.parse("workdays 00:00-02:00 22:00-24:00; weekends 00:00-02:00")
    assert night is not None
    assert hours.is_open(night, at("2026-11-20 23:59"), CALENDAR)
    assert hours.is_open(night, at("2026-11-21 00:00"), CALENDAR)
    assert hours.opens_at(night, at("2026-11-21 02:00"), CALENDAR) == at("2026-11-22 00:00")


def test_without_hours_people_are_always_there():
    assert Hours.parse("") is None
    assert hours.is_open(None, at("2026-10-01 03:00"), CALENDAR)
    assert hours.opens_at(None, at("2026-10-01 03:00"), CALENDAR) is None


def test_when_nobody_comes_for_long_no_time_is_promised():
    once = Hours.parse("2026-12-31 09:00-12:00")
    assert once is not None
    assert hours.opens_at(once, at("2026-10-01 09:00"), CALENDAR) is None
    assert hours.opens_at(once, at("2026-12-30 09:00"), CALENDAR) == at("2026-12-31 09:00")
    assert hours.opens_at(once, at("2027-01-01 09:00"), CALENDAR) is None


def test_a_year_that_is_not_published_yet_goes_by_the_week():
    assert hours.opens_at(shop(), at("2030-01-04 18:00"), CALENDAR) == at("2030-01-05 10:00")


def test_the_zone_is_the_calendars():
    tokyo = BusinessCalendar("Asia/Tokyo")
    assert hours.is_open(shop(), at("2026-11-20 08:30"), tokyo)


def test_what_is_written_reads_back_the_same():
    read = shop("; 2026-12-31 9:00 – 24:00; 2026-10-01 closed")
    assert Hours.from_json(read.to_json()) == read
    assert read.to_json() == {
        "workdays": [["09:00", "12:00"], ["13:30", "18:00"]],
        "weekends": [["10:00", "16:00"]],
        "holidays": [],
        "days": {"2026-10-01": [], "2026-12-31": [["09:00", "24:00"]]},
    }
    assert read.days[date(2026, 12, 31)] == (Span(540, 1440),)


def test_spans_are_put_in_order():
    read = Hours.parse("workdays 13:30-18:00 09:00-12:00")
    assert read is not None
    assert [str(span) for span in read.workdays] == ["9:00–12:00", "13:30–18:00"]


@pytest.mark.parametrize(
    "text",
    [
        "workdays",
        "workdays 9-18",
        "workdays 09:00",
        "workdays 18:00-09:00",
        "workdays 09:00-09:00",
        "workdays 09:00-24:30",
        "workdays 09:60-18:00",
        "workdays 09:00-12:00 11:00-18:00",
        "workdays 09:00-12:00 and then some",
        "workdays 09:00-12:00; workdays 13:00-14:00",
        "mondays 09:00-12:00",
        "2026-02-30 09:00-12:00",
        "workdays closed",
        ";",
        "workdays " + " ".join(f"{h:02}:00-{h:02}:30" for h in range(9)),
    ],
)
def test_hours_that_cannot_be_meant_are_refused(text: str):
    with pytest.raises(InvalidInput) as refused:
        Hours.parse(text)
    assert refused.value.code == "hours_invalid"


def test_hours_in_the_settings_that_cannot_be_read_stop_the_process(tmp_path: Path):
    env = {"FRONTDOOR_STATE_DIR": str(tmp_path), "FRONTDOOR_HOURS": "from nine to five"}
    with pytest.raises(SettingsError, match="FRONTDOOR_HOURS"):
        waiting_rules_of(Settings.from_env(env))


def test_limits_come_from_the_settings(tmp_path: Path):
    env = {
        "FRONTDOOR_STATE_DIR": str(tmp_path),
        "FRONTDOOR_HOURS": SHOP,
        "FRONTDOOR_MOST_WAITING": "7",
        "FRONTDOOR_LONGEST_WAIT_SECONDS": "0",
        "FRONTDOOR_PLACE_KEPT_MINUTES": "3",
        "FRONTDOOR_BOT_IDLE_HOURS": "0",
        "FRONTDOOR_CUSTOMER_SILENT_MINUTES": "9",
    }
    rules = waiting_rules_of(Settings.from_env(env))
    assert rules.hours == shop()
    assert (rules.most_waiting, rules.longest_wait) == (7, timedelta(0))
    assert (rules.place_kept, rules.bot_idle, rules.customer_silent) == (
        timedelta(minutes=3),
        timedelta(0),
        timedelta(minutes=9),
    )


@pytest.mark.parametrize(
    "value",
    [
        [],
        {"sundays": []},
        {"workdays": "09:00-18:00"},
        {"workdays": [["09:00"]]},
        {"workdays": [[9, 18]]},
        {"workdays": [["09:00", "18:00"]], "days": ["2026-10-01"]},
        {"workdays": [["09:00", "18:00"]], "days": {"soon": []}},
    ],
)
def test_json_that_is_no_hours_is_refused(value: object):
    with pytest.raises(InvalidInput) as refused:
        Hours.from_json(value)
    assert refused.value.code == "hours_invalid"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (SHOP, "工作日 9:00–12:00、13:30–18:00，周末 10:00–16:00"),
        ("workdays 09:00-18:00; weekends 09:00-18:00", "工作日、周末 9:00–18:00"),
        ("2026-12-31 09:00-18:00", ""),
    ],
)
def test_hours_are_told_in_one_phrase(text: str, said: str):
    read = Hours.parse(text)
    assert read is not None
    assert hours.describe(read, WORDS) == said


@pytest.mark.parametrize(
    ("instant", "said"),
    [
        ("2026-11-20 13:30", "今天 13:30"),
        ("2026-11-21 09:00", "明天 9:00"),
        ("2026-11-23 09:00", "周一 9:00"),
        ("2026-11-26 09:05", "周四 9:05"),
        ("2026-11-27 09:00", "11月27日 9:00"),
    ],
)
def test_a_time_to_come_is_told_as_people_say_it(instant: str, said: str):
    now = at("2026-11-20 12:10")
    assert hours.told(at(instant), now, "Asia/Shanghai", WORDS) == said
