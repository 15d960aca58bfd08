from __future__ import annotations

import dataclasses
import json

from actions.answers import (
    ActionAnswer,
    ActionChooseArticle,
    ActionNoneOfThese,
    ActionNotSolved,
    ActionSolved,
)
from actions.short_words import ActionAffirm, ActionDeny
from knowledgebase.model import Decision


async def test_an_approved_answer_is_given_word_for_word_with_verdict_buttons(chat, kb, desk, bill):
    kb.finds(bill)

    await chat.tell(ActionAnswer, "话费怎么查啊", "enquiry")

    assert [said.text for said in chat.said] == [bill.answer]
    assert chat.said[0].buttons == ["解决了", "没解决"]
    assert chat.said[0].payloads == ["/solved", "/not_solved"]
    assert chat.said[0].data == {"kind": "answer", "article_id": "a-bill"}
    assert desk.answers == [("m1", "a-bill", "话费怎么查啊")]


async def test_an_answer_with_braces_and_brackets_stays_as_it_was_approved(chat, kb, bill):
    odd = dataclasses.replace(bill, answer="回复 {验证码} 或 list0[1]，{0}")
    kb.finds(odd)

    await chat.tell(ActionAnswer, "怎么查话费", "enquiry")

    assert chat.said[0].text == odd.answer


async def test_a_doubtful_question_gets_suggestions_and_none_of_these(chat, kb, bill, red_light):
    kb.finds(bill, red_light, decision=Decision.SUGGEST)

    await chat.tell(ActionAnswer, "查一下", "enquiry")

    assert chat.said[0].buttons == [bill.question, red_light.question, "都不是"]
    assert json.loads(chat.said[0].payloads[0].removeprefix("/choose_article")) == {
        "article_id": "a-bill"
    }
    assert chat.said[0].payloads[-1] == "/none_of_these"


async def test_a_chosen_suggestion_is_answered_and_kept_with_the_first_question(
    chat, kb, desk, bill, red_light
):
    kb.finds(bill, red_light, decision=Decision.SUGGEST)
    await chat.tell(ActionAnswer, "查一下", "enquiry")

    await chat.tell(
        ActionChooseArticle,
        bill.question,
        "choose_article",
        payload='/choose_article{"article_id": "a-bill"}',
        entities={"article_id": "a-bill"},
    )

    assert chat.text == bill.answer
    assert desk.answers == [("m2", "a-bill", "查一下")]


async def test_a_suggestion_withdrawn_meanwhile_is_not_answered(chat, kb):
    await chat.tell(
        ActionChooseArticle, "怎么查话费", "choose_article", entities={"article_id": "gone"}
    )

    assert chat.heard == ["utter_no_answer"]
    assert kb.unanswered == [("怎么查话费", "no_answer")]


async def test_refused_suggestions_are_kept_as_an_unanswered_question(chat, kb, bill):
    kb.finds(bill, decision=Decision.SUGGEST)
    await chat.tell(ActionAnswer, "查一下", "enquiry")

    await chat.tell(ActionNoneOfThese, "都不是", "none_of_these")

    assert kb.unanswered == [("查一下", "refused")]
    assert chat.heard == ["utter_no_answer"]


async def test_no_typed_after_suggestions_refuses_them(chat, kb, bill):
    kb.finds(bill, decision=Decision.SUGGEST)
    await chat.tell(ActionAnswer, "查一下", "enquiry")

    await chat.tell(ActionDeny, "都不对", "deny")

    assert kb.unanswered == [("查一下", "refused")]


async def test_without_an_answer_the_assistant_says_so(chat, kb):
    await chat.tell(ActionAnswer, "你们老板喜欢吃什么", "enquiry")

    assert chat.heard == ["utter_no_answer"]
    assert kb.unanswered == [("你们老板喜欢吃什么", "no_answer")]


async def test_a_question_outside_the_service_is_refused_honestly(chat):
    await chat.tell(ActionAnswer, "帮我写首诗", "out_of_scope")

    assert chat.heard == ["utter_out_of_scope"]


async def test_what_seems_out_of_scope_is_still_answered_when_there_is_a_sure_answer(
    chat, kb, bill
):
    kb.finds(dataclasses.replace(bill, score=0.93))

    await chat.tell(ActionAnswer, "查话费", "out_of_scope")

    assert chat.text == bill.answer


async def test_what_seems_out_of_scope_is_only_offered_an_answer_that_is_less_sure(chat, kb, bill):
    kb.finds(dataclasses.replace(bill, score=0.87))

    await chat.tell(ActionAnswer, "怎么办护照", "out_of_scope")

    assert chat.heard == ["utter_suggest"]


async def test_the_second_miss_in_a_row_offers_a_person(chat):
    await chat.tell(ActionAnswer, "第一个问题", "enquiry")
    await chat.tell(ActionAnswer, "第二个问题", "nlu_fallback")

    assert chat.heard == ["utter_no_answer_again"]
    assert "/request_human" in chat.said[0].payloads


async def test_an_answer_between_two_misses_starts_the_count_again(chat, kb, bill):
    await chat.tell(ActionAnswer, "第一个问题", "enquiry")
    kb.finds(bill)
    await chat.tell(ActionAnswer, "怎么查话费", "enquiry")
    kb.finds(decision=Decision.NONE)
    await chat.tell(ActionAnswer, "第二个问题", "enquiry")

    assert chat.heard == ["utter_no_answer"]


async def test_yes_to_the_offer_of_a_person_hands_over(chat, desk):
    await chat.tell(ActionAnswer, "第一个问题", "enquiry")
    await chat.tell(ActionAnswer, "第二个问题", "enquiry")

    await chat.tell(ActionAffirm, "好的", "affirm")

    assert [reason for reason, _ in desk.requests] == ["not_understood"]


async def test_a_good_verdict_is_kept(chat, kb, desk, bill):
    kb.finds(bill)
    await chat.tell(ActionAnswer, "怎么查话费", "enquiry")

    await chat.tell(ActionSolved, "解决了", "solved", payload="/solved")

    assert desk.verdicts == [("a-bill", "solved")]
    assert chat.heard == ["utter_solved"]


async def test_a_bad_verdict_on_an_enquiry_offers_registering_and_a_person(chat, kb, desk, bill):
    kb.finds(bill)
    await chat.tell(ActionAnswer, "怎么查话费", "enquiry")

    await chat.tell(ActionNotSolved, "没解决", "not_solved", payload="/not_solved")

    assert desk.verdicts == [("a-bill", "not_solved")]
    assert kb.unanswered == [("怎么查话费", "not_solved")]
    assert chat.said[0].payloads == ["/report_fault", "/request_human"]


async def test_no_typed_after_an_answer_is_a_bad_verdict(chat, kb, desk, bill):
    kb.finds(bill)
    await chat.tell(ActionAnswer, "怎么查话费", "enquiry")

    await chat.tell(ActionDeny, "不行", "deny")

    assert desk.verdicts == [("a-bill", "not_solved")]


async def test_a_verdict_without_an_answer_is_no_verdict(chat, desk):
    await chat.tell(ActionSolved, "好了", "solved")
    await chat.tell(ActionNotSolved, "还是不行", "not_solved")

    assert desk.verdicts == []
    assert chat.heard == ["utter_not_solved"]


async def test_yes_and_no_without_a_question_are_taken_politely(chat):
    await chat.tell(ActionAffirm, "好的", "affirm")
    assert chat.heard == ["utter_what_next"]

    await chat.tell(ActionDeny, "不用了", "deny")
    assert chat.heard == ["utter_what_next"]


async def test_a_correction_after_the_ticket_was_made_goes_to_a_person(chat):
    chat.slots["ticket_number"] = "20260310-0001"

    await chat.tell(ActionAnswer, "电话写错了", "correct_field")

    assert chat.heard == ["utter_cannot_correct_ticket"]
    assert "20260310-0001" in chat.text
