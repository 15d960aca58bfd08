"""The search as it is shipped, with vectors that are at hand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeVar

import numpy as np
from understanding_data import ROOT
from understanding_vectors import KnownVectors

from knowledgebase.arrays import Floats, Whole
from knowledgebase.embedder import BundledEmbedder
from knowledgebase.index import LEXICON
from knowledgebase.lexicon import Lexicon
from knowledgebase.model import PublishedArticle
from knowledgebase.ranking import Ranked
from knowledgebase.scoring import LONGEST, Found
from knowledgebase.search import ArticleIndex
from knowledgebase.views import View

T = TypeVar("T", bound=ArticleIndex)
TODAY = date(2026, 3, 10)


def known_vectors() -> KnownVectors:
    """Return the bundled embedder, with what earlier runs computed."""
    return KnownVectors(BundledEmbedder(), ROOT / "var" / "bench")


def lexicon() -> Lexicon:
    """Return the shipped words."""
    return Lexicon.from_toml(*(Path(path).read_text(encoding="utf-8") for path in LEXICON))


def an_index(articles: Sequence[PublishedArticle], vectors: KnownVectors | None) -> ArticleIndex:
    """Return an index of the articles, with all their vectors or none."""
    bare = ArticleIndex(articles, lexicon())
    if vectors is None:
        return bare
    return with_vectors(ArticleIndex, bare, vectors)


def with_vectors(kind: type[T], bare: ArticleIndex, vectors: KnownVectors) -> T:
    """Return the index again, with vectors."""
    return kind(
        bare.articles,
        bare.lexicon,
        vectors=vectors.of(bare.texts()),
        floor=vectors.embedder.floor,
        previous=bare,
    )


@dataclass(frozen=True)
class Captured:
    """What is known of a query's candidates."""

    articles: Whole
    features: Floats
    length: float
    asked: bool
    exact: bool
    """Whether some article has the very words."""


class CaptureIndex:
    """An index that shows what it knows, for fitting."""

    def __init__(self, articles: list[PublishedArticle], vectors: KnownVectors) -> None:
        """Index the articles."""
        bare = ArticleIndex(articles, lexicon())
        self._index = with_vectors(_Capturing, bare, vectors)
        self._vectors = vectors
        self.articles = self._index.articles

    def capture(self, query: str) -> Captured | None:
        """Return what is known of the whole query's candidates, or None if there are none."""
        index = self._index
        view = index._viewer.whole(query)
        if not view.core:
            return None
        index.seen = None
        index._look(view, self._vectors([view.text])[0], TODAY)
        if index.seen is None:
            return None
        return Captured(
            index.seen.articles,
            np.asarray(index.seen.features),
            math.log(min(len(view.core), LONGEST)),
            bool(index.lexicon.concepts.of(view.core)),
            view.core in index._words.exact,
        )


class _Capturing(ArticleIndex):
    seen: Ranked | None = None

    def _as_found(
        self, view: View, result: Ranked, exact: dict[int, int], *, asked: bool
    ) -> list[Found]:
        self.seen = result
        return []
