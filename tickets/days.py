"""Which day, week or month words mean, seen from today: 大前天, 上周三, 3月8号, 月底, 国庆.

A period that the words leave open (“周五”, “8号”, “3月份”) is the last one when they look back and
the next one when they look ahead.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from chinese_calendar.constants import holidays

from tickets.numbers import read_number


class Precision(StrEnum):
    """How precisely a time is meant."""

    MINUTE = "minute"
    HOUR = "hour"
    PART_OF_DAY = "part_of_day"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    VAGUE = "vague"


@dataclass(frozen=True)
class Days:
    """A run of days, from `first` up to `end` (not included)."""

    first: date
    end: date
    precision: Precision

    @classmethod
    def one(cls, day: date) -> Days:
        """Return a single day."""
        return cls(day, day + timedelta(days=1), Precision.DAY)

    @classmethod
    def run(cls, first: date, days: int, precision: Precision) -> Days:
        """Return that many days."""
        return cls(first, first + timedelta(days=days), precision)


_NUMBER = r"(?:\d{1,2}|[一二三四五六七八九十]{1,3})"
_RELATIVE = re.compile(r"(?P<far>大)?(?P<day>[前昨今明后])(?:天|日|儿|(?=[早晚夜]))")
_SHIFTS = {"前": -2, "昨": -1, "今": 0, "明": 1, "后": 2}
_DATE = re.compile(r"(?P<year>(?:20)?\d{2})[-/.年](?P<month>\d{1,2})[-/.月](?P<day>\d{1,2})")
_WEEK = re.compile(
    r"(?P<which>上上|下下|[上下这本])?个?(?:周|星期|礼拜)(?P<day>[一二三四五六日天末]|[1-7](?!\d))?"
)
_MONTH = re.compile(
    rf"(?:(?P<year>20\d{{2}}|[去前今明])年)?"
    rf"(?:(?P<number>{_NUMBER})|(?P<which>上上|[上下这本当])个?)?月(?:份)?的?"
    rf"(?:(?P<day>{_NUMBER})[日号]?|(?P<third>初|上旬|中旬|中|下旬|底|末))?"
)
_DAY_OF_MONTH = re.compile(rf"(?P<day>{_NUMBER})[日号]")
_YEAR = re.compile(r"(?P<year>20\d{2}|[去前今明])年(?P<third>初|底|末)?")
_YEAR_END = re.compile(r"年(?P<third>初|底|末)")
_YEARS = {"前": -2, "去": -1, "今": 0, "明": 1}
_WHICH = {"上上": -2, "上": -1, "这": 0, "本": 0, "当": 0, "下": 1, "下下": 2}
_THIRDS = {"初": (1, 10), "上旬": (1, 10), "中": (11, 10), "中旬": (11, 10), "下旬": (21, 10)}
_THIRDS |= {"底": (25, 7), "末": (25, 7)}
# The same date every year, and those of the Chinese calendar.
_FIXED = {"元旦": (1, 1), "五一": (5, 1), "国庆": (10, 1), "十一": (10, 1)}
_FIXED |= {"双十一": (11, 11), "双11": (11, 11), "双十二": (12, 12), "618": (6, 18)}
_LUNAR = {
    "春节": "Spring Festival",
    "过年": "Spring Festival",
    "清明": "Tomb-sweeping Day",
    "端午": "Dragon Boat Festival",
    "中秋": "Mid-autumn Festival",
}
_HOLIDAY = re.compile(
    rf"(?:(?P<year>20\d{{2}}|[去前今明])年)?的?"
    rf"(?P<name>{'|'.join(sorted([*_FIXED, *_LUNAR], key=len, reverse=True))})"
    r"(?![月点号日\d])"
)


def find_days(words: str, today: date, *, ahead: bool) -> Days | None:
    """Return the days that the words name, or None when they name none, or one that is none.

    Args:
        words: folded.
        today: the customer's.
        ahead: whether an open period is the next one rather than the last.
    """
    for pattern, read in _READERS:
        if match := pattern.search(words):
            try:
                return read(match, today, ahead)
            except ValueError:  # the 30th of February
                return None
    return None


def add_months(day: date, months: int) -> date:
    """Return the same day so many months on; the last of the month when it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _date(match: re.Match[str], today: date, ahead: bool) -> Days | None:
    year = int(match["year"])
    full = year if year > 99 else 2000 + year
    return Days.one(date(full, int(match["month"]), int(match["day"])))


def _relative(match: re.Match[str], today: date, ahead: bool) -> Days | None:
    shift = _SHIFTS[match["day"]]
    further = (1 if shift > 0 else -1) if match["far"] else 0
    return Days.one(today + timedelta(days=shift + further))


def _week(match: re.Match[str], today: date, ahead: bool) -> Days | None:
    which, name = match["which"], match["day"]
    monday = today - timedelta(days=today.weekday()) + timedelta(weeks=_WHICH.get(which or "", 0))
    if name is None:
        return Days.run(monday, 7, Precision.WEEK) if which else None
    weekday = 5 if name == "末" else "一二三四五六日".find("日" if name == "天" else name)
    if weekday < 0:
        weekday = int(name) - 1
    length = 2 if name == "末" else 1
    found = monday + timedelta(days=weekday)
    if which is None and ahead and found + timedelta(days=length - 1) < today:
        found += timedelta(weeks=1)
    if which is None and not ahead and found > today:
        found -= timedelta(weeks=1)
    return Days.run(found, length, Precision.DAY)


def _month(match: re.Match[str], today: date, ahead: bool) -> Days | None:
    number = read_number(match["number"] or "")
    if number is None and not (match["which"] or match["third"]):
        return None
    if number is None:
        first = add_months(today.replace(day=1), _WHICH.get(match["which"] or "", 0))
        if not match["which"]:  # “月底”: this month's, or the last or next one
            choices = [_part(add_months(first, shift), match) for shift in (0, -1, 1)]
            return _nearest(choices, today, ahead)
        return _part(first, match)
    if match["year"]:
        return _part(date(_year_of(match["year"], today), int(number), 1), match)
    firsts = [date(today.year + shift, int(number), 1) for shift in (0, -1, 1)]
    return _nearest([_part(first, match) for first in firsts], today, ahead)


def _part(first: date, match: re.Match[str]) -> Days:
    """Return the day or the part of a month that the words name, or the month."""
    if match["day"]:
        return Days.one(first.replace(day=int(read_number(match["day"]) or 0)))
    end = add_months(first, 1)
    if match["third"]:
        start, length = _THIRDS[match["third"]]
        begun = first.replace(day=start)
        return Days(begun, min(end, begun + timedelta(days=length)), Precision.WEEK)
    return Days(first, end, Precision.MONTH)


def _day_of_month(match: re.Match[str], today: date, ahead: bool) -> Days | None:
    day = int(read_number(match["day"]) or 0)
    choices = []
    for shift in (0, -1, 1, -2, 2):
        first = add_months(today.replace(day=1), shift)
        if 1 <= day <= monthrange(first.year, first.month)[1]:
            choices.append(Days.one(first.replace(day=day)))
    return _nearest(choices, today, ahead)


def _year(match: re.Match[str], today: date, ahead: bool) -> Days | None:
    year = _year_of(match["year"], today)
    if third := match["third"]:
        return _year_part(year, third)
    return Days(date(year, 1, 1), date(year + 1, 1, 1), Precision.VAGUE)


def _year_end(match: re.Match[str], today: date, ahead: bool) -> Days | None:
    years = (today.year, today.year - 1, today.year + 1)
    return _nearest([_year_part(year, match["third"]) for year in years], today, ahead)


def _year_part(year: int, third: str) -> Days:
    first = date(year, 1 if third == "初" else 12, 1)
    return Days(first, add_months(first, 1), Precision.MONTH)


def _year_of(word: str, today: date) -> int:
    return today.year + _YEARS[word] if word in _YEARS else int(word)


def _holiday(match: re.Match[str], today: date, ahead: bool) -> Days | None:
    name, year = match["name"], match["year"]
    if name in _FIXED:
        years = [today.year + shift for shift in (-1, 0, 1)]
        runs = [Days.run(date(year_, *_FIXED[name]), 3, Precision.WEEK) for year_ in years]
    else:
        days = {day for day, named in holidays.items() if str(named) == _LUNAR[name]}
        firsts = sorted(day for day in days if day - timedelta(days=1) not in days)
        runs = [Days.run(first, 3, Precision.WEEK) for first in firsts]
    if year:
        return next((run for run in runs if run.first.year == _year_of(year, today)), None)
    return _nearest(runs, today, ahead)


def _nearest(choices: Iterable[Days], today: date, ahead: bool) -> Days | None:
    """Return the last of the choices that has begun, or the first one that is not over yet."""
    if ahead:
        return min((d for d in choices if d.end > today), key=lambda d: d.first, default=None)
    return max((d for d in choices if d.first <= today), key=lambda d: d.first, default=None)


_READERS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], date, bool], Days | None]], ...] = (
    (_DATE, _date),
    (_RELATIVE, _relative),
    (_WEEK, _week),
    (_MONTH, _month),
    (_HOLIDAY, _holiday),
    (_YEAR, _year),
    (_YEAR_END, _year_end),
    (_DAY_OF_MONTH, _day_of_month),
)
