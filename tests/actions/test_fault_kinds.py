"""Each kind of fault is asked what its case needs, and nothing else."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

import pytest

from knowledgebase.model import Hit

REPAIR_FEES = Hit(
    "a-fee", "过保维修怎么收费", "过保维修怎么收费", 0.95, "先检测、后报价。", "终端", ""
)
DIALOGUES = {
    "broadband": (
        "我家宽带断了",
        [
            ("since", "昨天晚上八点左右"),
            ("place", "海棠路8号2栋301"),
            ("shown", "光猫 LOS 灯闪红"),
            ("contact_name", "王女士"),
            ("phone", "13800138000"),
            ("hoped_time", "明天上午"),
        ],
        {"shown": "光猫 LOS 灯闪红"},
    ),
    "iptv": (
        "电视看不了，什么玩意儿",
        [
            ("since", "今早"),
            ("place", "海棠路8号2栋301"),
            ("shown", "错误代码1302"),
            ("contact_name", "王女士"),
            ("phone", "13800138000"),
            ("hoped_time", "都可以"),
        ],
        {"shown": "错误代码1302"},
    ),
    "landline": (
        "座机没声音了",
        [
            ("since", "前天"),
            ("place", "海棠路8号2栋301"),
            ("contact_name", "王女士"),
            ("phone", "13800138000"),
            ("service_number", "0571-88886666"),
            ("hoped_time", "周六上午"),
        ],
        {"service_number": "0571-88886666"},
    ),
    "signal": (
        "手机没信号，气死人了",
        [
            ("since", "三天前"),
            ("place", "海棠路8号2栋301"),
            ("shown", "只有一格"),
            ("device_model", "小米14，换了手机也没信号"),
            ("contact_name", "王女士"),
            ("phone", "13800138000"),
        ],
        {"shown": "只有一格", "device_model": "小米14", "other_phone": "换了手机也没信号"},
    ),
    "device": (
        "手机开不了机",
        [
            ("device_model", "华为 Mate 60 Pro"),
            ("serial_number", "490154203237518"),
            ("purchase_date", "上个月"),
            ("since", "刚刚"),
            ("contact_name", "王女士"),
            ("phone", "13800138000"),
        ],
        {
            "device_model": "华为 Mate 60 Pro",
            "imei": "490154203237518",
            "purchase_date": "上个月",
            "warranty": "in",
        },
    ),
    "billing": (
        "你们又乱扣费！",
        [
            ("amount", "二十块"),
            ("since", "上个月"),
            ("contact_name", "王女士"),
            ("phone", "13800138000"),
            ("service_number", "本机"),
        ],
        {"amount": "二十块", "service_number": "13800138000"},
    ),
}


@pytest.mark.parametrize("kind", DIALOGUES)
async def test_a_fault_is_asked_what_its_kind_needs_and_becomes_a_ticket(chat, tickets, kind):
    first, answers, details = DIALOGUES[kind]
    await chat.report(first)

    for name, words in answers:
        assert chat.heard[-1] == f"utter_ask_fault_form_{name}"
        await chat.answer(words)
    assert chat.heard == ["utter_read_back"]
    await chat.answer("对的", "affirm")

    (ticket,) = tickets.by_message.values()
    assert ticket.fault_type == kind
    assert ticket.details == details
    assert chat.form is None


async def test_a_charge_is_asked_for_neither_an_address_nor_a_visit(chat):
    await chat.report("话费不对，多扣了二十块")

    assert chat.heard == ["utter_register_charge", "utter_ask_fault_form_since"]
    assert "哪个月" in chat.text
    rows = {name for name, value in chat.slots.items() if value}
    assert rows == {"fault_type", "symptom", "amount", "requested_slot"}


async def test_the_same_question_is_worded_for_its_kind_of_fault(chat):
    await chat.report("电视看不了，昨天开始的，在海棠路8号2栋301")

    assert chat.heard[-1] == "utter_ask_fault_form_shown"
    assert "电视屏幕" in chat.text


async def test_another_kind_of_fault_changes_the_questions_and_keeps_what_was_said(chat):
    await chat.report("我家宽带断了")
    await chat.answer("昨天晚上，我姓王，13800138000")
    assert chat.slots["requested_slot"] == "place"

    await chat.answer("不是宽带，是话费多扣了三十块钱")

    assert chat.slots["fault_type"] == "billing"
    assert chat.slots["since"] == "昨天晚上"
    assert chat.heard == ["utter_corrected", "utter_ask_fault_form_service_number"]
    assert chat.said[0].text == "好的，故障现象改为“话费多扣了三十块钱”。"


async def test_only_the_rows_of_its_kind_are_read_back(chat):
    await chat.report("多扣了三十块钱，在海棠路8号2栋301办的，明天上午打给我")
    for words in ("上个月", "王女士", "13800138000", "本机"):
        await chat.answer(words)

    assert [row["name"] for row in chat.said[0].data["rows"]] == [
        *("symptom", "amount", "since", "contact_name", "phone", "service_number"),
    ]


async def test_a_detail_is_corrected_at_the_end(chat, tickets):
    await chat.report("手机没信号")
    for _, words in DIALOGUES["signal"][1]:
        await chat.answer(words)

    await chat.answer("型号不对，是小米13", "correct_field")
    assert "设备型号：小米13" in chat.text
    await chat.answer("对", "affirm")

    (ticket,) = tickets.by_message.values()
    assert ticket.details["device_model"] == "小米13"


@pytest.mark.parametrize(
    ("words", "field"), [("电话", "phone"), ("地址", "place"), ("名字", "contact_name")]
)
async def test_asked_what_to_change_the_name_of_the_field_is_enough(chat, words, field):
    await chat.report("我家宽带断了")
    for _, answer in DIALOGUES["broadband"][1]:
        await chat.answer(answer)
    await chat.answer("要修改", "correct_field", payload="/correct_field")

    await chat.answer(words)

    assert chat.heard == [f"utter_ask_fault_form_{field}"]
    assert chat.slots[field] is None


async def test_a_question_about_a_detail_is_answered_before_it_is_asked_again(chat, kb, bill):
    await chat.report("手机开不了机")
    await chat.answer("小米14")
    kb.finds(bill)

    await chat.answer("序列号在哪里看？", "enquiry")

    assert chat.heard == ["utter_answer_in_form", "utter_ask_fault_form_serial_number"]


async def test_a_wrong_imei_is_explained_with_an_example_and_after_the_third_a_person_is_offered(
    chat,
):
    await chat.report("手机开不了机")
    await chat.answer("小米14")

    await chat.answer("490154203237519")
    assert chat.heard == ["utter_problem_imei_wrong", "utter_ask_fault_form_serial_number"]
    await chat.answer("490154203237519")
    await chat.answer("490154203237519")
    assert chat.heard[0] == "utter_offer_human_in_form"


async def test_after_an_interruption_the_form_asks_the_question_of_its_kind_again(chat):
    await chat.report("多扣了三十块钱")
    assert not await chat.answer("你好", "greet")

    chat.events.append({"event": "action", "name": "utter_greet"})
    await chat.open("fault_form")

    assert chat.heard == ["utter_ask_fault_form_since"]


async def test_a_repair_that_may_have_to_be_paid_is_told_once_with_the_article(chat, kb):
    await chat.report("手机开不了机")
    await chat.answer("小米14")
    await chat.answer("不清楚")
    kb.finds(REPAIR_FEES)

    await chat.answer("买了两年了")

    assert chat.slots["warranty"] == "out"
    assert chat.heard == [
        "utter_out_of_warranty",
        "utter_answer_in_form",
        "utter_ask_fault_form_since",
    ]
    assert chat.said[1].text == REPAIR_FEES.answer
    await chat.answer("昨天")
    assert chat.heard == ["utter_ask_fault_form_contact_name"]


async def test_without_an_article_the_customer_still_hears_that_it_may_cost(chat):
    await chat.report("去年1月买的手机开不了机了")

    assert "utter_out_of_warranty" in chat.heard
    assert "utter_answer_in_form" not in chat.heard


async def test_an_operators_own_term_decides(chat, services):
    chat.services = dataclasses.replace(services, warranty_months=36)
    await chat.report("去年1月买的手机开不了机了")

    assert chat.slots["warranty"] == "in"
    assert "utter_out_of_warranty" not in chat.heard


async def test_a_beginning_to_come_is_refused_politely(chat):
    await chat.report("我家宽带断了")

    await chat.answer("今天下午五点")

    assert chat.heard == ["utter_problem_since_in_future", "utter_ask_fault_form_since"]
    assert chat.slots["since"] is None


async def test_yesterday_stays_the_day_before_it_was_said(chat, services, tickets):
    await chat.report("我家宽带断了")
    dialogue = DIALOGUES["broadband"][1]
    for _, words in dialogue:
        await chat.answer(words)
    two_days_on = datetime(2026, 3, 12, 4, tzinfo=UTC)
    chat.services = dataclasses.replace(services, now=lambda: two_days_on)

    await chat.answer("对的", "affirm")

    (ticket,) = tickets.by_message.values()
    assert ticket.since_at == datetime(2026, 3, 9, 12, tzinfo=UTC)
    assert ticket.hoped_at == datetime(2026, 3, 11, 0, tzinfo=UTC)
