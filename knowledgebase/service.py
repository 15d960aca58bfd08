"""The use cases of the knowledge base: finding answers, and what was not found.

Keeping the articles, which content staff do, is in `knowledgebase.editing`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from common.db import Database
from common.errors import NotFound
from common.ids import new_id
from common.times import Clock, to_local, utc_now
from knowledgebase import live_store, unanswered_store
from knowledgebase.asking import Asking
from knowledgebase.checking import checked
from knowledgebase.editing import Editing
from knowledgebase.embedder import Embedder
from knowledgebase.embedding import Embedding, Progress
from knowledgebase.grouping import group_alike
from knowledgebase.index import LiveIndex
from knowledgebase.model import (
    ArticleInput,
    Editor,
    EmbedderState,
    EmbedderStatus,
    PublishedArticle,
    SearchResult,
    UnansweredGroup,
    UnansweredQuestion,
    UnansweredReason,
)
from knowledgebase.scoring import SearchSettings
from knowledgebase.text import fold, without_numbers

LONGEST_KEPT = 2000


class KnowledgeBase(Editing):
    """One method, one transaction. Making one reads nothing; the index comes with first use."""

    def __init__(
        self,
        db: Database,
        now: Clock = utc_now,
        *,
        time_zone: str = "Asia/Shanghai",
        search_settings: SearchSettings | None = None,
        embedder: Embedder | None = None,
        lexicon_file: Path | None = None,
    ) -> None:
        """Wire it.

        Args:
            db: the database.
            now: the clock.
            time_zone: whose day an article's validity is judged by.
            search_settings: weights and thresholds; the fitted ones when None.
            embedder: for search by meaning; None leaves it to words.
            lexicon_file: an operator's own words, beside ours.
        """
        super().__init__(db, now)
        self._time_zone = time_zone
        self._index = LiveIndex(db, search_settings, embedder=embedder, lexicon_file=lexicon_file)
        self._embedder = embedder
        self._asking = None if embedder is None else Asking(embedder)
        self._owner = new_id()

    async def search(self, query: str, k: int = 3) -> SearchResult:
        """Return the `k` best live articles and whether to answer, to suggest, or neither."""
        index = await self._index.current()
        # In a thread: embedding takes a while, and others' conversations go on meanwhile.
        return await asyncio.to_thread(
            index.search, query, k=k, today=self._today(), embed=self._asking
        )

    async def embed_missing(self, progress: Progress | None = None) -> int:
        """Compute the vectors that live articles lack, and return how many were computed.

        Any number of processes may call this as often as they like: one works, the others return
        at once, and nothing is computed twice.
        """
        if self._embedder is None or self._asking is None:
            return 0
        embedding = Embedding(
            self._db,
            self._index,
            self._embedder,
            self._asking,
            owner=self._owner,
            now=self._now,
        )
        return await embedding.run(progress)

    async def embedder_state(self) -> EmbedderState:
        """Return how search by meaning fares, for those who watch over the service."""
        if self._embedder is None or self._asking is None:
            return EmbedderState("none", EmbedderStatus.OFF)
        name, reason = self._embedder.name, self._asking.failure
        await self._index.current()
        missing = await asyncio.to_thread(self._index.missing)
        if reason is not None:
            return EmbedderState(name, EmbedderStatus.FAILING, missing, reason)
        status = EmbedderStatus.WORKING if missing else EmbedderStatus.READY
        return EmbedderState(name, status, missing)

    async def get_published(self, article_id: str) -> PublishedArticle:
        """Return an article customers may be answered with now.

        Raises:
            NotFound: unknown, not published, or outside its validity.
        """
        async with self._db.connect() as conn:
            article = await live_store.find_published(conn, article_id)
        if article is None or not article.is_valid_on(self._today()):
            raise NotFound(f"没有已发布的文章 {article_id}。", code="article_unknown")
        return article

    async def record_unanswered(
        self, conversation_id: str, text: str, reason: str = "no_answer"
    ) -> None:
        """Keep a question that was not answered well, once a conversation and reason.

        A message without letters or digits is no question, and is not kept. Long numbers are
        masked: editors read these questions, and need no customer's phone.
        """
        # PostgreSQL stores neither NUL nor half a character.
        kept = without_numbers(text)[:LONGEST_KEPT].replace("\0", "")
        kept = kept.encode("utf-8", "replace").decode()
        if not fold(kept):
            return
        question = UnansweredQuestion(
            new_id(), kept, UnansweredReason(reason), conversation_id, self._now()
        )
        async with self._db.begin() as conn:
            await unanswered_store.insert_unanswered(conn, question)

    async def search_with_draft(
        self, query: str, draft: ArticleInput, article_id: str | None = None, k: int = 3
    ) -> SearchResult:
        """Return what `search` would, were `draft` published (in place of `article_id`).

        Raises:
            InvalidArticle: the draft could not be published.
        """
        content = checked(draft)
        published = PublishedArticle.of(article_id or "draft", 0, content)
        index = await self._index.with_draft(published, self._asking)
        return await asyncio.to_thread(
            index.search, query, k=k, today=self._today(), embed=self._asking
        )

    async def list_unanswered(self, limit: int = 200) -> list[UnansweredQuestion]:
        """Return the questions nobody has dealt with, the newest first."""
        async with self._db.connect() as conn:
            return await unanswered_store.list_open(conn, limit)

    async def list_unanswered_groups(self, limit: int = 500) -> list[UnansweredGroup]:
        """Return the newest open questions, alike ones together; what is asked most comes first."""
        questions = await self.list_unanswered(limit)
        index = await self._index.current()
        texts = [question.text for question in questions]
        groups = await asyncio.to_thread(group_alike, texts, index.lexicon)
        return [UnansweredGroup(tuple(questions[at] for at in group)) for group in groups]

    async def deal_with_all(self, question_ids: Sequence[str], *, by: Editor) -> int:
        """Note that none of these questions needs more attention; return how many were open."""
        async with self._db.begin() as conn:
            now = self._now()
            done = [
                await unanswered_store.claim(conn, each, at=now, by=by.username)
                for each in dict.fromkeys(question_ids)
            ]
        return sum(done)

    async def deal_with_unanswered(self, question_id: str, *, by: Editor) -> None:
        """Note that a question needs no more attention. Twice is the same as once.

        Raises:
            NotFound: no such question.
        """
        async with self._db.begin() as conn:
            if not await unanswered_store.exists(conn, question_id):
                raise NotFound(f"没有编号为 {question_id} 的问题。", code="question_unknown")
            await unanswered_store.claim(conn, question_id, at=self._now(), by=by.username)

    def _today(self) -> date:
        return to_local(self._now(), self._time_zone).date()
