"""How long someone will wait: an honest range, or nothing while there is too little to go on."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import quantiles

from sqlalchemy.ext.asyncio import AsyncConnection

from handoff import agent_store, desk_store

FEWEST_CASES = 10
"""Fewer served conversations say nothing about the next one."""
LOOKS_BACK = timedelta(hours=24)
MOST_CASES = 200
REMEMBERED_FOR = timedelta(seconds=10)


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


class Estimates:
    """Estimates from what was measured lately; measured anew every few seconds."""

    def __init__(self, grace: timedelta) -> None:
        self._grace = grace
        self._service = Service((), 0)
        self._measured_at: datetime | None = None

    async def of(self, conn: AsyncConnection, position: int, now: datetime) -> Estimate | None:
        """Return the estimate for a position, 1 being next."""
        if self._measured_at is None or now - self._measured_at >= REMEMBERED_FOR:
            online = await agent_store.list_online(conn, now - self._grace)
            cases = await desk_store.list_service_times(conn, now - LOOKS_BACK, MOST_CASES)
            self._service = Service(tuple(cases), sum(agent.capacity for agent in online))
            self._measured_at = now
        return estimate(position, self._service)
