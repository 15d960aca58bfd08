"""Parts of the day and times of the clock in words: 晚上八点半, 差一刻八点, 凌晨两点."""

from __future__ import annotations

import re

from tickets.numbers import read_number

# How long each part of the day lasts, in hours from midnight.
PARTS = {
    "凌晨": (0, 6),
    "清晨": (5, 8),
    "清早": (5, 8),
    "早": (6, 10),
    "上午": (8, 12),
    "中午": (11, 14),
    "晌午": (11, 14),
    "午后": (13, 18),
    "下午": (13, 18),
    "傍晚": (17, 20),
    "半夜": (23, 27),
    "深夜": (23, 27),
    "夜": (20, 28),
    "晚": (18, 24),
}
PART = re.compile(
    r"凌晨|清[晨早]|上午|中午|晌午|午后|下午|傍晚|半夜|深夜|早(?!就|已|该)|夜|晚(?!点|了|到)"
)
CLOCK = re.compile(
    r"(?P<before>差(?P<missing>一刻|[\d一二三四五六七八九十]+分?)(?:钟)?)?"
    r"(?:(?P<hour>\d{1,2}|[零一二两三四五六七八九十]{1,3})(?:点|时)(?:钟|整)?"
    r"(?:(?P<half>半)|(?P<quarter>[一三])刻|零?(?P<minute>\d{1,2}|[一二三四五六七八九十]{1,3})分?)?"
    r"|(?P<digital>\d{1,2}):(?P<digital_minute>\d{2}))"
)


def minutes_of(clock: re.Match[str], part: tuple[int, int] | None) -> list[int]:
    """Return the minutes after midnight that a clock may show, the likeliest first.

    Without a part of the day one to six is the afternoon, and the rest is as it was said.
    """
    hour = int(read_number(clock["hour"] or clock["digital"]) or 0)
    minute = int(read_number(clock["minute"] or clock["digital_minute"] or "0") or 0)
    minute = 30 if clock["half"] else minute
    minute = {"一": 15, "三": 45}.get(clock["quarter"] or "", minute)
    if clock["missing"]:
        missing = clock["missing"].removesuffix("分")
        minute -= 15 if missing == "一刻" else int(read_number(missing) or 0)
    if hour > 24 or minute > 59:
        return []
    hours = [hour]
    if part is not None:
        hours = [_hour_in(part, hour)]
    elif 1 <= hour <= 6:
        hours = [hour + 12, hour]
    elif 7 <= hour < 12:
        hours = [hour, hour + 12]
    return [hour * 60 + minute for hour in hours]


def _hour_in(part: tuple[int, int], hour: int) -> int:
    """Return the hour of the day, or of the night that ends the next day (24 and more)."""
    start, end = part
    if start == 0:  # 凌晨十二点
        return hour % 12
    if end <= 12:
        return hour
    if end < 24:  # noon and afternoon
        return hour + 12 if hour < 11 else hour
    if hour == 12 or hour < 6:
        return hour % 12 + 24
    return hour + 12 if hour < 12 else hour
