"""Tickets and the steps of their life: pure rules.

registered ─▶ assessed ─▶ assigned ─▶ accepted ─▶ in_progress ─▶ resolved ─▶ verified ─▶ closed
                                                  ⇅ waiting_for_customer, waiting_for_parts
escalated: the owner can't solve it, the upper level takes it. reopened: the customer is not
satisfied, and it is dispatched again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from common.errors import Conflict, InvalidInput
from tickets.instants import Instant

DETAILS = (
    "shown",
    "device_model",
    "other_phone",
    "serial_number",
    "imei",
    "purchase_date",
    "warranty",
    "amount",
    "service_number",
    "account",
)
"""What only some kinds of fault need (`tickets.questions`); a ticket keeps them as `details`."""

MAX_LENGTHS = {
    "symptom": 500,
    "since": 60,
    "place": 200,
    "contact_name": 40,
    "phone": 40,
    "hoped_time": 60,
    "affects": 500,
    **dict.fromkeys(DETAILS, 120),
}
"""The most characters a ticket keeps of each field; longer words stay whole in the transcript."""

_NUMBER = re.compile(r"\d{8}-\d{4,6}")


class TicketType(StrEnum):
    """What the customer wants of us."""

    FAULT = "fault"
    ENQUIRY = "enquiry"
    COMPLAINT = "complaint"
    SUGGESTION = "suggestion"
    SERVICE = "service"
    CUSTOM = "custom"


class FaultType(StrEnum):
    """What is broken, as far as the customer's words say."""

    BROADBAND = "broadband"
    SIGNAL = "signal"
    IPTV = "iptv"
    LANDLINE = "landline"
    DEVICE = "device"
    BILLING = "billing"
    OTHER = "other"


class Priority(StrEnum):
    """How soon it must be dealt with; `tickets.policy` decides, `tickets.sla` gives the times."""

    NORMAL = "normal"
    MAJOR = "major"
    URGENT = "urgent"


class TicketStatus(StrEnum):
    """Where in its life a ticket is."""

    REGISTERED = "registered"
    ASSESSED = "assessed"
    ASSIGNED = "assigned"
    ACCEPTED = "accepted"
    IN_PROGRESS = "in_progress"
    WAITING_FOR_CUSTOMER = "waiting_for_customer"
    WAITING_FOR_PARTS = "waiting_for_parts"
    ESCALATED = "escalated"
    RESOLVED = "resolved"
    VERIFIED = "verified"
    REOPENED = "reopened"
    CLOSED = "closed"


TRANSITIONS: dict[TicketStatus, frozenset[TicketStatus]] = {
    TicketStatus.REGISTERED: frozenset({TicketStatus.ASSESSED}),
    TicketStatus.ASSESSED: frozenset({TicketStatus.ASSIGNED}),
    # A dispatcher may override: an assigned ticket can be assigned to someone else.
    TicketStatus.ASSIGNED: frozenset({TicketStatus.ASSIGNED, TicketStatus.ACCEPTED}),
    TicketStatus.ACCEPTED: frozenset(
        {TicketStatus.IN_PROGRESS, TicketStatus.ASSIGNED, TicketStatus.ESCALATED}
    ),
    TicketStatus.IN_PROGRESS: frozenset(
        {
            TicketStatus.WAITING_FOR_CUSTOMER,
            TicketStatus.WAITING_FOR_PARTS,
            TicketStatus.ESCALATED,
            TicketStatus.RESOLVED,
        }
    ),
    TicketStatus.WAITING_FOR_CUSTOMER: frozenset({TicketStatus.IN_PROGRESS}),
    TicketStatus.WAITING_FOR_PARTS: frozenset({TicketStatus.IN_PROGRESS}),
    TicketStatus.ESCALATED: frozenset({TicketStatus.ASSIGNED}),
    TicketStatus.RESOLVED: frozenset({TicketStatus.VERIFIED, TicketStatus.REOPENED}),
    TicketStatus.VERIFIED: frozenset({TicketStatus.CLOSED, TicketStatus.REOPENED}),
    TicketStatus.REOPENED: frozenset({TicketStatus.ASSIGNED}),
    TicketStatus.CLOSED: frozenset({TicketStatus.REOPENED}),
}


@dataclass(frozen=True)
class NewTicket:
    """What is known when a ticket is registered.

    `phone` may be empty when the customer only left a message; `level` is "" for an ordinary
    customer, "vip" or "enterprise"; `sensitive` says that only people may answer it; `tried` are
    the things the customer already did. `began` and `hoped` are what `since` and `hoped_time` meant
    when they were said; without them the words are read at the registration. `details` holds what
    only some kinds of fault need, by `DETAILS`.
    """

    conversation_id: str
    contact_id: str
    channel: str
    type: TicketType | str
    fault_type: FaultType | str = FaultType.OTHER
    symptom: str = ""
    since: str = ""
    place: str = ""
    contact_name: str = ""
    phone: str = ""
    hoped_time: str = ""
    affects: str = ""
    tried: tuple[str, ...] = ()
    level: str = ""
    sensitive: bool = False
    began: Instant | None = None
    hoped: Instant | None = None
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Ticket:
    """A case. `phone` is E.164, with `;ext=` for an extension; `tickets.phones` shows it.

    `since_at` and `hoped_at` are the instants meant by the words, with their precision; None and
    "" when the words name none.
    """

    number: str
    type: TicketType
    priority: Priority
    status: TicketStatus
    conversation_id: str
    contact_id: str
    channel: str
    fault_type: FaultType
    symptom: str
    since: str
    place: str
    contact_name: str
    phone: str
    hoped_time: str
    affects: str
    tried: tuple[str, ...]
    level: str
    registered_at: datetime
    assess_by: datetime
    respond_by: datetime
    resolve_by: datetime
    updated_at: datetime
    urged_count: int = 0
    last_urged_at: datetime | None = None
    since_at: datetime | None = None
    since_precision: str = ""
    hoped_at: datetime | None = None
    hoped_precision: str = ""
    details: Mapping[str, str] = field(default_factory=dict)


def format_number(day: date, serial: int) -> str:
    """Return the number of a day's `serial`-th ticket, `YYYYMMDD-NNNN`."""
    return f"{day:%Y%m%d}-{serial:04d}"


def is_number(text: str) -> bool:
    """Whether the text has the form of a ticket number."""
    return _NUMBER.fullmatch(text) is not None


def move(ticket: Ticket, status: TicketStatus, *, now: datetime) -> Ticket:
    """Return the ticket in its new status.

    Raises:
        Conflict: no way leads there from where it is (`ticket_status`).
    """
    if status not in TRANSITIONS[ticket.status]:
        raise Conflict(
            f"ticket {ticket.number} is {ticket.status}, it cannot become {status}",
            code="ticket_status",
        )
    return replace(ticket, status=status, updated_at=now)


def urge(ticket: Ticket, *, now: datetime) -> Ticket:
    """Return the ticket, urged once more by its customer.

    Raises:
        Conflict: it is closed already (`ticket_closed`).
    """
    if ticket.status is TicketStatus.CLOSED:
        raise Conflict(f"ticket {ticket.number} is closed", code="ticket_closed")
    return replace(ticket, urged_count=ticket.urged_count + 1, last_urged_at=now, updated_at=now)


def checked(new: NewTicket) -> NewTicket:
    """Return the new ticket with known types, outer space removed and lengths kept within bounds.

    Raises:
        InvalidInput: an unknown type (`ticket_type_unknown`, `fault_type_unknown`), or no symptom
            (`symptom_needed`).
    """
    try:
        type_ = TicketType(new.type)
    except ValueError:
        raise InvalidInput(f"no ticket type {new.type!r}", code="ticket_type_unknown") from None
    try:
        fault_type = FaultType(new.fault_type or FaultType.OTHER)
    except ValueError:
        raise InvalidInput(f"no fault type {new.fault_type!r}", code="fault_type_unknown") from None
    kept: dict[str, Any] = {
        name: (getattr(new, name) or "").strip()[:longest]
        for name, longest in MAX_LENGTHS.items()
        if name not in DETAILS
    }
    details = {
        name: str(new.details[name]).strip()[: MAX_LENGTHS[name]]
        for name in DETAILS
        if new.details.get(name)
    }
    if not kept["symptom"]:
        raise InvalidInput("a ticket needs the customer's words", code="symptom_needed")
    tried = tuple(new.tried or ())
    return replace(new, type=type_, fault_type=fault_type, tried=tried, details=details, **kept)


def registered(
    new: NewTicket,
    *,
    number: str,
    phone: str,
    priority: Priority,
    registered_at: datetime,
    assess_by: datetime,
    respond_by: datetime,
    resolve_by: datetime,
) -> Ticket:
    """Return the ticket that a checked new case becomes; `phone` as it is to be stored."""
    began, hoped = new.began, new.hoped
    return Ticket(
        number=number,
        type=TicketType(new.type),
        priority=priority,
        status=TicketStatus.REGISTERED,
        conversation_id=new.conversation_id,
        contact_id=new.contact_id,
        channel=new.channel,
        fault_type=FaultType(new.fault_type),
        symptom=new.symptom,
        since=new.since,
        place=new.place,
        contact_name=new.contact_name,
        phone=phone,
        hoped_time=new.hoped_time,
        affects=new.affects,
        tried=new.tried,
        level=new.level,
        registered_at=registered_at,
        assess_by=assess_by,
        respond_by=respond_by,
        resolve_by=resolve_by,
        updated_at=registered_at,
        since_at=began.at if began else None,
        since_precision=began.precision.value if began else "",
        hoped_at=hoped.at if hoped else None,
        hoped_precision=hoped.precision.value if hoped else "",
        details=new.details,
    )
