"""Each kind of fault is asked what the people who work it need, and nothing else."""

from __future__ import annotations

import pytest

from tests.e2e.conversations.script import asked_for, begins_a_fault, rows, ticket
from tests.e2e.people import Customer
from tests.whole import Product

pytestmark = pytest.mark.e2e

ANSWERS = {
    "since": "昨晚八点",
    "place": "海棠路8号2栋301",
    "shown": "没有",
    "device_model": "华为 Mate 60 Pro",
    "serial_number": "不清楚",
    "purchase_date": "去年11月",
    "amount": "20元",
    "contact_name": "王女士",
    "phone": "13800138000",
    "service_number": "本机",
    "hoped_time": "明天上午",
}


def answers_everything(customer: Customer, words: str) -> tuple[list[str], dict[str, str]]:
    """Report a fault and answer each question; returns what was asked and what is read back."""
    asked: list[str] = []
    replies = begins_a_fault(customer, words)
    while (wanted := asked_for(replies)) != "confirmed":
        assert wanted not in asked, f"{wanted} is asked twice"
        asked.append(wanted)
        replies = customer.asks(ANSWERS[wanted])
    return asked, rows(replies)


@pytest.mark.parametrize(
    ("words", "fault_type", "needed", "spared"),
    [
        ("您好，我家宽带断了", "broadband", {"place", "hoped_time"}, {"amount", "device_model"}),
        ("什么破网又断了", "broadband", {"place", "hoped_time"}, {"amount"}),
        ("麻烦您，家里电视花屏了", "iptv", {"place", "shown"}, {"amount", "purchase_date"}),
        ("家里座机打不出去电话", "landline", {"place", "service_number"}, {"amount"}),
        ("手机在家里一直没有信号", "signal", {"place", "device_model"}, {"hoped_time", "amount"}),
        ("刚买的手机开不了机了", "device", {"purchase_date"}, {"place", "amount"}),
    ],
)
def test_a_fault_is_asked_what_its_kind_needs(
    customer: Customer,
    product: Product,
    words: str,
    fault_type: str,
    needed: set[str],
    spared: set[str],
):
    asked, _ = answers_everything(customer, words)

    assert needed <= set(asked)
    assert not spared & set(asked)
    done = ticket(product, customer.asks("对的"))
    assert (done["type"], done["fault_type"]) == ("fault", fault_type)


def test_nobody_is_asked_more_than_eight_questions(customer: Customer):
    asked, _ = answers_everything(customer, "刚买的手机开不了机了")

    assert len(asked) <= 8


def test_a_charge_with_its_amount_is_not_asked_for_the_amount(customer: Customer):
    asked, told = answers_everything(customer, "话费不对，上个月多扣了20元")

    assert "amount" not in asked
    assert "20" in told["amount"]


def test_the_kind_of_fault_follows_a_correction(customer: Customer):
    begins_a_fault(customer, "我家宽带断了")

    replies = customer.asks("说错了，不是宽带，是电视看不了")

    assert asked_for(replies) == "since"
