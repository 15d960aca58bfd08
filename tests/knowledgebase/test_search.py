"""Ranking and the one decision, without a database."""

from __future__ import annotations

from datetime import date

import pytest

from knowledgebase.model import Decision
from knowledgebase.search import ArticleIndex
from tests.knowledgebase.builders import TODAY, a_live, an_index, lexicon, questions

BILL = a_live("怎么查话费", "话费余额在哪里看", "我还剩多少话费", "帮我看看话费")
DATA = a_live("怎么查流量还剩多少", "流量余额查询", "我这个月用了多少流量", "看看剩余流量")
LOST = a_live("手机卡丢了怎么挂失", "我要挂失手机号", "卡丢了先帮我停掉", "办理挂失")
FOUND = a_live("手机卡找到了怎么解挂", "解除挂失", "卡找到了恢复使用", "取消挂失怎么弄")
ROAM = a_live("怎么开通国际漫游", "出国前开通漫游", "去国外手机能用吗", "国际漫游开通方法")
UNROAM = a_live("怎么关闭国际漫游", "回国了取消漫游", "把国际漫游退订", "国际漫游关掉")
SUSPEND = a_live("怎么办理停机保号", "手机暂时不用想报停", "申请停机保号")
RESUME = a_live("停机保号后怎么复机", "报停的号码怎么恢复使用", "我要复机")
CHANGE = a_live("怎么修改服务密码", "服务密码想换一个", "改服务密码")
RESET = a_live("忘记服务密码怎么重置", "服务密码忘了", "服务密码找回")
ALL = (BILL, DATA, LOST, FOUND, ROAM, UNROAM, SUSPEND, RESUME, CHANGE, RESET)


@pytest.fixture(scope="module")
def index() -> ArticleIndex:
    return an_index(*ALL)


@pytest.mark.parametrize("article", ALL, ids=lambda article: article.question)
def test_every_phrasing_of_an_article_is_answered_with_it(index, article):
    for phrasing in (article.question, *article.similar_questions):
        result = index.search(phrasing, k=3, today=TODAY)
        assert (result.decision, result.hits[0].question) == (Decision.ANSWER, article.question)
        assert result.hits[0].score == 1


def test_the_same_characters_in_another_order_are_nearer_than_more_of_them_in_the_same():
    index = an_index(a_live("手机怎么查话费余额多少"), a_live("余额话费怎么查"))

    result = index.search("怎么查话费余额", k=3, today=TODAY)

    assert result.hits[0].question == "余额话费怎么查"


@pytest.mark.parametrize(
    "query",
    [
        "怎么查话费？",
        " 怎么 查 话费 ",
        "你好，请问怎么查话费",
        "麻烦问一下怎么查话费，谢谢",
        "怎么查话费😀",
    ],
)
def test_politeness_and_punctuation_do_not_matter(index, query):
    result = index.search(query, k=3, today=TODAY)
    assert (result.decision, result.hits[0].question) == (Decision.ANSWER, "怎么查话费")


def test_case_and_width_do_not_matter():
    index = an_index(a_live("WiFi密码忘了怎么办"), BILL)
    assert index.search("ＷＩＦＩ密码忘了怎么办", k=1, today=TODAY).decision is Decision.ANSWER


@pytest.mark.parametrize("query", ["查一下我的话费余额", "话费还剩多少啊", "怎么查花费"])
def test_other_words_for_the_same_thing_find_it(index, query):
    assert index.search(query, k=3, today=TODAY).hits[0].question == "怎么查话费"


@pytest.mark.parametrize("query", ["", "   ", "？？？", "……", "😀😀", "\n\t", "!@#$%"])
def test_a_message_without_words_finds_nothing(index, query):
    result = index.search(query, k=3, today=TODAY)
    assert (result.decision, result.hits) == (Decision.NONE, ())


@pytest.mark.parametrize("query", ["今天天气怎么样", "给我讲个笑话", "北京去上海的车票", "12345"])
def test_what_no_article_is_about_gets_no_answer(index, query):
    assert index.search(query, k=3, today=TODAY).decision is Decision.NONE


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ("手机卡丢了怎么解挂", LOST),
        ("我要解挂手机号", LOST),
        ("怎么取消国际漫游", ROAM),
        ("国际漫游怎么退订", ROAM),
        ("怎么开通国际漫游", UNROAM),
        ("怎么复机", SUSPEND),
        ("怎么办理停机保号", RESUME),
        ("怎么重置服务密码", CHANGE),
        ("怎么修改服务密码", RESET),
        ("怎么查询服务密码", CHANGE),
    ],
)
def test_an_opposite_is_never_the_answer(query, wrong):
    result = an_index(wrong, BILL, DATA).search(query, k=3, today=TODAY)
    assert result.decision is not Decision.ANSWER


def test_of_two_opposites_the_right_one_answers(index):
    assert index.search("国际漫游帮我取消", k=3, today=TODAY).hits[0].question == "怎么关闭国际漫游"
    assert index.search("国际漫游帮我开通", k=3, today=TODAY).hits[0].question == "怎么开通国际漫游"


def test_a_hit_says_that_the_action_differs():
    hit = an_index(LOST, BILL).search("我要解挂手机号", k=1, today=TODAY).hits[0]
    assert "“挂失”上说的不是一回事" in hit.why


def test_a_hit_says_why_it_was_found(index):
    exact, near = (
        index.search(query, k=1, today=TODAY).hits[0]
        for query in ("我还剩多少话费", "剩余流量怎么看")
    )
    assert exact.why == "与相似问“我还剩多少话费”一致。"
    assert near.why.startswith("与相似问“看看剩余流量”相近，都提到“剩余流量”")


def test_one_word_that_many_articles_share_is_not_answered():
    index = an_index(*ALL, a_live("话费怎么充值", "交话费"), a_live("话费发票怎么开", "话费票据"))
    assert index.search("话费", k=3, today=TODAY).decision is not Decision.ANSWER


def test_the_exact_question_of_one_article_beats_a_similar_question_of_another():
    index = an_index(a_live("甲业务", "怎么办理业务", id="a"), a_live("怎么办理业务", id="b"))
    result = index.search("怎么办理业务", k=2, today=TODAY)
    assert (result.decision, result.hits[0].article_id) == (Decision.ANSWER, "b")


def test_a_similar_question_that_two_articles_share_offers_both():
    index = an_index(a_live("甲业务", "怎么办理", id="a"), a_live("乙业务", "怎么办理", id="b"))
    result = index.search("怎么办理", k=3, today=TODAY)
    assert result.decision is Decision.SUGGEST
    assert {hit.article_id for hit in result.hits} == {"a", "b"}


@pytest.mark.parametrize(
    ("today", "found"),
    [
        (date(2026, 2, 28), False),
        (date(2026, 3, 1), True),
        (date(2026, 3, 31), True),
        (date(2026, 4, 1), False),
    ],
)
def test_an_article_outside_its_validity_is_never_found(today, found):
    spring = a_live("春季优惠", valid_from=date(2026, 3, 1), valid_until=date(2026, 3, 31))
    result = an_index(spring, BILL).search("春季优惠", k=3, today=today)
    assert ("春季优惠" in questions(result.hits)) is found


def test_scores_fall_from_hit_to_hit_and_stay_between_0_and_1(index):
    for query in ("服务密码", "手机卡丢了", "流量", "国际漫游"):
        scores = [hit.score for hit in index.search(query, k=5, today=TODAY).hits]
        assert scores == sorted(scores, reverse=True)
        assert all(0 <= score <= 1 for score in scores)


def test_no_more_hits_than_asked_for(index):
    assert len(index.search("服务密码", k=1, today=TODAY).hits) == 1


def test_an_index_without_articles_finds_nothing():
    assert an_index().search("怎么查话费", k=3, today=TODAY).decision is Decision.NONE


def test_a_single_article_can_be_found():
    result = an_index(BILL).search("话费余额怎么查看", k=3, today=TODAY)
    assert questions(result.hits) == ["怎么查话费"]


def test_a_very_long_message_is_searched_too(index):
    assert index.search("怎么查话费" + "啦" * 5000, k=3, today=TODAY).hits is not None


def test_four_byte_and_broken_characters_do_no_harm(index):
    for query in ("𠮷野家话费", "\ud800话费", "\x00话费"):
        assert index.search(query, k=1, today=TODAY).query == query


def test_an_index_made_from_an_older_one_is_the_same_as_a_new_one():
    older = an_index(*ALL)
    changed = [*ALL[1:], a_live("怎么开发票", "发票在哪开")]
    again = ArticleIndex(changed, older.lexicon, previous=older)
    fresh = ArticleIndex(changed, lexicon())
    for query in ("怎么查话费", "发票", "流量还剩多少", "挂失"):
        assert again.search(query, k=3, today=TODAY) == fresh.search(query, k=3, today=TODAY)
