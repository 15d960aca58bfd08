"""Importing files, on both databases: all or nothing."""

from __future__ import annotations

import pytest

from knowledgebase.model import ArticleStatus, Decision
from tests.knowledgebase.builders import ANA, STARTER, an_input, events_of

TWO = """question,answer,similar_questions
怎么查话费,看首页,话费余额
怎么查流量,看流量页,流量余额
""".encode()
BROKEN = "question,answer\n怎么查话费,新答案\n怎么查积分,\n".encode()


def figures(report):
    return report.rows, report.created, report.updated, report.unchanged, report.imported


async def test_new_rows_become_drafts(kb):
    report = await kb.import_file("two.csv", TWO, by=ANA)
    assert figures(report) == (2, 2, 0, 0, True)
    page = await kb.list_articles()
    assert {article.status for article in page.articles} == {ArticleStatus.DRAFT}
    assert (await kb.search("怎么查话费")).decision is Decision.NONE


async def test_rows_can_be_published_as_they_come(kb):
    await kb.import_file("two.csv", TWO, by=ANA, publish=True)
    assert (await kb.search("流量余额")).hits[0].answer == "看流量页"


async def test_a_dry_run_counts_and_changes_nothing(db, kb):
    report = await kb.import_file("two.csv", TWO, by=ANA, dry_run=True, publish=True)
    assert figures(report) == (2, 2, 0, 0, False)
    assert await kb.is_empty()
    assert await events_of(db) == []


async def test_one_bad_row_keeps_all_others_out(kb):
    report = await kb.import_file("broken.csv", BROKEN, by=ANA, publish=True)
    assert figures(report) == (2, 0, 0, 0, False)
    assert [(one.line, one.column, one.reason) for one in report.problems] == [
        (3, "answer", "不能为空")
    ]
    assert await kb.is_empty()


async def test_a_row_with_the_same_question_is_the_articles_new_text(kb):
    await kb.import_file("two.csv", TWO, by=ANA, publish=True)
    changed = TWO.replace("看首页".encode(), "新答案".encode()).replace(
        "怎么查话费".encode(), "怎么查话费？".encode()
    )

    report = await kb.import_file("two.csv", changed, by=ANA)

    assert figures(report) == (2, 0, 1, 1, True)
    article = (await kb.list_articles(text="新答案")).articles[0]
    assert (article.version, article.published_version) == (2, 1)
    # Without publish=True the live text stays.
    assert (await kb.search("怎么查话费")).hits[0].answer == "看首页"


async def test_the_same_file_again_changes_nothing(db, kb):
    await kb.import_file("two.csv", TWO, by=ANA, publish=True)
    before = await events_of(db)
    report = await kb.import_file("two.csv", TWO, by=ANA, publish=True)
    assert figures(report) == (2, 0, 0, 2, True)
    assert await events_of(db) == before


async def test_drafts_that_only_wait_for_publishing_are_updated(kb):
    await kb.import_file("two.csv", TWO, by=ANA)
    report = await kb.import_file("two.csv", TWO, by=ANA, publish=True)
    assert figures(report) == (2, 0, 2, 0, True)
    article = (await kb.list_articles(text="怎么查话费")).articles[0]
    assert (article.version, article.published_version) == (1, 1)
    assert len(await kb.list_versions(article.id)) == 1


async def test_an_import_is_one_event_with_counts(db, kb):
    await kb.import_file("two.csv", TWO, by=ANA, publish=True)
    assert await events_of(db) == [
        ("article.imported", "user:01ana", {"created": 2, "updated": 0, "published": True})
    ]


async def test_published_versions_say_who_imported_them(kb):
    await kb.import_file("two.csv", TWO, by=ANA, publish=True)
    article = (await kb.list_articles()).articles[0]
    version = (await kb.list_versions(article.id))[0]
    assert (version.saved_by, version.published_by) == ("ana", "ana")


async def test_an_export_can_be_imported_again(kb):
    await kb.import_file("two.csv", TWO, by=ANA)
    await kb.create(an_input("-1元是什么", "=这个", answer="+说明", tags=("甲",)), by=ANA)
    report = await kb.import_file("again.csv", await kb.export_csv(), by=ANA)
    assert figures(report) == (3, 0, 0, 3, True)


async def test_an_archived_article_is_neither_exported_nor_touched(kb):
    await kb.import_file("two.csv", TWO, by=ANA)
    old = (await kb.list_articles(text="怎么查话费")).articles[0]
    await kb.archive(old.id, by=ANA)
    assert "怎么查话费".encode() not in await kb.export_csv()
    report = await kb.import_file("two.csv", TWO, by=ANA)
    assert figures(report) == (2, 1, 0, 1, True)
    assert (await kb.get_article(old.id)).status is ArticleStatus.ARCHIVED


@pytest.fixture
def starter() -> bytes:
    return STARTER.read_bytes()


async def test_every_starter_question_answers_itself(kb, starter):
    report = await kb.import_file(STARTER.name, starter, publish=True)
    assert report.problems == ()
    page = await kb.list_articles()
    articles = list(page.articles)
    while len(articles) < page.total:
        articles += (await kb.list_articles(page=len(articles) // 50 + 1)).articles
    assert len(articles) >= 100
    for article in articles:
        result = await kb.search(article.content.question)
        assert result.decision is Decision.ANSWER, article.content.question
        assert result.hits[0].article_id == article.id
        assert result.hits[0].answer == article.content.answer
