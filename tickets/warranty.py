"""Whether a device is still under warranty: a pure rule.

The term runs from the purchase for a number of months (twelve unless the operator says otherwise).
When the words for the purchase are so vague that the term may or may not be over, it is unknown.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from tickets.days import add_months
from tickets.instants import Instant

DEFAULT_MONTHS = 12


class Warranty(StrEnum):
    """Where a device stands."""

    IN = "in"
    OUT = "out"
    UNKNOWN = "unknown"


def of(purchase: Instant | None, now: datetime, months: int = DEFAULT_MONTHS) -> Warranty:
    """Return the warranty of a device bought then.

    Args:
        purchase: when; None when it is not known.
        now: in the customer's zone.
        months: the term.
    """
    if purchase is None:
        return Warranty.UNKNOWN
    first, last = purchase.at.date(), (purchase.until - timedelta(microseconds=1)).date()
    if now.date() < add_months(first, months):
        return Warranty.IN
    if now.date() >= add_months(last, months):
        return Warranty.OUT
    return Warranty.UNKNOWN
