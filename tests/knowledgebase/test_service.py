"""The use cases, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from common.db import Database
from common.errors import Conflict, NotFound
from knowledgebase.checking import InvalidArticle
from knowledgebase.model import ArticleStatus, Decision
from knowledgebase.service import KnowledgeBase
from tests.conftest import NOON
from tests.knowledgebase.builders import ANA, BO, an_input, events_of, questions

BILL = an_input("怎么查话费", "话费余额", answer="旧答案")


async def answer_to(kb, query):
    result = await kb.search(query)
    return result.hits[0].answer if result.decision is Decision.ANSWER else None


async def published(kb, content=BILL):
    article = await kb.create(content, by=ANA)
    return await kb.publish(article.id, by=ANA)


async def test_an_empty_knowledge_base_answers_nothing(kb):
    assert await kb.is_empty()
    assert (await kb.search("怎么查话费")).decision is Decision.NONE


async def test_a_draft_is_not_found_until_it_is_published(kb):
    article = await kb.create(BILL, by=ANA)
    assert await answer_to(kb, "怎么查话费") is None

    article = await kb.publish(article.id, by=BO)

    assert await answer_to(kb, "话费余额") == "旧答案"
    assert (article.status, article.published_version) == (ArticleStatus.PUBLISHED, 1)
    assert not await kb.is_empty()


async def test_the_live_text_stays_until_the_change_is_published(kb):
    article = await published(kb)
    changed = await kb.change(article.id, an_input("怎么查话费", answer="新答案"), read_at=1, by=BO)
    assert changed.has_unpublished_changes
    assert changed.status is ArticleStatus.PUBLISHED
    assert await answer_to(kb, "怎么查话费") == "旧答案"
    assert (await kb.get_published(article.id)).answer == "旧答案"

    await kb.publish(article.id, by=BO)

    assert await answer_to(kb, "怎么查话费") == "新答案"
    # The similar question went with the old text.
    assert await answer_to(kb, "话费余额") is None


async def test_another_process_has_a_publication_at_once(db, kb):
    other = KnowledgeBase(db, lambda: NOON)
    assert await answer_to(other, "怎么查话费") is None
    article = await published(kb)
    assert await answer_to(other, "怎么查话费") == "旧答案"
    await kb.archive(article.id, by=ANA)
    assert await answer_to(other, "怎么查话费") is None


async def test_an_archived_article_is_gone_and_frees_its_question(kb):
    article = await published(kb)
    await kb.archive(article.id, by=ANA)

    assert await answer_to(kb, "怎么查话费") is None
    with pytest.raises(NotFound):
        await kb.get_published(article.id)
    again = await published(kb)
    with pytest.raises(Conflict) as caught:
        await kb.publish(article.id, by=ANA)
    assert caught.value.code == "question_exists"
    assert again.id != article.id


async def test_an_archived_article_can_be_published_again(kb):
    article = await published(kb)
    await kb.archive(article.id, by=ANA)
    await kb.publish(article.id, by=ANA)
    assert await answer_to(kb, "怎么查话费") == "旧答案"


async def test_two_articles_cannot_have_the_same_question(kb):
    await kb.create(BILL, by=ANA)
    other = await kb.create(an_input("怎么交话费"), by=ANA)
    for attempt in (
        kb.create(an_input("怎么查话费？"), by=BO),
        kb.change(other.id, an_input("怎么查 话费"), read_at=1, by=BO),
    ):
        with pytest.raises(Conflict) as caught:
            await attempt
        assert caught.value.code == "question_exists"


async def test_saving_over_a_newer_version_is_refused(kb):
    article = await kb.create(BILL, by=ANA)
    await kb.change(article.id, an_input("怎么查话费", answer="波的"), read_at=1, by=BO)
    with pytest.raises(Conflict) as caught:
        await kb.change(article.id, an_input("怎么查话费", answer="安的"), read_at=1, by=ANA)
    assert caught.value.code == "article_changed"
    assert "bo" in str(caught.value)


async def test_publishing_what_one_has_not_seen_is_refused(kb):
    article = await kb.create(BILL, by=ANA)
    await kb.change(article.id, an_input("怎么查话费", answer="波的"), read_at=1, by=BO)
    with pytest.raises(Conflict) as caught:
        await kb.publish(article.id, by=ANA, read_at=1)
    assert caught.value.code == "article_changed"


async def test_saving_the_same_text_again_makes_no_version(kb):
    article = await kb.create(BILL, by=ANA)
    assert await kb.change(article.id, BILL, read_at=1, by=BO) == article
    assert len(await kb.list_versions(article.id)) == 1


async def test_every_save_is_kept_with_who_and_when(db):
    clock = [NOON]
    kb = KnowledgeBase(db, lambda: clock[0])
    article = await published(kb)
    clock[0] += timedelta(hours=1)
    await kb.change(article.id, an_input("怎么查话费", answer="新答案"), read_at=1, by=BO)

    new, old = await kb.list_versions(article.id)

    assert (new.version, new.saved_by, new.saved_at) == (2, "bo", NOON + timedelta(hours=1))
    assert (new.content.answer, new.published_at) == ("新答案", None)
    assert (old.content, old.saved_by, old.published_at) == (BILL, "ana", NOON)


async def test_an_invalid_article_is_not_kept(kb):
    with pytest.raises(InvalidArticle):
        await kb.create(an_input(""), by=ANA)
    assert await kb.is_empty()


@pytest.mark.parametrize("method", ["publish", "archive"])
async def test_an_unknown_article_cannot_be_moved(kb, method):
    with pytest.raises(NotFound):
        await getattr(kb, method)("nobody", by=ANA)


async def test_doing_it_twice_is_the_same_as_once(db, kb):
    article = await published(kb)
    await kb.publish(article.id, by=ANA)
    await kb.archive(article.id, by=ANA)
    await kb.archive(article.id, by=ANA)
    assert [type for type, _, _ in await events_of(db)] == [
        "article.created",
        "article.published",
        "article.archived",
    ]


async def test_every_change_leaves_an_event_without_words(db, kb):
    article = await kb.create(BILL, by=ANA)
    await kb.change(article.id, an_input("怎么查话费", answer="新"), read_at=1, by=BO)
    await kb.publish(article.id, by=BO)
    assert await events_of(db) == [
        ("article.created", "user:01ana", {"article_id": article.id, "version": 1}),
        ("article.changed", "user:01bo", {"article_id": article.id, "version": 2}),
        ("article.published", "user:01bo", {"article_id": article.id, "version": 2}),
    ]


async def test_validity_is_judged_on_the_day_where_the_customer_is(db):
    # 16:30 on 9 March in UTC is half past midnight on the 10th in Shanghai.
    tenth = NOON.date()
    clock = [NOON - timedelta(hours=11, minutes=30)]
    kb = KnowledgeBase(db, lambda: clock[0])
    article = await published(kb, an_input("春季优惠", valid_from=tenth, valid_until=tenth))
    assert await answer_to(kb, "春季优惠") is not None

    clock[0] -= timedelta(hours=1)
    assert await answer_to(kb, "春季优惠") is None
    with pytest.raises(NotFound):
        await kb.get_published(article.id)

    clock[0] += timedelta(hours=25)
    assert await answer_to(kb, "春季优惠") is None


async def test_a_draft_can_be_tried_as_if_it_were_published(kb):
    article = await published(kb)
    draft = an_input("怎么查话费", "我的钱去哪了", answer="草稿")

    result = await kb.search_with_draft("我的钱去哪了", draft, article.id)
    new = await kb.search_with_draft("积分怎么换", an_input("积分怎么换", answer="新的"))

    assert (result.decision, result.hits[0].answer) == (Decision.ANSWER, "草稿")
    assert (new.decision, new.hits[0].answer) == (Decision.ANSWER, "新的")
    # Trying changes nothing.
    assert await answer_to(kb, "我的钱去哪了") is None


async def test_articles_are_listed_by_words_status_and_category(kb):
    await published(kb)
    await kb.create(an_input("怎么选套餐", "哪个套餐好", answer="看用量", category="套餐"), by=ANA)
    old = await kb.create(an_input("旧文章"), by=ANA)
    await kb.archive(old.id, by=ANA)

    async def found(**filters):
        page = await kb.list_articles(**filters)
        assert page.total == len(page.articles)
        return {article.content.question for article in page.articles}

    assert await found() == {"怎么查话费", "怎么选套餐"}
    assert await found(text="哪个套餐") == {"怎么选套餐"}
    assert await found(text="用量") == {"怎么选套餐"}
    assert await found(text="100%") == set()
    assert await found(status="published") == {"怎么查话费"}
    assert await found(status="archived") == {"旧文章"}
    assert await found(category="套餐") == {"怎么选套餐"}
    assert (await kb.list_articles()).categories == ["套餐"]


async def test_a_list_is_read_page_by_page(kb):
    rows = "".join(f"问题{n:03d},答案\n" for n in range(60))
    await kb.import_file("many.csv", f"question,answer\n{rows}".encode())
    first, second = [await kb.list_articles(page=page) for page in (1, 2)]
    assert (len(first.articles), len(second.articles), first.total) == (50, 10, 60)
    seen = {article.id for article in [*first.articles, *second.articles]}
    assert len(seen) == 60


async def test_an_unanswered_question_is_kept_until_it_is_dealt_with(kb):
    await kb.record_unanswered("webchat-1", "能用比特币交话费吗")
    await kb.record_unanswered("webchat-1", "能用比特币交话费吗？")
    await kb.record_unanswered("webchat-2", "能用比特币交话费吗", "not_solved")
    newest, oldest = await kb.list_unanswered()
    assert (oldest.text, oldest.reason, oldest.conversation_id) == (
        "能用比特币交话费吗",
        "no_answer",
        "webchat-1",
    )

    await kb.deal_with_unanswered(oldest.id, by=ANA)
    await kb.deal_with_unanswered(oldest.id, by=BO)

    assert await kb.list_unanswered() == [newest]


async def test_an_unknown_question_cannot_be_dealt_with(kb):
    with pytest.raises(NotFound):
        await kb.deal_with_unanswered("nothing", by=ANA)


@pytest.mark.parametrize("text", ["", "？？？", "😀"])
async def test_what_is_no_question_is_not_kept(kb, text):
    await kb.record_unanswered("webchat-1", text)
    assert await kb.list_unanswered() == []


async def test_a_question_with_unstorable_characters_is_kept(kb):
    await kb.record_unanswered("webchat-1", "𠮷\x00好\ud800吗")
    assert (await kb.list_unanswered())[0].text == "𠮷好?吗"


async def test_hits_carry_the_approved_answer_word_for_word(kb):
    words = "第一步：打开<掌厅>；\n第二步：点“话费”。  完毕"
    await published(kb, an_input("怎么查话费", answer=words))
    assert await answer_to(kb, "怎么查话费") == words


async def test_search_finds_no_more_than_asked_for(kb):
    for n in range(5):
        await published(kb, an_input(f"宽带{n}号套餐多少钱"))
    assert len((await kb.search("宽带套餐多少钱", k=2)).hits) <= 2
    assert questions((await kb.search("宽带3号套餐多少钱", k=2)).hits)[0] == "宽带3号套餐多少钱"


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("我的号码13800138000怎么没信号", "我的号码138******00怎么没信号"),
        ("打 0571-8888 6666 没人接", "打 057*-**** **66 没人接"),
        ("卡号 ８６２３４５６ 丢了", "卡号 ８６２**５６ 丢了"),
        ("我要 50GB 的套餐，10086 说没有", "我要 50GB 的套餐，10086 说没有"),
    ],
)
async def test_numbers_of_customers_are_not_kept_with_their_questions(
    db: Database, said: str, kept: str
):
    kb = KnowledgeBase(db)

    await kb.record_unanswered("webchat-1", said)

    assert [question.text for question in await kb.list_unanswered()] == [kept]
