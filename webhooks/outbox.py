"""From events to deliveries, and the deliveries' way: one method, one transaction.

Every matching event gets one delivery for each webhook: a webhook's cursor and its deliveries move
in one transaction, over events that are settled. A delivery is leased while it is sent; when its
process dies it is taken again after the lease, so it arrives at least once.
"""

from __future__ import annotations

import logging
import random
from dataclasses import replace
from datetime import timedelta
from itertools import takewhile

from common import events
from common.db import Database
from common.errors import NotFound
from common.events import BATCH, Event
from common.ids import new_id
from common.times import Clock, utc_now
from webhooks import store
from webhooks.model import (
    TEST_EVENT,
    Delivery,
    Outcome,
    Webhook,
    after_attempt,
    body_of,
    judged,
    wants,
)

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
"""Longer than any attempt takes with everything around it."""
PRUNED_AT_ONCE = 1000


class Outbox:
    """What is owed to webhooks."""

    def __init__(self, db: Database, *, now: Clock = utc_now) -> None:
        self._db = db
        self._now = now

    async def queue_new(self) -> int:
        """Make a delivery of every event that a webhook wants and has not got; returns how many."""
        async with self._db.connect() as conn:
            webhooks = [one for one in await store.list_webhooks(conn) if one.enabled]
            latest = events.parse_cursor(await events.latest_cursor(conn)) if webhooks else (0, 0)
        queued = 0
        for webhook in webhooks:
            behind = events.parse_cursor(webhook.cursor) < latest
            while behind:
                made, behind = await self._queue_some(webhook.id)
                queued += made
        return queued

    async def _queue_some(self, webhook_id: str) -> tuple[int, bool]:
        """Return how many deliveries were made, and whether there may be more."""
        async with self._db.begin() as conn:
            webhook = await store.lock_if_free(conn, webhook_id)
            if webhook is None or not webhook.enabled:
                return 0, False
            read = await events.read_after(conn, webhook.cursor)
            settled = list(takewhile(lambda event: event.settled, read))
            if not settled:
                return 0, False
            wanted = [event for event in settled if wants(webhook.events, event.type)]
            if wanted:
                new = [self._delivery_of(webhook, event) for event in wanted]
                await store.insert_deliveries(conn, new)
            await store.save_webhook(conn, replace(webhook, cursor=settled[-1].cursor))
        return len(wanted), len(settled) == BATCH

    def _delivery_of(self, webhook: Webhook, event: Event) -> Delivery:
        id, now = new_id(), self._now()
        return Delivery(
            id=id,
            webhook_id=webhook.id,
            event_id=event.id,
            type=event.type,
            body=body_of(
                id,
                event.type,
                event.created_at,
                conversation_id=event.conversation_id,
                actor=event.actor,
                data=event.data,
            ),
            created_at=now,
            next_at=now,
        )

    async def ready(self) -> list[str]:
        """Return the webhooks that have a delivery due."""
        async with self._db.connect() as conn:
            return await store.list_ready(conn, self._now())

    async def take(self, webhook_id: str, most: int) -> tuple[Webhook, list[Delivery]] | None:
        """Return deliveries to attempt now, leased; None when there are none."""
        now = self._now()
        async with self._db.begin() as conn:
            try:
                webhook = await store.get_webhook(conn, webhook_id)
            except NotFound:
                return None
            if not webhook.enabled:
                return None
            taken = await store.take_due(
                conn, webhook_id, now, most=most, lease=new_id(), until=now + LEASE
            )
        return (webhook, taken) if taken else None

    async def take_test(self, webhook_id: str) -> tuple[Webhook, Delivery]:
        """Return a delivery by which somebody tries a webhook out, also one switched off.

        Raises:
            NotFound: no such webhook (`webhook_unknown`).
        """
        id, now = new_id(), self._now()
        test = Delivery(
            id=id,
            webhook_id=webhook_id,
            event_id=None,
            type=TEST_EVENT,
            body=body_of(id, TEST_EVENT, now, data={"webhook_id": webhook_id}),
            created_at=now,
            attempts=1,
            next_at=now + LEASE,
            lease=new_id(),
        )
        async with self._db.begin() as conn:
            webhook = await store.get_webhook(conn, webhook_id)
            await store.insert_deliveries(conn, [test])
        return webhook, test

    async def save(self, delivery: Delivery, outcome: Outcome) -> Delivery:
        """Write down what came of an attempt; returns the delivery as it is then.

        When its lease was over and somebody else has it, or the webhook is gone, nothing is
        written.
        """
        now = self._now()
        after = judged(delivery, outcome, now, random.random())
        async with self._db.begin() as conn:
            try:
                before = await store.get_webhook(conn, delivery.webhook_id, lock=True)
            except NotFound:
                return after
            if not await store.save_delivery(conn, after, delivery.lease) or after.is_test:
                return after
            webhook = after_attempt(before, outcome, now)
            if webhook != before:
                await store.save_webhook(conn, webhook)
            if before.enabled and webhook.disabled_because:
                data = {"webhook_id": webhook.id, "because": webhook.disabled_because.value}
                await events.append(conn, "webhook.disabled", actor="worker", data=data, now=now)
                logger.warning(
                    "webhook %s is switched off: %s since %s",
                    webhook.id,
                    webhook.disabled_because,
                    webhook.failing_since,
                )
        return after

    async def oldest_cursor(self) -> str | None:
        """Return where the webhook is that has read least, of those switched on."""
        async with self._db.connect() as conn:
            cursors = [one.cursor for one in await store.list_webhooks(conn) if one.enabled]
        return min(cursors, key=events.parse_cursor, default=None)

    async def prune(self, kept: timedelta) -> int:
        """Remove deliveries that ended and are older than `kept`, bit by bit; returns how many."""
        before, pruned = self._now() - kept, 0
        while True:
            async with self._db.begin() as conn:
                some = await store.prune_deliveries(conn, before, PRUNED_AT_ONCE)
            pruned += some
            if some < PRUNED_AT_ONCE:
                return pruned
