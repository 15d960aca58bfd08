"""Likeness by meaning: the vectors of an embedder, and what is learned from them.

Told of every article: how near its nearest phrasing is, the middle of them all, and its answer, and
what the classifier says, which is fitted anew whenever the articles change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledgebase.arrays import Floats, Whole
from knowledgebase.classifier import Classifier

_FEWEST_MEASURED = 20
"""With fewer articles nothing can be told of what they have in common."""


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
        # Before an endpoint's first answer its dimension is not known.
        dimension = self.matrix.shape[1] if self.rows or not new else len(next(iter(new.values())))
        matrix = np.empty((len(kept) + len(added), dimension), np.float32)
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
    """What the classifier says: the logarithm of a likelihood. Never NaN."""
    answer: Floats
    """Cosine with the answer's text, stretched likewise."""
    whole: NDArray[np.bool_]
    """Whether all of the article's texts have their vectors."""


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
            answers: for every article the key of its answer; empty where there is none.
            floor: the cosine of texts that have nothing in common; estimated when None.
        """
        self._vectors = vectors
        self._articles = len(answers)
        self._answers = np.array([vectors.rows.get(key, -1) for key in answers], np.int64)
        rows = np.array([vectors.rows.get(key, -1) for key in keys], np.int64)
        self._whole = (self._answers >= 0) | np.array([not key for key in answers], np.bool_)
        self._whole[owners[rows < 0]] = False
        self._phrasings = np.flatnonzero(rows >= 0)
        self._rows = rows[self._phrasings]
        self._owners = owners[self._phrasings]
        self._with, self._starts, counts = np.unique(
            self._owners, return_index=True, return_counts=True
        )
        if not len(self._with):
            return
        self._floor = self._estimated_floor() if floor is None else floor
        matrix = vectors.matrix[self._rows]
        middles = np.add.reduceat(matrix, self._starts) / counts[:, None]
        self._middles = middles / np.linalg.norm(middles, axis=1, keepdims=True)
        self._classifier = Classifier(matrix, self._owners, self._articles)

    def near(self, query: Floats) -> Near:
        """Return how near every article is to a query's unit vector."""
        if not len(self._with):
            nothing = np.full(self._articles, np.nan, np.float32)
            first = np.zeros(self._articles, np.int64)
            return Near(nothing, first, nothing, np.zeros_like(nothing), nothing, self._whole)
        everything = self._vectors.matrix @ query
        cosines = everything[self._rows]
        nearest = np.maximum.reduceat(cosines, self._starts)
        # The first phrasing that reaches the article's maximum.
        places = np.flatnonzero(cosines == np.repeat(nearest, self._counts()))
        first = places[np.searchsorted(places, self._starts)]
        answer = np.where(self._answers >= 0, everything[self._answers], np.nan)
        return Near(
            nearest=self._spread(self._stretched(nearest)),
            phrasing=self._spread(self._phrasings[first], np.int64(0)),
            middle=self._spread(self._stretched(self._middles @ query)),
            learned=self._classifier.log_likelihoods(query),
            answer=self._stretched(answer),
            whole=self._whole,
        )

    def _stretched(self, cosines: Floats) -> Floats:
        return np.asarray((cosines - self._floor) / (1 - self._floor), np.float32)

    def _estimated_floor(self) -> float:
        """Return where the cosines of this embedder begin: well below those of any two articles."""
        some = self._vectors.matrix[self._rows[self._starts]][:: 1 + len(self._starts) // 500]
        if len(some) < _FEWEST_MEASURED:
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
