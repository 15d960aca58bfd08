"""A message left for people who are not there: it becomes a ticket too."""

from __future__ import annotations

from typing import Any

from actions.base import FrontDoorAction, remember
from actions.faults import LEFT_TO_RULES, leave_to_rules, take_answer
from actions.slots import (
    FAULT_DRAFT,
    FAULT_FIELDS,
    MESSAGE_DRAFT,
    contact_slots,
    remember_contact,
)
from actions.tickets import say_ticket
from actions.turn import Events, Turn
from common.times import to_local
from tickets import draft, intake, replies
from tickets.facts import find_facts
from tickets.intake import Kind, Reading
from tickets.model import NewTicket, TicketType
from tickets.timewords import Direction

ENDS_A_MESSAGE = frozenset({"cancel", "request_human"})
"""What is no part of a message when it is all there is: the rest is kept as it was written."""

LONGEST_COMMAND = 12
"""Characters. “我上周想取消套餐，你们一直没处理” is a message, not the wish to stop."""


NO_NUMBER = frozenset({"phone_needed", "phone_not_a_number"})
"""Problems of an answer in which no number was meant."""

SHORTEST_ADDITION = 4
"""Characters. Who writes so much and no number, asked for a phone, tells more of the matter."""


class ActionLeaveMessage(FrontDoorAction):
    """The customer wants to leave a message."""

    heeds = frozenset()  # whatever it is, it is written down

    def name(self) -> str:
        """Name it for Rasa."""
        return "action_leave_message"

    async def act(self, turn: Turn) -> Events:
        """Begin an empty message, or a wish to be called, with what is known of the contact."""
        known = await contact_slots(turn, self.services)
        draft = {**MESSAGE_DRAFT, **known, "message_type": "enquiry"}
        if turn.entity("wish") == "call" or replies.wants_a_call(turn.words):
            draft |= _call_me(turn, known.get("phone") or turn.slot("phone"))
        return remember(**draft, open_question=None)


def is_wish_to_be_called(turn: Turn) -> bool:
    """Whether the message being left is no more than the wish to be called."""
    return turn.slot("message_type") in ("callback", "callback_known")


def _call_me(turn: Turn, phone: str | None) -> dict[str, Any]:
    """Return a wish to be called about what was talked of; a known number is still confirmed."""
    matter = turn.slot("symptom") or turn.slot("grievance") or turn.slot("asked")
    about = turn.phrase("call_me_about", matter=matter) if matter else turn.phrase("call_me")
    return {
        "message_text": about,
        "message_type": "callback_known" if phone else "callback",
        "known_phone": phone,
        "phone": None,
        "hoped_time": None,
        "hoped_at": None,
    }


class ValidateMessageForm(FrontDoorAction):
    """Take the message as it is, and a phone number that works."""

    heeds = frozenset()  # angry words are part of the message

    def name(self) -> str:
        """Name it for Rasa."""
        return "validate_message_form"

    def after_failure(self) -> Events:
        """Let the form ask again."""
        return remember(problem=None)

    async def act(self, turn: Turn) -> Events:
        """Fill what was said, or leave the message to the rules."""
        if turn.was_dealt_with():
            return remember(problem=None)
        if turn.is_button and turn.intent in LEFT_TO_RULES:
            return leave_to_rules("message_form")
        if turn.intent in ENDS_A_MESSAGE and len(turn.words) <= LONGEST_COMMAND:
            return leave_to_rules("message_form")
        if turn.slot("requested_slot") == "message_text":
            return remember(message_text=turn.words or None, problem=None)
        reading = intake.read_answer("phone", turn.words, turn.intent, turn.slots)
        if is_wish_to_be_called(turn):
            return self._callback(turn, reading)
        no_phone = turn.intent in ("deny", "dont_know") or reading.problem == "phone_needed"
        if no_phone and not reading.values:
            # Not everybody wants to be called: the answer can come here.
            return remember(phone="", problem=None)
        if reading.kind is Kind.INTERRUPTION:
            return remember(problem=None)
        if reading.problem == "phone_not_a_number" and len(turn.words) >= SHORTEST_ADDITION:
            more = turn.phrase("and_also").join([turn.slot("message_text"), turn.words])
            return remember(message_text=more, problem=None)
        return take_answer(turn, self.services, "phone", reading)

    def _callback(self, turn: Turn, reading: Reading) -> Events:
        """Take the number to call, or the known one, and the time wished for."""
        wish = find_facts(turn.words).time(Direction.FUTURE, Direction.UNKNOWN)
        time: Events = []
        if wish:
            now = to_local(self.services.now(), self.services.zone)
            time = remember(hoped_time=wish, **draft.meanings({"hoped_time": wish}, now))
        mistyped = reading.problem is not None and reading.problem not in NO_NUMBER
        if "phone" in reading.values or mistyped:
            return [*take_answer(turn, self.services, "phone", reading), *time]
        known = turn.slot("known_phone")
        if known and turn.intent == "deny" and not wish:
            # Not that number: then which?
            return remember(known_phone=None, message_type="callback", problem=None)
        if known and reading.kind is not Kind.INTERRUPTION:
            return [*remember(phone=known, problem=None), *time]
        if turn.intent in ("deny", "dont_know"):
            return [*remember(phone="", problem=None), *time]
        if wish or reading.kind is Kind.INTERRUPTION:
            return [*remember(problem=None), *time]  # and the number is asked for again
        return take_answer(turn, self.services, "phone", reading)


class ActionRegisterMessage(FrontDoorAction):
    """The message is complete: register it."""

    heeds = frozenset()

    def name(self) -> str:
        """Name it for Rasa."""
        return "action_register_message"

    async def act(self, turn: Turn) -> Events:
        """Register it as what it is, and say its number."""
        is_complaint = turn.slot("message_type") == "complaint"
        phone = turn.slot("phone") or ""
        is_callback = bool(phone) and is_wish_to_be_called(turn)
        # What was told for a fault belongs to the complaint about it, and is not asked twice.
        told = FAULT_FIELDS if is_complaint else ("hoped_time", "hoped_at") if is_callback else ()
        facts = draft.ticket_fields(turn.known(told)) if told else {}
        await remember_contact(turn, self.services)
        ticket = await self.services.tickets.register(
            NewTicket(
                conversation_id=turn.conversation_id,
                contact_id=turn.contact_id,
                channel=turn.channel,
                type=TicketType.COMPLAINT if is_complaint else TicketType.ENQUIRY,
                **await self.services.memory.standing_of(turn.conversation_id),
                **{
                    **facts,
                    "symptom": turn.slot("message_text"),
                    "contact_name": turn.slot("contact_name") or "",
                    "phone": phone,
                },
            ),
            turn.message_id,
        )
        kind = "complaint" if is_complaint else "callback" if is_callback else "message"
        where = "by_phone" if phone else "here"
        if is_callback and turn.slot("hoped_time"):
            where = "at"
        say_ticket(turn, self.services, f"utter_{kind}_registered_{where}", ticket)
        return remember(
            **MESSAGE_DRAFT,
            **(FAULT_DRAFT if is_complaint else {}),
            **(dict.fromkeys(told) if is_callback else {}),
            phone=phone or None,
            ticket_number=ticket.number,
            message_number=ticket.number,
            open_question=None,
        )
