"""Which article a query sounds like, learned from all phrasings together.

Multinomial logistic regression over vectors. Where an article has several similar questions this
sees what they have in common and what only others say, which no single nearest phrasing does. All
articles with fewer are one class together, so that what sounds like one of those is likely none of
the others. Fitting starts from nothing and takes a fixed number of steps: the same articles always
give the same classifier, 0.2 s for 200 articles with 1,300 phrasings.
"""

from __future__ import annotations

import numpy as np

from knowledgebase.arrays import Floats, Whole

FEWEST_PHRASINGS = 6
"""An article's question and five more: from fewer nothing is learned."""
_MOST_CELLS = 1_000_000
"""Phrasings times articles learned: more take longer than a publication may. Then only articles
with more phrasings are learned."""
_STEPS = 15
_SCALE = 8.0
"""What the differences of vectors, all close to each other, are multiplied with."""
_PENALTY = 1.0
_LEAST = -8.0
"""Below this it makes no difference how unlikely an article is."""


class Classifier:
    """Immutable."""

    def __init__(self, vectors: Floats, owners: Whole, articles: int) -> None:
        """Learn.

        Args:
            vectors: one a phrasing.
            owners: for every phrasing its article.
            articles: how many articles there are, with and without vectors.
        """
        sizes = np.bincount(owners, minlength=articles)
        learned = np.flatnonzero(sizes >= _fewest(sizes))
        self._class_of = np.full(articles, len(learned))
        self._class_of[learned] = np.arange(len(learned))
        self._weights: Floats | None = None
        if len(learned):
            self._middle = vectors.mean(axis=0)
            self._weights = _fitted((vectors - self._middle) * _SCALE, self._class_of[owners])

    def log_likelihoods(self, query: Floats) -> Floats:
        """Return for every article the logarithm of how likely a query's vector is one of its own.

        Articles that are not learned share one: that it is none of the learned ones.
        """
        if self._weights is None:
            return np.zeros(len(self._class_of), np.float32)
        scores = (query - self._middle) * _SCALE @ self._weights[:-1] + self._weights[-1]
        scores -= scores.max()
        each = np.maximum(scores - np.log(np.exp(scores).sum()), _LEAST)
        # Without any article that is not learned there is no class for them.
        return np.asarray(np.append(each, _LEAST)[self._class_of], np.float32)


def _fewest(sizes: Whole) -> int:
    """Return how many phrasings an article must have, so that fitting stays quick."""
    most = _MOST_CELLS // max(int(sizes.sum()), 1)
    if (sizes >= FEWEST_PHRASINGS).sum() <= most:
        return FEWEST_PHRASINGS
    return int(np.sort(sizes)[::-1][most]) + 1


def _fitted(vectors: Floats, classes: Whole) -> Floats:
    """Return the weights: a row a number of the vectors, a last row of offsets."""
    # Here, not above: it takes a second, and most that import this never fit anything.
    from scipy.optimize import minimize

    rows = np.arange(len(classes))
    known = np.hstack([vectors, np.ones((len(vectors), 1), np.float32)])
    counts = np.bincount(classes)
    # Between every phrasing counting alike and every article: many phrasings, more weight.
    importance = 1 / np.sqrt(counts[classes])
    importance = (importance / importance.mean()).astype(np.float32)

    def loss(flat: Floats) -> tuple[float, Floats]:
        weights = flat.reshape(known.shape[1], len(counts)).astype(np.float32)
        likely = known @ weights
        likely -= likely.max(axis=1, keepdims=True)
        np.exp(likely, out=likely)
        likely /= likely.sum(axis=1, keepdims=True)
        value = -(importance * np.log(likely[rows, classes] + 1e-12)).sum()
        value += _PENALTY / 2 * np.square(weights[:-1]).sum()
        likely[rows, classes] -= 1
        slope = known.T @ (likely * importance[:, None])
        slope[:-1] += _PENALTY * weights[:-1]
        return float(value), slope.ravel().astype(np.float64)

    start = np.zeros(known.shape[1] * len(counts))
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": _STEPS})
    return np.asarray(found.x.reshape(known.shape[1], len(counts)), np.float32)
