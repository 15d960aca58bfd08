"""Webhooks and deliveries as the API shows them, never with a secret. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from common.times import iso
from webhooks.model import Delivery, Webhook


def webhook_view(webhook: Webhook, pending: int = 0) -> dict[str, Any]:
    """A webhook, and how many deliveries are on their way to it."""
    return {
        "id": webhook.id,
        "url": webhook.url,
        "description": webhook.description,
        "events": list(webhook.events),
        "enabled": webhook.enabled,
        "disabled_because": webhook.disabled_because,
        "failing_since": _iso(webhook.failing_since),
        "previous_secret_until": _iso(webhook.previous_until),
        "pending": pending,
        "created_at": iso(webhook.created_at),
    }


def delivery_view(delivery: Delivery) -> dict[str, Any]:
    """A line of the delivery log: what was sent and what came of the last attempt."""
    return {
        "id": delivery.id,
        "webhook_id": delivery.webhook_id,
        "type": delivery.type,
        "status": delivery.status.value,
        "attempts": delivery.attempts,
        "next_at": _iso(delivery.next_at),
        "attempted_at": _iso(delivery.attempted_at),
        "took_ms": delivery.took_ms,
        "error": delivery.error,
        "response_status": delivery.response_status,
        "response_body": delivery.response_body,
        "body": delivery.body,
        "created_at": iso(delivery.created_at),
    }


def _iso(at: datetime | None) -> str | None:
    return None if at is None else iso(at)
