"""Asked when or where, customers tell more of what is wrong: it is kept, and asked again."""

from __future__ import annotations

import pytest

from tickets.intake import Kind, read_answer

KNOWN = {"symptom": "我家宽带断了", "fault_type": "broadband"}


@pytest.mark.parametrize("requested", ["since", "place", "contact_name", "hoped_time"])
def test_more_of_what_is_wrong_is_added_and_is_no_answer(requested: str):
    reading = read_answer(requested, "光猫亮红灯", "provide_info", KNOWN)

    assert reading.kind is Kind.ANSWER
    assert reading.values == {"symptom": "我家宽带断了；光猫亮红灯", "shown": "光猫亮红灯"}
    assert (reading.problem, reading.corrected) == (None, ())


@pytest.mark.parametrize(
    ("requested", "words", "answer"),
    [
        ("since", "光猫红灯闪，从昨晚八点开始", "从昨晚八点开始"),
        ("place", "望江路8号3栋502，电视也黑屏", "望江路8号3栋502"),
        ("contact_name", "我叫王芳，网还是断的", "王芳"),
        ("hoped_time", "明天上午，光猫红灯", "明天上午"),
    ],
)
def test_an_answer_and_more_of_what_is_wrong_are_both_taken(
    requested: str, words: str, answer: str
):
    values = read_answer(requested, words, "provide_info", KNOWN).values

    assert values[requested] == answer
    assert str(values["symptom"]).startswith("我家宽带断了；")
    assert "fault_type" not in values


@pytest.mark.parametrize("words", ["断网之后就这样", "停电那次开始的", "昨晚八点"])
def test_a_time_told_by_what_happened_answers_since_when(words: str):
    assert read_answer("since", words, "provide_info", KNOWN).values["since"]


def test_the_same_trouble_told_again_is_not_added_again():
    assert "symptom" not in read_answer("since", "宽带断了", "report_fault", KNOWN).values


def test_no_phone_is_not_a_trouble_with_the_phone():
    reading = read_answer("phone", "没有电话", "provide_info", KNOWN)

    assert reading.problem == "phone_needed"
    assert reading.values == {}
