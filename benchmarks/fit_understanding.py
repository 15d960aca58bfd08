"""Fit the numbers of `knowledgebase/fitted.py`, on the tuning parts only.

    python benchmarks/fit_understanding.py > new.py && mv new.py knowledgebase/fitted.py

First the weights that rank: a softmax over each query's candidates. Then the weights of the score:
a comparison of queries with an answer and without, with articles taken out of the knowledge base so
that near misses are among them. Signs are fixed where only one makes sense, so that the numbers
carry over to other knowledge bases.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from dataclasses import dataclass

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import understanding_data as data
from numpy.typing import NDArray
from scipy.optimize import minimize
from understanding_index import CaptureIndex, known_vectors

from knowledgebase import fitted
from knowledgebase.scoring import FEATURES, OURS_OF, SURE_OF

Matrix = NDArray[np.float64]

POSITIVE = {
    "nearest",
    "middle",
    "learned",
    "answer",
    "together",
    "likeness",
    "support",
    "shared",
    "rank",
}
NEGATIVE = {"missed", "added", "strange", "opposed", "silent"}
RANKING = {"own": 2.5, "B": 1.5, "ANone": 2.0, "A1": 1.0, "A5": 1.0, "A10": 1.0, "A40": 1.5}
JUDGING = {"D10": 2.0, "D40": 1.0, "DNone": 2.0, "own-near": 1.0, "own": 1.0}
PAIRED = {"D5", "D10", "D40", "DNone", "own-near"}
PAIRS = 3000
FAR = {"C10": 1.0, "CNone": 1.0, "own": 0.5}
"""How much the queries of a draw count together."""
MEANING = {"nearest", "middle", "learned", "answer"}


@dataclass(frozen=True)
class Example:
    """A query's candidates."""

    group: str
    right: NDArray[np.bool_]
    features: Matrix
    length: int
    asked: bool
    query: str
    draw: int


def main() -> None:
    """Fit both models and print the file."""
    vectors = known_vectors()
    ranking, judging = [], []
    for number, (group, draw, seeds_kept) in enumerate(_draws()):
        index = CaptureIndex(draw.articles, vectors)
        for each in draw.asked:
            if captured := index.capture(each.query):
                names = [index.articles[a].article_id for a in captured.articles]
                example = Example(
                    group,
                    np.array([name == each.right for name in names]),
                    captured.features.astype(np.float64),
                    captured.length,
                    captured.asked,
                    each.query,
                    number,
                )
                if seeds_kept:
                    ranking.append(example)
                judging.append(example)
        print(group, len(draw.asked), vectors.computed, file=sys.stderr, flush=True)
        vectors.keep()
    print(
        '"""The fitted numbers of the search; benchmarks/fit_understanding.py makes them anew."""\n'
    )
    print("from __future__ import annotations\n")
    for suffix, without in (("", set[str]()), ("_BY_WORDS", MEANING)):
        rank = fit_rank(ranking, without)
        sure = fit_sure(judging, rank, without)
        print(f"RANK{suffix} =", _rounded(FEATURES, rank))
        print(f"SURE{suffix} =", _rounded(SURE_OF, sure))
        print(f"OURS{suffix} =", _rounded(OURS_OF, fit_ours(judging, without)))
    print(f"ANSWER_AT = {fitted.ANSWER_AT}", f"ANSWER_LEAD = {fitted.ANSWER_LEAD}", sep="\n")
    print(f"SUGGEST_AT = {fitted.SUGGEST_AT}")


def _draws():  # type: ignore[no-untyped-def]
    """Yield group, draw, and whether the draw also teaches ranking."""
    oos = data.far("tune")
    for k, seeds in ((1, 1), (5, 2), (10, 2), (40, 2), (None, 1)):
        for seed in range(100, 100 + seeds):
            yield f"A{k}", data.telecom("tune", k, seed, held=True), True
    base = data.telecom("tune", 5, 100)
    yield "B", data.Draw(base.articles, data.paraphrases("tune")), True
    yield "own", data.own("tune"), True
    for seed in range(200, 204):
        yield "own-near", data.own("tune", gone=25, seed=seed), False
    for k, seeds in ((5, 3), (10, 8), (40, 8), (None, 8)):
        for seed in range(200, 200 + seeds):
            yield (
                f"D{k}",
                data.telecom("tune", k, seed, phone=False, gone=10, held=k is not None),
                False,
            )
    for k in (10, None):
        draw = data.telecom("tune", k, 300, phone=False, held=k is not None)
        yield f"C{k}", data.Draw(draw.articles, draw.asked + oos), False


def fit_rank(examples: list[Example], without: set[str]) -> Matrix:
    """Return the weights of `FEATURES`."""
    use = [one for one in examples if one.right.any()]
    features = np.concatenate([one.features for one in use])
    right = np.concatenate([one.right for one in use])
    starts = np.cumsum([0, *(len(one.right) for one in use)])[:-1]
    owner = np.repeat(np.arange(len(use)), [len(one.right) for one in use])
    scale = features.std(axis=0) + 1e-9
    scaled = features / scale
    weight = _weights(use, RANKING)

    def loss(w: Matrix) -> tuple[float, Matrix]:
        score = scaled @ w
        top = np.maximum.reduceat(score, starts)
        likely = np.exp(score - top[owner])
        total = np.add.reduceat(likely, starts)
        value = (weight * (np.log(total) + top - np.add.reduceat(score * right, starts))).sum()
        slope = scaled.T @ ((likely / total[owner] - right) * weight[owner])
        return float(value + w @ w), slope + 2 * w

    bounds = [(0, 0) if name in without else _bound(name) for name in FEATURES]
    # Only the telecom topics have many phrasings beside thousands of questions with one: what
    # that teaches of their number does not hold elsewhere.
    number = FEATURES.index("phrasings")
    bounds[number] = (0, 1.5 * scale[number])
    found = minimize(loss, np.zeros(len(FEATURES)), jac=True, method="L-BFGS-B", bounds=bounds)
    return found.x / scale


def sure_row(one: Example, rank: Matrix) -> tuple[Matrix, bool]:
    """Return what is known of the query's first article, and whether it is right."""
    ranks = one.features @ rank
    best = int(np.argmax(ranks))
    row = [1.0, *one.features[best], ranks[best], one.length, float(not one.asked)]
    return np.array(row), bool(one.right[best])


def fit_sure(examples: list[Example], rank: Matrix, unused: set[str]) -> Matrix:
    """Return the weights of `SURE_OF`.

    In each knowledge base what is answered right should score above what has no answer: that is
    fitted, pair by pair. Then scale and bias are, so that the score reads as a likelihood.
    """
    by_draw: dict[int, list[Example]] = {}
    for one in examples:
        if one.group in PAIRED:
            by_draw.setdefault(one.draw, []).append(one)
    pairs = []
    for draw, several in by_draw.items():
        rows = [(sure_row(one, rank), one.right.any()) for one in several]
        good = np.array([row for (row, right), _ in rows if right])
        bad = np.array([row for (row, _), inside in rows if not inside])
        rng = np.random.default_rng(draw)
        pairs.append(
            good[rng.integers(len(good), size=PAIRS)] - bad[rng.integers(len(bad), size=PAIRS)]
        )
    differences = np.concatenate(pairs)
    scale = differences.std(axis=0) + 1e-9
    scaled = differences / scale

    def loss(w: Matrix) -> tuple[float, Matrix]:
        score = scaled @ w
        slope = -(scaled.T @ (1 / (1 + np.exp(score)))) / len(scaled)
        return float(np.logaddexp(0, -score).mean() + 0.02 * w @ w), slope + 0.04 * w

    bounds = [(0, 0) if name in unused | {"bias"} else _bound(name) for name in SURE_OF]
    start = np.zeros(len(SURE_OF))
    weights = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x / scale
    rows = [sure_row(one, rank) for one in examples]
    known = np.array([[1.0, row @ weights] for row, _ in rows])
    right = np.array([good for _, good in rows], np.float64)
    bias, factor = _logistic(("bias", "rank"), known, right, _weights(examples, JUDGING), set())
    weights *= factor
    weights[0] = bias
    return weights


def ours_row(one: Example) -> Matrix:
    """Return what tells whether the query is about our things."""
    best = dict(zip(FEATURES, one.features.max(axis=0), strict=True))
    known = best | {"bias": 1.0, "length": one.length, "mute": float(not one.asked)}
    return np.array([known[name] for name in OURS_OF])


def fit_ours(examples: list[Example], without: set[str]) -> Matrix:
    """Return the weights of `OURS_OF`, from what is far from the knowledge base."""
    use = [one for one in examples if one.group in FAR]
    known = np.array([ours_row(one) for one in use])
    right = np.array([one.right.any() for one in use], np.float64)
    weight = _weights(use, FAR)
    return _logistic(OURS_OF, known, right, weight, without)


def _weights(examples: list[Example], groups: dict[str, float]) -> Matrix:
    """Return weights with which every group counts as a whole, however many queries it has."""
    counts = Counter(one.group for one in examples)
    weight = np.array([groups.get(one.group, 0.7) / counts[one.group] for one in examples])
    return weight * (3000 / weight.sum())


def _logistic(
    names: tuple[str, ...], known: Matrix, right: Matrix, weight: Matrix, unused: set[str]
) -> Matrix:
    """Return the weights of a logistic regression; the first name is the bias."""
    scale = known.std(axis=0) + 1e-9
    scale[0] = 1.0
    scaled = known / scale

    def loss(w: Matrix) -> tuple[float, Matrix]:
        score = scaled @ w
        value = (weight * (np.logaddexp(0, score) - right * score)).sum()
        slope = scaled.T @ ((1 / (1 + np.exp(-score)) - right) * weight)
        free = np.r_[0.0, w[1:]]
        return float(value + 2 * free @ free), slope + 4 * free

    bounds = [(0, 0) if name in unused else _bound(name) for name in names]
    found = minimize(loss, np.zeros(len(names)), jac=True, method="L-BFGS-B", bounds=bounds)
    return found.x / scale


def _bound(name: str) -> tuple[float | None, float | None]:
    return (0, None) if name in POSITIVE else (None, 0) if name in NEGATIVE else (None, None)


def _rounded(names: tuple[str, ...], weights: Matrix) -> dict[str, float]:
    return {
        name: round(float(weight), 3)
        for name, weight in zip(names, weights, strict=True)
        if abs(weight) >= 0.0005
    }


if __name__ == "__main__":
    main()
