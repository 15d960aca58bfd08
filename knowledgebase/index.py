"""The live index of one process: always as new as the database.

Before every search one cheap query reads the revisions. When one has moved, only the articles and
vectors that are new are read, and the index is made anew in a thread, once however many searches
wait for it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from functools import cache
from pathlib import Path

from common.db import Database
from knowledgebase import live_store, vector_store
from knowledgebase.embedder import Embedder
from knowledgebase.lexicon import Lexicon
from knowledgebase.meaning import Vectors
from knowledgebase.model import PublishedArticle
from knowledgebase.scoring import SearchSettings
from knowledgebase.search import ArticleIndex, Embed

logger = logging.getLogger(__name__)

LEXICON = tuple(Path(__file__).with_name(name) for name in ("lexicon.toml", "concepts.toml"))


class LiveIndex:
    """Gives the index of what is live now. Making one costs nothing; the first use reads."""

    def __init__(
        self,
        db: Database,
        settings: SearchSettings | None = None,
        *,
        embedder: Embedder | None = None,
        lexicon_file: Path | None = None,
    ) -> None:
        self._db = db
        self._settings = settings
        self._embedder = embedder
        self._lexicon_files = [*LEXICON, *([lexicon_file] if lexicon_file else [])]
        self._live: dict[str, PublishedArticle] = {}
        self._index: ArticleIndex | None = None
        self._revision = (-1, -1)
        self._reloading = asyncio.Lock()

    async def current(self) -> ArticleIndex:
        """Return an index of everything that was live when this was called, or newer."""
        revision = await self._get_revision()
        if self._index is not None and self._is_as_new_as(revision):
            return self._index
        # Whoever waited here for another's reload finds the work done, unless even more changed.
        async with self._reloading:
            if self._index is None or not self._is_as_new_as(revision):
                self._index = await self._reload()
            return self._index

    @property
    def revision(self) -> tuple[int, int]:
        """The revisions of articles and vectors that the index was made of."""
        return self._revision

    def missing(self) -> int:
        """Return how many texts had no vector when the index was made."""
        if self._index is None or self._embedder is None:
            return 0
        return len(without_vectors(self._index))

    async def with_draft(self, draft: PublishedArticle, embed: Embed | None = None) -> ArticleIndex:
        """Return the index as it would be if `draft` were published."""
        index = await self.current()
        others = [one for one in index.articles if one.article_id != draft.article_id]
        return await asyncio.to_thread(self._try, others, draft, index, embed)

    def _is_as_new_as(self, revision: tuple[int, int]) -> bool:
        return all(mine >= theirs for mine, theirs in zip(self._revision, revision, strict=True))

    async def _get_revision(self) -> tuple[int, int]:
        async with self._db.connect() as conn:
            articles = await live_store.get_revision(conn)
            if self._embedder is None:
                return articles, 0
            return articles, await vector_store.get_revision(conn, self._embedder.name)

    async def _reload(self) -> ArticleIndex:
        started = time.perf_counter()
        # In this order: what is newer than the revision is only read once more later.
        revision = await self._get_revision()
        async with self._db.connect() as conn:
            changes = await live_store.list_live_changes(conn, self._revision[0])
        live = {**self._live, **{one.article_id: one.article for one in changes if one.article}}
        for gone in changes:
            if gone.article is None:
                live.pop(gone.article_id, None)
        index = await asyncio.to_thread(self._build, list(live.values()), self._index)
        if self._embedder is not None:
            vectors = await self._read_vectors(index, self._embedder)
            index = await asyncio.to_thread(self._with, index, vectors)
        self._live, self._revision = live, revision
        logger.info(
            "index of revisions %s: %d articles, %d phrasings, %d changed, %.0f ms",
            revision,
            len(live),
            index.size,
            len(changes),
            (time.perf_counter() - started) * 1000,
        )
        return index

    async def _read_vectors(self, index: ArticleIndex, embedder: Embedder) -> Vectors:
        texts = index.texts()
        old = self._index.vectors if self._index is not None else None
        missing = [key for key in texts if old is None or key not in old.rows]
        async with self._db.connect() as conn:
            new = await vector_store.read_vectors(conn, embedder.name, missing)
        if old is None or not old.rows:
            dimension = len(next(iter(new.values()))) if new else embedder.dimension or 0
            old = Vectors.empty(dimension)
        return await asyncio.to_thread(old.changed, new, set(texts))

    def _build(self, live: list[PublishedArticle], previous: ArticleIndex | None) -> ArticleIndex:
        lexicon = _read(tuple(self._lexicon_files))
        return ArticleIndex(live, lexicon, self._settings, previous=previous)

    def _with(self, index: ArticleIndex, vectors: Vectors) -> ArticleIndex:
        return ArticleIndex(
            index.articles,
            index.lexicon,
            self._settings,
            vectors=vectors,
            floor=None if self._embedder is None else self._embedder.floor,
            previous=index,
        )

    def _try(
        self,
        others: list[PublishedArticle],
        draft: PublishedArticle,
        index: ArticleIndex,
        embed: Embed | None,
    ) -> ArticleIndex:
        bare = self._build([*others, draft], index)
        if index.vectors is None or embed is None:
            return bare
        # Of the draft alone: what others lack is computed in the background.
        texts = ArticleIndex([draft], bare.lexicon, previous=bare).texts()
        keys = [key for key in texts if key not in index.vectors.rows][:_TRIED]
        new = embed([texts[key] for key in keys]) if keys else None
        vectors = index.vectors
        if new is not None:
            vectors = vectors.changed(dict(zip(keys, new, strict=True)), set(bare.texts()))
        return self._with(bare, vectors)


@cache
def _read(files: tuple[Path, ...]) -> Lexicon:
    """Return the words in these files, read once a process."""
    return Lexicon.from_toml(*(path.read_text(encoding="utf-8") for path in files))


_TRIED = 200
"""So many texts of a draft are embedded while its author waits: three seconds."""


def without_vectors(index: ArticleIndex) -> dict[str, str]:
    """Return the texts that have no vector yet, by key."""
    rows = index.vectors.rows if index.vectors is not None else {}
    return {key: text for key, text in index.texts().items() if key not in rows}
