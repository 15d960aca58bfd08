"""Computing the vectors of articles in the background, each once, in one process at a time."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import timedelta
from itertools import islice

from sqlalchemy.ext.asyncio import AsyncConnection

from common.db import Database
from common.times import Clock
from knowledgebase import vector_store
from knowledgebase.asking import Asking
from knowledgebase.embedder import Embedder, EmbedderFailed
from knowledgebase.index import LiveIndex, without_vectors

logger = logging.getLogger(__name__)

Progress = Callable[[int, int], None]
"""Is told how many texts are done, and of how many."""

# Small, so that the claim is renewed often and the CPU is free for customers in between.
BATCH = 8
LEASE = timedelta(seconds=60)
TOLD_EVERY_SECONDS = 5.0
"""How often other processes hear of new vectors while there are many to come."""


class Embedding:
    """The background work of one process."""

    def __init__(
        self,
        db: Database,
        index: LiveIndex,
        embedder: Embedder,
        asking: Asking,
        *,
        owner: str,
        now: Clock,
    ) -> None:
        self._db = db
        self._index = index
        self._embedder = embedder
        self._asking = asking
        self._owner = owner
        self._now = now

    async def run(self, progress: Progress | None = None) -> int:
        """Compute what is missing and return how much that was; 0 while another process does."""
        if not await self._missing() or not await self._claim():
            return 0
        done = 0
        try:
            # Only now: another process may just have finished what was missing before.
            missing = await self._missing()
            done = await self._compute(missing, progress)
            self._asking.note(None)
        except EmbedderFailed as error:
            self._asking.note(str(error))
        finally:
            async with self._db.begin() as conn:
                await vector_store.raise_revision(conn, self._embedder.name)
                await vector_store.release(conn, self._embedder.name, by=self._owner)
        logger.info("computed %d vectors with %s", done, self._embedder.name)
        return done

    async def _missing(self) -> dict[str, str]:
        index = await self._index.current()
        return await asyncio.to_thread(without_vectors, index)

    async def _compute(self, missing: dict[str, str], progress: Progress | None) -> int:
        done, told = 0, time.monotonic()
        texts = iter(missing.items())
        while batch := dict(islice(texts, BATCH)):
            matrix = await asyncio.to_thread(self._embedder.embed, list(batch.values()))
            async with self._db.begin() as conn:
                if not await self._claim_in(conn):
                    # We were too slow, and another process took over.
                    return done
                vectors = dict(zip(batch, matrix, strict=True))
                await vector_store.insert_vectors(conn, self._embedder.name, vectors)
                if time.monotonic() - told > TOLD_EVERY_SECONDS:
                    await vector_store.raise_revision(conn, self._embedder.name)
                    told = time.monotonic()
            done += len(batch)
            if progress is not None:
                progress(done, len(missing))
        return done

    async def _claim(self) -> bool:
        async with self._db.begin() as conn:
            return await self._claim_in(conn)

    async def _claim_in(self, conn: AsyncConnection) -> bool:
        now = self._now()
        return await vector_store.claim(
            conn, self._embedder.name, by=self._owner, now=now, until=now + LEASE
        )
