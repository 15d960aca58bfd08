"""Likeness by meaning: the vectors of an embedder, and what is learned from them.

Three things are told of every article: how near its nearest phrasings are, how near the middle of
them, and what a linear classifier says. The classifier is linear discriminant analysis: it learns
from articles with several phrasings which directions of meaning vary within one article and so
should count little. It is a closed formula, so it is fitted anew whenever the articles change, in
well under a second, and always comes out the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledgebase.arrays import Floats, Whole

_FEWEST_RESIDUALS = 20
"""With fewer phrasings beyond the first nothing is learned."""
_MOST_RESIDUALS = 20_000
"""More than these teach nothing new, and cost time."""
_SHRINKAGE = 0.3
_USUAL_SPREAD = 0.1
"""Squared distance of a phrasing from the middle of its article, where none can be measured."""


class Vectors:
    """The vectors of texts, by key. Immutable."""

    def __init__(self, rows: Mapping[str, int], matrix: Floats) -> None:
        self.rows = rows
        self.matrix = matrix

    @classmethod
    def empty(cls, dimension: int) -> Vectors:
        """Return no vectors."""
        return cls({}, np.zeros((0, dimension), np.float32))

    def changed(self, new: Mapping[str, Floats], keep: set[str]) -> Vectors:
        """Return these and the new ones, without those that are not in `keep`."""
        kept = [key for key in self.rows if key in keep]
        added = [key for key in new if key not in self.rows]
        matrix = np.empty((len(kept) + len(added), self.matrix.shape[1]), np.float32)
        if kept:
            np.take(self.matrix, [self.rows[key] for key in kept], 0, out=matrix[: len(kept)])
        for row, key in enumerate(added, len(kept)):
            matrix[row] = new[key]
        return Vectors({key: row for row, key in enumerate([*kept, *added])}, matrix)


@dataclass(frozen=True)
class Near:
    """How near each article is to a query, by meaning. NaN: the article has no vectors yet."""

    nearest: Floats
    """Cosine with the nearest phrasing, from the embedder's floor to 1 stretched to 0..1."""
    phrasing: Whole
    """The number of that phrasing."""
    middle: Floats
    """Cosine with the middle of the phrasings, stretched likewise."""
    learned: Floats
    """What the classifier says, relative to what it says of anything at all."""
    answer: Floats
    """Cosine with the answer's text, stretched likewise."""


class Meaning:
    """The articles' vectors, ready to be compared with a query's. Immutable."""

    def __init__(
        self,
        vectors: Vectors,
        keys: Sequence[str],
        owners: Whole,
        answers: Sequence[str],
        floor: float | None,
    ) -> None:
        """Arrange the vectors and fit the classifier.

        Args:
            vectors: of the texts that have one by now.
            keys: of every phrasing; phrasings of one article follow each other.
            owners: for every phrasing its article.
            answers: for every article the key of its answer.
            floor: the cosine of texts that have nothing in common; estimated when None.
        """
        self._vectors = vectors
        self._articles = len(answers)
        self._answers = np.array([vectors.rows.get(key, -1) for key in answers], np.int64)
        rows = np.array([vectors.rows.get(key, -1) for key in keys], np.int64)
        self._phrasings = np.flatnonzero(rows >= 0)
        self._rows = rows[self._phrasings]
        self._owners = owners[self._phrasings]
        self.complete = len(self._phrasings) == len(keys)
        self._with, self._starts, counts = np.unique(
            self._owners, return_index=True, return_counts=True
        )
        if not len(self._with):
            return
        self._floor = self._estimated_floor() if floor is None else floor
        self._mean = vectors.matrix[self._rows].mean(axis=0)
        middles = np.add.reduceat(vectors.matrix[self._rows], self._starts) / counts[:, None]
        self._middles = middles / np.linalg.norm(middles, axis=1, keepdims=True)
        centred = (middles - self._mean).astype(np.float32)
        self._classifier = centred @ self._precision(middles.astype(np.float32), counts)
        self._offsets = np.einsum("ij,ij->i", self._classifier, centred)

    def near(self, query: Floats) -> Near:
        """Return how near every article is to a query's unit vector."""
        if not len(self._with):
            nothing = np.full(self._articles, np.nan, np.float32)
            return Near(nothing, np.zeros(self._articles, np.int64), nothing, nothing, nothing)
        everything = self._vectors.matrix @ query
        cosines = everything[self._rows]
        nearest = np.maximum.reduceat(cosines, self._starts)
        # The first phrasing that reaches the article's maximum.
        places = np.flatnonzero(cosines == np.repeat(nearest, self._counts()))
        first = places[np.searchsorted(places, self._starts)]
        learned = 2 * (self._classifier @ (query - self._mean)) - self._offsets
        answer = np.where(self._answers >= 0, everything[self._answers], np.nan)
        return Near(
            nearest=self._spread(self._stretched(nearest)),
            phrasing=self._spread(self._phrasings[first], np.int64(0)),
            middle=self._spread(self._stretched(self._middles @ query)),
            learned=self._spread(learned / len(query)),
            answer=self._stretched(answer),
        )

    def _stretched(self, cosines: Floats) -> Floats:
        return np.asarray((cosines - self._floor) / (1 - self._floor), np.float32)

    def _estimated_floor(self) -> float:
        """Return where the cosines of this embedder begin: well below those of any two articles."""
        some = self._vectors.matrix[self._rows[self._starts]][:: 1 + len(self._starts) // 500]
        if len(some) < _FEWEST_RESIDUALS:
            return 0.0
        usual = (np.square(some.sum(axis=0)).sum() - len(some)) / (len(some) * (len(some) - 1))
        return float(max(usual - 0.47 * (1 - usual), -0.5))

    def _counts(self) -> Whole:
        return np.diff(np.append(self._starts, len(self._rows)))

    def _spread(self, values: NDArray[np.generic], otherwise: object = np.nan) -> NDArray:  # type: ignore[type-arg]
        if len(values) == self._articles:
            return values
        spread = np.full(self._articles, otherwise, values.dtype)
        spread[self._with] = values
        return spread

    def _precision(self, middles: Floats, counts: Whole) -> Floats:
        """Return the inverse of how phrasings of one article vary, shrunk towards evenness."""
        dimension = middles.shape[1]
        several = np.flatnonzero(np.repeat(counts >= 2, counts))
        if len(several) < _FEWEST_RESIDUALS:
            return np.eye(dimension, dtype=np.float32) * np.float32(dimension / _USUAL_SPREAD)
        freedom = max(len(several) - int((counts >= 2).sum()), 1) / len(several)
        several = several[:: 1 + len(several) // _MOST_RESIDUALS]
        article = np.repeat(np.arange(len(counts)), counts)[several]
        residuals = self._vectors.matrix[self._rows[several]] - middles[article]
        scatter = residuals.T @ residuals / (len(several) * freedom)
        even = np.eye(dimension) * np.trace(scatter) / dimension
        shrunk = (1 - _SHRINKAGE) * scatter + _SHRINKAGE * even
        return np.linalg.inv(shrunk + np.eye(dimension) * 1e-6).astype(np.float32)
