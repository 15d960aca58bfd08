"""How search grows: 1,000 to 250,000 phrasings, time, memory and loading.

The phrasings are made of the starter articles' own pieces; their vectors are random, since neither
time nor memory depends on what they say. The query is embedded for real.
"""

from __future__ import annotations

import asyncio
import csv
import io
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from results import p50, p95
from understanding_data import own
from understanding_index import TODAY

from common.db import Database
from knowledgebase import vector_store
from knowledgebase.asking import Asking
from knowledgebase.embedder import BundledEmbedder
from knowledgebase.index import LiveIndex
from knowledgebase.model import ArticleInput
from knowledgebase.service import KnowledgeBase
from server.schema import metadata

SIZES = (1_000, 10_000, 50_000, 250_000)
PER_ARTICLE = 10
ROWS_A_FILE = 10_000
DIMENSION = 384


@dataclass(frozen=True)
class Growth:
    """What one size costs. Times in milliseconds unless said otherwise."""

    phrasings: int
    load_seconds: float
    words_p50: float
    words_p95: float
    meaning_p50: float
    meaning_p95: float
    memory_mb: float


def measure(size: int) -> Growth:
    """Measure one size in a process of its own, so that memory is its own too."""
    command = [sys.executable, __file__, str(size)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return Growth(**json.loads(done.stdout.splitlines()[-1]))


def synthetic(size: int) -> list[ArticleInput]:
    """Return articles with ten phrasings each, no two alike."""
    rng = random.Random(size)
    draw = own("tune")
    said = [text for one in draw.articles for text in (one.question, *one.similar_questions)]
    pieces = sorted({text[:cut] for text in said for cut in (3, 4, 5)} | {t[-4:] for t in said})
    seen: set[str] = set()
    while len(seen) < size:
        seen.add("".join(rng.choice(pieces) for _ in range(rng.randint(2, 4))))
    texts = sorted(seen)
    rng.shuffle(texts)
    return [
        ArticleInput(texts[at], f"第 {at} 号答案。", tuple(texts[at + 1 : at + PER_ARTICLE]))
        for at in range(0, size, PER_ARTICLE)
    ]


async def _run(size: int) -> Growth:
    embedder = BundledEmbedder()
    embedder.embed(["先热身"])
    with tempfile.TemporaryDirectory() as folder:
        db = Database.from_url(f"sqlite+aiosqlite:///{folder}/kb.db")
        await _fill(db, synthetic(size), embedder)
        # A process that only searches: nothing of the filling may count as its memory.
        await db.close()
        command = [sys.executable, __file__, str(size), f"{folder}/kb.db"]
        done = await asyncio.to_thread(
            subprocess.run, command, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(done.stderr[-2000:])
        return Growth(**json.loads(done.stdout.splitlines()[-1]))


async def _fill(db: Database, articles: list[ArticleInput], embedder: BundledEmbedder) -> None:
    async with db.engine.begin() as conn:
        await conn.run_sync(metadata.create_all)
    for start in range(0, len(articles), ROWS_A_FILE):
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow(["question", "answer", "similar_questions"])
        for one in articles[start : start + ROWS_A_FILE]:
            writer.writerow([one.question, one.answer, "|".join(one.similar_questions)])
        report = await KnowledgeBase(db).import_file("x.csv", out.getvalue().encode(), publish=True)
        if not report.imported:
            raise RuntimeError(str(report.problems[:3]))
    index = await LiveIndex(db).current()
    rng = np.random.default_rng(1)
    keys = list(index.texts())
    for start in range(0, len(keys), 5000):
        some = keys[start : start + 5000]
        matrix = rng.standard_normal((len(some), DIMENSION)).astype(np.float32)
        matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
        async with db.begin() as conn:
            vectors = dict(zip(some, matrix, strict=True))
            await vector_store.insert_vectors(conn, embedder.name, vectors)


async def _search(path: str, size: int) -> Growth:
    embedder = BundledEmbedder()
    db = Database.from_url(f"sqlite+aiosqlite:///{path}")
    before = _memory_mb()
    embedder.embed(["先热身"])
    live = LiveIndex(db, embedder=embedder)
    began = time.perf_counter()
    index = await live.current()
    load = time.perf_counter() - began
    queries = [asked.query for asked in own("tune").asked]
    asking = Asking(embedder)
    timed: dict[bool, list[float]] = {True: [], False: []}
    for by_meaning in (False, True):
        for query in ["先热身一下", *queries]:
            began = time.perf_counter()
            index.search(query, k=3, today=TODAY, embed=asking if by_meaning else None)
            timed[by_meaning].append((time.perf_counter() - began) * 1000)
        del timed[by_meaning][0]
    await db.close()
    return Growth(
        size,
        load,
        p50(timed[False]),
        p95(timed[False]),
        p50(timed[True]),
        p95(timed[True]),
        _memory_mb() - before,
    )


def _memory_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    if len(sys.argv) == 3:
        result = asyncio.run(_search(sys.argv[2], int(sys.argv[1])))
    else:
        result = asyncio.run(_run(int(sys.argv[1])))
    print(json.dumps(asdict(result)))
