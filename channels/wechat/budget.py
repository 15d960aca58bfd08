"""How many messages WeChat still takes for a customer, and until when. Pure.

What the customer does fills up one of two grants: words give 5 messages for 48 hours, a click, a
scan or a subscription 3 for a minute. Grants are not added up; a message counts against both.
That is the careful reading of WeChat's rules: WeChat itself may allow more, never less.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Quota:
    """What one kind of action gives: so many messages, for so long."""

    messages: int
    lasts: timedelta


BY_MESSAGE = Quota(5, timedelta(hours=48))
BY_EVENT = Quota(3, timedelta(minutes=1))


@dataclass(frozen=True)
class Grant:
    """What is left of one quota."""

    left: int = 0
    until: datetime | None = None

    def open_at(self, now: datetime) -> int:
        """Return how many messages it still allows."""
        return self.left if self.until is not None and now < self.until else 0

    def spent(self) -> Grant:
        """Return it with one message fewer."""
        return replace(self, left=max(0, self.left - 1))


@dataclass(frozen=True)
class Budget:
    """What may still be sent to one customer."""

    by_message: Grant = Grant()
    by_event: Grant = Grant()

    def after_message(self, quota: Quota, now: datetime) -> Budget:
        """Return it after the customer wrote."""
        return replace(self, by_message=Grant(quota.messages, now + quota.lasts))

    def after_event(self, quota: Quota, now: datetime) -> Budget:
        """Return it after the customer clicked, scanned or subscribed."""
        return replace(self, by_event=Grant(quota.messages, now + quota.lasts))

    def left(self, now: datetime) -> int:
        """Return how many messages may be sent now."""
        return max(self.by_message.open_at(now), self.by_event.open_at(now))

    def until(self, now: datetime) -> datetime | None:
        """Return when the longest open grant ends; None when nothing may be sent."""
        open_grants = [g.until for g in (self.by_message, self.by_event) if g.open_at(now)]
        return max((until for until in open_grants if until), default=None)

    def spent(self) -> Budget:
        """Return it after one message was sent."""
        return Budget(self.by_message.spent(), self.by_event.spent())
