"""Greetings, thanks and short words, each in its place."""

from __future__ import annotations

import pytest

from tests.e2e.conversations.script import begins_a_fault, heard, is_not_helped, says_in_turn
from tests.e2e.people import Customer, buttons

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize(
    ("words", "reply"),
    [
        ("您好呀", "greet"),
        ("你是机器人吗", "bot_challenge"),
        ("谢谢您", "thanks"),
        ("再见", "goodbye"),
        ("不知道", "rephrase"),
    ],
)
def test_small_talk_is_answered_in_kind(customer: Customer, words: str, reply: str):
    assert heard(customer.asks(words)) == [reply]


def test_thanks_after_an_answer_do_not_judge_it(customer: Customer):
    replies = says_in_turn(customer, "怎么查话费", "谢谢")

    assert heard(replies) == ["thanks"]


def test_a_greeting_in_the_form_is_returned_before_it_asks_again(customer: Customer):
    asked = heard(begins_a_fault(customer))[-1]

    assert heard(customer.asks("你好")) == ["greet", asked]


def test_a_bare_no_after_an_answer_is_a_verdict(customer: Customer):
    assert heard(says_in_turn(customer, "怎么查话费", "不行")) == ["not_solved"]


def test_a_bare_yes_to_a_person_with_nobody_there_offers_a_message(customer: Customer):
    is_not_helped(customer, "余额")
    is_not_helped(customer, "套餐")

    replies = customer.asks("好的")

    assert heard(replies) == ["nobody_online"]
    assert buttons(replies[-1]) == ["留言", "请给我回电", "不用了"]


def test_a_bare_yes_to_nothing_is_taken_politely(customer: Customer):
    assert heard(customer.asks("好的")) == ["what_next"]


def test_there_is_nothing_to_cancel_before_anything_began(customer: Customer):
    assert heard(customer.asks("取消")) == ["nothing_to_cancel"]
