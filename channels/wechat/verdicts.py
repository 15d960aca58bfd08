"""What becomes of a message after one try of sending it. Pure.

A message that may have arrived is not sent again where WeChat cannot tell a repetition from another
message: the customer would read it twice. Where it can, it is sent until the answer is clear.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from channels.model import Delivery
from channels.wechat.customer import Customer
from channels.wechat.errcodes import Remedy
from channels.wechat.failures import NotSent, Refused, Unanswered

MOST_TRIES_WHEN_BUSY = 3
"""After “system busy” the message may have been taken, so it is not tried for ever."""
BUSY = -1
SENT_BEFORE = 40058
"""What the repetition of a message that had arrived is refused with."""
FIRST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(seconds=60)
LAG = timedelta(seconds=10)
"""So long after the customer's word WeChat may not know of it yet when it refuses ours."""
STOPPED_FOR = timedelta(minutes=5)
"""An account that is set up wrongly is tried again after this: it may have been put right."""
BEIJING = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True)
class Verdict:
    """What follows from one try.

    With an `outcome` the message is done with, and with `all` so is whatever else waits for this
    customer. Without one it is tried again: after `retry_in`, or when the customer did something
    (`waits`), or when the account goes on (`pause_until`).
    """

    outcome: Delivery | None = None
    problem: int | None = None
    counts: bool = True
    """Whether it was taken off the customer's budget."""
    all: bool = False
    retry_in: timedelta | None = None
    waits: bool = False
    pause_until: datetime | None = None
    numbered: bool = False
    in_doubt: bool = False
    """Whether it may have arrived, though it is sent again."""


def judge(
    error: Exception | None,
    customer: Customer,
    now: datetime,
    *,
    repeatable: bool = False,
    again: bool = False,
) -> Verdict:
    """Return what follows from a try that ended with `error`, or well when it is None.

    Args:
        error: how the try failed, if it did.
        customer: whom it was for.
        now: the present.
        repeatable: whether WeChat tells a repetition from another message.
        again: whether an earlier try may have arrived.
    """
    if error is None:
        return Verdict(Delivery.SENT)
    if isinstance(error, Unanswered) and not repeatable:
        return Verdict(Delivery.UNCLEAR)
    if repeatable and (isinstance(error, Unanswered) or _code_of(error) == BUSY):
        pause = _pause(customer.tries)
        return Verdict(problem=_code_of(error), counts=False, retry_in=pause, in_doubt=True)
    if again and _code_of(error) == SENT_BEFORE:
        return Verdict(Delivery.SENT)
    if isinstance(error, NotSent):
        return Verdict(counts=False, retry_in=_pause(customer.tries))
    if isinstance(error, Refused):
        return _refused(error, customer, now)
    raise error


def _refused(error: Refused, customer: Customer, now: datetime) -> Verdict:
    code, remedy = error.errcode, error.remedy
    if remedy is Remedy.LATER:
        if code == BUSY and customer.tries + 1 >= MOST_TRIES_WHEN_BUSY:
            return Verdict(Delivery.UNCLEAR, code)
        return Verdict(problem=code, counts=code == BUSY, retry_in=_pause(customer.tries))
    if remedy is Remedy.WAIT_FOR_CUSTOMER:
        lags = customer.heard_at is not None and now - customer.heard_at <= LAG
        if lags and customer.tries == 0:
            return Verdict(problem=code, counts=False, retry_in=FIRST_PAUSE)
        return Verdict(problem=code, waits=True)
    if remedy is Remedy.NEXT_DAY:
        return Verdict(problem=code, counts=False, pause_until=_midnight(now))
    if remedy in (Remedy.STOP, Remedy.NEW_TOKEN):
        # A token refused twice is no token's fault.
        return Verdict(problem=code, counts=False, pause_until=now + STOPPED_FOR)
    if remedy is Remedy.NUMBERED:
        return Verdict(problem=code, counts=False, numbered=True)
    if remedy is Remedy.UNREACHABLE:
        return Verdict(Delivery.FAILED, code, counts=False, all=True)
    return Verdict(Delivery.FAILED, code, counts=False)


def _code_of(error: Exception) -> int | None:
    return error.errcode if isinstance(error, Refused) else None


def _pause(tries: int) -> timedelta:
    return min(FIRST_PAUSE * 2 ** min(tries, 10), LONGEST_PAUSE)


def _midnight(now: datetime) -> datetime:
    """Return the next midnight in Beijing, and a minute."""
    there = now.astimezone(BEIJING)
    today = there.replace(hour=0, minute=1, second=0, microsecond=0)
    return today + timedelta(days=1)
