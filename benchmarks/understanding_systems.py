"""What is measured: the shipped search, and the baselines, each as a table of scores."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from rapidfuzz import fuzz, process
from understanding_index import TODAY, an_index
from understanding_vectors import KnownVectors

from knowledgebase.arrays import Floats
from knowledgebase.lexical import Bm25, GramIndex
from knowledgebase.model import Decision, PublishedArticle
from knowledgebase.text import fold

DEEP = 20


@dataclass(frozen=True)
class Answered:
    """What a system makes of one query: articles best first, and how sure it is of the first."""

    ids: list[str]
    sure: float
    decision: Decision | None = None


System = Callable[[Sequence[PublishedArticle], Sequence[str]], list[Answered]]


def shipped(vectors: KnownVectors | None) -> System:
    """Return the search as customers get it; by words alone without vectors."""

    def answer(articles: Sequence[PublishedArticle], queries: Sequence[str]) -> list[Answered]:
        index = an_index(articles, vectors)
        answered = []
        for query in queries:
            result = index.search(query, k=DEEP, today=TODAY, embed=vectors)
            sure = result.hits[0].score if result.hits else 0.0
            answered.append(
                Answered([hit.article_id for hit in result.hits], sure, result.decision)
            )
        return answered

    return answer


def by_phrasing(score: Callable[[list[str], Sequence[str]], Floats]) -> System:
    """Return a baseline: an article scores as its nearest phrasing does."""

    def answer(articles: Sequence[PublishedArticle], queries: Sequence[str]) -> list[Answered]:
        texts = [text for one in articles for text in (one.question, *one.similar_questions)]
        sizes = [1 + len(one.similar_questions) for one in articles]
        starts = np.cumsum([0, *sizes])[:-1]
        best = np.maximum.reduceat(score(texts, queries), starts, axis=1)
        order = np.argsort(-best, axis=1, kind="stable")[:, :DEEP]
        return [
            Answered([articles[at].article_id for at in places], float(row[places[0]]))
            for row, places in zip(best, order.tolist(), strict=True)
        ]

    return answer


def bm25(texts: list[str], queries: Sequence[str]) -> Floats:
    """BM25 over characters 1-2, every phrasing a document, as usually configured."""
    folded = [fold(text) for text in texts]
    index = GramIndex(folded, np.arange(len(texts)), Bm25(k1=1.5, b=0.75))
    return np.stack([index.coverage(fold(query)) for query in queries])


def tf_idf(texts: list[str], queries: Sequence[str]) -> Floats:
    """Cosine of TF-IDF over characters 1-2."""
    index = GramIndex([fold(text) for text in texts], np.arange(len(texts)))
    everything = np.arange(len(texts))
    return np.stack([index.cosine(fold(query), everything) for query in queries])


def w_ratio(texts: list[str], queries: Sequence[str]) -> Floats:
    """WRatio of rapidfuzz."""
    scores = process.cdist(queries, texts, scorer=fuzz.WRatio, dtype=np.float32, workers=1)
    return np.asarray(scores / 100, np.float32)


def e5(vectors: KnownVectors) -> Callable[[list[str], Sequence[str]], Floats]:
    """Return the cosine of e5-small, rescaled."""

    def score(texts: list[str], queries: Sequence[str]) -> Floats:
        cosines = vectors(list(queries)) @ vectors(texts).T
        return np.asarray((cosines - 0.75) / 0.25, np.float32)

    return score


def fusion(vectors: KnownVectors) -> Callable[[list[str], Sequence[str]], Floats]:
    """Return a quarter TF-IDF and three quarters e5, the best of the simple mixtures."""

    def score(texts: list[str], queries: Sequence[str]) -> Floats:
        mixed = 0.25 * tf_idf(texts, queries) + 0.75 * e5(vectors)(texts, queries)
        return np.asarray(mixed, np.float32)

    return score


def systems(vectors: KnownVectors) -> dict[str, System]:
    """Return all that are compared, ours first."""
    return {
        "ours": shipped(vectors),
        "ours, words alone": shipped(None),
        "BM25 char 1-2": by_phrasing(bm25),
        "TF-IDF char 1-2": by_phrasing(tf_idf),
        "rapidfuzz WRatio": by_phrasing(w_ratio),
        "e5-small": by_phrasing(e5(vectors)),
        "1/4 TF-IDF + 3/4 e5": by_phrasing(fusion(vectors)),
    }
