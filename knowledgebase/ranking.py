"""Putting together what is known of the candidates, ranking them, and scoring them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from knowledgebase.arrays import Floats, Whole
from knowledgebase.likeness import Words
from knowledgebase.meaning import Near
from knowledgebase.scoring import FEATURES, LONGEST, Found, Model, SearchSettings

_SCORED = 20
"""More articles than anyone is shown."""
_MOST_PHRASINGS = 60


@dataclass(frozen=True)
class Ranked:
    """The candidates of one view, with all that is known of them."""

    articles: Whole
    features: Floats
    ranks: Floats
    order: list[int]
    """Places in `articles`, the best first."""
    phrasing: Whole
    by_meaning: NDArray[np.bool_]
    sides: Sequence[tuple[str | None, str | None]]
    model: Model


def ranked(
    articles: Whole,
    words: Words,
    near: Near | None,
    concepts: tuple[Floats, Floats, Floats, Floats],
    sides: Sequence[tuple[str | None, str | None]],
    sizes: Whole,
    settings: SearchSettings,
) -> Ranked:
    """Rank the candidates.

    Where the first by words has just been published and still lacks vectors, words decide.

    Args:
        articles: the candidates' numbers.
        words: their likeness as written.
        near: everyone's likeness by meaning, if it is known.
        concepts: what they share with the query, miss, and add, and what no article names.
        sides: the contrasts in which each is opposed, or silent.
        sizes: how many phrasings each has.
        settings: the models.
    """
    shared, missed, added, strange = concepts
    columns: dict[str, NDArray[np.generic]] = {
        "together": words.together,
        "likeness": words.nearest,
        "support": words.support,
        "unordered": words.unordered,
        "shared": shared,
        "missed": missed,
        "added": added,
        "strange": strange,
        "opposed": np.array([opposed is not None for opposed, _ in sides]),
        "silent": np.array([silent is not None for _, silent in sides]),
        "phrasings": np.log(np.minimum(sizes, _MOST_PHRASINGS)),
    }
    model, phrasing = settings.words_alone, words.phrasing
    by_meaning = np.zeros(len(articles), np.bool_)
    features = _matrix(columns, len(articles))
    ranks = model.ranks(features)
    if near is not None and near.whole[articles[np.argmax(ranks)]]:
        model = settings.with_meaning
        features = _matrix(columns | _by_meaning(near, articles, words), len(articles))
        ranks = model.ranks(features)
        by_meaning = ~np.isnan(near.nearest[articles]) & (words.nearest < _CLEARLY_ALIKE)
        phrasing = np.where(by_meaning, near.phrasing[articles], phrasing)
    order = np.argsort(-ranks, kind="stable").tolist()
    return Ranked(articles, features, ranks, order, phrasing, by_meaning, sides, model)


def _matrix(columns: dict[str, NDArray[np.generic]], rows: int) -> Floats:
    features = np.zeros((rows, len(FEATURES)), np.float32)
    for place, name in enumerate(FEATURES):
        if name in columns:
            features[:, place] = columns[name]
    return features


_CLEARLY_ALIKE = 0.55
"""From this likeness on as written, that is the reason to tell."""


def _by_meaning(near: Near, articles: Whole, words: Words) -> dict[str, Floats]:
    """Return the features of meaning; what has no vector yet is guessed from its words."""
    guess = np.minimum(0.2 + 0.8 * words.nearest, 1.0)
    nearest = _or(near.nearest[articles], guess)
    middle = _or(near.middle[articles], nearest - 0.05)
    return {
        "nearest": nearest,
        "middle": middle,
        "learned": near.learned[articles],
        "answer": _or(near.answer[articles], middle - 0.15),
    }


def _or(values: Floats, otherwise: Floats) -> Floats:
    return np.asarray(np.nan_to_num(np.where(np.isnan(values), otherwise, values)), np.float32)


def scored(found: list[Found], result: Ranked, length: int, *, asked: bool) -> list[Found]:
    """Return the ranked articles with scores that fall as their ranks do.

    Of two articles asked in the same words, the one that has them as its question comes first.
    """
    kept: list[Found] = []
    log_length = math.log(min(length, LONGEST))
    ours = result.model.is_ours(result.features, log_length, mute=not asked)
    ceiling = 1.0
    exact = sorted((one for one in found if one.exact), key=lambda one: -one.exact)
    kept += [replace(one, score=1.0) for one in exact]
    for place, one in zip(result.order[:_SCORED], found, strict=False):
        if one.exact:
            continue
        known = dict(zip(FEATURES, result.features[place].tolist(), strict=True)) | {
            "bias": 1.0,
            "rank": one.rank,
            "length": log_length,
            "mute": float(not asked),
        }
        ceiling = min(ceiling, result.model.score(known, ours))
        kept.append(replace(one, score=ceiling))
    return kept
