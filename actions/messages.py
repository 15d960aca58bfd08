"""A message left for people who are not there: it becomes a ticket too."""

from __future__ import annotations

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
from tickets import draft, intake
from tickets.intake import Kind
from tickets.model import NewTicket, TicketType

ENDS_A_MESSAGE = frozenset({"cancel", "request_human"})
"""What is no part of a message when it is all there is: the rest is kept as it was written."""

LONGEST_COMMAND = 12
"""Characters. “我上周想取消套餐，你们一直没处理” is a message, not the wish to stop."""


SHORTEST_ADDITION = 4
"""Characters. Who writes so much and no number, asked for a phone, tells more of the matter."""


class ActionLeaveMessage(FrontDoorAction):
    """The customer wants to leave a message."""

    heeds = frozenset()  # whatever it is, it is written down

    def name(self) -> str:
        """Name it for Rasa."""
        return "action_leave_message"

    async def act(self, turn: Turn) -> Events:
        """Begin an empty message, with what is known of the contact."""
        known = await contact_slots(turn, self.services)
        draft = {**MESSAGE_DRAFT, **known, "message_type": "enquiry"}
        return remember(**draft, open_question=None)


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


class ActionRegisterMessage(FrontDoorAction):
    """The message is complete: register it."""

    heeds = frozenset()

    def name(self) -> str:
        """Name it for Rasa."""
        return "action_register_message"

    async def act(self, turn: Turn) -> Events:
        """Register it as what it is, and say its number."""
        is_complaint = turn.slot("message_type") == "complaint"
        # What was told for a fault belongs to the complaint about it, and is not asked twice.
        facts = draft.ticket_fields(turn.known(FAULT_FIELDS)) if is_complaint else {}
        phone = turn.slot("phone") or ""
        await remember_contact(turn, self.services)
        ticket = await self.services.tickets.register(
            NewTicket(
                conversation_id=turn.conversation_id,
                contact_id=turn.contact_id,
                channel=turn.channel,
                type=TicketType.COMPLAINT if is_complaint else TicketType.ENQUIRY,
                **{
                    **facts,
                    "symptom": turn.slot("message_text"),
                    "contact_name": turn.slot("contact_name") or "",
                    "phone": phone,
                },
            ),
            turn.message_id,
        )
        kind = "complaint" if is_complaint else "message"
        where = "by_phone" if phone else "here"
        say_ticket(turn, self.services, f"utter_{kind}_registered_{where}", ticket)
        return remember(
            **MESSAGE_DRAFT,
            **(FAULT_DRAFT if is_complaint else {}),
            phone=phone or None,
            ticket_number=ticket.number,
            open_question=None,
        )
