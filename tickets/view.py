"""A ticket as programs and consoles see it: phone masked, codes beside their labels."""

from __future__ import annotations

from typing import Any

from common.times import iso
from tickets import phones
from tickets.labels import DEFAULT_LOCALE, label
from tickets.model import Ticket


def to_json(ticket: Ticket, locale: str = DEFAULT_LOCALE) -> dict[str, Any]:
    """Return the ticket for the API, the command line and the handoff packet."""
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
        "place": ticket.place,
        "contact_name": ticket.contact_name,
        "phone": phones.mask(ticket.phone),
        "hoped_time": ticket.hoped_time,
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
