"""Registering a fault: the customer leads, and nothing is asked twice."""

from __future__ import annotations

import pytest

from tests.e2e.conversations.script import (
    asked_for,
    begins_a_fault,
    heard,
    is_sent_to_a_person,
    packet,
    rows,
    says_in_turn,
    ticket,
    unanswered,
)
from tests.e2e.people import Customer, Staff
from tests.whole import Product

pytestmark = pytest.mark.e2e

ALL_AT_ONCE = (
    "昨晚八点开始断的，地址海棠路8号2栋301，我姓王，电话13800138000，明天上午来，光猫亮红灯"
)
KNOWN = "昨晚八点开始的，海棠路8号2栋301，我姓王，13800138000"


def test_half_the_story_in_the_first_message_is_not_asked_again(customer: Customer):
    replies = begins_a_fault(customer, "海棠路8号2栋301的宽带昨晚八点断了，我姓王")

    assert asked_for(replies) not in ("symptom", "since", "place", "contact_name")


def test_everything_in_one_message_is_taken_at_once(customer: Customer):
    begins_a_fault(customer)

    told = rows(customer.asks(ALL_AT_ONCE))

    assert "昨晚八点" in told["since"]
    assert told["place"] == "海棠路8号2栋301"
    assert told["contact_name"] == "王"
    assert told["phone"] == "13800138000"
    assert told["hoped_time"] == "明天上午"


def test_facts_are_taken_in_any_order(customer: Customer):
    begins_a_fault(customer)

    told = says_in_turn(customer, "13800138000", "明天上午来吧，我姓李", ALL_AT_ONCE)

    assert rows(told)["place"] == "海棠路8号2栋301"


@pytest.mark.parametrize(
    "words", ["麻烦您，是昨天晚上八点左右开始的", "老子昨晚八点就断了", "昨晚8点，快点"]
)
def test_polite_or_rude_an_answer_is_an_answer(customer: Customer, words: str):
    assert asked_for(begins_a_fault(customer)) == "since"

    assert asked_for(customer.asks(words)) == "place"


def test_lost_patience_in_the_middle_is_apologised_for_and_the_answer_taken(customer: Customer):
    begins_a_fault(customer)

    replies = customer.asks("烦死了，昨晚八点开始的")

    assert heard(replies)[0] == "sorry"
    assert asked_for(replies) == "place"


def test_not_knowing_since_when_is_accepted(customer: Customer):
    assert asked_for(begins_a_fault(customer)) == "since"

    assert asked_for(customer.asks("不知道")) == "place"


def test_not_knowing_what_is_wrong_is_helped_along(customer: Customer):
    customer.asks("我要报修")

    replies = customer.asks("不知道")

    assert heard(replies)[0].startswith("problem_symptom")
    assert asked_for(replies) == "symptom"


def test_a_wrong_phone_is_explained_and_the_right_one_taken(customer: Customer):
    begins_a_fault(customer)
    says_in_turn(customer, "昨晚八点开始的，海棠路8号2栋301，我姓王", "光猫亮红灯")

    wrong = customer.asks("1380013800")
    assert heard(wrong)[0] == "problem_phone_too_short"
    assert asked_for(wrong) == "phone"

    assert "phone" not in heard(customer.asks("写错了，13800138000"))[-1]


def test_a_person_is_offered_after_three_answers_that_cannot_be_used(customer: Customer):
    begins_a_fault(customer)
    says_in_turn(customer, "昨晚八点开始的，海棠路8号2栋301，我姓王", "光猫亮红灯")

    replies = says_in_turn(customer, "1380013800", "13800", "1380")

    assert heard(replies)[0] == "offer_human_in_form"


def test_giving_up_leaves_nothing_behind(customer: Customer):
    begins_a_fault(customer)

    assert heard(customer.asks("算了不报了")) == ["fault_cancelled"]
    assert heard(customer.asks("查工单进度")) == ["no_ticket"]


def test_a_goodbye_in_the_middle_says_that_nothing_was_submitted(customer: Customer):
    begins_a_fault(customer)

    assert heard(customer.asks("再见"))[0] == "goodbye_in_form"


@pytest.mark.parametrize("words", ["转人工", "别问了，给我找个活人"])
def test_a_person_is_had_at_once_with_what_was_said(customer: Customer, agent: Staff, words: str):
    begins_a_fault(customer)
    customer.asks("昨晚八点开始的，海棠路8号2栋301")

    is_sent_to_a_person(customer, words)

    slots = {row["name"]: row["value"] for row in packet(agent, customer)["slots"]}
    assert "昨晚八点" in slots["since"]
    assert slots["place"] == "海棠路8号2栋301"


def test_with_nobody_online_the_registration_goes_on(customer: Customer):
    begins_a_fault(customer)

    replies = customer.asks("转人工")

    assert heard(replies)[0] == "nobody_online_in_form"
    assert asked_for(replies) == "since"


def test_a_question_in_between_is_answered_and_the_registration_goes_on(
    customer: Customer, approved: dict[str, str]
):
    begins_a_fault(customer)

    replies = customer.asks("对了，怎么查话费")

    assert replies[0]["text"] == approved["怎么查话费"]
    assert asked_for(replies) == "since"


def test_a_question_in_between_without_an_answer_is_kept(customer: Customer, admin: Staff):
    begins_a_fault(customer)

    replies = customer.asks("请问海王星上的鲸鱼几点唱歌？")

    assert heard(replies)[0] == "no_answer_in_form"
    assert asked_for(replies) == "since"
    kept = unanswered(admin, customer)
    assert ("请问海王星上的鲸鱼几点唱歌？", "no_answer") in kept


def test_the_same_question_in_between_is_not_answered_twice_in_the_same_words(
    customer: Customer,
):
    begins_a_fault(customer)

    replies = says_in_turn(customer, "怎么查话费", "怎么查话费")

    assert heard(replies)[0] == "same_answer_in_form"
    assert asked_for(replies) == "since"


@pytest.mark.parametrize(
    ("words", "field", "value"),
    [
        ("时间不对，是前天下午", "since", "前天下午"),
        ("地址写错了，应该是海棠路9号1栋102", "place", "海棠路9号1栋102"),
        ("名字改成李女士", "contact_name", "李女士"),
        ("电话错了，换成13900139000", "phone", "13900139000"),
        ("还是后天上午来吧", "hoped_time", "后天上午"),
    ],
)
def test_any_field_is_corrected_in_free_words(
    customer: Customer, words: str, field: str, value: str
):
    begins_a_fault(customer)
    before = rows(customer.asks(ALL_AT_ONCE))

    after = rows(customer.asks(words))

    assert after == {**before, field: value}


def test_a_correction_in_the_middle_is_said_and_the_registration_goes_on(customer: Customer):
    begins_a_fault(customer)
    customer.asks("昨晚八点开始的")

    replies = customer.asks("说错了，是前天晚上开始的")

    assert heard(replies)[0] == "corrected"
    assert asked_for(replies) == "place"


def test_what_is_known_of_a_contact_is_not_asked_in_the_next_conversation(
    customer: Customer, agent: Staff, product: Product
):
    begins_a_fault(customer)
    customer.asks(ALL_AT_ONCE)
    customer.asks("对的")
    first_id = is_sent_to_a_person(customer, "转人工")
    agent.accepts(first_id)
    agent.closes(first_id)

    begins_a_fault(customer, "家里的宽带又断了，今天早上开始的")
    told = rows(says_in_turn(customer, "海棠路8号2栋301，明天上午来，光猫亮红灯"))

    assert told["contact_name"] == "王"
    assert told["phone"] == "13800138000"
    again = ticket(product, customer.asks("对的，提交吧"))
    assert again["phone"] == "138****8000"
