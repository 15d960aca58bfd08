"""Likeness of texts by the characters they share: BM25 and cosine over 1- and 2-grams.

Everything is numpy and scipy: texts become one array of code points, a gram is a whole number,
and the vocabulary is a sorted array. So 50,000 texts are indexed in well under a second.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from knowledgebase.arrays import Floats, Whole

_SHIFT = 21
"""Bits of a code point: a 2-gram is its first character shifted by this, plus the second."""

_FEWEST_OWNERS = 60


@dataclass(frozen=True)
class Bm25:
    """How much repeated grams (`k1`) and long texts (`b`, 0..1) change the weight of a gram."""

    k1: float = 1.2
    b: float = 0.5


class GramIndex:
    """Texts indexed by their grams. Immutable: threads share it without a lock."""

    def __init__(self, texts: Sequence[str], owners: Whole, bm25: Bm25 | None = None) -> None:
        """Index the texts.

        Args:
            texts: folded.
            owners: for every text the number of the article it belongs to. A gram's rarity is
                counted in articles: many ways to ask one thing do not make its words common.
            bm25: the weighting.
        """
        bm25 = bm25 or Bm25()
        grams, rows = _grams(texts)
        self.size = len(texts)
        self._vocabulary, columns = np.unique(grams, return_inverse=True)
        counts = csr_array(
            (np.ones(len(grams), np.float32), (rows, columns)),
            shape=(self.size, len(self._vocabulary)),
        )
        counts.sum_duplicates()
        self._owners = int(owners.max()) + 1 if len(owners) else 0
        # Among a handful of articles no word can be told to be common: count as if there were more.
        self._floor = max(self._owners, _FEWEST_OWNERS)
        self._rarity = self._idf(counts, owners)
        lengths = np.asarray(counts.sum(axis=1), np.float32)
        self._mean_length = float(lengths.mean()) if self.size else 1.0
        self._bm25 = bm25
        per_entry = np.repeat(lengths, np.diff(counts.indptr))
        weights = counts.copy()
        weights.data = self._saturate(counts.data, per_entry) * self._rarity[counts.indices]
        # By gram: the few grams of a query are read, not the whole matrix.
        self._postings = csr_array(weights.T.tocsr())
        vectors = counts.copy()
        vectors.data = counts.data * self._rarity[counts.indices]
        text_of_entry = np.repeat(np.arange(self.size), np.diff(counts.indptr))
        squares = np.bincount(text_of_entry, weights=vectors.data**2, minlength=self.size)
        vectors.data /= np.sqrt(np.maximum(squares, 1e-9)).astype(np.float32)[text_of_entry]
        self._vectors = vectors

    def coverage(self, query: str) -> Floats:
        """Return for every text how much of the query it covers, 0..1, by BM25.

        1 is what the query would score against itself. Grams that no text has count in full, so
        a question about something else stays low.
        """
        scores = np.zeros(self.size, np.float32)
        grams, counts = np.unique(_grams([query])[0], return_counts=True)
        if not len(grams) or not self.size:
            return scores
        columns, known = self._columns(grams)
        indptr, indices, data = self._postings.indptr, self._postings.indices, self._postings.data
        for column in columns[known]:
            postings = slice(indptr[column], indptr[column + 1])
            scores[indices[postings]] += data[postings]
        rarity = np.where(known, self._rarity[columns], self._unseen)
        itself = self._saturate(np.ones(len(grams), np.float32), np.float32(counts.sum())) * rarity
        return np.minimum(scores / itself.sum(), 1.0)

    def cosine(self, query: str, texts: Whole) -> Floats:
        """Return the cosine of the query with some of the texts, 0..1, by TF-IDF."""
        grams, counts = np.unique(_grams([query])[0], return_counts=True)
        columns, known = self._columns(grams)
        weights = counts * np.where(known, self._rarity[columns], self._unseen)
        vector = np.zeros(len(self._vocabulary), np.float32)
        vector[columns[known]] = weights[known]
        norm = float(np.sqrt((weights**2).sum()))
        return np.asarray(self._vectors[texts] @ vector / max(norm, 1e-9), np.float32)

    def has(self, pair: str) -> bool:
        """Whether some text has these two characters side by side."""
        grams = _grams([pair])[0][-1:]
        return bool(len(self._vocabulary)) and bool(self._columns(grams)[1][0])

    @property
    def _unseen(self) -> float:
        return float(np.log(1 + (self._floor + 0.5) / 0.5))

    def _idf(self, counts: csr_array, owners: Whole) -> Floats:
        pairs = counts.indices.astype(np.int64) * max(self._owners, 1)
        pairs += np.repeat(owners, np.diff(counts.indptr))
        # Sorted rather than np.unique, whose hash table is fifty times slower on such numbers.
        pairs.sort()
        pairs = pairs[np.diff(pairs, prepend=-1) != 0]
        having = np.bincount(pairs // max(self._owners, 1), minlength=len(self._vocabulary))
        return np.log(1 + (self._floor - having + 0.5) / (having + 0.5)).astype(np.float32)

    def _saturate(self, counts: Floats, lengths: Floats | np.float32) -> Floats:
        k1, b = self._bm25.k1, self._bm25.b
        slowness = k1 * (1 - b + b * lengths / self._mean_length)
        return np.asarray(counts * (k1 + 1) / (counts + slowness), np.float32)

    def _columns(self, grams: Whole) -> tuple[Whole, NDArray[np.bool_]]:
        columns = np.minimum(
            np.searchsorted(self._vocabulary, grams), max(len(self._vocabulary) - 1, 0)
        )
        return columns, self._vocabulary[columns] == grams


def _grams(texts: Sequence[str]) -> tuple[Whole, Whole]:
    """Return all 1- and 2-grams as numbers, and for each the text it comes from."""
    points = np.frombuffer("".join(texts).encode("utf-32-le"), np.uint32).astype(np.int64)
    lengths = np.array([len(text) for text in texts], np.int64)
    rows = np.repeat(np.arange(len(texts)), lengths)
    neighbours = rows[:-1] == rows[1:]
    pairs = (points[:-1] << _SHIFT | points[1:])[neighbours]
    return np.concatenate([points, pairs]), np.concatenate([rows, rows[:-1][neighbours]])
