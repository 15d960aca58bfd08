"""Times in the customer's own words: where they stand, and whether they look back or ahead.

Only the words are taken here (“昨晚八点左右”). Which instant they mean, and how precisely, is for
`tickets.instants` to say, which gets exactly these words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from tickets.text import Span, fold

_NUMBER = r"(?:\d{1,3}|[一二三四五六七八九十两半几]{1,3}|好几|多少)"
_WEEKDAY = r"(?:周|星期|礼拜)(?:[一二三四五六日天末]|[1-7](?!\d))"
_MONTH_DAY = (
    r"(?:\d{1,2}|[一二三四五六七八九十]{1,3})月(?:份|底|初|中旬)?(?:(?:\d{1,2}"
    r"|[一二三四五六七八九十]{1,3})[日号]?)?"
)
_DATE = r"(?:20)?\d{2}[-/.年]\d{1,2}[-/.月]\d{1,2}[日号]?"
_CLOCK = (
    r"(?:(?:\d{1,2}|[一二三四五六七八九十两]{1,3})(?:点(?!间|不|好|有|都|也|儿)"
    r"|时(?!候|间|常|不|断|好|有|都|也|儿|小))"
    r"(?:钟|整|半|多|[一三]刻|(?:\d{1,2}|[一二三四五六七八九十]{1,3})分?)?(?:钟)?"
    r"|\d{1,2}:\d{2})"
)
_PART = (
    r"(?:凌晨|清晨|清早|大早上|早上|早晨|早间|上午|中午|晌午|午后|下午|傍晚|晚上|晚间|夜里"
    r"|夜间|半夜|深夜|大半夜|一大?早)"
)
_AGO = (
    rf"(?:大概|大约|差不多|快|不到|将近)?{_NUMBER}(?:多)?(?:个)?(?:多)?(?:分钟|小时|钟头|天|日|星期"
    r"|礼拜|周|月|年)"
    r"(?:多)?(?:左右)?(?:之前|以前|前|来|了)?"
)
_AHEAD = rf"{_NUMBER}(?:个)?(?:分钟|小时|钟头|天|日|星期|礼拜|周|月)(?:之内|以内|内|之后|以后|后)"

_OF_YEAR = rf"年(?:的?(?:{_MONTH_DAY}|元旦|春节|五一|端午|中秋|国庆|双十[一二]|双11)|年?[初底])?"

_PAST_DAY = (
    r"大前[天日]|前[天日]|昨[天日儿]|上个?(?:周|星期|礼拜)(?:[一二三四五六日天末])?"
    r"|上个?月(?:初|底|中旬|\d{1,2}[号日])?"
    rf"|前[几两]天|前(?:一)?阵子|前段时间|[去前]{_OF_YEAR}|年前|头[几两]天"
)
_FUTURE_DAY = (
    r"大后[天日]|后[天日]|明[天日儿]|下个?(?:周|星期|礼拜)(?:[一二三四五六日天末])?"
    r"|下个?月(?:初|底|中旬|\d{1,2}[号日])?"
    rf"|过[几两]天|明{_OF_YEAR}|改天"
)
_OPEN_DAY = (
    rf"今[天日儿]|这个?{_WEEKDAY}|本{_WEEKDAY}|{_WEEKDAY}|{_DATE}|(?:20\d{{2}}|今){_OF_YEAR}"
    rf"|{_MONTH_DAY}|这个?(?:周|星期|礼拜|月)"
    r"|本[周月]|(?<![\d路街道巷弄#-])\d{1,2}[号日](?=开始|起|就|那天|早|晚|上午|中午|下午|凌晨|夜)"
    r"|(?:元旦|春节|清明|五一|端午|中秋|国庆|过年|双十[一二]|双11)(?![路街村里桥]|大道|广场|新村|小区)(?:节"
    r"|假期|期间|长假|当天)?(?:前|后)?|月初|月底|年初|年底|工作日|双休日"
)
_PAST_ALONE = (
    r"刚刚|刚才|方才|刚(?=断|坏|开始|出现|发现|没)|一早(?:上)?(?:起来|醒来|就)|早就"
    r"|好久(?:了)?|很久(?:了)?|很长时间(?:了)?"
    r"|(?:最近|近期)(?:几天|几日|两天)?|这[几两些](?:天|日|周|个月)"
    # “一直都这样” answers since when; “一直转圈” says how.
    r"|(?<![^\s\0,，。;；!！?？])一直(?:以来)?(?=都?(?:是)?(?:这样|那样|如此)|[,，。!！\s]|$)"
)
_FUTURE_ALONE = (
    r"尽快|尽早|越快越好|越早越好|马上|立刻|立马|现在就|随时|今晚之前|下班(?:之|以)?后"
    r"|下班前|上班前|饭点(?:之)?后"
)
_LEAD = (
    r"(?:(?:自从|从|自|打"
    r"|由)(?=[大前昨上去今这本周星礼\d元春清五端中国过月年早凌下晚一二三四五六七八九十两]))?(?:大概"
    r"|大约|差不多|应该是|好像是)?(?:在)?"
)
_TAIL = (
    r"(?:的?时候)?(?:左右|前后|上下|许)?(?:之前|以前|之后|以后|开始|起(?!来|床)"
    r"|(?<=[天日号点半])前|(?<=[天日号点半])后)?"
)

_DAY_HALF = r"(?:昨|今|明|前|当|后)(?:晚|早|夜|儿)(?:上|晨|里)?"
_WHEN = (
    rf"{_LEAD}(?:(?P<past>{_PAST_DAY}|昨[晚夜早](?:上|晨|里)?|前晚)"
    rf"|(?P<future>{_FUTURE_DAY}|明[早晚](?:上|晨)?)"
    rf"|(?P<open>{_OPEN_DAY}|{_DAY_HALF}))?"
    rf"(?:的|大概|大约|差不多|\s)?(?P<part>{_PART})?(?:的|大概|大约|差不多"
    rf"|\s)?(?P<clock>{_CLOCK}(?:(?:到|至|-|~){_CLOCK})?)?{_TAIL}"
)
_PATTERNS = (
    ("future", re.compile(rf"(?P<ahead>{_AHEAD})")),
    ("past", re.compile(rf"(?P<ago>{_AGO})(?:开始|起)?")),
    ("when", re.compile(_WHEN)),
    ("past", re.compile(rf"(?:{_PAST_ALONE})(?:开始|起|以来)?")),
    ("future", re.compile(rf"(?:{_FUTURE_ALONE})")),
)
# “三天” alone is a duration; it looks back with 前, 来, 了, or after 断了, 坏了 and so on.
_LOOKS_BACK = re.compile(r"(?:前|来|了)$")
_LASTED = re.compile(r"^(?:了|都)")
_HAPPENED_BEFORE = re.compile(
    r"(?:买|断|坏|没网|停|卡|慢|不了|不到|不通|已经|有|都|持续)了?(?:快|都|有|差不多)?$"
)
_BEGINS_AFTER = re.compile(r"^\s*(?:就|开始|起|突然|断|坏|出现|的时候|发现|已经|没)")
_WISH_AFTER = re.compile(
    r"^\s*(?:吧|可以|方便|有空|在家|来|上门|过来|处理|修|派人|联系|能|都行|都可以)"
)
_WISH_BEFORE = re.compile(
    r"(?:希望|最好|想|能不能|可以|方便|请|麻烦|约|预约|改到|改成|改为|等到?|有空)(?:在|你们"
    r"|是|到)?$"
)


class Direction(StrEnum):
    """Whether a time is over or to come, as far as the words alone say."""

    PAST = "past"
    FUTURE = "future"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class TimeWords:
    """A time as the customer said it, and where in the text."""

    text: str
    direction: Direction
    span: Span


def find_times(text: str) -> list[TimeWords]:
    """Return the times in free words, in order, none overlapping another."""
    folded = fold(text)
    found: list[TimeWords] = []
    position = 0
    while position < len(folded):
        times = [
            time
            for kind, pattern in _PATTERNS
            if (time := _at(kind, pattern, text, folded, position))
        ]
        longest = max(times, key=lambda time: time.span[1], default=None)
        if longest is None:
            position += 1
            continue
        found.append(longest)
        position = longest.span[1]
    return _joined(text, found)


def _at(
    kind: str, pattern: re.Pattern[str], text: str, folded: str, position: int
) -> TimeWords | None:
    match = pattern.match(folded, position)
    if match is None or not match.group():
        return None
    before, after = folded[max(0, position - 8) : position], folded[match.end() : match.end() + 8]
    direction = Direction.UNKNOWN
    groups = match.groupdict()
    if kind == "when":
        if not any(groups[name] for name in ("past", "future", "open", "part", "clock")):
            return None
        if groups["past"]:
            direction = Direction.PAST
        elif groups["future"]:
            direction = Direction.FUTURE
    elif groups.get("ago") and not _LOOKS_BACK.search(groups["ago"]):
        if not (_LASTED.search(after) or _HAPPENED_BEFORE.search(before)):
            return None
        direction = Direction.PAST
    else:
        direction = Direction(kind)
    if direction is Direction.UNKNOWN:
        direction = _from_neighbours(before, match.group(), after)
    words = text[position : match.end()].strip().rstrip("的")
    return TimeWords(words, direction, (position, match.end()))


def _from_neighbours(before: str, words: str, after: str) -> Direction:
    if _WISH_AFTER.search(after) or _WISH_BEFORE.search(before):
        return Direction.FUTURE
    if _BEGINS_AFTER.search(after) or re.search(r"^(?:自从|从|自|打)|(?:开始|起)$", words):
        return Direction.PAST
    return Direction.UNKNOWN


def _joined(text: str, times: list[TimeWords]) -> list[TimeWords]:
    """Join neighbours that are one time: “昨天”“晚上八点”, “明天”“下班后”."""
    joined: list[TimeWords] = []
    for time in times:
        if joined and re.fullmatch(r"[的\s]{0,2}", text[joined[-1].span[1] : time.span[0]]):
            first = joined.pop()
            span = (first.span[0], time.span[1])
            direction = (
                first.direction if first.direction is not Direction.UNKNOWN else time.direction
            )
            time = TimeWords(text[slice(*span)].strip(), direction, span)
        joined.append(time)
    return joined
