"""When the assistant notices that it does not help: misses, the same question again, anger."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest

from actions.answers import (
    ActionAnswer,
    ActionChooseArticle,
    ActionNoneOfThese,
    ActionNotSolved,
    ActionSolved,
)
from actions.handoff import ActionRequestHandoff, ActionTakeComplaint
from actions.patience import Patience
from actions.small_talk import ActionSmallTalk
from actions.tickets import ActionTicketStatus
from knowledgebase.model import Decision


def reasons(desk) -> list[str]:
    return [reason for reason, _ in desk.requests]


@pytest.fixture
def patient(chat):
    """Let the operator's settings be these."""

    def patient(**settings) -> None:
        chat.services = dataclasses.replace(chat.services, patience=Patience(**settings))

    return patient


@pytest.fixture
def later(chat):
    """Let time pass."""

    def later(span: timedelta) -> None:
        now = chat.services.now() + span
        chat.services = dataclasses.replace(chat.services, now=lambda: now)

    return later


# -- misses -----------------------------------------------------------------------------------


async def test_the_third_miss_in_a_row_hands_over(chat, desk, ask):
    for words in ("第一个问题", "第二个问题", "第三个问题"):
        await ask(words)

    assert chat.said == []
    assert reasons(desk) == ["not_understood"]


async def test_the_third_miss_with_nobody_online_offers_a_message(chat, desk, ask):
    desk.outcome = "nobody_online"
    for words in ("第一个问题", "第二个问题", "第三个问题"):
        await ask(words)

    assert chat.heard == ["utter_no_answer_nobody_online"]
    assert chat.slots["open_question"] == "leave_message"


async def test_every_miss_is_kept(kb, ask):
    for words in ("第一个问题", "第二个问题", "第三个问题"):
        await ask(words)

    assert kb.unanswered == [
        ("第一个问题", "no_answer"),
        ("第二个问题", "no_answer"),
        ("第三个问题", "no_answer"),
    ]


async def test_for_the_weather_nobody_is_fetched(chat, desk, ask):
    for _ in range(4):
        await ask("今天天气怎么样", "out_of_scope")

    assert desk.requests == []
    assert chat.heard == ["utter_no_answer_again"]


async def test_when_misses_never_count_nobody_is_offered_or_fetched(chat, desk, ask, patient):
    patient(misses_before_offer=0, misses_before_handoff=0)

    for number in range(5):
        await ask(f"问题{number}")

    assert chat.heard == ["utter_no_answer"]
    assert desk.requests == []


async def test_the_operator_decides_after_how_many_misses_a_person_is_offered(chat, ask, patient):
    patient(misses_before_offer=1)

    await ask("第一个问题")

    assert chat.heard == ["utter_no_answer_again"]


# -- the same question again ------------------------------------------------------------------


async def test_the_same_question_again_is_not_answered_as_if_nothing_had_happened(
    chat, kb, bill, ask
):
    kb.finds(bill)
    await ask("怎么查话费")
    await ask("话费怎么查呀")

    assert chat.heard == ["utter_same_answer"]
    assert chat.said[0].payloads == ["/report_fault", "/request_human"]


async def test_an_answer_that_was_rewritten_meanwhile_is_given(chat, kb, bill, ask):
    kb.finds(bill)
    await ask("怎么查话费")
    kb.finds(dataclasses.replace(bill, answer="新的查法"))

    await ask("怎么查话费")

    assert chat.heard == ["utter_answer"]


async def test_asked_again_means_it_did_not_help_and_is_kept(kb, bill, ask):
    kb.finds(bill)
    await ask("怎么查话费")
    await ask("怎么查话费")

    assert kb.unanswered == [("怎么查话费", "not_solved")]


async def test_the_third_time_hands_over(chat, kb, desk, bill, ask):
    kb.finds(bill)
    for _ in range(3):
        await ask("怎么查话费")

    assert reasons(desk) == ["not_solved"]
    assert chat.said == []


async def test_the_third_time_with_nobody_online_offers_a_message(chat, kb, desk, bill, ask):
    desk.outcome = "nobody_online"
    kb.finds(bill)
    for _ in range(3):
        await ask("怎么查话费")

    assert chat.heard == ["utter_same_answer_nobody_online"]


async def test_small_talk_in_between_does_not_make_it_a_new_question(chat, kb, bill, ask):
    kb.finds(bill)
    await ask("怎么查话费")
    await chat.tell(ActionSmallTalk, "谢谢", "thanks")
    await ask("怎么查话费")

    assert chat.heard == ["utter_same_answer"]


async def test_after_another_topic_the_question_is_a_new_one(chat, kb, bill, red_light, ask):
    kb.finds(bill)
    await ask("怎么查话费")
    kb.finds(red_light)
    await ask("光猫红灯什么意思")
    kb.finds(bill)
    await ask("怎么查话费")

    assert chat.text == bill.answer


async def test_after_a_long_while_the_question_is_a_new_one(chat, kb, bill, ask, later):
    kb.finds(bill)
    await ask("怎么查话费")
    later(timedelta(minutes=11))
    await ask("怎么查话费")

    assert chat.text == bill.answer


async def test_after_it_was_solved_the_question_is_a_new_one(chat, kb, bill, ask):
    kb.finds(bill)
    await ask("怎么查话费")
    await chat.tell(ActionSolved, "解决了", "solved", payload="/solved")
    await ask("怎么查话费")

    assert chat.text == bill.answer


async def test_an_article_found_meanwhile_is_given(chat, kb, bill, red_light, ask):
    kb.finds(bill)
    await ask("灯是什么意思")
    kb.finds(red_light)
    await ask("灯是什么意思")

    assert chat.text == red_light.answer


async def test_the_same_suggestions_again_count_as_refused(chat, kb, bill, red_light, ask):
    kb.finds(bill, red_light, decision=Decision.SUGGEST)
    await ask("帮我查一下话费")
    await ask("帮我查一下话费啊")

    assert chat.heard == ["utter_same_suggestions"]
    assert kb.unanswered == [("帮我查一下话费啊", "refused")]


async def test_suggestions_to_other_words_are_new_ones_and_nothing_was_refused(
    chat, kb, bill, red_light, ask
):
    kb.finds(bill, red_light, decision=Decision.SUGGEST)
    await ask("帮我查一下话费")
    await ask("红灯")

    assert chat.heard == ["utter_suggest"]
    assert kb.unanswered == []


async def test_the_chosen_answer_counts_for_the_words_that_were_asked(chat, kb, bill, ask):
    kb.finds(bill, decision=Decision.SUGGEST)
    await ask("查一下")
    await chat.tell(
        ActionChooseArticle, bill.question, "choose_article", entities={"article_id": "a-bill"}
    )
    kb.finds(bill)
    await ask("怎么查话费")

    assert chat.heard == ["utter_same_answer"]


async def test_when_repeats_never_count_the_answer_is_given_again(chat, kb, bill, ask, patient):
    patient(repeats_before_offer=0, repeats_before_handoff=0)
    kb.finds(bill)
    for _ in range(4):
        await ask("怎么查话费")

    assert chat.text == bill.answer


async def test_in_the_form_a_person_is_only_offered(chat, kb, desk, bill):
    await chat.report("我家宽带断了")
    kb.finds(bill)
    for _ in range(4):
        await chat.answer("请问怎么查话费？", "enquiry")

    assert chat.heard[0] == "utter_same_answer_in_form"
    assert chat.form == "fault_form"
    assert desk.requests == []


async def test_misses_in_the_form_offer_a_person_and_are_kept(chat, kb, desk):
    await chat.report("我家宽带断了")
    for words in ("请问有飞毯吗？", "请问有斗篷吗？", "请问有飞船吗？"):
        await chat.answer(words, "enquiry")

    assert chat.heard[0] == "utter_no_answer_again_in_form"
    assert chat.form == "fault_form"
    assert desk.requests == []
    assert len(kb.unanswered) == 3


async def test_a_bad_verdict_in_the_form_is_kept(chat, kb, bill):
    await chat.report("我家宽带断了")
    kb.finds(bill)
    await chat.answer("请问怎么查话费？", "enquiry")

    assert not await chat.answer("没用", "not_solved", payload="/not_solved")
    await chat.tell(ActionNotSolved, "没用", "not_solved", payload="/not_solved")

    assert kb.unanswered == [("请问怎么查话费？", "not_solved")]


async def test_an_insult_in_the_form_hands_over_with_the_facts_in_it(chat, desk):
    await chat.report("我家宽带断了")

    await chat.answer("一群骗子，昨晚八点就断了")

    ((reason, facts),) = desk.requests
    assert reason == "complaint"
    assert "昨晚八点" in facts["since"]
    assert chat.form is None


async def test_whoever_confirms_with_an_insult_gets_the_ticket(chat, desk, tickets):
    desk.contact.name, desk.contact.phone = "王", "13800138000"
    await chat.report("我家宽带断了，昨晚八点开始的，海棠路8号2栋301，光猫亮红灯，明天上午来")

    await chat.answer("对，提交，垃圾客服", "affirm")

    assert len(tickets.by_message) == 1
    assert desk.requests == []


async def test_lost_patience_in_the_form_is_apologised_for_and_the_answer_taken(chat):
    await chat.report("我家宽带断了")

    await chat.answer("烦死了，昨晚八点")

    assert chat.heard[0] == "utter_sorry"
    assert chat.slots["since"] == "昨晚八点"


# -- anger ------------------------------------------------------------------------------------


async def test_mild_anger_is_apologised_for_before_the_answer(chat, kb, bill):
    kb.finds(bill)

    await chat.tell(ActionAnswer, "烦死了，话费怎么查", "enquiry")

    assert chat.heard == ["utter_sorry", "utter_answer"]
    assert chat.said[0].payloads == ["/request_human"]


async def test_mild_anger_that_asks_nothing_is_no_unanswered_question(chat, kb):
    await chat.tell(ActionAnswer, "你真笨", "out_of_scope")

    assert chat.heard == ["utter_sorry", "utter_what_happened"]
    assert kb.unanswered == []


async def test_the_third_angry_message_hands_over(chat, desk):
    for _ in range(3):
        await chat.tell(ActionAnswer, "你真笨", "out_of_scope")

    assert reasons(desk) == ["complaint"]
    assert chat.said == []


@pytest.mark.parametrize(
    ("action", "intent"),
    [
        (ActionAnswer, "enquiry"),
        (ActionSmallTalk, "greet"),
        (ActionTicketStatus, "ticket_status"),
        (ActionNotSolved, "not_solved"),
        (ActionRequestHandoff, "request_human"),
        (ActionTakeComplaint, "complaint"),
    ],
)
async def test_an_insult_leads_to_a_person_whatever_else_is_said(chat, desk, action, intent):
    await chat.tell(action, "垃圾客服，你是猪吗", intent)

    assert reasons(desk) == ["complaint"]
    assert chat.said == []


async def test_an_insult_with_nobody_online_is_apologised_for_and_the_question_answered(
    chat, kb, desk, bill
):
    desk.outcome = "nobody_online"
    kb.finds(bill)

    await chat.tell(ActionAnswer, "你是猪吗，话费怎么查", "enquiry")

    assert chat.heard == ["utter_sorry_nobody_online", "utter_answer"]
    assert chat.said[0].payloads == ["/complaint"]


async def test_the_complaint_button_takes_what_was_said_in_anger(chat, desk, tickets):
    desk.outcome = "nobody_online"
    desk.contact.phone = "13800138000"
    await chat.tell(ActionAnswer, "你们这群骗子，上个月多扣我二十块", "enquiry")

    await chat.tell(ActionTakeComplaint, "登记投诉", "complaint", payload="/complaint")
    assert chat.heard == ["utter_complaint_noted_nobody_online"]
    await chat.open("message_form")

    (ticket,) = tickets.by_message.values()
    assert ticket.symptom == "你们这群骗子，上个月多扣我二十块"


async def test_a_button_is_never_angry(chat, kb, desk, bill):
    kb.finds(bill, decision=Decision.SUGGEST)
    await chat.tell(
        ActionChooseArticle,
        "垃圾客服怎么投诉",
        "choose_article",
        payload='/choose_article{"article_id": "a-bill"}',
        entities={"article_id": "a-bill"},
    )

    assert desk.requests == []
    assert chat.heard == ["utter_answer"]


async def test_anger_that_is_not_heeded_changes_nothing(chat, kb, desk, bill, patient):
    patient(anger="off")
    kb.finds(bill)

    await chat.tell(ActionAnswer, "垃圾客服，话费怎么查", "enquiry")

    assert desk.requests == []
    assert chat.heard == ["utter_answer"]


async def test_where_only_strong_anger_is_heeded_mild_anger_changes_nothing(
    chat, kb, desk, bill, patient
):
    patient(anger="strong", anger_before_handoff=0)
    kb.finds(bill)

    await chat.tell(ActionAnswer, "烦死了，话费怎么查", "enquiry")
    assert chat.heard == ["utter_answer"]

    await chat.tell(ActionAnswer, "垃圾客服", "enquiry")
    assert reasons(desk) == ["complaint"]


# -- what is kept for the content staff -------------------------------------------------------


async def test_a_bad_verdict_on_first_help_is_kept(chat, kb, bill, ask):
    kb.finds(bill)
    await ask("话费不对")
    chat.slots["pending_fault"] = True

    await chat.tell(ActionNotSolved, "没解决", "not_solved", payload="/not_solved")

    assert kb.unanswered == [("话费不对", "not_solved")]


async def test_suggestions_refused_for_a_fault_are_kept(chat, kb, bill, ask):
    kb.finds(bill, decision=Decision.SUGGEST)
    await ask("网不好")
    chat.slots["pending_fault"] = True

    await chat.tell(ActionNoneOfThese, "都不是", "none_of_these", payload="/none_of_these")

    assert kb.unanswered == [("网不好", "refused")]


async def test_what_sounds_like_a_verdict_but_judges_nothing_is_looked_up(chat, kb, bill):
    kb.finds(bill)

    await chat.tell(ActionNotSolved, "流亮不够用", "not_solved")

    assert chat.heard == ["utter_answer"]
