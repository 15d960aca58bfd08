"""Wrong characters of the right sound."""

from __future__ import annotations

import pytest

from knowledgebase.model import Decision
from knowledgebase.sounds import Homophones, sound
from tests.knowledgebase.builders import TODAY, a_live, an_index, lexicon

WORDS = Homophones(lexicon().sounded)


def nothing_known(pair: str) -> bool:
    return False


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("流亮不够用", "流量不够用"),
        ("快带断了", "宽带断了" if sound("快") == sound("宽") else "快带断了"),
        ("查一下画费", "查一下话费"),
        ("套残怎么换", "套餐怎么换"),
        ("号码爆停", "号码报停"),
        ("怎么查话费", "怎么查话费"),
        ("", ""),
        ("密", "密"),
    ],
)
def test_a_word_of_our_trade_is_heard_through_wrong_characters(typed, meant):
    assert WORDS.corrected(typed, nothing_known) == meant


def test_what_articles_say_is_no_mistake():
    assert WORDS.corrected("画费怎么算", lambda pair: pair == "画费") == "画费怎么算"


def test_a_part_of_a_known_neighbouring_word_is_left_alone():
    # 中介 and 花样: the 话 of 画 cannot be meant where articles say 油画 and go on.
    assert WORDS.corrected("油画费时", lambda pair: pair == "油画") == "油画费时"


@pytest.mark.parametrize("text", ["历史话费是多少", "之前的账单", "我想以后再用", "前一个月的话费"])
def test_everyday_words_are_not_put_right(text):
    assert WORDS.corrected(text, nothing_known) == text


def test_an_article_is_found_through_a_wrong_character():
    index = an_index(
        a_live("流量不够用怎么办", "流量用完了", "流量不够了怎么加"),
        a_live("宽带断网怎么办", "宽带上不了网"),
    )
    result = index.search("流亮不够用怎么办", k=1, today=TODAY)
    assert result.decision is Decision.ANSWER
    assert result.hits[0].question == "流量不够用怎么办"
