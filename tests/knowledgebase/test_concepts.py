"""Groups of words for one thing."""

from __future__ import annotations

import numpy as np
import pytest

from knowledgebase.concepts import ConceptProfiles, Concepts
from knowledgebase.lexicon import Lexicon
from knowledgebase.search import ArticleIndex
from tests.knowledgebase.builders import TODAY, a_live, an_index, lexicon

WORDS = lexicon()


def groups(text: str) -> set[str]:
    return {WORDS.concepts.names[number] for number in WORDS.concepts.of(WORDS.core(text))}


@pytest.mark.parametrize(
    ("one", "other", "group"),
    [
        ("家里断网了", "网上不去了", "上不了网"),
        ("上个月多扣我二十", "你们乱收费", "扣错钱"),
        ("手机被偷了", "我要挂失", "挂失"),
        ("不用挂失了", "解除挂失", "解挂失"),
        ("先停一下，号给我留着", "停机保号", "停机保号"),
    ],
)
def test_customers_and_articles_are_understood_to_say_the_same(one, other, group):
    assert group in groups(one) & groups(other)


def test_of_overlapping_words_the_longest_counts():
    concepts = Concepts({"挂失": ["挂失"], "解挂失": ["取消挂失"]})
    assert concepts.of("取消挂失") == {1}


def test_a_word_may_mean_several_things():
    concepts = Concepts({"家电": ["洗衣机"], "进水": ["洗衣机", "泡水"]})
    assert concepts.of("掉洗衣机里了") == {0, 1}


def test_no_groups_find_nothing():
    assert Concepts({}).of("什么都好") == frozenset()


def test_shared_missed_added_and_strange_are_told_apart():
    # Article 0 names group 0; article 1 names group 1; nobody names group 2.
    named = [frozenset({0}), frozenset({0}), frozenset({1})]
    profiles = ConceptProfiles(named, np.array([0, 0, 1]), 2, 3)
    shared, missed, added, strange = profiles.compare(frozenset({1, 2}), np.array([0, 1]))
    assert shared[0] == 0 < shared[1]
    assert missed[1] == 0 < missed[0]
    assert added[1] == 0 < added[0]
    assert strange[0] == strange[1] > 0


def test_an_article_is_found_though_no_word_is_shared():
    index = an_index(
        a_live("宽带断网怎么办"), a_live("怎么查话费"), a_live("怎么开发票"), a_live("积分怎么换")
    )
    hit = index.search("家里上不去了", k=1, today=TODAY).hits[0]
    assert hit.question == "宽带断网怎么办"
    assert "说的都是“上不了网”" in hit.why


def test_an_operators_words_are_added_to_ours():
    more = '[ours]\n"上不了网" = ["小猫歇菜"]\n"星光业务" = ["星光卡", "小星星"]\n'
    extended = Lexicon.from_toml('[faults]\n"上不了网" = ["断网"]\n', more)
    index = ArticleIndex([a_live("断网怎么办"), a_live("星光卡怎么办理")], extended)
    for query, question in (("小猫歇菜", "断网怎么办"), ("小星星", "星光卡怎么办理")):
        assert index.search(query, k=1, today=TODAY).hits[0].question == question


def test_every_group_names_itself_once():
    assert len(WORDS.concepts.names) == len(set(WORDS.concepts.names))
