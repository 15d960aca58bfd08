"""To a person: on request, or because the customer complains."""

from __future__ import annotations

from actions.anger import Anger
from actions.base import FrontDoorAction, remember
from actions.deps import Services
from actions.desk import ALREADY_QUEUED, TURNED_AWAY, anger_of, hand_over
from actions.slots import FAULT_FIELDS, MESSAGE_DRAFT, OpenQuestion, contact_slots, facts_in
from actions.turn import Events, Turn


class ActionRequestHandoff(FrontDoorAction):
    """The customer wants a person."""

    heeds = frozenset()  # they get one, however they ask

    def name(self) -> str:
        """Name it for Rasa."""
        return "action_request_handoff"

    async def act(self, turn: Turn) -> Events:
        """Queue the conversation; when nobody can be had, say why and offer what can be done."""
        return await request(turn, self.services)


class ActionTakeComplaint(FrontDoorAction):
    """The customer complains: to a person at once."""

    heeds = frozenset()  # this is what anger leads to

    def name(self) -> str:
        """Name it for Rasa."""
        return "action_take_complaint"

    async def act(self, turn: Turn) -> Events:
        """Hand over; with nobody there, the complaint is written down as a ticket."""
        outcome, events = await hand_over(turn, self.services, "complaint")
        if outcome not in TURNED_AWAY:
            if outcome == ALREADY_QUEUED:
                turn.say("utter_already_queued")
            return events  # queued: the desk itself apologises and says the place
        matter = self._matter(turn)
        if matter:
            turn.say("utter_complaint_noted_nobody_online", matter=matter, absence=turn.absence)
        else:
            turn.say("utter_complaint_nobody_online", absence=turn.absence)
        facts = {name: said for name, said in facts_in(turn).items() if name in FAULT_FIELDS}
        draft = {
            **MESSAGE_DRAFT,
            **await contact_slots(turn, self.services),
            **facts,
            "message_type": "complaint",
            "message_text": matter or None,
        }
        return [*events, *remember(**draft, open_question=None)]

    def _matter(self, turn: Turn) -> str:
        """Return what the complaint is about, as far as it was said; "" when that must be asked.

        “我要投诉” alone says nothing. What was said before it does: words of anger, the fault that
        is being registered, or the question whose answer did not help.
        """
        says = self.services.anger_words.says_what_about
        unsolved = turn.slot("open_question") == OpenQuestion.REGISTER_OR_HUMAN
        said = [
            turn.slot("grievance"),
            turn.slot("symptom"),
            turn.slot("asked") if unsolved else None,
            turn.words if not turn.is_button and says(turn.words) else None,
        ]
        told = list(dict.fromkeys(words for words in said if words))
        return turn.phrase("and_also").join(
            words for words in told if not any(words != more and words in more for more in told)
        )


async def request(turn: Turn, services: Services) -> Events:
    """Ask for a person, with the reason that the conversation so far suggests."""
    outcome, events = await hand_over(turn, services, _reason(turn, services))
    if outcome in TURNED_AWAY and turn.form is not None:
        turn.say("utter_nobody_online_in_form", absence=turn.absence)
        return [*events, *remember(open_question=None)]
    if outcome in TURNED_AWAY:
        turn.say("utter_nobody_online", absence=turn.absence)
        return [*events, *remember(open_question=OpenQuestion.LEAVE_MESSAGE)]
    if outcome == ALREADY_QUEUED:
        turn.say("utter_already_queued")
    return [*events, *remember(open_question=None, misses=0.0)]


def _reason(turn: Turn, services: Services) -> str:
    if anger_of(turn, services) is Anger.STRONG:
        return "complaint"
    if turn.slot("open_question") == OpenQuestion.REGISTER_OR_HUMAN:
        return "not_solved"
    if turn.slot("open_question") == OpenQuestion.HUMAN and turn.slot("misses"):
        return "not_understood"
    return "customer_request"
