"""What each kind of fault is asked for: one table, in the order of asking.

Source: what the after-sales desk gathers in the common cases. Nobody on a phone answers ten
questions: seven at most, fewer for a customer who is known, and what was said is never asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tickets import phones
from tickets.labels import DEFAULT_LOCALE, label
from tickets.model import DETAILS, FaultType

_PERSON = ("contact_name", "phone")
# A name in brackets is kept and read back when the customer says it, and not asked for.
_ON_A_LINE = ("symptom", "since", "place", "shown", "[account]", *_PERSON, "hoped_time")
_OTHER = ("symptom", "since", "place", *_PERSON, "hoped_time")
_TABLE: dict[FaultType, tuple[str, ...]] = {
    FaultType.BROADBAND: (
        "symptom",
        "since",
        "place",
        "shown",
        "[account]",
        *_PERSON,
        "hoped_time",
    ),
    FaultType.IPTV: ("symptom", "since", "place", "shown", "[account]", *_PERSON, "hoped_time"),
    FaultType.LANDLINE: ("symptom", "since", "place", *_PERSON, "service_number", "hoped_time"),
    # Nobody comes for these three: no address to go to, or no hour to be at home.
    FaultType.SIGNAL: (
        *("symptom", "since", "place", "shown", "device_model", "[other_phone]"),
        *_PERSON,
    ),
    FaultType.DEVICE: (
        *("symptom", "device_model", "serial_number", "[imei]", "purchase_date", "[warranty]"),
        *("since", *_PERSON),
    ),
    FaultType.BILLING: ("symptom", "amount", "since", *_PERSON, "service_number"),
    FaultType.OTHER: _OTHER,
}
DONT_KNOW_ALLOWED = frozenset(
    {
        *("since", "hoped_time", "shown", "device_model", "serial_number", "purchase_date"),
        *("amount", "service_number"),
    }
)
"""Questions to which “不知道” is an answer: the case can be worked without."""

FIELDS = ("symptom", "since", "place", "contact_name", "phone", "hoped_time", *DETAILS)
"""Every fact of a fault that a customer can give or correct."""

QUESTIONS = tuple(
    dict.fromkeys(name for names in _TABLE.values() for name in names if name[0] != "[")
)
"""Everything that some kind of fault is asked for."""


@dataclass(frozen=True)
class Row:
    """One line of what is read back."""

    name: str
    label: str
    value: str


def questions(slots: Mapping[str, Any]) -> list[str]:
    """Return what a fault like this is asked for, in order, known or not."""
    return [name for name in _names(slots) if name[0] != "["]


def missing(slots: Mapping[str, Any]) -> list[str]:
    """Return the questions still open, in the order of asking."""
    return [name for name in questions(slots) if not _is_answered(name, slots)]


def next_question(slots: Mapping[str, Any]) -> str | None:
    """Return what the form asks next: a question, `confirmed`, or None when it is complete."""
    unanswered = missing(slots)
    if unanswered:
        return unanswered[0]
    return None if slots.get("confirmed") else "confirmed"


def read_back(slots: Mapping[str, Any], locale: str = DEFAULT_LOCALE) -> list[Row]:
    """Return what is known of a fault like this, in the order of asking, with its labels."""
    names = [name.strip("[]") for name in _names(slots)]
    return [
        Row(name, field_label(name, slots, locale), shown_value(name, str(slots[name]), locale))
        for name in names
        if slots.get(name)
    ]


def field_label(name: str, slots: Mapping[str, Any], locale: str = DEFAULT_LOCALE) -> str:
    """Return what a field is called in a fault like this (a charge has no “开始时间”)."""
    kind = f"slot_{_fault_type(slots).value}"
    own = label(kind, name, locale)
    return own if own != name else label("slot", name, locale)


def shown_value(name: str, value: str, locale: str = DEFAULT_LOCALE) -> str:
    """Return a field's value as people read it: the customer's words, or a code's label."""
    return label("warranty", value, locale) if name == "warranty" else value


def _fault_type(slots: Mapping[str, Any]) -> FaultType:
    kind = slots.get("fault_type")
    return FaultType(kind) if kind in set(FaultType) else FaultType.OTHER


def _names(slots: Mapping[str, Any]) -> tuple[str, ...]:
    return _TABLE[_fault_type(slots)]


def _is_answered(name: str, slots: Mapping[str, Any]) -> bool:
    if slots.get(name):
        return True
    if name == "serial_number":
        return bool(slots.get("imei"))
    if name == "service_number" and _fault_type(slots) is FaultType.LANDLINE:
        # Who is called on a landline means that one.
        return phones.is_landline(str(slots.get("phone") or ""))
    return False
