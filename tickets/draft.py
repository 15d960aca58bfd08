"""A fault being registered: what follows from the words said so far, and the ticket they become."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tickets import instants, warranty
from tickets.instants import Instant
from tickets.model import DETAILS

MEANINGS = ("since_at", "hoped_at", "warranty")
"""What `meanings` returns. “昨晚” is kept as the instant it was when it was said."""

_WORDS = ("fault_type", "symptom", "since", "place", "contact_name", "phone", "hoped_time")


def meanings(
    values: Mapping[str, Any], now: datetime, warranty_months: int = warranty.DEFAULT_MONTHS
) -> dict[str, str | None]:
    """Return what new words for times mean: instants, and whether the warranty is over.

    Args:
        values: fields just filled; those without a time among them mean nothing.
        now: when they were said, in the customer's zone.
        warranty_months: how long a device is under warranty.
    """
    meant: dict[str, str | None] = {}
    if since := values.get("since"):
        began = instants.read_past(since, now)
        meant["since_at"] = began.encoded() if began else None
    if hoped_time := values.get("hoped_time"):
        hoped = instants.read_ahead(hoped_time, now)
        meant["hoped_at"] = hoped.encoded() if hoped else None
    if purchase_date := values.get("purchase_date"):
        bought = instants.read_past(purchase_date, now)
        meant["warranty"] = warranty.of(bought, now, warranty_months).value
    return meant


def ticket_fields(slots: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts of a fault as the arguments of `tickets.model.NewTicket`."""
    known = {name: value for name, value in slots.items() if value}
    return {
        **{name: known[name] for name in _WORDS if name in known},
        "began": Instant.decode(known["since_at"]) if "since_at" in known else None,
        "hoped": Instant.decode(known["hoped_at"]) if "hoped_at" in known else None,
        "details": {name: known[name] for name in DETAILS if name in known},
    }
