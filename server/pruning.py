"""Removing what is kept no longer: old events, and the log of what webhooks were sent."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from common import events
from common.db import Database
from common.times import utc_now
from server.context import World

logger = logging.getLogger(__name__)

ALWAYS_KEPT = timedelta(days=1)
"""Consoles that were away a moment resume from here."""


async def prune(world: World) -> None:
    """Remove events and deliveries that are older than the settings say."""
    settings = world.settings
    if gone := await world.outbox.prune(settings.webhook_log_days):
        logger.info("removed %d old lines from the log of webhooks", gone)
    read_up_to = await world.outbox.oldest_cursor()
    if gone := await prune_events(world.db, settings.events_kept_days, read_up_to, utc_now()):
        logger.info("removed %d old events", gone)
    await world.wechat.forget_old()


async def prune_events(db: Database, kept: timedelta, read_up_to: str | None, now: datetime) -> int:
    """Remove events older than `kept`, a batch at a time so that nobody waits long for the others.

    Args:
        db: where.
        kept: never less than a day.
        read_up_to: the cursor behind which webhooks have still to read; None: none have.
        now: the present.

    Returns:
        How many were removed.
    """
    before, pruned = now - max(kept, ALWAYS_KEPT), 0
    while True:
        async with db.begin() as conn:
            some = await events.prune(conn, before, read_up_to)
        pruned += some
        if some < events.BATCH:
            return pruned
