"""Names of what the assistant remembers, and which of it belongs together."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from rasa_sdk.events import ActiveLoop, SlotSet

from actions.deps import Services
from actions.turn import Events, Turn
from tickets import intake, phones
from tickets.questions import FIELDS

FAULT_FIELDS = ("fault_type", *FIELDS, "since_at", "hoped_at")
"""The facts of a fault, as `tickets.questions` and the handoff packet name them."""

FAULT_DRAFT: dict[str, Any] = {
    **dict.fromkeys(name for name in FAULT_FIELDS if name not in ("contact_name", "phone")),
    **dict.fromkeys(("confirmed", "pending_fault", "tried", "problem", "invalid_count")),
    "warranty_told": None,
}
"""What a registration leaves behind, emptied. Name and phone stay: they are the customer's."""

MESSAGE_DRAFT: dict[str, Any] = dict.fromkeys(
    ("message_text", "message_type", "known_phone", "grievance")
)
"""What a left message leaves behind, emptied."""


class OpenQuestion(StrEnum):
    """What a bare “好” or “不用” would answer."""

    VERDICT = "verdict"
    SIDE_VERDICT = "side_verdict"
    SUGGESTION = "suggestion"
    REGISTER_OR_HUMAN = "register_or_human"
    HUMAN = "human"
    LEAVE_MESSAGE = "leave_message"


def remember(**slots: Any) -> Events:
    """Return the events that fill (or, with None, empty) these slots."""
    return [SlotSet(name, value) for name, value in slots.items()]


def leave_form(turn: Turn) -> Events:
    """Return the events that end the form being filled in, if there is one."""
    return [] if turn.form is None else [ActiveLoop(None), *remember(requested_slot=None)]


def facts_in(turn: Turn) -> dict[str, Any]:
    """Return the facts of a fault that this message itself states."""
    if turn.is_button or turn.form == "message_form":
        return {}
    if turn.form is None:
        return dict(intake.read_first_words(turn.words))
    requested = turn.slot("requested_slot")
    return intake.read_answer(requested, turn.words, turn.intent, turn.slots).values


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
