from __future__ import annotations

import dataclasses

import pytest

from actions.answers import ActionChooseArticle, ActionNoneOfThese, ActionNotSolved, ActionSolved
from actions.faults import ActionReportFault, ActionTakeFacts
from actions.short_words import ActionCancel, ActionDeny
from actions.tickets import ActionCreateTicket
from knowledgebase.model import Decision

ANSWERS = {
    "symptom": "光猫亮红灯，上不了网",
    "since": "昨天晚上八点左右",
    "place": "海棠路8号2栋301",
    "contact_name": "王芳",
    "phone": "13800138000",
    "hoped_time": "明天上午",
}


async def fill(chat, *, until="confirmed"):
    """Answer each question in turn until `until` is asked."""
    for name, words in ANSWERS.items():
        if chat.slots["requested_slot"] == until:
            return
        if chat.slots["requested_slot"] == name:
            await chat.answer(words)
    assert chat.slots["requested_slot"] == until


async def test_a_fault_is_asked_for_piece_by_piece_read_back_and_registered(chat, tickets, desk):
    await chat.report()
    assert chat.heard == ["utter_register_fault", "utter_ask_fault_form_symptom"]

    asked = []
    for words in ANSWERS.values():
        asked.append(chat.slots["requested_slot"])
        await chat.answer(words)
    assert asked == list(ANSWERS)
    assert chat.heard == ["utter_read_back"]
    assert all(words in chat.text for words in ANSWERS.values())
    assert chat.said[0].payloads == ["/affirm", "/correct_field", "/cancel"]

    await chat.answer("对，提交", "affirm", payload="/affirm")

    ticket = tickets.by_message["m8"]
    assert {name: getattr(ticket, name) for name in ANSWERS} == ANSWERS
    assert (ticket.type, ticket.fault_type, ticket.channel) == ("fault", "broadband", "webchat")
    assert chat.heard == ["utter_ticket_registered"]
    assert chat.text.splitlines()[:3] == [
        "已经为您登记好了，工单号 20260310-0001。",
        "类型：故障报修，优先级：重要。",
        "我们会在今天14:00前完成初步判断，今天20:00前与您联系，明天12:00前处理完毕。",
    ]
    assert chat.said[0].data == {"kind": "ticket", "number": "20260310-0001"}
    assert desk.remembered == [{"name": "王芳", "phone": "13800138000"}]
    assert chat.form is None
    assert chat.slots["symptom"] is None
    assert chat.slots["ticket_number"] == "20260310-0001"


async def test_nothing_said_before_is_asked_again(chat):
    await chat.report(
        "我家宽带断了，光猫亮红灯，昨天晚上开始的，我在海棠路8号2栋301，电话13800138000"
    )

    assert chat.heard == ["utter_register_fault", "utter_ask_fault_form_contact_name"]


async def test_a_known_customer_is_not_asked_for_name_and_phone(chat, desk):
    desk.contact.name, desk.contact.phone = "王芳", "+8613800138000"
    await chat.report()

    for name in ("symptom", "since", "place", "hoped_time"):
        assert chat.slots["requested_slot"] == name
        await chat.answer(ANSWERS[name])

    assert "联系人：王芳" in chat.text
    assert "联系电话：13800138000" in chat.text


async def test_a_second_fault_of_the_same_customer_begins_with_an_empty_draft(chat):
    await chat.report()
    await fill(chat)
    await chat.answer("对的", "affirm")

    await chat.report("电视也看不了了")

    assert chat.slots["symptom"] == "电视也看不了了"
    assert chat.slots["requested_slot"] == "since"
    assert chat.slots["phone"] == "13800138000"


async def test_a_message_run_twice_makes_one_ticket(chat, tickets):
    await chat.report()
    await fill(chat)
    before = dict(chat.slots)

    await chat.answer("对的", "affirm")
    first = chat.text
    chat.slots, chat.form = {**before, "confirmed": True}, None
    await chat.tell(ActionCreateTicket, "对的", "affirm", again=True)

    assert len(tickets.by_message) == 1
    assert chat.text == first


async def test_first_help_comes_before_the_form(chat, kb, desk, red_light):
    kb.finds(red_light)

    await chat.tell(ActionReportFault, "光猫红灯亮，上不了网", "report_fault")

    assert chat.heard == ["utter_try_this_first", "utter_answer"]
    assert chat.said[1].text == red_light.answer
    assert chat.said[1].payloads == ["/solved", "/not_solved"]
    assert chat.slots["pending_fault"] is True
    assert desk.answers == [("m1", "a-red", "光猫红灯亮，上不了网")]


async def test_first_help_that_did_not_help_leads_to_the_form_and_into_the_ticket(
    chat, kb, desk, tickets, red_light
):
    kb.finds(red_light)
    await chat.tell(ActionReportFault, "光猫红灯亮，上不了网", "report_fault")

    await chat.tell(ActionNotSolved, "没解决", "not_solved", payload="/not_solved")
    assert chat.heard == ["utter_not_solved_fault"]
    assert desk.verdicts == [("a-red", "not_solved")]
    assert kb.unanswered == [("光猫红灯亮，上不了网", "not_solved")]

    await chat.open("fault_form")
    assert chat.slots["requested_slot"] == "since"
    await fill(chat)
    await chat.answer("没错", "affirm")
    assert [t.tried for t in tickets.by_message.values()] == [(red_light.question,)]


async def test_no_typed_after_first_help_leads_to_the_form(chat, kb, red_light):
    kb.finds(red_light)
    await chat.tell(ActionReportFault, "光猫红灯亮，上不了网", "report_fault")

    await chat.tell(ActionDeny, "不行啊", "deny")

    assert chat.form == "fault_form"
    assert chat.heard == ["utter_not_solved_fault", "utter_ask_fault_form_since"]


async def test_a_fault_cured_by_first_help_needs_no_ticket(chat, kb, desk, red_light):
    kb.finds(red_light)
    await chat.tell(ActionReportFault, "光猫红灯亮，上不了网", "report_fault")

    await chat.tell(ActionSolved, "解决了", "solved", payload="/solved")

    assert chat.heard == ["utter_solved"]
    assert desk.verdicts == [("a-red", "solved")]
    assert chat.slots["pending_fault"] is None
    assert chat.slots["symptom"] is None


async def test_several_cures_are_offered_and_none_of_them_leads_to_the_form(
    chat, kb, bill, red_light
):
    kb.finds(red_light, bill, decision=Decision.SUGGEST)
    await chat.tell(ActionReportFault, "家里网断了", "report_fault")
    assert chat.heard == ["utter_try_one_of_these_first", "utter_suggest"]

    await chat.tell(ActionNoneOfThese, "都不是", "none_of_these", payload="/none_of_these")

    assert chat.heard == ["utter_not_solved_fault"]
    assert chat.slots["pending_fault"] is True
    assert kb.unanswered == [("家里网断了", "refused")]


async def test_a_chosen_cure_is_judged_like_any_answer(chat, kb, red_light):
    kb.finds(red_light, decision=Decision.SUGGEST)
    await chat.tell(ActionReportFault, "家里网断了", "report_fault")
    await chat.tell(
        ActionChooseArticle, "光猫亮红灯怎么办", "choose_article", entities={"article_id": "a-red"}
    )

    await chat.tell(ActionNotSolved, "没解决", "not_solved")

    assert chat.heard == ["utter_not_solved_fault"]


async def test_who_reports_it_again_is_not_given_the_same_help_twice(chat, kb, red_light):
    kb.finds(red_light)
    await chat.tell(ActionReportFault, "光猫红灯亮，上不了网", "report_fault")

    await chat.report("别说了，光猫红灯，赶紧报修")

    assert chat.form == "fault_form"
    assert chat.heard == ["utter_register_fault", "utter_ask_fault_form_since"]


async def test_what_was_asked_and_not_solved_is_not_asked_again_when_it_is_registered(
    chat, kb, ask, red_light
):
    kb.finds(red_light)
    await ask("宽带上不了网怎么办")
    await chat.tell(ActionNotSolved, "没解决", "not_solved", payload="/not_solved")

    await chat.tell(ActionReportFault, "报修登记", "report_fault", payload="/report_fault")

    assert "上不了网" in chat.slots["symptom"]
    assert chat.slots["tried"] == [red_light.question]


async def test_a_symptom_out_of_the_blue_is_a_fault(chat, kb, red_light):
    kb.finds(red_light)

    await chat.tell(ActionTakeFacts, "光猫红灯常亮", "provide_info")

    assert chat.heard == ["utter_try_this_first", "utter_answer"]


async def test_a_symptom_without_first_help_opens_the_form(chat):
    await chat.tell(ActionTakeFacts, "光猫红灯常亮", "provide_info")

    assert chat.form == "fault_form"
    assert chat.heard == ["utter_register_fault", "utter_ask_fault_form_since"]


async def test_facts_without_a_symptom_are_looked_up(chat, kb, bill):
    kb.finds(bill)

    await chat.tell(ActionTakeFacts, "话费", "provide_info")

    assert chat.text == bill.answer


@pytest.mark.parametrize(
    ("words", "field", "value"),
    [
        ("电话不对，是13900139000", "phone", "13900139000"),
        ("地址写错了，应该是和平路6号1栋502", "place", "和平路6号1栋502"),
    ],
)
async def test_a_correction_at_the_end_is_read_back_again(chat, tickets, words, field, value):
    await chat.report()
    await fill(chat)

    await chat.answer(words, "correct_field")

    assert chat.heard == ["utter_read_back"]
    assert value in chat.text
    assert tickets.by_message == {}
    await chat.answer("对", "affirm")
    assert getattr(tickets.by_message["m9"], field) == value


async def test_a_correction_in_the_middle_is_said_and_the_form_goes_on(chat):
    await chat.report()
    await fill(chat, until="hoped_time")

    await chat.answer("电话不对，是13900139000", "correct_field")

    assert chat.heard == ["utter_corrected", "utter_ask_fault_form_hoped_time"]
    assert "13900139000" in chat.text
    assert chat.slots["phone"] == "13900139000"


async def test_what_is_wrong_is_asked_without_reading_everything_back(chat):
    await chat.report()
    await fill(chat)

    await chat.answer("要修改", "correct_field", payload="/correct_field")
    assert chat.heard == ["utter_problem_what_is_wrong"]

    await chat.answer("电话", "provide_info")
    assert chat.slots["confirmed"] is None


async def test_a_field_called_wrong_without_the_right_one_is_asked_again(chat):
    await chat.report()
    await fill(chat)

    await chat.answer("电话不对", "correct_field")

    assert chat.heard == ["utter_ask_fault_form_phone"]


async def test_a_question_in_between_is_answered_before_the_form_asks_again(chat, kb, desk, bill):
    await chat.report("我家宽带断了")
    kb.finds(bill)

    await chat.answer("对了，怎么查话费？", "enquiry")

    assert chat.said[0].text == bill.answer
    assert chat.heard == ["utter_answer_in_form", "utter_ask_fault_form_since"]
    assert desk.answers == [("m2", "a-bill", "对了，怎么查话费？")]
    assert chat.slots["symptom"] == "我家宽带断了"


async def test_a_question_without_an_answer_is_kept_and_the_form_asks_again(chat, kb):
    await chat.report("我家宽带断了")

    await chat.answer("你们什么时候上市？", "enquiry")

    assert chat.heard == ["utter_no_answer_in_form", "utter_ask_fault_form_since"]
    assert kb.unanswered == [("你们什么时候上市？", "no_answer")]


async def test_thanks_for_an_answer_in_between_does_not_end_the_form(chat, kb, bill):
    await chat.report("我家宽带断了")
    kb.finds(bill)
    await chat.answer("怎么查话费？", "enquiry")

    assert not await chat.answer("解决了", "solved", payload="/solved")
    await chat.tell(ActionSolved, "解决了", "solved", payload="/solved")

    assert chat.form == "fault_form"
    assert chat.heard == ["utter_what_next_in_form", "utter_ask_fault_form_since"]


async def test_a_fault_that_went_away_by_itself_ends_the_form(chat):
    await chat.report("我家宽带断了")

    assert not await chat.answer("好了，又能用了", "solved")
    await chat.tell(ActionSolved, "好了，又能用了", "solved")

    assert chat.form is None
    assert chat.heard == ["utter_solved_in_form"]
    assert chat.slots["symptom"] is None


@pytest.mark.parametrize("words", ["138001", "没有电话", "+1 202 555 0123"])
async def test_a_wrong_number_is_explained_with_an_example_and_asked_again(chat, words):
    await chat.report()
    await fill(chat, until="phone")

    await chat.answer(words)

    assert chat.heard[0].startswith("utter_problem_phone")
    assert chat.heard[1] == "utter_ask_fault_form_phone"
    assert "13800138000" in chat.said[0].text


async def test_after_the_third_wrong_number_a_person_is_offered(chat):
    await chat.report()
    await fill(chat, until="phone")

    for _ in range(3):
        await chat.answer("138001")

    assert chat.heard == ["utter_offer_human_in_form", "utter_ask_fault_form_phone"]
    assert "/request_human" in chat.said[0].payloads


async def test_a_right_number_starts_the_count_again(chat):
    await chat.report()
    await fill(chat, until="phone")
    await chat.answer("138001")
    await chat.answer("138001")
    await chat.answer("13800138000")

    assert chat.slots["invalid_count"] is None


@pytest.mark.parametrize(
    ("words", "intent"),
    [
        ("转人工", "request_human"),
        ("算了不报了", "cancel"),
        ("什么破网络，我要投诉你们", "complaint"),
        ("我上次的工单到哪了", "ticket_status"),
        ("你是机器人吗", "bot_challenge"),
        ("你好", "greet"),
        ("再见", "goodbye"),
        ("有完没完，气死我了", "complaint"),
    ],
)
async def test_other_wishes_leave_the_form_to_the_rules(chat, words, intent):
    await chat.report("我家宽带断了")

    assert not await chat.answer(words, intent)
    assert chat.said == []
    assert chat.slots["since"] is None


async def test_after_an_interruption_the_words_are_not_read_a_second_time(chat):
    await chat.report("我家宽带断了")
    assert not await chat.answer("你好", "greet")

    chat.events.append({"event": "action", "name": "utter_greet"})
    await chat.open("fault_form")

    assert chat.heard == ["utter_ask_fault_form_since"]


async def test_rude_words_with_an_answer_in_them_are_still_an_answer(chat):
    await chat.report("你们这破宽带又断了，什么玩意儿")
    assert chat.slots["fault_type"] == "broadband"

    await chat.answer("昨天晚上就断了，到现在没人管", "complaint")

    assert "昨天晚上" in chat.slots["since"]


async def test_cancelling_says_that_nothing_was_submitted(chat, tickets):
    await chat.report("我家宽带断了")
    await chat.answer("昨天晚上")

    assert not await chat.answer("取消", "cancel", payload="/cancel")
    await chat.tell(ActionCancel, "取消", "cancel", payload="/cancel")

    assert chat.heard == ["utter_fault_cancelled"]
    assert chat.form is None
    assert tickets.by_message == {}
    assert chat.slots["symptom"] is None
    assert chat.slots["since"] is None


async def test_cancelling_nothing_says_so(chat):
    await chat.tell(ActionCancel, "取消", "cancel")

    assert chat.heard == ["utter_nothing_to_cancel"]


async def test_not_knowing_is_taken_where_the_field_allows_it(chat):
    await chat.report("我家宽带断了")

    await chat.answer("不清楚", "dont_know")
    assert chat.slots["requested_slot"] == "place"

    await chat.answer("不知道", "dont_know")
    assert chat.heard == ["utter_problem_place_needed", "utter_ask_fault_form_place"]


async def test_a_question_that_does_not_look_like_one_is_answered_when_there_is_an_answer(
    chat, kb, bill
):
    await chat.report()
    await fill(chat, until="phone")
    kb.finds(bill)

    await chat.answer("话费余额", "nlu_fallback")

    assert chat.heard == ["utter_answer_in_form", "utter_ask_fault_form_phone"]


async def test_a_value_that_would_break_the_read_back_does_not(chat):
    await chat.report()
    await chat.answer("报错0[ERR]，{symptom}打不开")
    await fill(chat)

    assert chat.heard == ["utter_read_back"]
    assert "0 [ERR]，{symptom}打不开" in chat.text


async def test_a_form_that_fails_says_so_and_asks_again(chat, services):
    await chat.report("我家宽带断了")
    broken = dataclasses.replace(services, knowledge_base=None)
    chat.services = broken

    await chat.answer("怎么查话费？", "enquiry")

    assert chat.heard == ["utter_something_went_wrong", "utter_ask_fault_form_since"]
    assert "/request_human" in chat.said[0].payloads


async def test_a_ticket_that_cannot_be_stored_keeps_the_draft(chat, services):
    await chat.report()
    await fill(chat)
    chat.services = dataclasses.replace(services, tickets=None)

    await chat.answer("对", "affirm")

    assert chat.heard == ["utter_something_went_wrong", "utter_read_back"]
    assert chat.slots["phone"] == "13800138000"
