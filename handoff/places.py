"""Where everybody who waits stands, for many at once: one query, however many ask."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from common.db import Database
from common.times import Clock, utc_now
from handoff import queue_store
from handoff.measured_waits import Estimates
from handoff.views import place_view


class Places:
    """Reads the whole queue for the open pages of a process."""

    def __init__(self, db: Database, grace: timedelta, *, now: Clock = utc_now) -> None:
        self._db = db
        self._estimates = Estimates(grace)
        self._now = now

    async def of(self, contact_ids: Collection[str]) -> dict[str, dict[str, Any]]:
        """Return the place and the estimate of those of them who wait, as customers see them."""
        now = self._now()
        async with self._db.connect() as conn:
            positions = await queue_store.list_positions(conn)
            return {
                contact_id: place_view(position, await self._estimates.of(conn, position, now))
                for contact_id in contact_ids
                if (position := positions.get(contact_id)) is not None
            }
