"""The assistant notices that it does not help: misses, the same question again, anger."""

from __future__ import annotations

import pytest

from tests.e2e.conversations.script import (
    asked_for,
    begins_a_fault,
    heard,
    is_not_helped,
    is_sent_to_a_person,
    packet,
    says_in_turn,
    unanswered,
)
from tests.e2e.people import Customer, Staff, buttons

pytestmark = pytest.mark.e2e

ONE, TWO, THREE = "余额", "套餐", "积分"


def test_two_misses_in_a_row_offer_a_person(customer: Customer, admin: Staff):
    is_not_helped(customer, ONE)

    reply = is_not_helped(customer, TWO)

    assert heard([reply]) == ["no_answer_again"]
    assert buttons(reply) == ["转人工", "留言"]
    assert unanswered(admin, customer) == [(ONE, "refused"), (TWO, "refused")]


def test_an_answer_in_between_starts_the_count_again(customer: Customer):
    is_not_helped(customer, ONE)
    customer.asks("怎么查话费")

    assert heard([is_not_helped(customer, TWO)]) == ["no_answer"]


def test_a_third_miss_brings_a_person_and_says_why(customer: Customer, agent: Staff):
    is_not_helped(customer, ONE)
    is_not_helped(customer, TWO)

    told = is_not_helped(customer, THREE)

    assert told["data"]["kind"] == "queued"
    assert "没能答上" in told["text"]
    assert packet(agent, customer)["reason"] == "not_understood"


def test_a_third_miss_with_nobody_there_offers_a_message(customer: Customer):
    is_not_helped(customer, ONE)
    is_not_helped(customer, TWO)

    assert heard([is_not_helped(customer, THREE)]) == ["no_answer_nobody_online"]
    assert heard(customer.asks("好的")) == ["ask_message_form_message_text"]


def test_an_offered_person_is_fetched_with_a_bare_yes(customer: Customer, agent: Staff):
    is_not_helped(customer, ONE)
    is_not_helped(customer, TWO)

    is_sent_to_a_person(customer, "好的")

    assert packet(agent, customer)["reason"] == "not_understood"


def test_the_same_question_again_gets_more_than_the_same_answer(customer: Customer):
    replies = says_in_turn(customer, "怎么查话费", "怎么查话费")

    assert heard(replies) == ["same_answer"]
    assert buttons(replies[-1]) == ["报修登记", "转人工"]


def test_other_words_for_the_same_are_the_same_question(customer: Customer):
    replies = says_in_turn(customer, "怎么查话费", "我说怎么查话费啊！")

    assert heard(replies)[-1] == "same_answer"


def test_the_third_time_brings_a_person(customer: Customer, agent: Staff):
    says_in_turn(customer, "怎么查话费", "怎么查话费")

    is_sent_to_a_person(customer, "话费怎么查")

    assert "没能帮到您" in customer.heard[-1]["text"]
    assert packet(agent, customer)["reason"] == "not_solved"


def test_after_another_topic_the_question_is_a_new_one(customer: Customer):
    replies = says_in_turn(customer, "怎么查话费", "怎么查流量", "怎么查话费")

    assert heard(replies) == ["answer"]


def test_the_fault_reported_again_is_registered_at_once(customer: Customer):
    replies = says_in_turn(customer, "我家宽带断了", "我家宽带断了啊")

    assert heard(replies)[0] == "register_fault"
    assert asked_for(replies) == "since"


@pytest.mark.parametrize("words", ["垃圾客服", "你是猪吗", "你们这群骗子"])
def test_an_insult_brings_a_person(customer: Customer, agent: Staff, words: str):
    is_sent_to_a_person(customer, words)

    assert packet(agent, customer)["reason"] == "complaint"


def test_an_insult_in_the_form_brings_a_person_with_its_facts(customer: Customer, agent: Staff):
    begins_a_fault(customer)

    is_sent_to_a_person(customer, "一群骗子，昨晚八点就断了")

    told = packet(agent, customer)
    slots = {row["name"]: row["value"] for row in told["slots"]}
    assert told["reason"] == "complaint"
    assert "昨晚八点" in slots["since"]


def test_an_insult_with_nobody_there_still_gets_the_question_answered(
    customer: Customer, approved: dict[str, str]
):
    sorry, answer = customer.asks("你是猪吗，怎么查话费")

    assert heard([sorry, answer]) == ["sorry_nobody_online", "answer"]
    assert answer["text"] == approved["怎么查话费"]


def test_lost_patience_three_times_brings_a_person(customer: Customer, agent: Staff):
    says_in_turn(customer, "你真笨", "听不懂人话吗")

    is_sent_to_a_person(customer, "要你有什么用")

    assert packet(agent, customer)["reason"] == "complaint"


def test_lost_patience_once_is_apologised_for(customer: Customer):
    replies = customer.asks("什么破网又断了")

    assert heard(replies)[0] == "sorry"
    assert "转人工" in buttons(replies[0])


@pytest.mark.parametrize("words", ["垃圾短信怎么拦截", "接到骗子电话怎么办", "我妈的手机欠费了"])
def test_harmless_words_are_not_taken_for_anger(customer: Customer, words: str):
    assert not any(name.startswith("sorry") for name in heard(customer.asks(words)))
    assert customer.conversation()["status"] == "bot"
