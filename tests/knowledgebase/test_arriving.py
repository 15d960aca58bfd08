"""While vectors arrive in the background, nothing is decided worse than by words alone."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from knowledgebase.embedder import EndpointEmbedder
from knowledgebase.files import parse
from knowledgebase.meaning import Vectors
from knowledgebase.model import Decision, PublishedArticle, SearchResult
from knowledgebase.search import ArticleIndex
from knowledgebase.service import KnowledgeBase
from tests.conftest import NOON
from tests.knowledgebase.builders import ANA, STARTER, TODAY, an_input, lexicon

CARD = an_input(
    "小岛卡怎么收费",
    "小岛卡一个月多少钱",
    "小岛卡资费",
    answer="远岸小岛卡是演示用的套餐：\n1. 月费 29 元；\n2. 含 30 GB 国内流量。",
)
CARD_ASKED = "小岛卡每个月要多少钱"

REWORDED = {
    "怎么更换套餐": "我想把套餐换成别的",
    "新换的套餐什么时候生效": "换了套餐从几号开始算",
    "套餐用超了怎么收费": "打电话超出套餐了怎么收钱",
    "怎么查流量还剩多少": "帮我看看还剩多少流量",
    "流量为什么用得这么快": "流量怎么莫名其妙就用没了",
    "没用完的流量能不能结转到下个月": "这个月剩的流量下个月还能用吗",
    "充值没到账怎么办": "我充的话费一直没到账",
    "宽带网速慢怎么办": "家里宽带网速太慢了",
    "怎么新装宽带": "想给新家装一条宽带",
    "机顶盒遥控器没反应怎么办": "电视盒子的遥控器按了没反应",
    "怎么办理固定电话": "老家想装一台座机",
    "手机不识别SIM卡怎么办": "手机一直提示没有sim卡",
    "积分什么时候清零": "我的积分到什么时候过期",
    "骚扰电话太多怎么办": "老是接到推销的骚扰电话",
    "收不到短信验证码怎么办": "银行的验证码短信收不到",
    "手机开不了机怎么办": "手机按了电源键开不了机",
    "怎么恢复路由器出厂设置": "路由器怎么重置成出厂的样子",
    "怎么预约师傅上门维修": "想约个师傅周末上门修",
    "怎么取消亲情副卡": "亲情副卡不想要了怎么取消",
    "怎么取消还没发货的订单": "订单还没发货我想取消",
}


@pytest.fixture(scope="module")
def starter() -> list[PublishedArticle]:
    """The starter articles that are asked for, and every twelfth of the others."""
    everything = parse(STARTER.read_bytes()).articles
    return [
        PublishedArticle.of(str(number), 1, content)
        for number, content in enumerate(everything)
        if content.question in REWORDED or number % 12 == 0
    ]


@pytest.fixture(scope="module")
def vectors(starter, bundled) -> Vectors:
    texts = ArticleIndex(starter, lexicon()).texts()
    return Vectors({key: row for row, key in enumerate(texts)}, bundled.embed(list(texts.values())))


def with_some(starter: Sequence[PublishedArticle], vectors: Vectors, share: float) -> ArticleIndex:
    keys = list(vectors.rows)
    some = random.Random(7).sample(keys, round(share * len(keys)))
    return ArticleIndex(starter, lexicon(), vectors=vectors.changed({}, set(some)), floor=0.75)


def is_wrong(result: SearchResult, right: str) -> bool:
    return result.decision is Decision.ANSWER and result.hits[0].question != right


def is_of_use(result: SearchResult, right: str) -> bool:
    return result.decision is not Decision.NONE and result.hits[0].question == right


@pytest.mark.parametrize("share", [0, 0.1, 0.5, 0.9, 0.97, 1])
def test_however_many_vectors_are_there_the_right_article_comes_first_as_by_words(
    starter, vectors, bundled, share
):
    bare = ArticleIndex(starter, lexicon())
    index = with_some(starter, vectors, share)
    for right, query in REWORDED.items():
        by_words = bare.search(query, k=3, today=TODAY)
        found = index.search(query, k=3, today=TODAY, embed=bundled.embed)

        assert not is_wrong(found, right), query
        assert is_of_use(found, right) or not is_of_use(by_words, right), query


@pytest.mark.parametrize("share", [0, 0.1, 0.5, 0.9, 1])
def test_an_article_just_published_answers_before_it_has_vectors(starter, vectors, bundled, share):
    card = PublishedArticle.of("card", 1, CARD)
    index = with_some([*starter, card], vectors, share)

    found = index.search(CARD_ASKED, k=3, today=TODAY, embed=bundled.embed)

    assert found.decision is Decision.ANSWER
    assert found.hits[0].article_id == "card"


async def test_trying_a_draft_computes_its_own_vectors_and_no_others(db, endpoint):
    kb = KnowledgeBase(db, lambda: NOON, embedder=EndpointEmbedder(endpoint.url, model="m"))
    article = await kb.create(an_input("怎么开发票", answer="在掌厅点“发票”。"), by=ANA)
    await kb.publish(article.id, by=ANA)

    await kb.search_with_draft(CARD_ASKED, CARD)

    sent = [text for _, _, body in endpoint.requests for text in body["input"]]
    assert sent == [CARD.question, *CARD.similar_questions, CARD.answer.replace("\n", " ")]
