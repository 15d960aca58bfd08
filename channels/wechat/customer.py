"""A customer as WeChat knows them, and how far the talk with them has come. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from channels.model import Delivery
from channels.wechat.budget import Budget


def user_id_of(app_id: str, open_id: str) -> str:
    """Return the name under which a customer of an account is known to the desk."""
    return f"{app_id}:{open_id}"


@dataclass(frozen=True)
class Customer:
    """One follower of one account.

    `menu` are the choices they saw last. `intake_…` and `outbox_…` are leases: who holds one works
    off what they said, or brings what we say, in order.

    A batch is what is sent in one go: the messages numbered up to `batch_to`, of whose parts `part`
    are done and the next is on its way when `in_flight`; `outcome` is the worst that became of one.
    """

    user_id: str
    app_id: str
    contact_id: str | None = None
    budget: Budget = field(default_factory=Budget)
    menu: tuple[dict[str, Any], ...] = ()
    heard_at: datetime | None = None
    subscribed: bool = True
    intake_owner: str | None = None
    intake_until: datetime | None = None
    outbox_owner: str | None = None
    outbox_until: datetime | None = None
    retry_at: datetime | None = None
    tries: int = 0
    batch_to: int | None = None
    part: int = 0
    in_flight: bool = False
    outcome: Delivery = Delivery.SENT
    problem: int | None = None

    @property
    def open_id(self) -> str:
        """The name WeChat gave them in this account."""
        return self.user_id.partition(":")[2]
