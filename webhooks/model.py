"""What a webhook is: which events it wants, how it is signed, when it is tried again. Pure.

Headers, signature and secret are those of the Standard Webhooks specification
(https://www.standardwebhooks.com), so that a receiver may use any of its libraries.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from common.errors import InvalidInput
from common.times import iso

THINGS = (
    "conversation",
    "handoff",
    "ticket",
    "message",
    "csat",
    "answer",
    "article",
    "agent",
    "team",
    "duty",
    "canned",
    "contact",
)
"""What there are events of. Not `webhook`: telling of a delivery would never end."""
TEST_EVENT = "webhook.test"

LONGEST_URL = 500
LONGEST_DESCRIPTION = 100
MOST_PATTERNS = 50
SECRET_PREFIX = "whsec_"
SECRET_BYTES = 32
BOTH_SECRETS_FOR = timedelta(hours=24)
"""So long after a change the secret before still signs too."""

BACK_OFF = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 30, 2 * 60, 10 * 60, 3600, 3 * 3600, 6 * 3600, 12 * 3600)
)
"""How long after each failure the next try follows; after the last one it is given up."""
JITTER = 0.2
"""A pause is longer or shorter by up to this part, so that not all come back at once."""
GIVE_UP_AFTER = timedelta(days=5)
"""A webhook that nothing has reached for so long is switched off."""

_PATTERN = re.compile(r"([a-z_]+)\.(\*|[a-z_]+)")
_CODE = re.compile(r"[A-Za-z0-9_.:+-]{0,80}")


class Disabled(StrEnum):
    """Why a webhook is switched off."""

    BY_HAND = "by_hand"
    FAILING = "failing"
    GONE = "gone"


class DeliveryStatus(StrEnum):
    """How it stands with one event for one webhook."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


class Failure(StrEnum):
    """Why an attempt did not succeed."""

    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    REDIRECTED = "redirected"
    REFUSED = "refused"


@dataclass(frozen=True)
class Webhook:
    """One receiver: where, which events, and what it shares with us for signing."""

    id: str
    url: str
    description: str
    events: tuple[str, ...]
    secret: str = field(repr=False)
    cursor: str
    created_at: datetime
    previous_secret: str | None = field(default=None, repr=False)
    previous_until: datetime | None = None
    disabled_because: Disabled | None = None
    failing_since: datetime | None = None

    @property
    def enabled(self) -> bool:
        """Whether events are sent to it."""
        return self.disabled_because is None


@dataclass(frozen=True)
class Delivery:
    """One event on its way to one webhook, with what came of the last attempt."""

    id: str
    webhook_id: str
    event_id: int | None
    type: str
    body: str
    created_at: datetime
    status: DeliveryStatus = DeliveryStatus.PENDING
    attempts: int = 0
    next_at: datetime | None = None
    lease: str | None = None
    attempted_at: datetime | None = None
    took_ms: int | None = None
    error: Failure | None = None
    response_status: int | None = None
    response_body: str = ""

    @property
    def is_test(self) -> bool:
        """Whether somebody only tries the webhook out: then there is one attempt."""
        return self.event_id is None


@dataclass(frozen=True)
class Outcome:
    """What came of an attempt: the receiver's status and first words, or why there was none."""

    took: timedelta
    status: int | None = None
    body: str = ""
    unanswered: Failure | None = None

    @property
    def error(self) -> Failure | None:
        """Why it did not succeed; None when it did."""
        if self.status is None:
            return self.unanswered or Failure.UNREACHABLE
        if 200 <= self.status < 300:
            return None
        return Failure.REDIRECTED if 300 <= self.status < 400 else Failure.REFUSED


def checked_url(text: str) -> str:
    """Return the address of a receiver.

    Any host will do, one in the operator's own network too: only administrators set it, and the
    receiver is most often just there. A redirect is never followed, so that no other can choose.

    Raises:
        InvalidInput: not http or https, no host, or with a name and password (`url_invalid`).
    """
    url = text.strip()
    try:
        parts = urlsplit(url)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname)
        _ = parts.port  # raises when it is none
    except ValueError:
        valid = False
    if not valid or not url.isprintable() or " " in url or len(url) > LONGEST_URL:
        raise InvalidInput(
            f"请填写 http:// 或 https:// 开头的完整地址，最多 {LONGEST_URL} 个字符。",
            code="url_invalid",
        )
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise InvalidInput(
            "地址里不能带用户名、密码或 # 后面的部分；接收方用签名来确认是我们。",
            code="url_invalid",
        )
    return url


def checked_events(patterns: Iterable[str]) -> tuple[str, ...]:
    """Return the patterns, each once: `ticket.registered`, or `ticket.*` for all of a thing.

    Raises:
        InvalidInput: none, too many, or one that no event can match (`event_unknown`).
    """
    wanted = tuple(dict.fromkeys(pattern.strip() for pattern in patterns))
    if not 0 < len(wanted) <= MOST_PATTERNS:
        raise InvalidInput(f"请选择 1 到 {MOST_PATTERNS} 种事件。", code="event_unknown")
    for pattern in wanted:
        match = _PATTERN.fullmatch(pattern)
        if len(pattern) > 64 or match is None or match[1] not in THINGS:
            raise InvalidInput(
                f"没有“{pattern}”这种事件；写法如 ticket.registered 或 ticket.*，"
                f"前半部分是 {'、'.join(THINGS)} 之一。",
                code="event_unknown",
            )
    return wanted


def wants(patterns: Iterable[str], type: str) -> bool:
    """Whether an event of this type matches one of the patterns."""
    thing = type.partition(".")[0]
    return any(pattern in (type, f"{thing}.*") for pattern in patterns)


def body_of(
    delivery_id: str,
    type: str,
    at: datetime,
    *,
    conversation_id: str | None = None,
    actor: str | None = None,
    data: Mapping[str, Any],
) -> str:
    """Return the JSON that is sent; the very bytes are kept, signed and sent again."""
    content = {
        "id": delivery_id,
        "type": type,
        "at": iso(at),
        "conversation_id": conversation_id,
        "actor": actor,
        "data": only_codes(data),
    }
    return json.dumps(content, separators=(",", ":"))


def only_codes(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is an id, a code, a number or a time; words stay here.

    Events hold no words as it is. This is the last door before another company's machine.
    """
    return {name: value for name, value in data.items() if _is_code(value)}


def _is_code(value: Any) -> bool:
    if isinstance(value, str):
        return _CODE.fullmatch(value) is not None
    if isinstance(value, list):
        return all(_is_code(one) for one in value)
    return value is None or isinstance(value, bool | int | float)


def new_secret() -> str:
    """Return a new secret, as receivers' libraries read it."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def signed_headers(webhook: Webhook, delivery: Delivery, now: datetime) -> dict[str, str]:
    """Return the headers by which the receiver knows us; after a change both secrets sign."""
    keys = [webhook.secret]
    if webhook.previous_secret and webhook.previous_until and now < webhook.previous_until:
        keys.append(webhook.previous_secret)
    sent_at = str(int(now.timestamp()))
    return {
        "webhook-id": delivery.id,
        "webhook-timestamp": sent_at,
        "webhook-signature": " ".join(
            sign(key, delivery.id, sent_at, delivery.body) for key in keys
        ),
    }


def sign(secret: str, id: str, sent_at: str, body: str) -> str:
    """Return `v1,` and the signature: HMAC-SHA256 of id, Unix seconds and body, in base64."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    content = f"{id}.{sent_at}.{body}".encode()
    return "v1," + base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()


def with_new_secret(webhook: Webhook, now: datetime) -> Webhook:
    """Return the webhook with a new secret; the one before goes on signing for a while."""
    return replace(
        webhook,
        secret=new_secret(),
        previous_secret=webhook.secret,
        previous_until=now + BOTH_SECRETS_FOR,
    )


def back_off(attempts: int, chance: float) -> timedelta | None:
    """Return how long to wait after so many failed attempts; None: no more.

    Args:
        attempts: how many have failed, from 1.
        chance: 0 to 1, where in the jitter the pause falls.
    """
    if attempts > len(BACK_OFF):
        return None
    return BACK_OFF[attempts - 1] * (1 + JITTER * (2 * chance - 1))


def judged(delivery: Delivery, outcome: Outcome, now: datetime, chance: float) -> Delivery:
    """Return the delivery after an attempt: delivered, to be tried again, or given up."""
    status, next_at = DeliveryStatus.DELIVERED, None
    if outcome.error is not None:
        pause = None if delivery.is_test else back_off(delivery.attempts, chance)
        status = DeliveryStatus.FAILED if pause is None else DeliveryStatus.PENDING
        next_at = None if pause is None else now + pause
    return replace(
        delivery,
        status=status,
        next_at=next_at,
        lease=None,
        attempted_at=now,
        took_ms=int(outcome.took.total_seconds() * 1000),
        error=outcome.error,
        response_status=outcome.status,
        response_body=outcome.body,
    )


def after_attempt(webhook: Webhook, outcome: Outcome, now: datetime) -> Webhook:
    """Return the webhook after an attempt: well, failing, or switched off because of it."""
    if outcome.error is None:
        return replace(webhook, failing_since=None)
    since = webhook.failing_since or now
    off = webhook.disabled_because
    if off is None and outcome.status == 410:
        off = Disabled.GONE
    elif off is None and now - since >= GIVE_UP_AFTER:
        off = Disabled.FAILING
    return replace(webhook, failing_since=since, disabled_because=off)
