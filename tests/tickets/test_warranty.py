from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from tickets import instants, warranty

NOW = datetime(2026, 3, 10, 12, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.mark.parametrize(
    ("bought", "status"),
    [
        ("上个月", "in"),
        ("半年前", "in"),
        ("2025年3月11日", "in"),
        ("2025年3月10日", "out"),
        ("去年1月", "out"),
        ("一年多了", "out"),
        ("两年前", "out"),
        ("快三年了", "out"),
        ("不到一年", "in"),
        ("去年双十一", "in"),
        ("2025年3月", "unknown"),
        ("去年", "unknown"),
        ("不清楚", "unknown"),
    ],
)
def test_the_warranty_runs_twelve_months_from_the_purchase(bought, status):
    assert warranty.of(instants.read_past(bought, NOW), NOW) == status


def test_an_operator_may_give_a_longer_term():
    bought = instants.read_past("两年前", NOW)
    assert warranty.of(bought, NOW, months=24) == "unknown"
    assert warranty.of(bought, NOW, months=36) == "in"
