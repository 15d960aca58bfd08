"""Tickets: made from a confirmed form, asked after, urged."""

from __future__ import annotations

from typing import Any

from rasa_sdk.events import FollowupAction

from actions.base import FrontDoorAction, remember
from actions.deps import Services
from actions.slots import FAULT_DRAFT, FAULT_FIELDS, remember_contact
from actions.turn import Events, Turn
from common.errors import Conflict
from tickets import draft, facts
from tickets.labels import label
from tickets.model import NewTicket, Ticket, TicketStatus, TicketType

DONE = frozenset({TicketStatus.RESOLVED, TicketStatus.VERIFIED, TicketStatus.CLOSED})


class ActionCreateTicket(FrontDoorAction):
    """The customer confirmed the fault: register it."""

    heeds = frozenset()  # the form has heeded it

    def name(self) -> str:
        """Name it for Rasa."""
        return "action_create_ticket"

    async def act(self, turn: Turn) -> Events:
        """Remember whom to call, register, and say the number and what is promised."""
        await remember_contact(turn, self.services)
        ticket = await self.services.tickets.register(
            NewTicket(
                conversation_id=turn.conversation_id,
                contact_id=turn.contact_id,
                channel=turn.channel,
                type=TicketType.FAULT,
                tried=tuple(turn.slot("tried") or ()),
                **await self.services.memory.standing_of(turn.conversation_id),
                **draft.ticket_fields(turn.known(FAULT_FIELDS)),
            ),
            turn.message_id,
        )
        say_ticket(turn, self.services, "utter_ticket_registered", ticket)
        return remember(**FAULT_DRAFT, ticket_number=ticket.number, open_question=None)

    def after_failure(self) -> Events:
        """Keep the draft and read it back, so that the customer can confirm it again."""
        return [*remember(confirmed=None), FollowupAction("fault_form")]


class ActionTicketStatus(FrontDoorAction):
    """The customer asks how far a ticket is."""

    def name(self) -> str:
        """Name it for Rasa."""
        return "action_ticket_status"

    async def act(self, turn: Turn) -> Events:
        """Say its status and what was promised."""
        ticket = await _find(turn, self.services)
        if ticket is None:
            return []
        done = ticket.status in DONE
        response = "utter_ticket_done" if done else "utter_ticket_status"
        say_ticket(turn, self.services, response, ticket)
        return remember(ticket_number=ticket.number, open_question=None)


class ActionUrgeTicket(FrontDoorAction):
    """The customer wants it to go faster."""

    def name(self) -> str:
        """Name it for Rasa."""
        return "action_urge_ticket"

    async def act(self, turn: Turn) -> Events:
        """Keep that they asked, and say what was promised."""
        ticket = await _find(turn, self.services)
        if ticket is None:
            return []
        try:
            ticket = await self.services.tickets.urge(
                ticket.number, turn.conversation_id, turn.message_id
            )
        except Conflict:  # it is closed: nobody is left to urge
            say_ticket(turn, self.services, "utter_ticket_done", ticket)
        else:
            overdue = ticket.resolve_by < self.services.now()
            response = "utter_ticket_urged_overdue" if overdue else "utter_ticket_urged"
            say_ticket(turn, self.services, response, ticket)
        return remember(ticket_number=ticket.number, open_question=None)


def say_ticket(turn: Turn, services: Services, response: str, ticket: Ticket) -> None:
    """Say a response about a ticket, with its words and times filled in."""
    now = services.now()
    values: dict[str, Any] = {
        name: turn.time(getattr(ticket, name), now=now, zone=services.zone)
        for name in ("registered_at", "assess_by", "respond_by", "resolve_by")
    }
    values |= {
        name: label(name, getattr(ticket, name), services.locale)
        for name in ("type", "priority", "status")
    }
    turn.say(
        response,
        data={"kind": "ticket", "number": ticket.number},
        number=ticket.number,
        **values,
    )


async def _find(turn: Turn, services: Services) -> Ticket | None:
    """Return the ticket meant, or say that there is none. Others' tickets are not shown."""
    theirs = await services.memory.contacts_of_person(turn.contact_id)
    if number := facts.find_ticket_number(turn.words):
        ticket = await services.tickets.find_by_number(number, contact_ids=theirs)
        if ticket is None:
            turn.say("utter_ticket_not_found", number=number)
        return ticket
    latest = await services.tickets.for_contacts(theirs, 1)
    if not latest:
        turn.say("utter_no_ticket")
        return None
    return latest[0]
