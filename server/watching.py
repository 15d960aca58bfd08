"""Saying again and again which customers have a page open in this process."""

from __future__ import annotations

import asyncio
import logging

from channels.webchat.sockets import SocketRegistry
from handoff.pages import BEAT_SECONDS, Pages

logger = logging.getLogger(__name__)


async def watch(pages: Pages, customers: SocketRegistry) -> None:
    """Run until it is cancelled."""
    while True:
        try:
            if dropped := await pages.beat(customers.with_people()):
                logger.info("%d customers who left their page lost their place", dropped)
        except Exception:  # the database is away: the next beat says it again
            logger.exception("cannot say whose pages are open; trying again")
        await asyncio.sleep(BEAT_SECONDS)
