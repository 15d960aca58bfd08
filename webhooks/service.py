"""Keeping webhooks: who is told of what, and the log of what was sent."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from common import events
from common.auth import User
from common.db import Database
from common.errors import Conflict, InvalidInput
from common.ids import new_id
from common.times import Clock, utc_now
from webhooks import store
from webhooks.model import (
    LONGEST_DESCRIPTION,
    DeliveryStatus,
    Disabled,
    Webhook,
    checked_events,
    checked_url,
    new_secret,
    with_new_secret,
)
from webhooks.views import delivery_view, webhook_view

logger = logging.getLogger(__name__)


class Webhooks:
    """One method, one transaction. `by` is who does it; None is whoever has the machine."""

    def __init__(self, db: Database, *, now: Clock = utc_now) -> None:
        self._db = db
        self._now = now

    async def all(self) -> list[dict[str, Any]]:
        """Return all webhooks as the API shows them, oldest first."""
        async with self._db.connect() as conn:
            found = await store.list_webhooks(conn)
            pending = await store.count_pending(conn)
        return [webhook_view(one, pending.get(one.id, 0)) for one in found]

    async def add(
        self, url: str, patterns: Iterable[str], description: str = "", *, by: User | None
    ) -> tuple[dict[str, Any], str]:
        """Make a webhook; it is told of what happens from now on.

        Returns:
            The webhook as the API shows it, and its secret, which is not shown again.

        Raises:
            InvalidInput: the address (`url_invalid`), the events (`event_unknown`) or the
                description (`description_too_long`) will not do.
        """
        async with self._db.begin() as conn:
            webhook = Webhook(
                id=new_id(),
                url=checked_url(url),
                description=_checked_description(description),
                events=checked_events(patterns),
                secret=new_secret(),
                cursor=await events.latest_cursor(conn),
                created_at=self._now(),
            )
            await store.insert_webhook(conn, webhook)
            await _note(conn, "webhook.added", webhook.id, by)
        return webhook_view(webhook), webhook.secret

    async def change(
        self,
        webhook_id: str,
        url: str,
        patterns: Iterable[str],
        description: str,
        *,
        enabled: bool,
        missed: bool = False,
        by: User | None,
    ) -> dict[str, Any]:
        """Change a webhook as a whole, switch it on or off; returns it as the API shows it.

        Args:
            webhook_id: which.
            url: where to send to.
            patterns: of which events.
            description: what it is for.
            enabled: whether it is told of anything. What waits for it stays while it is off.
            missed: when it is switched on: whether it is also told of what happened meanwhile.
            by: who does it.

        Raises:
            NotFound: no such webhook (`webhook_unknown`).
            InvalidInput: as with `add`.
        """
        async with self._db.begin() as conn:
            before = await store.get_webhook(conn, webhook_id, lock=True)
            after = replace(
                before,
                url=checked_url(url),
                events=checked_events(patterns),
                description=_checked_description(description),
            )
            if enabled and not before.enabled:
                after = replace(after, disabled_because=None, failing_since=None)
                if not missed:
                    after = replace(after, cursor=await events.latest_cursor(conn))
            elif not enabled and before.enabled:
                after = replace(after, disabled_because=Disabled.BY_HAND)
            if after.url != before.url:
                after = replace(after, failing_since=None)
            await store.save_webhook(conn, after)
            await _note(conn, "webhook.changed", webhook_id, by, enabled=enabled)
            pending = await store.count_pending(conn)
        return webhook_view(after, pending.get(webhook_id, 0))

    async def delete(self, webhook_id: str, *, by: User | None) -> None:
        """Remove a webhook, what waits for it, and its log.

        Raises:
            NotFound: no such webhook (`webhook_unknown`).
        """
        async with self._db.begin() as conn:
            await store.get_webhook(conn, webhook_id, lock=True)
            await store.delete_webhook(conn, webhook_id)
            await _note(conn, "webhook.deleted", webhook_id, by)

    async def change_secret(
        self, webhook_id: str, *, by: User | None
    ) -> tuple[dict[str, Any], str]:
        """Give a webhook a new secret; the one before goes on signing for a day.

        Returns:
            The webhook as the API shows it, and its secret, which is not shown again.

        Raises:
            NotFound: no such webhook (`webhook_unknown`).
        """
        async with self._db.begin() as conn:
            before = await store.get_webhook(conn, webhook_id, lock=True)
            after = with_new_secret(before, self._now())
            await store.save_webhook(conn, after)
            await _note(conn, "webhook.secret_changed", webhook_id, by)
            pending = await store.count_pending(conn)
        return webhook_view(after, pending.get(webhook_id, 0)), after.secret

    async def deliveries(
        self,
        webhook_id: str,
        *,
        status: str | None = None,
        before: str | None = None,
        limit: int = 50,
    ) -> list[dict[str, Any]]:
        """Return the delivery log as the API shows it, newest first.

        Args:
            webhook_id: whose.
            status: `pending`, `delivered` or `failed` only.
            before: go on before this delivery's id.
            limit: at most so many.

        Raises:
            NotFound: no such webhook (`webhook_unknown`).
            InvalidInput: no such status (`delivery_status_unknown`).
        """
        if status is not None and status not in list(DeliveryStatus):
            raise InvalidInput(
                f"status must be one of {', '.join(DeliveryStatus)}",
                code="delivery_status_unknown",
            )
        async with self._db.connect() as conn:
            await store.get_webhook(conn, webhook_id)
            found = await store.list_deliveries(
                conn,
                webhook_id,
                status=None if status is None else DeliveryStatus(status),
                before=before,
                limit=limit,
            )
        return [delivery_view(one) for one in found]

    async def replay(self, webhook_id: str, delivery_id: str, *, by: User | None) -> dict[str, Any]:
        """Send one delivery again, under the same id; returns it as the API shows it.

        Raises:
            NotFound: no such webhook (`webhook_unknown`) or delivery (`delivery_unknown`).
            Conflict: the webhook is off (`webhook_disabled`), the delivery is on its way
                (`delivery_pending`), or was only a test (`delivery_was_test`).
        """
        async with self._db.begin() as conn:
            await _lock_enabled(conn, webhook_id)
            found = await store.get_delivery(conn, webhook_id, delivery_id)
            if found.is_test:
                raise Conflict("测试消息不能重发，请再点一次“发送测试”。", code="delivery_was_test")
            if not await store.send_again(conn, webhook_id, self._now(), delivery_id=delivery_id):
                raise Conflict("这条消息正在发送或等待重试。", code="delivery_pending")
            await _note(conn, "webhook.replayed", webhook_id, by, delivery_id=delivery_id)
            return delivery_view(await store.get_delivery(conn, webhook_id, delivery_id))

    async def replay_failed(self, webhook_id: str, since: datetime, *, by: User | None) -> int:
        """Send all again that were given up and made since an instant; returns how many.

        Raises:
            NotFound: no such webhook (`webhook_unknown`).
            Conflict: the webhook is off (`webhook_disabled`).
        """
        async with self._db.begin() as conn:
            await _lock_enabled(conn, webhook_id)
            count = await store.send_again(conn, webhook_id, self._now(), failed_since=since)
            await _note(conn, "webhook.replayed", webhook_id, by, count=count)
        return count


async def _lock_enabled(conn: AsyncConnection, webhook_id: str) -> None:
    if not (await store.get_webhook(conn, webhook_id, lock=True)).enabled:
        raise Conflict("这个回调已停用，请先启用再重发。", code="webhook_disabled")


def _checked_description(text: str) -> str:
    description = text.strip()
    if len(description) > LONGEST_DESCRIPTION:
        raise InvalidInput(f"说明最多 {LONGEST_DESCRIPTION} 字。", code="description_too_long")
    return description


async def _note(
    conn: AsyncConnection, what: str, webhook_id: str, by: User | None, **data: Any
) -> None:
    actor = f"user:{by.id}" if by else "operator"
    await events.append(conn, what, actor=actor, data={"webhook_id": webhook_id, **data})
