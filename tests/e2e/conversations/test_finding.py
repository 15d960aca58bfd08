"""Finding an answer: politely, rudely, mistyped; and saying honestly that there is none."""

from __future__ import annotations

import pytest

from tests.e2e.conversations.script import heard, says_in_turn, unanswered
from tests.e2e.people import Customer, Staff, buttons

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize(
    "words",
    ["您好，麻烦问一下怎么查话费，谢谢", "请问话费怎么查询呀", "咋查话费", "快点告诉我怎么查话费"],
)
def test_however_a_question_is_put_it_gets_the_approved_answer(
    customer: Customer, approved: dict[str, str], words: str
):
    assert customer.asks(words)[-1]["text"] == approved["怎么查话费"]


def test_a_rude_question_is_apologised_to_and_answered(
    customer: Customer, approved: dict[str, str]
):
    sorry, answer = customer.asks("烦死了，怎么查话费")

    assert heard([sorry, answer]) == ["sorry", "answer"]
    assert answer["text"] == approved["怎么查话费"]


@pytest.mark.parametrize("words", ["网上不去了", "宽代断了"])
def test_a_mistyped_fault_gets_first_help(customer: Customer, words: str):
    assert heard(customer.asks(words))[0].startswith("try_")


def test_what_sounds_like_a_verdict_is_looked_up_when_nothing_was_answered_yet(
    customer: Customer,
):
    assert heard(customer.asks("流亮不够用")) in (["answer"], ["suggest"])


def test_a_single_word_gets_suggestions_and_the_chosen_one_is_answered(
    customer: Customer, approved: dict[str, str]
):
    offered = buttons(customer.asks("余额")[-1])
    assert offered[-1] == "都不是"

    answer = customer.chooses(offered[0])

    assert answer[-1]["text"] == approved[offered[0]]


def test_refused_suggestions_are_kept_for_the_content_staff(customer: Customer, admin: Staff):
    customer.asks("余额")

    assert heard(customer.chooses("都不是")) == ["no_answer"]
    assert unanswered(admin, customer) == [("余额", "refused")]


def test_suggestions_passed_over_for_a_better_question_are_not_kept(
    customer: Customer, admin: Staff
):
    customer.asks("余额")

    assert heard(customer.asks("怎么查话费")) == ["answer"]
    assert unanswered(admin, customer) == []


def test_an_answer_that_helped_ends_well(customer: Customer, admin: Staff):
    customer.asks("怎么查话费")

    assert heard(customer.asks("解决了，谢谢")) == ["solved"]
    assert unanswered(admin, customer) == []


@pytest.mark.parametrize("words", ["没解决", "没用", "没卵用", "还是不行啊"])
def test_an_answer_that_did_not_help_is_kept_and_more_is_offered(
    customer: Customer, admin: Staff, words: str
):
    customer.asks("怎么查话费")

    replies = customer.asks(words)

    assert heard(replies) == ["not_solved"]
    assert buttons(replies[-1]) == ["报修登记", "转人工"]
    assert unanswered(admin, customer) == [("怎么查话费", "not_solved")]


def test_a_question_that_is_not_ours_is_refused_honestly(customer: Customer):
    assert heard(customer.asks("帮我写一首诗")) == ["out_of_scope"]


@pytest.mark.parametrize("words", ["怎么办护照", "能帮我家装监控摄像头吗"])
def test_what_only_sounds_like_an_article_is_never_answered_with_it(customer: Customer, words: str):
    assert heard(customer.asks(words))[0] in ("suggest", "out_of_scope", "no_answer")


def test_a_question_in_a_hurry_is_a_question(customer: Customer):
    assert heard(customer.asks("查个话费快点"))[-1] in ("answer", "suggest")


@pytest.mark.parametrize("words", ["asdfgh", "。。。？？"])
def test_gibberish_after_an_answer_judges_nothing(customer: Customer, admin: Staff, words: str):
    customer.asks("怎么查话费")

    assert heard(customer.asks(words))[0] not in ("solved", "not_solved", "complaint")
    assert ("怎么查话费", "not_solved") not in unanswered(admin, customer)


def test_after_it_was_solved_the_same_question_is_simply_answered_again(customer: Customer):
    replies = says_in_turn(customer, "怎么查话费", "解决了", "怎么查话费")

    assert heard(replies) == ["answer"]
