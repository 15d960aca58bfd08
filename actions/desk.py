"""Bringing a customer to the human queue, for every action that may have to."""

from __future__ import annotations

from rasa_sdk.events import FollowupAction

from actions.anger import Anger
from actions.deps import Services
from actions.patience import reached
from actions.slots import FAULT_FIELDS, facts_in, leave_form, remember
from actions.turn import Events, Turn
from handoff.asking import HandoffOutcome

ALREADY_QUEUED = "already_queued"
TURNED_AWAY = ("nobody_online", "queue_full")
"""Outcomes after which the customer waits for nobody, and the assistant goes on."""


async def hand_over(turn: Turn, services: Services, reason: str) -> tuple[str, Events]:
    """Ask for a person, with all that is known; return the outcome and the events it leads to.

    When nobody can be had, `turn.absence` says why, for the response that tells it.
    """
    facts = {**turn.known(FAULT_FIELDS), **facts_in(turn)}
    answer = await services.handoffs.request(turn.conversation_id, reason, facts, turn.message_id)
    outcome = str(answer.outcome)
    events = remember(handoff_outcome=outcome)
    if outcome in TURNED_AWAY:
        turn.absence = _why(turn, answer)
    else:
        # A person goes on from here; the draft stays in the slots for the packet.
        events += leave_form(turn)
    return outcome, events


async def give_up(turn: Turn, services: Services, reason: str) -> Events | None:
    """Hand over because the assistant is no help; None with nobody there. The desk says why."""
    outcome, events = await hand_over(turn, services, reason)
    if outcome in TURNED_AWAY:
        return None
    return [*events, *settled()]


def _why(turn: Turn, answer: HandoffOutcome) -> str:
    """Return why nobody can be had, as half a sentence: full, off for the day, or just away."""
    absence = answer.absence
    if answer.outcome == "queue_full":
        return turn.phrase("queue_full")
    if not absence.closed:
        return turn.phrase("nobody_online")
    until = turn.phrase("opens", opens=absence.opens) if absence.opens else ""
    hours = turn.phrase("hours", hours=absence.hours) if absence.hours else ""
    return turn.phrase("off_duty") + until + hours


def settled() -> Events:
    """Return the events after which the assistant waits, its counts and open question forgotten."""
    cleared = remember(open_question=None, misses=0.0, last_question=None, angry_messages=None)
    return [*cleared, FollowupAction("action_listen")]


def anger_of(turn: Turn, services: Services) -> Anger:
    """Return how angry the message is, as far as the settings heed it. A button never is."""
    patience = services.patience
    if turn.is_button or patience.anger == "off":
        return Anger.NONE
    level = services.anger_words.level(turn.words)
    if level is not Anger.MILD:
        return level
    if reached((turn.slot("angry_messages") or 0.0) + 1, patience.anger_before_handoff):
        return Anger.STRONG
    return Anger.NONE if patience.anger == "strong" else level
