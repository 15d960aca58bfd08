"""A ticket as programs and consoles see it: phone masked, codes beside their labels."""

from __future__ import annotations

from typing import Any

from common.times import iso
from tickets import phones, questions
from tickets.labels import DEFAULT_LOCALE, label
from tickets.model import Ticket

FREE_WORDS = ("symptom", "since", "place", "contact_name", "hoped_time", "affects")
"""What is in the customer's own words, in which a number may stand anywhere."""


def to_json(ticket: Ticket, locale: str = DEFAULT_LOCALE) -> dict[str, Any]:
    """Return the ticket for the API, the command line and the handoff packet."""
    return without_numbers(_to_json(ticket, locale))


def without_numbers(ticket: dict[str, Any]) -> dict[str, Any]:
    """Return a ticket, as `to_json` wrote it once, with the numbers in free words masked."""
    words = {name: phones.mask_in(ticket[name]) for name in FREE_WORDS if ticket.get(name)}
    return {**ticket, **words}


def _to_json(ticket: Ticket, locale: str) -> dict[str, Any]:
    return {
        "number": ticket.number,
        "type": ticket.type.value,
        "type_label": label("type", ticket.type, locale),
        "priority": ticket.priority.value,
        "priority_label": label("priority", ticket.priority, locale),
        "status": ticket.status.value,
        "status_label": label("status", ticket.status, locale),
        "fault_type": ticket.fault_type.value,
        "fault_type_label": label("fault_type", ticket.fault_type, locale),
        "conversation_id": ticket.conversation_id,
        "contact_id": ticket.contact_id,
        "channel": ticket.channel,
        "symptom": ticket.symptom,
        "since": ticket.since,
        "since_at": iso(ticket.since_at) if ticket.since_at else None,
        "since_precision": ticket.since_precision or None,
        "place": ticket.place,
        "contact_name": ticket.contact_name,
        "phone": masked("phone", ticket.phone),
        "hoped_time": ticket.hoped_time,
        "hoped_at": iso(ticket.hoped_at) if ticket.hoped_at else None,
        "hoped_precision": ticket.hoped_precision or None,
        "details": _details(ticket, locale),
        "affects": ticket.affects,
        "tried": list(ticket.tried),
        "level": ticket.level,
        "registered_at": iso(ticket.registered_at),
        "assess_by": iso(ticket.assess_by),
        "respond_by": iso(ticket.respond_by),
        "resolve_by": iso(ticket.resolve_by),
        "updated_at": iso(ticket.updated_at),
        "urged_count": ticket.urged_count,
        "last_urged_at": iso(ticket.last_urged_at) if ticket.last_urged_at else None,
    }


def _details(ticket: Ticket, locale: str) -> dict[str, dict[str, str]]:
    """Return the details by name, each with its label and its value, personal ones masked."""
    return {
        name: {
            "label": label("slot", name, locale),
            "value": phones.mask_in(questions.shown_value(name, masked(name, value), locale)),
        }
        for name, value in ticket.details.items()
    }


def masked(name: str, value: str) -> str:
    """Return a field's value with what identifies a person or a device hidden but for its end."""
    if name == "phone":
        return phones.mask(value)
    # “不清楚” hides nothing.
    if name == "service_number" and isinstance(phones.check(value), phones.Phone):
        return phones.mask(value)
    if name in ("serial_number", "imei", "account") and value.isascii():
        return "*" * (len(value) - 4) + value[-4:]
    return value
