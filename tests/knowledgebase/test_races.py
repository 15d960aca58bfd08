"""What SQLite cannot show: editors and customers at the same instant, on PostgreSQL."""

from __future__ import annotations

import asyncio

import pytest

from common.db import Database
from common.errors import Conflict
from knowledgebase.model import Decision
from knowledgebase.service import KnowledgeBase
from tests.conftest import NOON
from tests.knowledgebase.builders import ANA, BO, an_input


@pytest.fixture
def kb(postgres: Database) -> KnowledgeBase:
    return KnowledgeBase(postgres, lambda: NOON)


async def outcomes(*attempts):
    results = await asyncio.gather(*attempts, return_exceptions=True)
    for result in results:
        if isinstance(result, Exception) and not isinstance(result, Conflict):
            raise result
    return [getattr(result, "code", "done") for result in results]


async def test_of_many_who_save_at_once_one_wins(kb):
    article = await kb.create(an_input(), by=ANA)
    codes = await outcomes(
        *(kb.change(article.id, an_input(answer=f"答案{n}"), read_at=1, by=BO) for n in range(10))
    )
    assert sorted(codes) == ["article_changed"] * 9 + ["done"]
    assert [one.version for one in await kb.list_versions(article.id)] == [2, 1]


async def test_of_many_who_create_the_same_question_one_wins(kb):
    codes = await outcomes(*(kb.create(an_input("同一个问题"), by=ANA) for _ in range(10)))
    assert sorted(codes) == ["done"] + ["question_exists"] * 9


async def test_publications_at_once_are_all_found(kb, postgres):
    articles = [await kb.create(an_input(f"第{n}种业务怎么办"), by=ANA) for n in range(10)]
    searching = KnowledgeBase(postgres, lambda: NOON)
    done = asyncio.Event()

    async def keep_searching():
        while not done.is_set():
            await searching.search("第1种业务怎么办")

    async with asyncio.TaskGroup() as tasks:
        for _ in range(3):
            tasks.create_task(keep_searching())
        await asyncio.gather(*(kb.publish(article.id, by=ANA) for article in articles))
        done.set()

    for n in range(10):
        assert (await searching.search(f"第{n}种业务怎么办")).decision is Decision.ANSWER


async def test_whoever_searches_after_a_publication_gets_it(kb, postgres):
    article = await kb.publish((await kb.create(an_input(), by=ANA)).id, by=ANA)
    others = [KnowledgeBase(postgres, lambda: NOON) for _ in range(3)]
    for version in range(1, 8):
        text = an_input(answer=f"答案{version}")
        await kb.change(article.id, text, read_at=version, by=ANA)
        await kb.publish(article.id, by=ANA)
        results = await asyncio.gather(*(other.search("怎么查话费") for other in others * 3))
        assert {result.hits[0].answer for result in results} == {f"答案{version}"}


async def test_an_import_and_editors_do_not_block_each_other_for_ever(kb):
    rows = "".join(f"问题{n},答案\n" for n in range(300))
    file = f"question,answer\n{rows}".encode()
    await kb.import_file("all.csv", file, publish=True)
    page = await kb.list_articles()
    again = file.replace("答案".encode(), "新答案".encode())

    codes = await outcomes(
        kb.import_file("again.csv", again, publish=True),
        kb.import_file("again.csv", again, publish=True),
        *(kb.publish(article.id, by=ANA) for article in page.articles[:20]),
        *(kb.archive(article.id, by=ANA) for article in page.articles[20:40]),
    )

    assert set(codes) == {"done"}
