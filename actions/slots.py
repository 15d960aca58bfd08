"""Names of what the assistant remembers, and which of it belongs together."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from actions.deps import Services
from actions.turn import Turn
from tickets import phones

FAULT_FIELDS = (
    "fault_type",
    "symptom",
    "since",
    "place",
    "contact_name",
    "phone",
    "hoped_time",
)
"""The facts of a fault, as the ticket and the handoff packet name them."""

FAULT_DRAFT: dict[str, Any] = {
    **dict.fromkeys(("fault_type", "symptom", "since", "place", "hoped_time", "confirmed")),
    **dict.fromkeys(("pending_fault", "tried", "problem", "invalid_count")),
}
"""What a registration leaves behind, emptied. Name and phone stay: they are the customer's."""

MESSAGE_DRAFT: dict[str, Any] = dict.fromkeys(("message_text", "message_type"))
"""What a left message leaves behind, emptied."""


class OpenQuestion(StrEnum):
    """What a bare “好” or “不用” would answer."""

    VERDICT = "verdict"
    SIDE_VERDICT = "side_verdict"
    SUGGESTION = "suggestion"
    REGISTER_OR_HUMAN = "register_or_human"
    HUMAN = "human"
    LEAVE_MESSAGE = "leave_message"


async def contact_slots(turn: Turn, services: Services) -> dict[str, str]:
    """Return the name and phone known of this contact that the conversation does not hold yet."""
    contact = await services.memory.contact_of(turn.conversation_id)
    known = {
        "contact_name": contact.name or "",
        "phone": phones.readable(contact.phone) if contact.phone else "",
    }
    return {name: value for name, value in known.items() if value and not turn.slot(name)}


async def remember_contact(turn: Turn, services: Services) -> None:
    """Keep the customer's name and phone, so that the next conversation does not ask."""
    name, phone = turn.slot("contact_name") or "", turn.slot("phone") or ""
    if turn.contact_id and (name or phone):
        await services.memory.remember_contact(turn.contact_id, name=name, phone=phone)
