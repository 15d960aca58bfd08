"""What an article must look like to be kept."""

from __future__ import annotations

from datetime import date

import pytest

from knowledgebase.checking import (
    MAX_ANSWER,
    MAX_QUESTION,
    MAX_SIMILAR,
    MAX_TAGS,
    InvalidArticle,
    check,
    checked,
    tidy,
)
from tests.knowledgebase.builders import an_input


def test_a_good_article_has_no_problems():
    assert check(an_input("怎么查话费", "话费余额", valid_from=date(2026, 1, 1))) == []


@pytest.mark.parametrize(
    ("article", "field", "code"),
    [
        (an_input(""), "question", "empty"),
        (an_input("？！"), "question", "no_words"),
        (an_input("问" * (MAX_QUESTION + 1)), "question", "too_long"),
        (an_input("两行\n问题"), "question", "separator"),
        (an_input("甲|乙"), "question", "separator"),
        (an_input("有\x00字"), "question", "control_character"),
        (an_input("半个\ud800字"), "question", "control_character"),
        (an_input(answer=""), "answer", "empty"),
        (an_input(answer="答" * (MAX_ANSWER + 1)), "answer", "too_long"),
        (an_input(answer="响\x07铃"), "answer", "control_character"),
        (an_input("怎么查话费", "怎么查话费？"), "similar_questions", "duplicate"),
        (an_input("怎么查话费", "查余额", "查 余额"), "similar_questions", "duplicate"),
        (an_input("怎么查话费", "……"), "similar_questions", "no_words"),
        (
            an_input("怎么查话费", *(f"问法{n}" for n in range(MAX_SIMILAR + 1))),
            "similar_questions",
            "too_many",
        ),
        (an_input(category="类" * 51), "category", "too_long"),
        (an_input(tags=("甲，乙",)), "tags", "separator"),
        (an_input(tags=tuple(str(n) for n in range(MAX_TAGS + 1))), "tags", "too_many"),
        (
            an_input(valid_from=date(2026, 2, 1), valid_until=date(2026, 1, 31)),
            "valid_until",
            "before_valid_from",
        ),
    ],
)
def test_a_problem_names_its_field(article, field, code):
    assert [(problem.field, problem.code) for problem in check(article)] == [(field, code)]


def test_all_problems_are_told_at_once():
    with pytest.raises(InvalidArticle) as caught:
        checked(an_input("", answer=""))
    assert [problem.field for problem in caught.value.problems] == ["question", "answer"]
    assert str(caught.value) == "question：不能为空；answer：不能为空"


def test_an_answer_keeps_its_words_lines_and_markup():
    answer = "第一步：<打开>\n\n第二步：**点**  “查询”"
    assert checked(an_input(answer=f"  {answer}\r\n")).answer == answer


def test_stray_spaces_and_empty_entries_vanish():
    tidied = tidy(an_input(" 怎么查话费 ", " 余额 ", "", " ", tags=("a", " a", "")))
    assert (tidied.question, tidied.similar_questions, tidied.tags) == (
        "怎么查话费",
        ("余额",),
        ("a",),
    )


def test_one_day_is_a_valid_span():
    day = date(2026, 1, 1)
    assert check(an_input(valid_from=day, valid_until=day)) == []
