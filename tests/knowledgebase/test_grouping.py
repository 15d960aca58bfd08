"""Unanswered questions that ask the same are shown together."""

from __future__ import annotations

from datetime import timedelta

from knowledgebase.grouping import group_alike
from knowledgebase.service import KnowledgeBase
from tests.conftest import NOON
from tests.knowledgebase.builders import ANA, lexicon

WORDS = lexicon()


def grouped(*texts: str) -> list[list[str]]:
    return [[texts[place] for place in group] for group in group_alike(texts, WORDS)]


def test_alike_questions_are_together_and_the_most_asked_come_first():
    assert grouped(
        "能用比特币交话费吗", "你们招人吗", "请问能用比特币充话费吗", "可以用比特币交话费吗？"
    ) == [
        ["能用比特币交话费吗", "请问能用比特币充话费吗", "可以用比特币交话费吗？"],
        ["你们招人吗"],
    ]


def test_opposites_are_never_together():
    assert len(grouped("怎么开通星光业务", "怎么取消星光业务")) == 2


def test_one_common_word_does_not_make_two_questions_one():
    assert len(grouped("话费能不能分期", "话费可以送人吗")) == 2


def test_other_words_for_the_same_two_things_do():
    assert len(grouped("流量清零了能恢复吗", "没用完的gb月底作废能开回来吗")) == 1


def test_nothing_makes_no_group():
    assert grouped() == []


async def test_a_group_says_in_how_many_conversations_it_was_asked(db):
    clock = [NOON]
    kb = KnowledgeBase(db, lambda: clock[0])
    for conversation, text in (
        ("webchat-1", "能用比特币交话费吗"),
        ("webchat-1", "可以用比特币交话费吗"),
        ("webchat-2", "能用比特币充话费吗"),
        ("webchat-3", "你们招人吗"),
    ):
        await kb.record_unanswered(conversation, text)
        clock[0] += timedelta(minutes=1)

    most, other = await kb.list_unanswered_groups()

    assert most.questions[0].text == "能用比特币充话费吗"
    assert (len(most.questions), most.conversations, other.conversations) == (3, 2, 1)

    ids = [question.id for question in most.questions]
    assert await kb.deal_with_all([*ids, ids[0], "nobody"], by=ANA) == 3
    assert await kb.deal_with_all(ids, by=ANA) == 0
    assert await kb.list_unanswered_groups() == [other]
