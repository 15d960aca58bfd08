from __future__ import annotations

import pytest

from actions.answers import ActionAnswer, ActionNotSolved, ActionSolved
from actions.handoff import ActionRequestHandoff, ActionTakeComplaint
from actions.messages import ActionLeaveMessage
from actions.short_words import ActionAffirm, ActionCancel, ActionDeny
from handoff.waiting import Absence, Choice

CALL = Choice.CALL.value


async def test_once_queued_the_assistant_is_silent(chat, desk):
    await chat.tell(ActionRequestHandoff, "转人工", "request_human")

    assert chat.said == []
    assert desk.requests == [("customer_request", {})]


async def test_a_person_is_had_in_the_middle_of_the_form_with_what_is_known(chat, desk):
    await chat.report("我家宽带断了，昨天晚上开始的")

    assert not await chat.answer("转人工", "request_human")
    await chat.tell(ActionRequestHandoff, "转人工", "request_human")

    assert chat.form is None
    assert chat.said == []
    reason, slots = desk.requests[0]
    assert reason == "customer_request"
    assert slots["fault_type"] == "broadband"
    assert "断了" in slots["symptom"]


async def test_after_an_answer_that_did_not_help_the_reason_says_so(chat, kb, desk, bill):
    kb.finds(bill)
    await chat.tell(ActionAnswer, "怎么查话费", "enquiry")
    await chat.tell(ActionNotSolved, "没解决", "not_solved")

    await chat.tell(ActionRequestHandoff, "转人工", "request_human")

    assert desk.requests[0][0] == "not_solved"


async def test_asking_again_while_queued_keeps_the_place(chat, desk):
    desk.outcome = "already_queued"

    await chat.tell(ActionRequestHandoff, "人呢", "request_human")

    assert chat.heard == ["utter_already_queued"]


async def test_with_nobody_online_a_message_is_offered(chat, desk):
    desk.outcome = "nobody_online"

    await chat.tell(ActionRequestHandoff, "转人工", "request_human")

    assert chat.heard == ["utter_nobody_online"]
    assert chat.said[0].payloads == ["/leave_message", "/leave_message", "/deny"]


async def test_yes_to_leaving_a_message_begins_one(chat, desk):
    desk.outcome = "nobody_online"
    await chat.tell(ActionRequestHandoff, "转人工", "request_human")

    await chat.tell(ActionAffirm, "好", "affirm")

    assert chat.form == "message_form"
    assert chat.heard == ["utter_ask_message_form_message_text"]


async def test_no_to_leaving_a_message_is_accepted(chat, desk):
    desk.outcome = "nobody_online"
    await chat.tell(ActionRequestHandoff, "转人工", "request_human")

    await chat.tell(ActionDeny, "不用了", "deny", payload="/deny")

    assert chat.heard == ["utter_what_next"]
    assert chat.form is None


async def test_with_nobody_online_the_form_goes_on(chat, desk):
    desk.outcome = "nobody_online"
    await chat.report("我家宽带断了")

    assert not await chat.answer("转人工", "request_human")
    await chat.tell(ActionRequestHandoff, "转人工", "request_human")

    assert chat.form == "fault_form"
    assert chat.heard == ["utter_nobody_online_in_form", "utter_ask_fault_form_since"]


async def test_a_complaint_goes_to_a_person_without_a_word_of_the_assistant(chat, desk):
    await chat.tell(ActionTakeComplaint, "我要投诉你们", "complaint")

    assert [reason for reason, _ in desk.requests] == ["complaint"]
    assert chat.said == []


async def a_complaint(chat, desk, words):
    desk.outcome = "nobody_online"
    await chat.tell(ActionTakeComplaint, words, "complaint")
    said = list(chat.said)
    await chat.open("message_form")
    chat.said[:] = [*said, *chat.said[len(said) :]]


async def test_a_complaint_with_nobody_online_is_apologised_for_and_written_down(
    chat, desk, tickets
):
    await a_complaint(chat, desk, "我要投诉")
    assert chat.heard == ["utter_complaint_nobody_online", "utter_ask_message_form_message_text"]

    await chat.answer("装机师傅迟到三个小时，态度还很差", "complaint")
    assert chat.heard == ["utter_ask_message_form_phone"]

    await chat.answer("13800138000")

    ticket = tickets.by_message["m3"]
    assert ticket.type == "complaint"
    assert ticket.symptom == "装机师傅迟到三个小时，态度还很差"
    assert chat.heard == ["utter_complaint_registered_by_phone"]
    assert ticket.number in chat.text


async def a_message(chat):
    await chat.tell(ActionLeaveMessage, "留言", "leave_message", payload="/leave_message")
    await chat.open("message_form")


async def test_a_message_becomes_a_ticket(chat, tickets, desk):
    await a_message(chat)
    await chat.answer("请帮我查一下上个月的账单，谢谢", "enquiry")
    await chat.answer("0571-88886666")

    ticket = tickets.by_message["m3"]
    assert (ticket.type, ticket.symptom) == ("enquiry", "请帮我查一下上个月的账单，谢谢")
    assert ticket.phone == "0571-88886666"
    assert chat.heard == ["utter_message_registered_by_phone"]
    assert desk.remembered == [{"name": "", "phone": "0571-88886666"}]


async def test_a_known_phone_is_not_asked_for_again(chat, desk, tickets):
    desk.contact.phone = "13800138000"
    await a_message(chat)

    await chat.answer("请回电", "provide_info")

    assert tickets.by_message["m2"].phone == "13800138000"
    assert chat.heard == ["utter_message_registered_by_phone"]


@pytest.mark.parametrize(("words", "intent"), [("不用", "deny"), ("不想留电话", "deny")])
async def test_a_message_without_a_phone_is_accepted(chat, tickets, words, intent):
    await a_message(chat)
    await chat.answer("网速太慢", "report_fault")

    await chat.answer(words, intent)

    assert tickets.by_message["m3"].phone == ""
    assert chat.heard == ["utter_message_registered_here"]
    assert chat.slots["phone"] is None


async def test_a_wrong_phone_in_a_message_is_explained(chat):
    await a_message(chat)
    await chat.answer("网速太慢", "report_fault")

    await chat.answer("1380013800")

    assert chat.heard == ["utter_problem_phone_too_short", "utter_ask_message_form_phone"]


async def test_a_message_about_cancelling_something_is_a_message(chat):
    await a_message(chat)

    await chat.answer("我上周想取消套餐，你们一直没处理，请回电", "cancel")

    assert chat.slots["message_text"] == "我上周想取消套餐，你们一直没处理，请回电"


async def test_a_message_can_be_cancelled(chat, tickets):
    await a_message(chat)

    assert not await chat.answer("算了不留了", "cancel")
    await chat.tell(ActionCancel, "算了不留了", "cancel")

    assert chat.heard == ["utter_message_cancelled"]
    assert chat.form is None
    assert tickets.by_message == {}


async def test_a_complaint_that_says_what_about_and_whom_to_call_is_registered_at_once(
    chat, desk, tickets
):
    await a_complaint(chat, desk, "我要投诉，上个月的话费扣了我两次，电话13800138000")

    (ticket,) = tickets.by_message.values()
    assert (ticket.type, ticket.phone) == ("complaint", "13800138000")
    assert "扣了我两次" in ticket.symptom
    assert chat.heard == [
        "utter_complaint_noted_nobody_online",
        "utter_complaint_registered_by_phone",
    ]


async def test_more_of_the_complaint_is_added_when_the_phone_is_asked(chat, desk, tickets):
    await a_complaint(chat, desk, "我要投诉")
    await chat.answer("装机师傅迟到三个小时", "complaint")

    await chat.answer("他还骂人", "complaint")
    assert chat.heard == ["utter_ask_message_form_phone"]
    await chat.answer("不用", "deny")

    (ticket,) = tickets.by_message.values()
    assert ticket.symptom == "装机师傅迟到三个小时；他还骂人"


async def test_a_complaint_about_the_fault_being_registered_takes_its_facts_along(
    chat, desk, tickets
):
    await chat.report("我家宽带断了，海棠路8号2栋301")
    await a_complaint(chat, desk, "我要投诉你们")
    await chat.answer("不用", "deny")

    (ticket,) = tickets.by_message.values()
    assert ticket.symptom == "我家宽带断了"
    assert ticket.place == "海棠路8号2栋301"
    assert chat.slots["symptom"] is None


async def test_a_button_of_before_is_no_message(chat, desk):
    await a_message(chat)

    assert not await chat.answer("都不是", "none_of_these", payload="/none_of_these")

    assert chat.slots["message_text"] is None


# -- why nobody can be had --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcome", "absence", "said"),
    [
        ("nobody_online", Absence(), "现在没有人工客服在线"),
        (
            "nobody_online",
            Absence(closed=True, opens="明天 9:00", hours="工作日 9:00–18:00"),
            "现在是人工客服的休息时间，明天 9:00 上班（服务时间：工作日 9:00–18:00）",
        ),
        ("nobody_online", Absence(closed=True), "现在是人工客服的休息时间"),
        ("queue_full", Absence(), "现在排队的人太多，人工客服一时接待不过来"),
    ],
)
async def test_who_cannot_have_a_person_is_told_why_and_what_else_there_is(
    chat, desk, outcome, absence, said
):
    desk.outcome, desk.absence = outcome, absence

    await chat.tell(ActionRequestHandoff, "转人工", "request_human")

    assert chat.heard == ["utter_nobody_online"]
    assert chat.text == f"抱歉，{said}。您可以留言，或者让同事给您回电；也可以继续问我。"
    assert chat.said[0].payloads == ["/leave_message", "/leave_message", "/deny"]
    assert chat.slots["handoff_outcome"] == outcome


async def test_a_full_queue_takes_no_form_away(chat, desk):
    desk.outcome = "queue_full"
    await chat.report("我家宽带断了")

    assert not await chat.answer("转人工", "request_human")
    await chat.tell(ActionRequestHandoff, "转人工", "request_human")

    assert chat.form == "fault_form"


# -- call me back -----------------------------------------------------------------------------


async def a_callback(chat, words="请给我回电", payload=CALL):
    entities = {"wish": "call"} if payload else {}
    await chat.tell(ActionLeaveMessage, words, "leave_message", payload=payload, entities=entities)
    await chat.open("message_form")


async def test_who_wants_to_be_called_is_asked_for_the_number_once(chat, tickets):
    await a_callback(chat)
    assert chat.heard == ["utter_ask_message_form_phone"]
    assert "打哪个号码找您" in chat.text

    await chat.answer("13800138000")

    (ticket,) = tickets.by_message.values()
    assert (ticket.type, ticket.phone, ticket.hoped_time) == ("enquiry", "13800138000", "")
    assert ticket.symptom == "客户请客服回电"
    assert chat.heard == ["utter_callback_registered_by_phone"]
    assert chat.slots["message_number"] == ticket.number


async def test_the_button_that_offers_a_call_begins_one(chat, desk):
    desk.outcome = "nobody_online"
    await chat.tell(ActionRequestHandoff, "转人工", "request_human")
    title, payload = chat.said[0].buttons[1], chat.said[0].payloads[1]

    await chat.tell(ActionLeaveMessage, title, "leave_message", payload=payload)
    await chat.open("message_form")

    assert "打哪个号码找您" in chat.text


async def test_a_time_for_the_call_is_taken_along(chat, tickets):
    await a_callback(chat)

    await chat.answer("13800138000，明天下午三点以后")

    (ticket,) = tickets.by_message.values()
    assert (ticket.phone, ticket.hoped_time) == ("13800138000", "明天下午三点以后")
    assert ticket.hoped_at is not None
    assert chat.heard == ["utter_callback_registered_at"]
    assert "明天下午三点以后" in chat.text
    assert chat.slots["hoped_time"] is None


async def test_the_number_is_asked_for_again_when_only_a_time_was_said(chat, tickets):
    await a_callback(chat)

    await chat.answer("明天下午三点以后")
    assert chat.heard == ["utter_ask_message_form_phone"]
    await chat.answer("13800138000")

    (ticket,) = tickets.by_message.values()
    assert ticket.hoped_time == "明天下午三点以后"


@pytest.mark.parametrize(
    ("words", "intent", "wished"),
    [
        ("都可以", "affirm", ""),
        ("随时", "provide_info", "随时"),
        ("不清楚", "dont_know", ""),
        ("明天上午十点", "provide_info", "明天上午十点"),
    ],
)
async def test_a_known_number_needs_only_a_word(chat, desk, tickets, words, intent, wished):
    desk.contact.phone = "13800138000"
    await a_callback(chat)
    assert "138" in chat.text

    await chat.answer(words, intent)

    (ticket,) = tickets.by_message.values()
    assert (ticket.phone, ticket.hoped_time) == ("13800138000", wished)


async def test_another_number_may_be_given_in_its_place(chat, desk, tickets):
    desk.contact.phone = "13800138000"
    await a_callback(chat)

    await chat.answer("打这个 13911112222")

    (ticket,) = tickets.by_message.values()
    assert ticket.phone == "13911112222"


async def test_not_that_number_leads_to_the_question_which(chat, desk, tickets):
    desk.contact.phone = "13800138000"
    await a_callback(chat)

    await chat.answer("不是这个号", "deny")

    assert "打哪个号码找您" in chat.text
    assert tickets.by_message == {}


async def test_a_mistyped_number_is_explained(chat, desk, tickets):
    desk.contact.phone = "13800138000"
    await a_callback(chat)

    await chat.answer("1391111222")

    assert chat.heard == ["utter_problem_phone_too_short", "utter_ask_message_form_phone"]
    assert tickets.by_message == {}


async def test_who_gives_no_number_has_left_a_message(chat, tickets):
    await a_callback(chat)

    await chat.answer("不用了", "deny")

    (ticket,) = tickets.by_message.values()
    assert ticket.phone == ""
    assert chat.heard == ["utter_message_registered_here"]


async def test_the_ticket_says_what_the_call_is_about(chat, kb, tickets, bill):
    kb.finds(bill)
    await chat.tell(ActionAnswer, "怎么查话费", "enquiry")
    await a_callback(chat, "让客服给我回个电话", payload=None)

    await chat.answer("13800138000")

    (ticket,) = tickets.by_message.values()
    assert ticket.symptom == "请回电：怎么查话费"


# -- solved while waiting ---------------------------------------------------------------------


async def test_solved_by_one_tap_ends_the_wait(chat, desk):
    desk.waits = True

    await chat.tell(ActionSolved, "解决了", "solved", payload="/solved")

    assert chat.heard == ["utter_solved_left_queue"]
    assert desk.waits is False


async def test_words_that_sound_like_solved_cost_no_place(chat, desk):
    desk.waits = True

    await chat.tell(ActionSolved, "好了知道了", "solved")

    assert chat.heard == ["utter_solved"]
    assert desk.waits is True
