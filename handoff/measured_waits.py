"""Estimates from what service was like lately."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from handoff import agent_store, desk_store
from handoff.estimate import Estimate, Service, estimate

LOOKS_BACK = timedelta(hours=24)
MOST_CASES = 200
REMEMBERED_FOR = timedelta(seconds=10)


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
