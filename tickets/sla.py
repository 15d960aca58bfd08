"""What is promised when a ticket is registered, and on which days people work: pure rules.

The defaults are the after-sales desk's own: a first assessment within 2 h, and per priority the
first response and the solution. Both tables are data; an operator with other promises or other
days off passes other values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

import chinese_calendar

from tickets.model import Priority

SATURDAY = 5
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class BusinessCalendar:
    """Which days are worked, in one time zone.

    The Chinese calendar with its moved holidays (调休), which the State Council publishes for one
    year at a time. For a year not published yet Monday to Friday stand in, and `knows` says so.
    An operator's own `days_off` and `extra_working_days` come before both.
    """

    zone: str = "Asia/Shanghai"
    days_off: frozenset[date] = frozenset()
    extra_working_days: frozenset[date] = frozenset()

    def knows(self, day: date) -> bool:
        """Whether that day is certain: decided by the operator, or in a published year."""
        if day in self.days_off or day in self.extra_working_days:
            return True
        try:
            chinese_calendar.is_workday(day)
        except NotImplementedError:
            return False
        return True

    def is_working_day(self, day: date) -> bool:
        """Whether people work on that day, as far as is known."""
        if day in self.days_off:
            return False
        if day in self.extra_working_days:
            return True
        try:
            return chinese_calendar.is_workday(day)
        except NotImplementedError:
            return day.weekday() < SATURDAY

    def is_holiday(self, day: date) -> bool:
        """Whether that day off is a holiday and no mere weekend, as far as is known."""
        if day in self.days_off:
            return True
        try:
            is_off, name = chinese_calendar.get_holiday_detail(day)
        except NotImplementedError:
            return False
        return is_off and name is not None

    def add_working_days(self, start: datetime, count: int) -> tuple[datetime, bool]:
        """Return the instant `count` working days after `start`, and whether all days are certain.

        The day of `start` does not count, whether it is worked or not; the time of day stays the
        same on the local clock.
        """
        local = start.astimezone(ZoneInfo(self.zone))
        day, certain = local.date(), True
        while count > 0:
            day += ONE_DAY
            certain = certain and self.knows(day)
            count -= self.is_working_day(day)
        due = datetime.combine(day, local.time(), tzinfo=ZoneInfo(self.zone))
        return due.astimezone(UTC), certain


@dataclass(frozen=True)
class Target:
    """The promise of one priority: hours on the clock, or whole working days for the solution."""

    respond_within: timedelta
    resolve_within: timedelta | None = None
    resolve_working_days: int = 0


@dataclass(frozen=True)
class SlaPolicy:
    """How long each step may take."""

    assess_within: timedelta = timedelta(hours=2)
    targets: Mapping[Priority, Target] = field(
        default_factory=lambda: MappingProxyType(
            {
                Priority.URGENT: Target(timedelta(hours=4), timedelta(hours=4)),
                Priority.MAJOR: Target(timedelta(hours=8), timedelta(hours=24)),
                Priority.NORMAL: Target(timedelta(hours=24), resolve_working_days=3),
            }
        )
    )


@dataclass(frozen=True)
class Promise:
    """The times a customer is told. `certain` is False when a day off may still be moved."""

    assess_by: datetime
    respond_by: datetime
    resolve_by: datetime
    certain: bool = True


def promise(
    priority: Priority, *, now: datetime, policy: SlaPolicy, calendar: BusinessCalendar
) -> Promise:
    """Return the times promised for a ticket registered `now`.

    `resolve_by` is never before `respond_by`.
    """
    target = policy.targets[priority]
    respond_by = now + target.respond_within
    if target.resolve_within is not None:
        resolve_by, certain = now + target.resolve_within, True
    else:
        resolve_by, certain = calendar.add_working_days(now, target.resolve_working_days)
    return Promise(
        assess_by=(now + policy.assess_within).astimezone(UTC),
        respond_by=respond_by.astimezone(UTC),
        resolve_by=max(resolve_by, respond_by).astimezone(UTC),
        certain=certain,
    )
