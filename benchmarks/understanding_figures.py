"""Figures over what a system answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from understanding_data import Asked
from understanding_systems import Answered

from knowledgebase.model import Decision


@dataclass(frozen=True)
class Found:
    """How well the right article is found, in percent; `mrr` from 0 to 1."""

    first: float
    among_three: float
    macro_first: float
    mrr: float


@dataclass(frozen=True)
class Rejected:
    """How well what has no answer is told from what has one, in percent."""

    auroc: float
    rejected: float


@dataclass(frozen=True)
class Decided:
    """What becomes of queries with the shipped thresholds, in percent.

    The first four are of queries that have an answer, the last two of those that have none.
    """

    answered_right: float
    answered_wrong: float
    suggested_right: float
    lost: float
    far_not_answered: float
    far_nothing: float


def found(asked: Sequence[Asked], answered: Sequence[Answered]) -> Found:
    """Return the figures over the queries that have an answer."""
    pairs = [(one, it) for one, it in zip(asked, answered, strict=True) if one.right is not None]
    places = [it.ids.index(one.right) + 1 if one.right in it.ids else 0 for one, it in pairs]
    by_topic: dict[str | None, list[bool]] = {}
    for (one, _), place in zip(pairs, places, strict=True):
        by_topic.setdefault(one.right, []).append(place == 1)
    return Found(
        first=_percent([place == 1 for place in places]),
        among_three=_percent([1 <= place <= 3 for place in places]),
        macro_first=float(np.mean([_percent(topic) for topic in by_topic.values()])),
        mrr=float(np.mean([1 / place if place else 0.0 for place in places])),
    )


def rejected(asked: Sequence[Asked], answered: Sequence[Answered], *, keep: float) -> Rejected:
    """Return how much without an answer scores below what `keep` of the rest reach.

    Args:
        asked: the queries.
        answered: what a system says.
        keep: the share of queries with an answer that stay, 0..1.
    """
    inside = np.sort([it.sure for one, it in zip(asked, answered, strict=True) if one.right])
    outside = np.array([it.sure for one, it in zip(asked, answered, strict=True) if not one.right])
    threshold = np.quantile(inside, 1 - keep)
    below = np.searchsorted(inside, outside, "left")
    not_above = np.searchsorted(inside, outside, "right")
    higher = 1 - (below + not_above) / 2 / len(inside)
    return Rejected(float(higher.mean() * 100), _percent(list(outside < threshold)))


def decided(asked: Sequence[Asked], answered: Sequence[Answered]) -> Decided:
    """Return what the shipped decision does."""
    inside = [(one, it) for one, it in zip(asked, answered, strict=True) if one.right]
    outside = [it for one, it in zip(asked, answered, strict=True) if not one.right]
    right = [it.decision is Decision.ANSWER and it.ids[0] == one.right for one, it in inside]
    wrong = [it.decision is Decision.ANSWER and it.ids[0] != one.right for one, it in inside]
    offered = [it.decision is Decision.SUGGEST and one.right in it.ids[:3] for one, it in inside]
    return Decided(
        answered_right=_percent(right),
        answered_wrong=_percent(wrong),
        suggested_right=_percent(offered),
        lost=100 - _percent(right) - _percent(wrong) - _percent(offered),
        far_not_answered=_percent([it.decision is not Decision.ANSWER for it in outside]),
        far_nothing=_percent([it.decision is Decision.NONE for it in outside]),
    )


def mean(figures: Sequence[object]) -> dict[str, float]:
    """Return the mean of each figure over the draws."""
    names = [field.name for field in fields(figures[0])]  # type: ignore[arg-type]
    return {name: float(np.mean([getattr(one, name) for one in figures])) for name in names}


def spread(figures: Sequence[object], name: str) -> float:
    """Return the standard deviation of a figure over the draws."""
    return float(np.std([getattr(one, name) for one in figures]))


def _percent(truths: Sequence[object]) -> float:
    return 100 * float(np.mean([bool(truth) for truth in truths])) if len(truths) else 0.0
