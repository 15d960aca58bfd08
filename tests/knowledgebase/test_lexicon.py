"""The words the search knows about."""

from __future__ import annotations

import pytest

from tests.knowledgebase.builders import lexicon

WORDS = lexicon()


def side_words(text: str) -> dict[str, str]:
    """The first word of the side that `text` takes, for each contrast."""
    return {
        WORDS.contrasts[number].name: WORDS.contrasts[number].sides[side][0]
        for number, sides in WORDS.stance(WORDS.core(text)).items()
        for side in sides
    }


@pytest.mark.parametrize(
    ("text", "core"),
    [
        ("你好，请问怎么查话费，谢谢！", "怎么查话费"),
        ("麻烦帮我查一下流量呢", "查一下流量"),
        ("你好", "你好"),
        ("亲情网怎么开", "亲情网怎么开"),
        ("客服电话是多少", "客服电话是多少"),
    ],
)
def test_only_politeness_is_cut_away(text, core):
    assert WORDS.core(text) == core


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("我要挂失", "挂失"),
        ("解除挂失", "解挂失"),
        ("取消挂失", "解挂失"),
        ("挂失了以后怎么解挂", "解挂失"),
    ],
)
def test_the_longest_word_and_the_one_asked_for_count(text, side):
    assert side_words(text)["挂失"] == side


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("停机保号后怎么复机", "复机"),
        ("报停的号码怎么恢复使用", "复机"),
        ("怎么办理停机保号", "停机保号"),
        ("复机以后还想停机", "停机保号"),
    ],
)
def test_what_was_done_before_is_not_what_is_wanted(text, side):
    assert side_words(text)["停复机"] == side


def test_a_word_for_what_is_already_there_is_not_what_is_wanted():
    assert side_words("怎么取消已经开通的业务")["开通或取消"] == "取消"


def test_no_word_stands_on_two_sides_of_one_contrast():
    for contrast in WORDS.contrasts:
        words = [word for side in contrast.sides for word in side]
        assert len(words) == len(set(words)), contrast.name
