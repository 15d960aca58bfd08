"""A customer reports a fault: first help, a guided registration, a ticket."""

from __future__ import annotations

import re

import pytest

from tests.e2e.people import Customer, buttons
from tests.whole import Product

pytestmark = pytest.mark.e2e

TICKET = r"20\d{6}-\d{4}"


def rows(message: dict) -> dict[str, str]:
    """What the read-back says, by field."""
    assert message["data"]["kind"] == "form"
    return {row["name"]: row["value"] for row in message["data"]["rows"]}


def begin(customer: Customer) -> list[dict]:
    """Report a fault that the first help does not cure; the form then asks since when."""
    customer.asks("我家宽带断了")
    return customer.chooses("没解决")


def fill_in(customer: Customer) -> dict:
    """Go up to the read-back."""
    begin(customer)
    customer.asks("昨晚八点开始的，海棠路8号2栋301，光猫亮红灯，我姓王")
    customer.asks("13800138000")
    return customer.asks("都可以")[-1]


def test_a_fault_goes_from_first_help_to_a_ticket_in_the_terminal(product: Product):
    said = [
        "我家宽带断了",
        "没解决",
        "昨天晚上八点左右",
        "海棠路8号2栋301",
        "没注意看",
        "王女士",
        "0571-88886666",
        "明天上午",
        "对的",
    ]
    events = product.place.frontdoor_json("chat", "--json", say="\n".join(said) + "\n")
    told = [e["message"] for e in events if e["type"] == "message"]

    kinds = [message["data"].get("kind") for message in told if message["data"]]
    assert kinds == ["answer", "form", "ticket"]
    number = told[-1]["data"]["number"]
    assert re.fullmatch(TICKET, number)
    assert number in told[-1]["text"]

    (ticket,) = product.place.frontdoor_json("ticket", "show", number, "--json")
    assert ticket["number"] == number
    assert ticket["type"] == "fault"
    assert ticket["fault_type"] == "broadband"
    assert ticket["status"] == "registered"
    assert ticket["priority"] in ("normal", "major", "urgent")
    assert ticket["symptom"] == "我家宽带断了"
    assert ticket["since"] == "昨天晚上八点左右"
    assert ticket["place"] == "海棠路8号2栋301"
    assert ticket["contact_name"] == "王女士"
    assert ticket["hoped_time"] == "明天上午"
    assert ticket["tried"] == ["宽带断网怎么办"]
    assert ticket["registered_at"] < ticket["assess_by"] <= ticket["respond_by"]
    assert ticket["respond_by"] < ticket["resolve_by"]


def test_all_facts_in_one_message_are_taken_at_once(customer: Customer):
    begin(customer)

    read_back = customer.asks(
        "昨晚八点，地址是海棠路8号2栋301，光猫亮红灯，我姓王，电话13800138000，明天上午来"
    )[-1]

    assert rows(read_back) == {
        "symptom": "我家宽带断了",
        "since": "昨晚八点",
        "place": "海棠路8号2栋301",
        "shown": "光猫亮红灯",
        "contact_name": "王",
        "phone": "13800138000",
        "hoped_time": "明天上午",
    }
    assert buttons(read_back) == ["对，提交", "要修改", "取消"]


@pytest.mark.parametrize(
    ("correction", "field", "value"),
    [
        ("电话不对，是13900139000", "phone", "13900139000"),
        ("地址写错了，应该是海棠路9号1栋102", "place", "海棠路9号1栋102"),
        ("名字改成李女士", "contact_name", "李女士"),
    ],
)
def test_a_field_is_corrected_in_free_words(
    customer: Customer, correction: str, field: str, value: str
):
    before = rows(fill_in(customer))

    after = rows(customer.asks(correction)[-1])

    assert after == {**before, field: value}


def test_a_question_in_between_is_answered_and_the_form_goes_on(
    customer: Customer, approved: dict[str, str]
):
    asked_before = begin(customer)[-1]

    answer, asked_again = customer.asks("怎么查话费")

    assert answer["text"] == approved["怎么查话费"]
    assert asked_again["text"] == asked_before["text"]


def test_a_number_that_cannot_be_called_is_explained_and_asked_for_again(customer: Customer):
    begin(customer)
    question = customer.asks("昨晚八点开始的，海棠路8号2栋301，光猫亮红灯，我姓王")[-1]

    explained, again = customer.asks("1380013800")

    assert "11 位" in explained["text"]
    assert again["text"] == question["text"]
    assert customer.asks("13800138000")[-1]["text"] != question["text"]


def test_a_registration_can_be_cancelled_and_leaves_no_ticket(customer: Customer):
    begin(customer)
    customer.asks("取消")

    assert "ticket" not in [m["data"].get("kind") for m in customer.asks("查工单进度")]
    assert not any(re.search(TICKET, m["text"]) for m in customer.heard)


def test_the_ticket_is_confirmed_by_button_once_and_can_be_asked_after_and_urged(
    customer: Customer, product: Product
):
    fill_in(customer)

    registered = customer.chooses("对，提交")[-1]
    number = registered["data"]["number"]

    assert number in customer.asks("工单进度")[-1]["text"]
    customer.chooses("催一下")
    (ticket,) = product.place.frontdoor_json("ticket", "show", number, "--json")
    assert ticket["urged_count"] == 1


def test_first_help_that_cures_needs_no_ticket(customer: Customer):
    customer.asks("我家宽带断了")

    thanks = customer.chooses("解决了")[-1]

    assert thanks["data"] == {}


def test_an_unknown_ticket_number_is_one_sentence(product: Product):
    done = product.place.frontdoor("ticket", "show", "20200101-0001", "--json")

    assert done.returncode != 0
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr
