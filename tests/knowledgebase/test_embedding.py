"""Vectors in the database: computed once, in the background, by one process at a time."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import sqlalchemy as sa

from common.db import Database
from knowledgebase import vector_store
from knowledgebase.embedder import EndpointEmbedder
from knowledgebase.embedding import LEASE
from knowledgebase.model import Decision, EmbedderStatus
from knowledgebase.service import KnowledgeBase
from knowledgebase.tables import kb_embedders, kb_vectors
from tests.conftest import NOON
from tests.knowledgebase.builders import ANA, an_input
from tests.knowledgebase.endpoint import Endpoint

LOST = an_input("手机卡丢了怎么挂失", "卡丢了先帮我停掉", answer="在掌厅点“挂失”。")
INVOICE = an_input("怎么开发票", "发票在哪里开", answer="在掌厅点“发票”。")


def a_kb(db: Database, embedder, clock=lambda: NOON) -> KnowledgeBase:
    return KnowledgeBase(db, clock, embedder=embedder)


def by_endpoint(db: Database, endpoint: Endpoint) -> KnowledgeBase:
    return a_kb(db, EndpointEmbedder(endpoint.url, model="m"))


async def published(kb, *contents):
    articles = [await kb.create(content, by=ANA) for content in contents]
    return [await kb.publish(article.id, by=ANA) for article in articles]


async def stored(db: Database) -> int:
    async with db.connect() as conn:
        return (await conn.execute(sa.select(sa.func.count()).select_from(kb_vectors))).scalar_one()


async def test_an_article_is_found_by_its_meaning_in_every_process(db, bundled):
    kb, other = a_kb(db, bundled), a_kb(db, bundled)
    await published(kb, LOST, INVOICE)
    assert (await other.embedder_state()).status is EmbedderStatus.WORKING

    told: list[tuple[int, int]] = []
    assert await kb.embed_missing(lambda done, total: told.append((done, total))) == 6

    assert told[-1] == (6, 6)
    for each in (kb, other):
        assert (await each.embedder_state()).status is EmbedderStatus.READY
        hit = (await each.search("我的sim卡不翼而飞了")).hits[0]
        assert hit.question == "手机卡丢了怎么挂失"
        assert hit.why.startswith("意思相近：")


async def test_what_was_computed_is_not_computed_again(db, endpoint):
    kb = by_endpoint(db, endpoint)
    (article, *_) = await published(kb, LOST, INVOICE)
    await kb.embed_missing()
    asked = len(endpoint.requests)

    assert await kb.embed_missing() == 0
    assert await by_endpoint(db, endpoint).embed_missing() == 0
    changed = an_input("手机卡丢了怎么挂失", "手机被偷了", answer="在掌厅点“挂失”。")
    await kb.change(article.id, changed, read_at=1, by=ANA)
    await kb.publish(article.id, by=ANA)

    assert await kb.embed_missing() == 1
    assert endpoint.requests[-1][2]["input"] == ["手机被偷了"]
    assert len(endpoint.requests) == asked + 1


async def test_of_two_processes_one_computes(db, endpoint):
    kb, other = by_endpoint(db, endpoint), by_endpoint(db, endpoint)
    await published(kb, LOST, INVOICE)
    done = await asyncio.gather(kb.embed_missing(), other.embed_missing())
    assert sorted(done) == [0, 6]
    assert await stored(db) == 6
    texts = [text for _, _, sent in endpoint.requests for text in sent["input"]]
    assert len(texts) == len(set(texts))


async def test_who_died_at_it_is_followed_by_another(db, endpoint):
    clock = [NOON]
    embedder = EndpointEmbedder(endpoint.url, model="m")
    kb = a_kb(db, embedder, lambda: clock[0])
    await published(kb, LOST)
    async with db.begin() as conn:
        assert await vector_store.claim(
            conn, embedder.name, by="the dead", now=NOON, until=NOON + LEASE
        )
    assert await kb.embed_missing() == 0

    clock[0] += LEASE + timedelta(seconds=1)

    assert await kb.embed_missing() == 3
    async with db.connect() as conn:
        row = (await conn.execute(sa.select(kb_embedders))).one()
    assert row.claimed_by is None


async def test_without_vectors_an_article_is_found_by_words_at_once(db, bundled):
    kb = a_kb(db, bundled)
    await published(kb, LOST)
    await kb.embed_missing()
    await published(kb, INVOICE)
    assert (await kb.search("发票在哪开")).hits[0].question == "怎么开发票"


async def test_a_broken_embedder_leaves_search_to_words_and_is_told(db, endpoint):
    endpoint.status = 500
    kb = by_endpoint(db, endpoint)
    await published(kb, LOST, INVOICE)

    assert await kb.embed_missing() == 0

    state = await kb.embedder_state()
    assert (state.status, state.missing) == (EmbedderStatus.FAILING, 6)
    assert state.reason == "the endpoint answered 500"
    assert (await kb.search("怎么开发票")).decision is Decision.ANSWER
    async with db.connect() as conn:
        assert (await conn.execute(sa.select(kb_embedders.c.claimed_by))).scalar_one() is None


async def test_an_embedder_that_breaks_later_does_not_stop_search(db, endpoint):
    kb = by_endpoint(db, endpoint)
    await published(kb, LOST, INVOICE)
    await kb.embed_missing()
    endpoint.status = 500
    assert (await kb.search("我想开一张发票")).hits[0].question == "怎么开发票"
    assert (await kb.embedder_state()).status is EmbedderStatus.FAILING


async def test_without_an_embedder_nothing_is_computed(kb, db):
    await published(kb, LOST)
    assert await kb.embed_missing() == 0
    assert (await kb.embedder_state()).status is EmbedderStatus.OFF
    assert await stored(db) == 0


async def test_vectors_of_another_embedder_are_not_used(db, bundled, endpoint):
    first = a_kb(db, bundled)
    await published(first, LOST)
    await first.embed_missing()
    other = by_endpoint(db, endpoint)
    assert (await other.embedder_state()).missing == 3
    assert await other.embed_missing() == 3
    assert await stored(db) == 6


async def test_a_message_without_words_is_never_embedded(db, endpoint):
    kb = by_endpoint(db, endpoint)
    await published(kb, LOST)
    await kb.embed_missing()
    asked = len(endpoint.requests)
    for text in ("", "？？？", "😀", "   "):
        assert (await kb.search(text)).decision is Decision.NONE
    assert len(endpoint.requests) == asked


async def test_the_same_words_in_one_turn_are_embedded_once(db, endpoint):
    kb = by_endpoint(db, endpoint)
    await published(kb, LOST, INVOICE)
    await kb.embed_missing()
    asked = len(endpoint.requests)
    for _ in range(3):
        await kb.search("东西不见了咋办")
    assert len(endpoint.requests) == asked + 1


async def test_a_draft_is_tried_by_its_meaning_too(db, bundled):
    kb = a_kb(db, bundled)
    await published(kb, INVOICE)
    await kb.embed_missing()
    result = await kb.search_with_draft("我的sim卡不翼而飞了", LOST)
    assert result.hits[0].question == "手机卡丢了怎么挂失"
    assert await stored(db) == 3


async def test_an_archived_articles_vectors_are_forgotten_by_the_index(db, endpoint):
    kb = by_endpoint(db, endpoint)
    article, _ = await published(kb, LOST, INVOICE)
    await kb.embed_missing()
    await kb.archive(article.id, by=ANA)
    found = await kb.search("手机卡丢了怎么挂失")
    assert "手机卡丢了怎么挂失" not in [hit.question for hit in found.hits]
