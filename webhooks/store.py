"""Tables and queries of webhooks and their deliveries.

Whoever changes a webhook and its deliveries together locks the webhook first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from common.db import UtcDateTime, held, insert_into, metadata
from common.errors import NotFound
from webhooks.model import Delivery, DeliveryStatus, Disabled, Failure, Webhook

webhooks = sa.Table(
    "webhooks",
    metadata,
    sa.Column("id", sa.String(26), primary_key=True),
    sa.Column("url", sa.String(500), nullable=False),
    sa.Column("description", sa.String(100), nullable=False),
    sa.Column("events", sa.JSON, nullable=False),
    sa.Column("secret", sa.String(64), nullable=False),
    sa.Column("previous_secret", sa.String(64)),
    sa.Column("previous_until", UtcDateTime),
    sa.Column("cursor", sa.String(40), nullable=False),
    sa.Column("disabled_because", sa.String(16)),
    sa.Column("failing_since", UtcDateTime),
    sa.Column("created_at", UtcDateTime, nullable=False),
)

webhook_deliveries = sa.Table(
    "webhook_deliveries",
    metadata,
    sa.Column("id", sa.String(26), primary_key=True),
    sa.Column("webhook_id", sa.ForeignKey("webhooks.id", ondelete="CASCADE"), nullable=False),
    # Not a foreign key: events are pruned by themselves. None when somebody tries it out.
    sa.Column("event_id", sa.BigInteger),
    sa.Column("type", sa.String(64), nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    # When it is due; while an attempt is under way, when that one's lease is over.
    sa.Column("next_at", UtcDateTime),
    sa.Column("lease", sa.String(26)),
    sa.Column("attempted_at", UtcDateTime),
    sa.Column("took_ms", sa.Integer),
    sa.Column("error", sa.String(16)),
    sa.Column("response_status", sa.Integer),
    sa.Column("response_body", sa.Text, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("webhook_id", "event_id"),
    sa.Index(
        "ix_webhook_deliveries_due",
        "webhook_id",
        "next_at",
        sqlite_where=sa.text("status = 'pending'"),
        postgresql_where=sa.text("status = 'pending'"),
    ),
    sa.Index("ix_webhook_deliveries_newest", "webhook_id", "id"),
    sa.Index("ix_webhook_deliveries_created", "created_at"),
)

_W, _D = webhooks.c, webhook_deliveries.c
# Written out in the statement: only so do SQLite and PostgreSQL see that the small index will do.
_PENDING = sa.literal_column("webhook_deliveries.status = 'pending'", sa.Boolean)


async def insert_webhook(conn: AsyncConnection, webhook: Webhook) -> None:
    """Write a new webhook."""
    await conn.execute(sa.insert(webhooks).values(**_webhook_row(webhook)))


async def save_webhook(conn: AsyncConnection, webhook: Webhook) -> None:
    """Write a webhook that is locked."""
    values = _webhook_row(webhook)
    await conn.execute(sa.update(webhooks).where(_W.id == values.pop("id")).values(**values))


async def delete_webhook(conn: AsyncConnection, webhook_id: str) -> None:
    """Remove a webhook that is locked, and its deliveries."""
    await conn.execute(sa.delete(webhook_deliveries).where(_D.webhook_id == webhook_id))
    await conn.execute(sa.delete(webhooks).where(_W.id == webhook_id))


async def list_webhooks(conn: AsyncConnection) -> list[Webhook]:
    """Return all webhooks, oldest first."""
    rows = await conn.execute(sa.select(webhooks).order_by(_W.id))
    return [_to_webhook(row) for row in rows]


async def get_webhook(conn: AsyncConnection, webhook_id: str, *, lock: bool = False) -> Webhook:
    """Return a webhook, held until the transaction ends if asked for.

    Raises:
        NotFound: no such webhook (`webhook_unknown`).
    """
    query = sa.select(webhooks).where(_W.id == webhook_id)
    row = (await conn.execute(held(query) if lock else query)).one_or_none()
    if row is None:
        raise NotFound(f"没有编号为 {webhook_id} 的回调。", code="webhook_unknown")
    return _to_webhook(row)


async def lock_if_free(conn: AsyncConnection, webhook_id: str) -> Webhook | None:
    """Return a webhook and hold it; None when it is gone or somebody else holds it."""
    query = (
        sa.select(webhooks)
        .where(_W.id == webhook_id)
        .with_for_update(key_share=True, skip_locked=True)
    )
    row = (await conn.execute(query)).one_or_none()
    return None if row is None else _to_webhook(row)


async def count_pending(conn: AsyncConnection) -> dict[str, int]:
    """Return how many deliveries are on their way, by webhook."""
    query = sa.select(_D.webhook_id, sa.func.count()).where(_PENDING).group_by(_D.webhook_id)
    return {webhook_id: count for webhook_id, count in await conn.execute(query)}


async def insert_deliveries(conn: AsyncConnection, deliveries: Sequence[Delivery]) -> None:
    """Write new deliveries; an event that a webhook has one of already is passed over."""
    rows = [_delivery_row(one) for one in deliveries]
    await conn.execute(insert_into(conn, webhook_deliveries).on_conflict_do_nothing(), rows)


async def list_ready(conn: AsyncConnection, now: datetime) -> list[str]:
    """Return the webhooks that are switched on and have a delivery due."""
    due = sa.exists().where(_D.webhook_id == _W.id, _PENDING, _D.next_at <= now)
    query = sa.select(_W.id).where(_W.disabled_because.is_(None), due).order_by(_W.id)
    return list((await conn.execute(query)).scalars())


async def take_due(
    conn: AsyncConnection,
    webhook_id: str,
    now: datetime,
    *,
    most: int,
    lease: str,
    until: datetime,
) -> list[Delivery]:
    """Return deliveries of a webhook that are due, leased: until then nobody else takes them."""
    due = (
        sa.select(_D.id)
        .where(_D.webhook_id == webhook_id, _PENDING, _D.next_at <= now)
        .order_by(_D.next_at, _D.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    ids = list((await conn.execute(due)).scalars())
    if not ids:
        return []
    taken = await conn.execute(
        sa.update(webhook_deliveries)
        .where(_D.id.in_(ids))
        .values(lease=lease, next_at=until, attempts=_D.attempts + 1)
        .returning(webhook_deliveries)
    )
    return sorted((_to_delivery(row) for row in taken), key=lambda one: one.id)


async def save_delivery(conn: AsyncConnection, delivery: Delivery, lease: str | None) -> bool:
    """Write a delivery, if it is still leased so; returns whether it was."""
    values = _delivery_row(delivery)
    query = sa.update(webhook_deliveries).where(_D.id == values.pop("id"), _D.lease == lease)
    return (await conn.execute(query.values(**values))).rowcount == 1


async def get_delivery(conn: AsyncConnection, webhook_id: str, delivery_id: str) -> Delivery:
    """Return a delivery of a webhook.

    Raises:
        NotFound: no such delivery (`delivery_unknown`).
    """
    query = sa.select(webhook_deliveries).where(_D.id == delivery_id, _D.webhook_id == webhook_id)
    row = (await conn.execute(query)).one_or_none()
    if row is None:
        raise NotFound("没有这条发送记录，可能已过保留期。", code="delivery_unknown")
    return _to_delivery(row)


async def list_deliveries(
    conn: AsyncConnection,
    webhook_id: str,
    *,
    status: DeliveryStatus | None,
    before: str | None,
    limit: int,
) -> list[Delivery]:
    """Return deliveries of a webhook, newest first, those before an id if it is given."""
    query = sa.select(webhook_deliveries).where(_D.webhook_id == webhook_id)
    if status is not None:
        query = query.where(_D.status == status.value)
    if before is not None:
        query = query.where(_D.id < before)
    rows = await conn.execute(query.order_by(_D.id.desc()).limit(limit))
    return [_to_delivery(row) for row in rows]


async def send_again(
    conn: AsyncConnection,
    webhook_id: str,
    now: datetime,
    *,
    delivery_id: str | None = None,
    failed_since: datetime | None = None,
) -> int:
    """Make deliveries due as if they were new: this one, or all that failed since an instant.

    One that is on its way already is left alone.

    Returns:
        How many.
    """
    query = sa.update(webhook_deliveries).where(
        _D.webhook_id == webhook_id, _D.event_id.is_not(None), sa.not_(_PENDING)
    )
    if delivery_id is not None:
        query = query.where(_D.id == delivery_id)
    else:
        query = query.where(_D.status == DeliveryStatus.FAILED.value, _D.created_at >= failed_since)
    values = {"status": DeliveryStatus.PENDING.value, "attempts": 0, "next_at": now}
    return (await conn.execute(query.values(**values))).rowcount


async def prune_deliveries(conn: AsyncConnection, before: datetime, most: int) -> int:
    """Remove deliveries that ended and were made before an instant; returns how many."""
    old = (
        sa.select(_D.id)
        .where(_D.created_at < before, sa.not_(_PENDING))
        .order_by(_D.created_at)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    ids = list((await conn.execute(old)).scalars())
    if ids:
        await conn.execute(sa.delete(webhook_deliveries).where(_D.id.in_(ids)))
    return len(ids)


_WEBHOOK_FIELDS = tuple(one.name for one in fields(Webhook))
_DELIVERY_FIELDS = tuple(one.name for one in fields(Delivery))


def _webhook_row(webhook: Webhook) -> dict[str, Any]:
    row = {name: getattr(webhook, name) for name in _WEBHOOK_FIELDS}
    row["events"] = list(webhook.events)
    row["disabled_because"] = webhook.disabled_because and webhook.disabled_because.value
    return row


def _to_webhook(row: sa.Row[Any]) -> Webhook:
    values = dict(row._mapping)
    values["events"] = tuple(values["events"])
    because = values["disabled_because"]
    values["disabled_because"] = None if because is None else Disabled(because)
    return Webhook(**values)


def _delivery_row(delivery: Delivery) -> dict[str, Any]:
    row = {name: getattr(delivery, name) for name in _DELIVERY_FIELDS}
    row["status"] = delivery.status.value
    row["error"] = delivery.error and delivery.error.value
    return row


def _to_delivery(row: sa.Row[Any]) -> Delivery:
    values = dict(row._mapping)
    values["status"] = DeliveryStatus(values["status"])
    values["error"] = None if values["error"] is None else Failure(values["error"])
    return Delivery(**values)
