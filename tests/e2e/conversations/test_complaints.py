"""A complaint takes its own lane: to a person at once, or onto paper, and is told only once."""

from __future__ import annotations

import pytest

from tests.e2e.conversations.script import (
    begins_a_fault,
    heard,
    is_sent_to_a_person,
    packet,
    says_in_turn,
    ticket,
)
from tests.e2e.people import Customer, Staff
from tests.whole import Product

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize(
    "words",
    ["您好，我想投诉一下上门的师傅", "我要投诉你们！", "上个月多扣我二十块钱给个说法"],
)
def test_a_complaint_goes_to_a_person_at_once(customer: Customer, agent: Staff, words: str):
    is_sent_to_a_person(customer, words)

    told = packet(agent, customer)
    assert told["reason"] == "complaint"
    assert words in told["summary"]


def test_a_complaint_with_nobody_there_becomes_a_complaint_ticket(
    customer: Customer, product: Product
):
    assert heard(customer.asks("我要投诉")) == [
        "complaint_nobody_online",
        "ask_message_form_message_text",
    ]
    customer.asks("装维师傅迟到三个小时")

    done = ticket(product, customer.asks("13800138000"))

    assert done["type"] == "complaint"
    assert done["symptom"] == "装维师傅迟到三个小时"
    assert done["priority"] in ("major", "urgent")


def test_a_complaint_that_says_what_about_is_not_asked_again(customer: Customer, product: Product):
    words = "我要投诉，上个月的话费扣了我两次，我电话13800138000"

    replies = customer.asks(words)

    assert heard(replies) == ["complaint_noted_nobody_online", "complaint_registered_by_phone"]
    assert ticket(product, replies)["symptom"] == words.replace("13800138000", "138****8000")


def test_more_of_the_complaint_is_added_when_the_phone_is_asked(
    customer: Customer, product: Product
):
    says_in_turn(customer, "我要投诉", "装维师傅迟到三个小时", "他还骂人")

    done = ticket(product, customer.asks("不用了"))

    assert done["symptom"] == "装维师傅迟到三个小时；他还骂人"


def test_a_complaint_in_the_form_takes_the_facts_along(customer: Customer, product: Product):
    begins_a_fault(customer)
    customer.asks("昨晚八点开始的，海棠路8号2栋301，我姓王")

    assert heard(customer.asks("不报了，我要投诉你们"))[0] == "complaint_noted_nobody_online"
    done = ticket(product, customer.asks("13800138000"))

    assert done["type"] == "complaint"
    assert "我家宽带断了" in done["symptom"]
    assert "昨晚八点" in done["since"]
    assert done["place"] == "海棠路8号2栋301"
    assert done["contact_name"] == "王"


def test_a_complaint_in_the_form_brings_a_person_with_the_facts(customer: Customer, agent: Staff):
    begins_a_fault(customer)
    customer.asks("昨晚八点开始的，海棠路8号2栋301")

    is_sent_to_a_person(customer, "我要投诉你们")

    told = packet(agent, customer)
    assert told["reason"] == "complaint"
    assert "海棠路8号2栋301" in [row["value"] for row in told["slots"]]


def test_a_complaint_while_suggestions_are_open_leaves_them(customer: Customer, agent: Staff):
    customer.asks("余额")

    is_sent_to_a_person(customer, "我要投诉你们公司")

    assert packet(agent, customer)["reason"] == "complaint"


def test_a_complaint_after_an_answer_that_did_not_help_knows_the_question(
    customer: Customer, product: Product
):
    customer.asks("怎么查话费")
    customer.chooses("没解决")

    customer.asks("我要投诉")

    assert ticket(product, customer.asks("不用"))["symptom"] == "怎么查话费"


def test_after_a_complaint_was_written_down_a_fault_begins_anew(customer: Customer):
    begins_a_fault(customer)
    customer.asks("昨晚八点开始的，海棠路8号2栋301")
    says_in_turn(customer, "我要投诉你们", "13800138000")

    assert heard(customer.asks("我要报修"))[-1] == "ask_fault_form_symptom"


def test_a_complaint_that_is_called_off_leaves_no_ticket(customer: Customer):
    customer.asks("我要投诉")

    assert heard(customer.asks("算了")) == ["message_cancelled"]
    assert heard(customer.asks("查工单进度")) == ["no_ticket"]


def test_asking_how_far_a_complaint_is_is_no_new_complaint(customer: Customer):
    says_in_turn(customer, "我要投诉", "装维师傅迟到三个小时", "不用")

    assert heard(customer.asks("我的投诉处理到哪一步了")) == ["ticket_status"]


def test_an_insult_that_becomes_a_complaint_by_button_is_not_told_again(
    customer: Customer, product: Product
):
    words = "你是猪吗，我问话费怎么查"
    assert heard(customer.asks(words))[0] == "sorry_nobody_online"

    noted = customer.chooses("登记投诉")

    assert heard(noted) == ["complaint_noted_nobody_online", "ask_message_form_phone"]
    assert ticket(product, customer.asks("不用"))["symptom"] == words
