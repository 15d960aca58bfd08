"""How long someone will wait: an honest range, or nothing while there is too little to go on."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from statistics import quantiles

FEWEST_CASES = 10
"""Fewer served conversations say nothing about the next one."""


@dataclass(frozen=True)
class Estimate:
    """Minutes, both whole and at least 1."""

    low: int
    high: int


@dataclass(frozen=True)
class Service:
    """What service is like at present: how long cases took, and how many go on at once."""

    cases: tuple[timedelta, ...]
    at_once: int


def estimate(position: int, service: Service) -> Estimate | None:
    """Return how long whoever has this position waits, in minutes; None when nobody can say.

    While all hands are full somebody is freed every `T / n` on average, where a case takes `T` and
    `n` go on at once (the mean wait in an M/M/n queue, given that all are busy). The range comes
    from the quartiles of `T`.
    """
    if len(service.cases) < FEWEST_CASES or service.at_once < 1:
        return None
    minutes = [case.total_seconds() / 60 for case in service.cases]
    lower, _, upper = quantiles(minutes, n=4)
    low, high = (math.ceil(position * each / service.at_once) for each in (lower, upper))
    return Estimate(max(low, 1), max(high, 1))
