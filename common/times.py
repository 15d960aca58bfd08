"""Time: aware UTC inside, the operator's zone only where people read it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

Clock = Callable[[], datetime]
"""Returns the present instant, aware, in UTC. Passed in, so that tests can choose the time."""


def utc_now() -> datetime:
    """Return the present instant."""
    return datetime.now(UTC)


def to_local(instant: datetime, zone: str) -> datetime:
    """Return the same instant on the clock of `zone`, an IANA name such as `Asia/Shanghai`."""
    return instant.astimezone(ZoneInfo(zone))


def iso(instant: datetime) -> str:
    """Return the instant as ISO 8601 in UTC with milliseconds, as the API writes it."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
