"""A customer as WeChat knows them, and how far the talk with them has come. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from channels.model import Delivery
from channels.wechat.budget import Budget

_WORST = (Delivery.SENT, Delivery.UNCLEAR, Delivery.HELD, Delivery.FAILED)


def user_id_of(account_id: str, open_id: str) -> str:
    """Return the name under which a customer of an account is known to the desk.

    `account_id` is the AppID; of WeChat customer service it is the `open_kfid` they wrote to.
    """
    return f"{account_id}:{open_id}"


@dataclass(frozen=True)
class Customer:
    """One follower of one account.

    `menu` are the choices they saw last. `intake_…` and `outbox_…` are leases: who holds one works
    off what they said, or brings what we say, in order.

    A batch is what is sent in one go: the messages numbered up to `batch_to`, of whose parts `part`
    are done and the next is on its way when `in_flight`; `outcome` is the worst that became of one.
    `batch_id` is what WeChat is told of a batch where it knows repetitions. `session` is who has
    the customer, where WeChat keeps such states (`channels.wechat.kf_rules`).
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
    batch_id: str | None = None
    part: int = 0
    in_flight: bool = False
    outcome: Delivery = Delivery.SENT
    problem: int | None = None
    session: int | None = None

    def without_batch(self) -> Customer:
        """Return them ready for the next batch."""
        return replace(
            self,
            batch_to=None,
            batch_id=None,
            part=0,
            in_flight=False,
            outcome=Delivery.SENT,
            problem=None,
            tries=0,
        )

    def worse(self, outcome: Delivery, problem: int | None = None) -> Customer:
        """Return them with a batch that came to this, unless it came to worse before."""
        if _WORST.index(outcome) <= _WORST.index(self.outcome):
            return self
        return replace(self, outcome=outcome, problem=problem)

    @property
    def open_id(self) -> str:
        """The name WeChat gave them in this account."""
        return self.user_id.partition(":")[2]

    @property
    def account_id(self) -> str:
        """What they wrote to, as in `user_id_of`."""
        return self.user_id.partition(":")[0]
