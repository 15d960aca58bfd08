"""The duty roster: who is there on days off, for the desk as a whole and for each team."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from common import events
from common.auth import User
from common.db import Database
from common.errors import InvalidInput, NotFound
from common.times import Clock, to_local, utc_now
from handoff import duty_store, team_store
from handoff.limits import WaitingRules
from handoff.routing import Team
from tickets.sla import BusinessCalendar

SHOWN_DAYS = 60
MOST_DAYS = 400


class Duty:
    """One method, one transaction. A `team_id` of None is the desk as a whole."""

    def __init__(
        self, db: Database, rules: WaitingRules | None = None, *, now: Clock = utc_now
    ) -> None:
        self._db = db
        self._rules = rules or WaitingRules()
        self._now = now

    async def roster(self, team_id: str | None) -> dict[str, Any]:
        """Return who is on duty on the coming days, which are off, and who is expected today.

        On a working day all of a team are expected, or everyone who serves; on a day off, who is
        on duty; without a roster for it, again all, if there are opening hours on such a day.

        Raises:
            NotFound: no such team (`team_unknown`).
        """
        async with self._db.connect() as conn:
            return await self._roster(conn, team_id)

    async def save(
        self, team_id: str | None, wanted: Mapping[str, Sequence[str]], *, by: User | None
    ) -> dict[str, Any]:
        """Write who is on duty on the days named; other days stay. Returns what `roster` does.

        Args:
            team_id: whose roster.
            wanted: user names by day, such as `2026-10-01`; nobody empties the day.
            by: who does it; None is whoever has the machine.

        Raises:
            NotFound: no such team (`team_unknown`).
            InvalidInput: not a date, or too many (`duty_invalid`), or no such user
                (`user_unknown`).
        """
        if len(wanted) > MOST_DAYS:
            raise InvalidInput(f"一次最多排 {MOST_DAYS} 天的班。", code="duty_invalid")
        days = {_date(day): names for day, names in wanted.items()}
        async with self._db.begin() as conn:
            await _check_team(conn, team_id)
            everyone = {name for names in days.values() for name in names}
            ids = await team_store.user_ids(conn, sorted(everyone))
            for day, names in days.items():
                people = [ids[name] for name in names]
                await duty_store.set_duty(conn, team_id or duty_store.DESK, day, people)
            actor = f"user:{by.id}" if by else "operator"
            await events.append(conn, "duty.saved", actor=actor, data={"team_id": team_id})
            return await self._roster(conn, team_id)

    async def _roster(self, conn: AsyncConnection, team_id: str | None) -> dict[str, Any]:
        team = await _check_team(conn, team_id)
        rules = self._rules
        today = to_local(self._now(), rules.calendar.zone).date()
        last = today + timedelta(days=SHOWN_DAYS)
        found = await duty_store.list_duty(conn, team_id or duty_store.DESK, today, last)
        hours = rules.hours_of(team)
        if not rules.calendar.is_working_day(today) and today in found:
            expected = found[today]
        elif hours is None or hours.on(today, rules.calendar):
            expected = await team_store.list_usernames(conn, team_id)
        else:
            expected = []
        return {
            "duty": {day.isoformat(): names for day, names in found.items()},
            "expected_today": expected,
            "days_off": dict(_days_off(rules.calendar, today, last)),
        }


def _days_off(calendar: BusinessCalendar, first: date, last: date) -> Iterator[tuple[str, str]]:
    """Return the days not worked, each with its kind as opening hours call it."""
    for ahead in range((last - first).days + 1):
        day = first + timedelta(days=ahead)
        if not calendar.is_working_day(day):
            yield day.isoformat(), "holidays" if calendar.is_holiday(day) else "weekends"


async def _check_team(conn: AsyncConnection, team_id: str | None) -> Team | None:
    if team_id is None:
        return None
    team = await team_store.find_team(conn, team_id)
    if team is None:
        raise NotFound(f"没有编号为 {team_id} 的技能组。", code="team_unknown")
    return team


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInput(
            f"{text} 不是日期，请写成 2026-12-31 这样。", code="duty_invalid"
        ) from None
