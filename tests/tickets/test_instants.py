"""Which instant a customer's words mean. The clock stands at Tuesday 2026-03-10 12:00, Shanghai."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tickets import instants
from tickets.instants import Instant

SHANGHAI = ZoneInfo("Asia/Shanghai")


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


NOW = at("2026-03-10T12:00")


def told(instant):
    return instant and (f"{instant.at:%Y-%m-%d %H:%M}", str(instant.precision))


@pytest.mark.parametrize(
    ("words", "began", "precision"),
    [
        ("昨天晚上八点左右", "2026-03-09 20:00", "hour"),
        ("昨晚八点半", "2026-03-09 20:30", "minute"),
        ("昨天晚上八点多到九点", "2026-03-09 20:00", "hour"),
        ("今早", "2026-03-10 06:00", "part_of_day"),
        ("今天上午九点一刻", "2026-03-10 09:15", "minute"),
        ("刚刚", "2026-03-10 12:00", "hour"),
        ("刚断的", "2026-03-10 12:00", "hour"),
        ("十分钟前", "2026-03-10 11:50", "minute"),
        ("半小时前", "2026-03-10 11:30", "hour"),
        ("一个半小时了", "2026-03-10 10:30", "hour"),
        ("两个多小时", "2026-03-10 09:30", "hour"),
        ("不到两个小时", "2026-03-10 10:30", "hour"),
        ("前天", "2026-03-08 00:00", "day"),
        ("大前天", "2026-03-07 00:00", "day"),
        ("三天前", "2026-03-07 00:00", "day"),
        ("断了两三天了", "2026-03-07 00:00", "day"),
        ("昨天凌晨两点", "2026-03-09 02:00", "hour"),
        ("昨晚两点", "2026-03-10 02:00", "hour"),
        ("前天夜里两点钟左右", "2026-03-09 02:00", "hour"),
        ("今天半夜两点", "2026-03-10 02:00", "hour"),
        ("昨天晚上十二点", "2026-03-10 00:00", "hour"),
        ("昨天中午十二点半", "2026-03-09 12:30", "minute"),
        ("昨天下午三点一刻", "2026-03-09 15:15", "minute"),
        ("差一刻八点", "2026-03-10 07:45", "minute"),
        ("八点", "2026-03-10 08:00", "hour"),
        ("20:30", "2026-03-09 20:30", "minute"),
        ("昨天三点", "2026-03-09 15:00", "hour"),
        ("周一", "2026-03-09 00:00", "day"),
        ("周五", "2026-03-06 00:00", "day"),
        ("上周三", "2026-03-04 00:00", "day"),
        ("上个星期五下午", "2026-03-06 13:00", "part_of_day"),
        ("上周末", "2026-03-07 00:00", "day"),
        ("上周", "2026-03-02 00:00", "week"),
        ("一个多星期了", "2026-02-28 00:00", "week"),
        ("半个月前", "2026-02-23 00:00", "week"),
        ("两个月前", "2026-01-10 00:00", "month"),
        ("上个月", "2026-02-01 00:00", "month"),
        ("上上个月", "2026-01-01 00:00", "month"),
        ("上个月底", "2026-02-25 00:00", "week"),
        ("月底", "2026-02-25 00:00", "week"),
        ("月初", "2026-03-01 00:00", "week"),
        ("3月份", "2026-03-01 00:00", "month"),
        ("12月份的账单", "2025-12-01 00:00", "month"),
        ("3月8号开始", "2026-03-08 00:00", "day"),
        ("三月八号下午", "2026-03-08 13:00", "part_of_day"),
        ("12月31日", "2025-12-31 00:00", "day"),
        ("8号", "2026-03-08 00:00", "day"),
        ("15号", "2026-02-15 00:00", "day"),
        ("30号", "2026-01-30 00:00", "day"),
        ("2026-03-08 20:30", "2026-03-08 20:30", "minute"),
        ("26/3/8", "2026-03-08 00:00", "day"),
        ("去年12月", "2025-12-01 00:00", "month"),
        ("去年双十一", "2025-11-11 00:00", "week"),
        ("去年国庆", "2025-10-01 00:00", "week"),
        ("春节", "2026-02-15 00:00", "week"),
        ("去年", "2025-01-01 00:00", "vague"),
        ("年底", "2025-12-01 00:00", "month"),
        ("两年前", "2024-03-10 00:00", "vague"),
        ("最近几天", "2026-03-07 00:00", "vague"),
        ("好几天了", "2026-03-07 00:00", "vague"),
        ("前段时间", "2026-02-24 00:00", "vague"),
    ],
)
def test_what_began_is_an_instant_with_its_precision(words, began, precision):
    assert told(instants.read_past(words, NOW)) == (began, precision)


@pytest.mark.parametrize(
    ("words", "hoped", "precision"),
    [
        ("今天下午", "2026-03-10 13:00", "part_of_day"),
        ("今天", "2026-03-10 12:00", "day"),
        ("今晚八点前", "2026-03-10 20:00", "hour"),
        ("三点", "2026-03-10 15:00", "hour"),
        ("八点", "2026-03-10 20:00", "hour"),
        ("明天上午9点到11点", "2026-03-11 09:00", "hour"),
        ("明早八点半", "2026-03-11 08:30", "minute"),
        ("后天下午三点", "2026-03-12 15:00", "hour"),
        ("大后天", "2026-03-13 00:00", "day"),
        ("周六上午", "2026-03-14 08:00", "part_of_day"),
        ("周一", "2026-03-16 00:00", "day"),
        ("周末", "2026-03-14 00:00", "day"),
        ("下周一上午", "2026-03-16 08:00", "part_of_day"),
        ("15号", "2026-03-15 00:00", "day"),
        ("8号", "2026-04-08 00:00", "day"),
        ("月底", "2026-03-25 00:00", "week"),
        ("1月5号", "2027-01-05 00:00", "day"),
        ("两小时内", "2026-03-10 14:00", "hour"),
        ("三天后", "2026-03-13 00:00", "day"),
        ("过几天", "2026-03-13 00:00", "vague"),
        ("下个月", "2026-04-01 00:00", "month"),
        ("国庆", "2026-10-01 00:00", "week"),
    ],
)
def test_what_is_hoped_for_is_an_instant_to_come(words, hoped, precision):
    assert told(instants.read_ahead(words, NOW)) == (hoped, precision)


@pytest.mark.parametrize(
    "words",
    [
        *("一直", "一直都这样", "好久了", "半天了", "不知道", "停电之后", "装好就这样"),
        *("都可以", "尽快", ""),
    ],
)
def test_words_that_name_no_time_mean_no_instant(words):
    assert instants.read_past(words, NOW) is None
    assert instants.read_ahead(words, NOW) is None


@pytest.mark.parametrize("words", ["2月30号", "13月5号", "26点", "2026-02-29"])
def test_a_day_or_an_hour_that_is_none_means_nothing(words):
    assert instants.read_past(words, NOW) is None


@pytest.mark.parametrize(
    ("now", "words", "began"),
    [
        ("2026-01-01T00:10", "昨晚十一点", "2025-12-31 23:00"),
        ("2026-01-01T08:00", "前天", "2025-12-30 00:00"),
        ("2026-01-02T08:00", "上个月底", "2025-12-25 00:00"),
        ("2024-03-01T08:00", "昨天", "2024-02-29 00:00"),
        ("2026-03-31T08:00", "一个月前", "2026-02-28 00:00"),
        ("2026-03-01T08:00", "30号", "2026-01-30 00:00"),
        ("2026-03-10T22:00", "八点", "2026-03-10 20:00"),
        ("2026-03-08T12:00", "周日", "2026-03-08 00:00"),
        ("2026-03-08T12:00", "上周日", "2026-03-01 00:00"),
    ],
)
def test_days_are_counted_across_the_ends_of_months_and_years(now, words, began):
    assert told(instants.read_past(words, at(now)))[0] == began


@pytest.mark.parametrize("words", ["明天", "今晚八点", "今天下午五点", "下周一", "后天上午"])
def test_nothing_can_have_begun_in_a_time_to_come(words):
    assert instants.lies_ahead(words, NOW)


@pytest.mark.parametrize(
    "words", ["昨晚", "今天上午", "今天中午", "今天", "十二点", "周五", "一直", "不清楚", "12月"]
)
def test_what_may_have_begun_is_not_refused(words):
    assert not instants.lies_ahead(words, NOW)


@pytest.mark.parametrize("words", ["昨天下午", "今天上午", "上周三", "前天", "今天早上八点"])
def test_nobody_can_come_in_a_time_that_is_over(words):
    assert instants.is_over(words, NOW)


@pytest.mark.parametrize(
    "words", ["今天", "今天下午", "今天11点到下午两点", "八点", "尽快", "周一"]
)
def test_what_can_still_be_done_is_not_refused(words):
    assert not instants.is_over(words, NOW)


def test_an_instant_is_written_and_read_back():
    instant = instants.read_past("昨晚八点", NOW)
    assert Instant.decode(instant.encoded()) == instant


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("昨晚八点半", "2026-03-09 20:30"),
        ("昨晚八点", "≈ 2026-03-09 20:00"),
        ("昨天下午", "2026-03-09 13:00–18:00"),
        ("前天", "2026-03-08"),
        ("上个月", "2026-02"),
        ("最近几天", "≈ 2026-03-07"),
    ],
)
def test_the_desk_sees_an_instant_as_precisely_as_it_is_meant(words, shown):
    assert instants.read_past(words, NOW).shown == shown


PIECES = """
昨天 今天 明天 前天 大后天 上周 下周 周三 周末 3月 31号 8号 2月 底 初 上个月 去年 凌晨 早上 上午
中午 下午 晚上 半夜
八点 十二点 两点 20:30 半 一刻 左右 前 后 三天 两个 半 小时 月 年 多 刚刚 最近 一直 春节 国庆 99 :
"""
WORDS = st.lists(st.sampled_from(PIECES.split()), max_size=6).map("".join) | st.text(max_size=20)


@settings(max_examples=400, deadline=None, derandomize=True, database=None)
@given(WORDS, st.datetimes(datetime(2024, 1, 1), datetime(2026, 12, 31)))
def test_what_began_is_never_to_come_and_what_is_hoped_for_never_over(words, moment):
    now = moment.replace(tzinfo=SHANGHAI)
    began, hoped = instants.read_past(words, now), instants.read_ahead(words, now)
    assert began is None or began.at <= now
    assert hoped is None or hoped.at >= now
    for instant in (began, hoped):
        assert instant is None or instant.until >= instant.at
