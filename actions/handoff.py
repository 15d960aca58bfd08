"""To a person: on request, or because the customer complains."""

from __future__ import annotations

from actions.base import FrontDoorAction, leave_form, remember
from actions.deps import Services
from actions.slots import FAULT_FIELDS, MESSAGE_DRAFT, OpenQuestion, contact_slots
from actions.turn import Events, Turn
from tickets import intake

NOBODY_ONLINE = "nobody_online"
ALREADY_QUEUED = "already_queued"


class ActionRequestHandoff(FrontDoorAction):
    """The customer wants a person."""

    def name(self) -> str:
        """Name it for Rasa."""
        return "action_request_handoff"

    async def act(self, turn: Turn) -> Events:
        """Queue the conversation; with nobody there, say so and offer what can be done."""
        return await request(turn, self.services)


class ActionTakeComplaint(FrontDoorAction):
    """The customer complains: to a person at once."""

    def name(self) -> str:
        """Name it for Rasa."""
        return "action_take_complaint"

    async def act(self, turn: Turn) -> Events:
        """Hand over; with nobody there, the complaint is written down as a ticket."""
        outcome, events = await _hand_over(turn, self.services, "complaint")
        if outcome != NOBODY_ONLINE:
            if outcome == ALREADY_QUEUED:
                turn.say("utter_already_queued")
            return events  # queued: the desk itself apologises and says the place
        turn.say("utter_complaint_nobody_online")
        # “我要投诉” alone says nothing yet; with the matter in it, the matter is not asked again.
        told = {} if turn.is_button else intake.read_first_words(turn.words)
        draft = {
            **MESSAGE_DRAFT,
            **await contact_slots(turn, self.services),
            "message_type": "complaint",
            "message_text": turn.words if "symptom" in told else None,
        }
        return [*events, *remember(**draft, open_question=None)]


async def request(turn: Turn, services: Services) -> Events:
    """Ask for a person, with the reason that the conversation so far suggests."""
    outcome, events = await _hand_over(turn, services, _reason(turn))
    if outcome == NOBODY_ONLINE and turn.form is not None:
        turn.say("utter_nobody_online_in_form")
        return [*events, *remember(open_question=None)]
    if outcome == NOBODY_ONLINE:
        turn.say("utter_nobody_online")
        return [*events, *remember(open_question=OpenQuestion.LEAVE_MESSAGE)]
    if outcome == ALREADY_QUEUED:
        turn.say("utter_already_queued")
    return [*events, *remember(open_question=None, misses=0.0)]


async def _hand_over(turn: Turn, services: Services, reason: str) -> tuple[str, Events]:
    answer = await services.handoffs.request(
        turn.conversation_id, reason, turn.known(FAULT_FIELDS), turn.message_id
    )
    outcome = str(answer.outcome)
    events = remember(handoff_outcome=outcome)
    if outcome != NOBODY_ONLINE:
        # A person goes on from here; the draft stays in the slots for the packet.
        events += leave_form(turn)
    return outcome, events


def _reason(turn: Turn) -> str:
    if turn.slot("open_question") == OpenQuestion.REGISTER_OR_HUMAN:
        return "not_solved"
    if turn.slot("open_question") == OpenQuestion.HUMAN and turn.slot("misses"):
        return "not_understood"
    return "customer_request"
