"""Which instant a customer's words for a time mean, and how precisely.

`tickets.timewords` finds the words; here they are read against a clock. What began is never later
than now, what is hoped for never earlier. Words that name no time (“一直”, “停电之后”) give none.
Written by hand: of 60 such expressions the libraries for Chinese times read at most two thirds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from tickets.clocks import CLOCK, PART, PARTS, minutes_of
from tickets.days import Days, Precision, add_months, find_days
from tickets.numbers import read_number
from tickets.text import fold

_NUMBER = r"(?:\d+(?:\.\d+)?|[零一二两三四五六七八九十百]+|半|好?几)"
_AGO = re.compile(
    rf"(?P<less>不到|快|将近)?(?P<number>{_NUMBER})(?P<more>多)?(?P<piece>个)?(?P<half>半)?(?P<more2>多)?"
    r"(?P<unit>分钟|小时|钟头|天|日(?!\d)|星期|礼拜|周(?![一二三四五六日天末])|月(?!\d)|年(?!\d))"
    r"(?P<half2>半)?(?P<more3>多)?"
)
_NOW = re.compile(r"刚刚|刚才|方才|刚|现在")
_LATELY = re.compile(r"最近|近期|近来|这[几两些]天|前[几两]天|头[几两]天|这一?阵")
_SOME_TIME_AGO = re.compile(r"前(?:一)?(?:阵子|段时间|段日子)")
_SOON = re.compile(r"过[几两]天")
_LATELY_DAYS, _SOME_TIME_DAYS = 3, 14
_ROUGHLY = re.compile(r"左右|大概|大约|差不多|前后|上下|多|来钟")
_TOLERANCE = {Precision.MINUTE: 10, Precision.HOUR: 60, Precision.PART_OF_DAY: 120}
"""Minutes by which a beginning may seem to lie ahead: clocks differ, and words are rough."""


@dataclass(frozen=True)
class Instant:
    """A time as it was meant: from `at` up to `until`, both aware."""

    at: datetime
    until: datetime
    precision: Precision

    def encoded(self) -> str:
        """Return it in one line, as `decode` reads it."""
        return f"{self.at.isoformat()} {self.until.isoformat()} {self.precision.value}"

    @classmethod
    def decode(cls, line: str) -> Instant:
        """Return what `encoded` wrote."""
        at, until, precision = line.split(" ")
        return cls(datetime.fromisoformat(at), datetime.fromisoformat(until), Precision(precision))

    @property
    def shown(self) -> str:
        """The instant in figures, as precisely as it is meant, for people at a desk."""
        at, day = f"{self.at:%Y-%m-%d %H:%M}", f"{self.at:%Y-%m-%d}"
        match self.precision:
            case Precision.MINUTE:
                return at
            case Precision.HOUR:
                return f"≈ {at}"
            case Precision.PART_OF_DAY:
                return f"{at}–{self.until:%H:%M}"
            case Precision.DAY:
                return day
            case Precision.MONTH:
                return f"{self.at:%Y-%m}"
            case _:
                return f"≈ {day}"


def read_past(words: str, now: datetime) -> Instant | None:
    """Return when something began; never later than now.

    Args:
        words: the customer's.
        now: the instant they were said, in the customer's zone.
    """
    found = _read(fold(words), now, ahead=False)
    if found is None or found.at <= now:
        return found
    return replace(found, at=now, until=max(now, found.until))


def read_ahead(words: str, now: datetime) -> Instant | None:
    """Return when something is hoped for; never earlier than now."""
    found = _read(fold(words), now, ahead=True)
    if found is None or found.at >= now:
        return found
    return replace(found, at=now, until=max(now, found.until))


def lies_ahead(words: str, now: datetime) -> bool:
    """Whether the words name a time that has not come: nothing can have begun then."""
    found = _read(fold(words), now, ahead=False)
    if found is None:
        return False
    return found.at > now + timedelta(minutes=_TOLERANCE.get(found.precision, 0))


def is_over(words: str, now: datetime) -> bool:
    """Whether the words name a time that has passed: nothing can be done then."""
    found = _read(fold(words), now, ahead=True)
    return found is not None and found.until <= now


def _read(words: str, now: datetime, *, ahead: bool) -> Instant | None:
    if re.search(r"半天(?!假)|好久|很久|一直", words):
        return None  # “for ages”
    days = find_days(words, now.date(), ahead=ahead)
    part, clocks = PART.search(words), list(CLOCK.finditer(words))
    if days is None and not (part or clocks):
        return _rough(words, now, ahead)
    if days is not None and days.precision is not Precision.DAY:
        return _of_days(days, now)
    if not (part or clocks):
        return _of_days(days, now) if days else None
    span = PARTS[part.group()] if part else None
    choices = [
        instant
        for day in ([days.first] if days else _days_around(now.date(), ahead))
        for instant in _moments(day, span, clocks, words, now, ahead)
    ]
    return _choose(choices, now, ahead=ahead, floating=days is None)


def _rough(words: str, now: datetime, ahead: bool) -> Instant | None:
    """Return a time without a day or a clock: 三天前, 两小时内, 刚刚, 最近."""
    if _SOON.search(words):
        return _whole_days(now, _LATELY_DAYS, Precision.VAGUE)
    if _SOME_TIME_AGO.search(words):
        return _whole_days(now, -_SOME_TIME_DAYS, Precision.VAGUE)
    if _LATELY.search(words):
        return _whole_days(now, -_LATELY_DAYS, Precision.VAGUE)
    if match := _AGO.search(words):
        return _distance(match, now, 1 if ahead else -1)
    if _NOW.search(words):
        return Instant(now, now + timedelta(hours=1), Precision.HOUR)
    return None


def _distance(match: re.Match[str], now: datetime, sign: int) -> Instant | None:
    """Return the time so far away. “多” is about half a unit more, “不到” half a unit less."""
    vague = "几" in match["number"]
    number = 3.0 if vague else read_number(match["number"])
    if number is None:
        return None
    more = any(match[name] for name in ("more", "more2", "more3"))
    count = number + (0.5 if match["half"] or match["half2"] or more else 0)
    count -= 0.5 if match["less"] and count >= 1 else 0
    unit = match["unit"]
    if unit == "分钟":
        step, precision = timedelta(minutes=1), Precision.MINUTE
    elif unit in ("小时", "钟头"):
        step, precision = timedelta(hours=1), Precision.HOUR
    elif unit in ("天", "日"):
        return _whole_days(now, sign * count, Precision.VAGUE if vague else Precision.DAY)
    elif unit in ("星期", "礼拜", "周"):
        return _whole_days(now, sign * 7 * count, Precision.VAGUE if vague else Precision.WEEK, 7)
    elif unit == "月" and not match["piece"]:
        return None
    elif count == 0.5 and unit == "月":
        return _whole_days(now, sign * 15, Precision.WEEK, 7)
    else:
        months = sign * int(count * (12 if unit == "年" else 1))
        precision = Precision.VAGUE if vague or unit == "年" else Precision.MONTH
        first = add_months(now.date(), months)
        # “一年多了” is more than a year: the latest it may be is a year ago.
        latest = add_months(now.date(), sign * int(number * (12 if unit == "年" else 1)))
        end = latest if more and sign < 0 else add_months(first, 1)
        return Instant(_midnight(first, now), _midnight(end, now), precision)
    at = now + sign * count * step
    return Instant(at, at + step, Precision.VAGUE if vague else precision)


def _whole_days(now: datetime, shift: float, precision: Precision, length: int = 1) -> Instant:
    first = now.date() + timedelta(days=int(shift))
    return _of_days(Days.run(first, length, precision), now)


def _of_days(days: Days, now: datetime) -> Instant:
    return Instant(_midnight(days.first, now), _midnight(days.end, now), days.precision)


def _midnight(day: date, now: datetime) -> datetime:
    return datetime.combine(day, time(), now.tzinfo)


def _days_around(today: date, ahead: bool) -> list[date]:
    return [today, today + timedelta(days=1 if ahead else -1)]


def _choose(
    choices: list[Instant], now: datetime, *, ahead: bool, floating: bool
) -> Instant | None:
    """Return the likeliest choice that fits the direction; when none does, the likeliest.

    “八点”, said at ten in the evening without a day, is the one that was last.
    """
    if ahead:
        fitting = [choice for choice in choices if choice.until > now]
    else:
        fitting = [choice for choice in choices if choice.at <= now]
        if floating:
            fitting.sort(key=lambda choice: choice.at, reverse=True)
    return next(iter(fitting or choices), None)


def _moments(
    day: date,
    part: tuple[int, int] | None,
    clocks: list[re.Match[str]],
    words: str,
    now: datetime,
    ahead: bool,
) -> list[Instant]:
    """Return what part of the day and clock can mean on that day, the likeliest first."""
    midnight = _midnight(day, now)
    if not clocks:
        start, end = part or (0, 24)
        at, until = (midnight + timedelta(hours=hour) for hour in (start, end))
        return [Instant(at, until, Precision.PART_OF_DAY)]
    first, last = clocks[0], clocks[-1]
    roughly = _ROUGHLY.search(words)
    exact = any(first[name] for name in ("half", "quarter", "minute", "digital", "missing"))
    precision = Precision.MINUTE if exact and not roughly else Precision.HOUR
    lasts = timedelta(minutes=1) if precision is Precision.MINUTE else timedelta(hours=1)
    moments = []
    for minutes in minutes_of(first, part):
        at = midnight + timedelta(minutes=minutes)
        until = at + lasts
        if last is not first:  # “9点到11点”
            ends = (midnight + timedelta(minutes=m) for m in minutes_of(last, part))
            until = next((end for end in ends if end > at), until)
        moments.append(Instant(at, until, precision))
        if minutes >= 24 * 60 and not ahead:
            # “今天半夜两点”, said by day, is the night that is over.
            moments.append(Instant(at - timedelta(days=1), until - timedelta(days=1), precision))
    return moments
