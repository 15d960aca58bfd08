"""When people are there: opening hours by kind of day, pure rules.

They are a promise, not a switch: who happens to be online outside them serves all the same, and
the bot never closes. A kind of day that has no spans is a day off.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from common.errors import InvalidInput
from tickets.sla import ONE_DAY, BusinessCalendar

KINDS = ("workdays", "weekends", "holidays")
LOOKS_AHEAD = timedelta(days=60)
MOST_SPANS = 8
MOST_DAYS = 400
END_OF_DAY = 24 * 60
THIS_WEEK = 7

_TIME = re.compile(r"(\d{1,2}):(\d{2})")
_SPAN = re.compile(r"([\d:]+)\s*[-–—~]\s*([\d:]+)\s*")


@dataclass(frozen=True, order=True)
class Span:
    """From one time of a day to another, in minutes since midnight; 24:00 ends the day."""

    start: int
    end: int

    @classmethod
    def parse(cls, start: str, end: str) -> Span:
        """Read two times such as `09:00` and `24:00`.

        Raises:
            InvalidInput: they are not times, or the end is not after the start (`hours_invalid`).
        """
        span = cls(_minutes(start), _minutes(end))
        if span.start >= span.end:
            raise _invalid(f"{start}–{end} 的结束时间要晚于开始时间，过夜的请拆成两天写。")
        return span

    def __str__(self) -> str:
        return f"{_clock(self.start)}–{_clock(self.end)}"


Spans = tuple[Span, ...]


@dataclass(frozen=True)
class Hours:
    """Opening hours of a week, and of single days, which come before the rest.

    Attributes:
        workdays: days worked by the calendar, moved working days (调休) among them.
        weekends: days off that are no holiday.
        holidays: statutory holidays, and what is moved to go with them.
        days: single dates.
    """

    workdays: Spans = ()
    weekends: Spans = ()
    holidays: Spans = ()
    days: Mapping[date, Spans] = field(default_factory=dict)

    @classmethod
    def from_json(cls, value: Any) -> Hours:
        """Read what `to_json` writes; what is left out is closed.

        Raises:
            InvalidInput: it is not that, or spans overlap, or there are none (`hours_invalid`).
        """
        if not isinstance(value, dict) or set(value) - {*KINDS, "days"}:
            raise _invalid(f"营业时间只能有 {'、'.join(KINDS)} 和 days。")
        days = value.get("days") or {}
        if not isinstance(days, dict) or len(days) > MOST_DAYS:
            raise _invalid(f"单独设置的日期最多 {MOST_DAYS} 天。")
        hours = cls(
            **{kind: _spans(value.get(kind) or []) for kind in KINDS},
            days={_date(day): _spans(spans) for day, spans in sorted(days.items())},
        )
        if not any((hours.workdays, hours.weekends, hours.holidays, *hours.days.values())):
            raise _invalid("营业时间至少要有一个时段。")
        return hours

    @classmethod
    def parse(cls, text: str) -> Hours | None:
        """Read `workdays 09:00-12:00 13:30-18:00; weekends 10:00-16:00; 2026-12-31 closed`.

        Returns:
            None for an empty text: always open.

        Raises:
            InvalidInput: it cannot be read (`hours_invalid`).
        """
        value: dict[str, Any] = {"days": {}}
        for part in filter(None, map(str.strip, re.split(r"[;；\n]", text))):
            name, _, rest = part.partition(" ")
            where = value if name in KINDS else value["days"]
            if where is not value:
                _date(name)
            spans = [list(found.groups()) for found in _SPAN.finditer(rest)]
            if rest.strip() != "closed" and (not spans or _SPAN.sub("", rest).strip()):
                raise _invalid(f"{part}：要写成 {name} 09:00-18:00，不上班写 {name} closed。")
            if name in where:
                raise _invalid(f"{name} 写了两次。")
            where[name] = spans
        return cls.from_json(value) if text.strip() else None

    def to_json(self) -> dict[str, Any]:
        """Return them as the API shows them and the database keeps them."""

        def pairs(spans: Spans) -> list[list[str]]:
            return [[f"{_clock(t):0>5}" for t in (span.start, span.end)] for span in spans]

        kinds = {kind: pairs(getattr(self, kind)) for kind in KINDS}
        return {**kinds, "days": {str(day): pairs(self.days[day]) for day in sorted(self.days)}}

    def on(self, day: date, calendar: BusinessCalendar) -> Spans:
        """Return the spans of a day."""
        if day in self.days:
            return self.days[day]
        if calendar.is_working_day(day):
            return self.workdays
        return self.holidays if calendar.is_holiday(day) else self.weekends


def is_open(hours: Hours | None, now: datetime, calendar: BusinessCalendar) -> bool:
    """Whether people are expected to be there now; without hours always."""
    if hours is None:
        return True
    local = now.astimezone(ZoneInfo(calendar.zone))
    minute = local.hour * 60 + local.minute
    return any(s.start <= minute < s.end for s in hours.on(local.date(), calendar))


def opens_at(hours: Hours | None, now: datetime, calendar: BusinessCalendar) -> datetime | None:
    """Return when people come next; None while they are there, or when not within 60 days."""
    if hours is None or is_open(hours, now, calendar):
        return None
    return next((start for start in _starts(hours, now, calendar) if start > now), None)


def _starts(hours: Hours, now: datetime, calendar: BusinessCalendar) -> Iterator[datetime]:
    zone = ZoneInfo(calendar.zone)
    today = now.astimezone(zone).date()
    for ahead in range(LOOKS_AHEAD.days + 1):
        day = today + ahead * ONE_DAY
        for span in hours.on(day, calendar):
            at = time(span.start // 60, span.start % 60)
            yield datetime.combine(day, at, tzinfo=zone).astimezone(UTC)


# -- as the customer is told ------------------------------------------------------------------


def describe(hours: Hours, words: Mapping[str, str]) -> str:
    """Return the hours in one phrase, such as “工作日 9:00–12:00、13:30–18:00”.

    Kinds of day with the same hours are named together. Single days are not told.
    """
    named: dict[Spans, list[str]] = {}
    for kind in KINDS:
        if spans := getattr(hours, kind):
            named.setdefault(spans, []).append(words[kind])
    return words["then"].join(
        f"{words['and'].join(kinds)} {words['and'].join(map(str, spans))}"
        for spans, kinds in named.items()
    )


def told(instant: datetime, now: datetime, zone: str, words: Mapping[str, str]) -> str:
    """Return an instant to come as people say it, such as 今天 13:30, 周一 9:00, 12月31日 9:00."""
    local, today = (t.astimezone(ZoneInfo(zone)) for t in (instant, now))
    ahead = (local.date() - today.date()).days
    if ahead == 0:
        day = words["today"]
    elif ahead == 1:
        day = words["tomorrow"]
    elif ahead < THIS_WEEK:
        day = words["weekday"].split()[local.weekday()]
    else:
        day = words["date"].format(month=local.month, day=local.day)
    return f"{day} {local.hour}:{local:%M}"


# -- reading ----------------------------------------------------------------------------------


def _invalid(message: str) -> InvalidInput:
    return InvalidInput(message, code="hours_invalid")


def _minutes(text: str) -> int:
    found = _TIME.fullmatch(text)
    minutes = int(found[1]) * 60 + int(found[2]) if found and int(found[2]) < 60 else None
    if minutes is None or minutes > END_OF_DAY:
        raise _invalid(f"{text} 不是时间，请写成 09:00 这样，一天到 24:00 为止。")
    return minutes


def _clock(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02}"


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        kinds = "、".join(KINDS)
        raise _invalid(f"{text} 不是 {kinds}，也不是 2026-12-31 这样的日期。") from None


def _spans(value: Any) -> Spans:
    if not isinstance(value, list) or len(value) > MOST_SPANS:
        raise _invalid(f"一天最多 {MOST_SPANS} 个时段。")
    spans = []
    for pair in value:
        is_pair = isinstance(pair, list) and len(pair) == 2
        if not is_pair or not all(isinstance(part, str) for part in pair):
            raise _invalid("时段请写成 09:00–18:00 这样。")
        spans.append(Span.parse(*pair))
    spans.sort()
    for earlier, later in pairwise(spans):
        if later.start < earlier.end:
            raise _invalid(f"{earlier} 和 {later} 重叠了。")
    return tuple(spans)
