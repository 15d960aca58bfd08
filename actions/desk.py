"""Bringing a customer to the human queue, for every action that may have to."""

from __future__ import annotations

from rasa_sdk.events import FollowupAction

from actions.anger import Anger
from actions.deps import Services
from actions.patience import reached
from actions.slots import FAULT_FIELDS, facts_in, leave_form, remember
from actions.turn import Events, Turn

NOBODY_ONLINE = "nobody_online"
ALREADY_QUEUED = "already_queued"


async def hand_over(turn: Turn, services: Services, reason: str) -> tuple[str, Events]:
    """Ask for a person, with all that is known; return the outcome and the events it leads to."""
    facts = {**turn.known(FAULT_FIELDS), **facts_in(turn)}
    answer = await services.handoffs.request(turn.conversation_id, reason, facts, turn.message_id)
    outcome = str(answer.outcome)
    events = remember(handoff_outcome=outcome)
    if outcome != NOBODY_ONLINE:
        # A person goes on from here; the draft stays in the slots for the packet.
        events += leave_form(turn)
    return outcome, events


async def give_up(turn: Turn, services: Services, reason: str) -> Events | None:
    """Hand over because the assistant is no help; None with nobody there. The desk says why."""
    outcome, events = await hand_over(turn, services, reason)
    if outcome == NOBODY_ONLINE:
        return None
    return [*events, *settled()]


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
