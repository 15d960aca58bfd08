"""Who is there on days off: a roster for the desk, and one for each team."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from common.db import Database
from common.errors import InvalidInput, NotFound
from handoff.duty import Duty
from handoff.hours import Hours
from handoff.limits import WaitingRules
from handoff.routing import Team
from tests.handoff.conftest import House

SATURDAY = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)  # 10:00 in Shanghai
MONDAY = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


@pytest.fixture
async def duty(house: House, db: Database) -> Duty:
    for name in ("lin", "zhou", "wu"):
        await house.an_agent(name, presence="")
    house.clock.time = SATURDAY
    hours = Hours.parse("workdays 09:00-18:00")
    return Duty(db, WaitingRules(hours=hours), now=house.clock)


async def a_team(house: House, *members: str, hours: str = "") -> str:
    team = Team("", "宽带组", hours=Hours.parse(hours))
    return str((await house.teams.save(None, team, members, by=None))["id"])


async def test_a_roster_is_kept_day_by_day(duty: Duty, house: House):
    await duty.save(None, {"2026-11-21": ["zhou", "lin"], "2026-11-22": ["lin"]}, by=None)
    saved = await duty.save(None, {"2026-11-22": ["wu"], "2026-11-28": ["lin"]}, by=None)

    assert saved == await duty.roster(None)
    assert saved["duty"] == {
        "2026-11-21": ["lin", "zhou"],
        "2026-11-22": ["wu"],
        "2026-11-28": ["lin"],
    }
    assert (await house.events()).count("duty.saved") == 2


async def test_nobody_empties_a_day(duty: Duty):
    await duty.save(None, {"2026-11-21": ["lin"]}, by=None)

    assert (await duty.save(None, {"2026-11-21": []}, by=None))["duty"] == {}


async def test_days_gone_by_are_not_shown(duty: Duty, house: House):
    await duty.save(None, {"2026-11-21": ["lin"]}, by=None)
    house.clock.time = MONDAY

    assert (await duty.roster(None))["duty"] == {}


async def test_each_team_has_its_own(duty: Duty, house: House):
    team = await a_team(house, "zhou", "wu", hours="weekends 09:00-12:00")
    await duty.save(team, {"2026-11-22": ["zhou"]}, by=None)

    assert (await duty.roster(team))["duty"] == {"2026-11-22": ["zhou"]}
    assert (await duty.roster(None))["duty"] == {}
    await house.teams.delete(team, by=None)
    with pytest.raises(NotFound):
        await duty.roster(team)


@pytest.mark.parametrize(
    ("now", "roster", "expected"),
    [
        (SATURDAY, {"2026-11-21": ["wu"]}, ["wu"]),
        (SATURDAY, {"2026-11-22": ["wu"]}, []),  # no hours on a weekend, and nobody on duty
        (MONDAY, {"2026-11-21": ["wu"]}, ["lin", "wu", "zhou"]),
        (MONDAY, {"2026-11-23": ["wu"]}, ["lin", "wu", "zhou"]),  # a working day needs no roster
    ],
)
async def test_on_days_off_only_those_on_duty_are_expected(
    duty: Duty, house: House, now: datetime, roster: dict[str, list[str]], expected: list[str]
):
    house.clock.time = now

    assert (await duty.save(None, roster, by=None))["expected_today"] == expected


async def test_the_coming_days_off_are_named_with_their_kind(duty: Duty, house: House):
    house.clock.time = datetime(2026, 2, 12, 2, 0, tzinfo=UTC)  # before the Spring Festival

    off = (await duty.roster(None))["days_off"]

    assert "2026-02-14" not in off  # a Saturday that is worked for it
    assert (off["2026-02-17"], off["2026-03-01"]) == ("holidays", "weekends")
    assert "2026-02-12" not in off


async def test_a_team_open_on_weekends_expects_its_people(duty: Duty, house: House):
    team = await a_team(house, "zhou", "wu", hours="weekends 09:00-12:00")

    assert (await duty.roster(team))["expected_today"] == ["wu", "zhou"]


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"2026-02-30": ["lin"]}, "duty_invalid"),
        ({"tomorrow": ["lin"]}, "duty_invalid"),
        ({"2026-11-21": ["nobody"]}, "user_unknown"),
        ({f"{2000 + n}-01-01": [] for n in range(401)}, "duty_invalid"),
    ],
)
async def test_a_roster_that_cannot_be_is_refused_whole(
    duty: Duty, wanted: dict[str, list[str]], code: str
):
    with pytest.raises(InvalidInput) as refused:
        await duty.save(None, {"2026-11-28": ["lin"], **wanted}, by=None)

    assert refused.value.code == code
    assert (await duty.roster(None))["duty"] == {}
