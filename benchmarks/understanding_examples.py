"""What the search knows of the tuning parts' queries, to fit its numbers with."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import understanding_data as data
from numpy.typing import NDArray
from understanding_index import CaptureIndex, known_vectors

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Example:
    """A query's candidates."""

    group: str
    """The protocol it belongs to."""
    right: NDArray[np.bool_]
    features: Matrix
    length: float
    """Logarithm of the query's length."""
    asked: bool
    """Whether the query names a group of words."""
    exact: bool
    """Whether some article has the very words."""
    draw: int
    """Number of the knowledge base it was asked."""


def collected() -> tuple[list[Example], list[Example]]:
    """Return what is known of all queries' candidates: what teaches ranking, and everything."""
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
                    captured.exact,
                    number,
                )
                if seeds_kept:
                    ranking.append(example)
                judging.append(example)
        print(f"{group}: {len(draw.asked)} queries", file=sys.stderr, flush=True)
    vectors.keep()
    return ranking, judging


def _draws() -> Iterator[tuple[str, data.Draw, bool]]:
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
