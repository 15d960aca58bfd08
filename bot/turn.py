"""One turn of dialogue: a message in, everything the bot says out, once per message id."""

from __future__ import annotations

from typing import Any, Dict, Iterable, List, Optional, Set

from rasa.core.agent import Agent
from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.core.processor import MessageProcessor
from rasa.shared.core.constants import (
    ACTION_SESSION_START_NAME,
    REQUESTED_SLOT,
    SESSION_START_METADATA_SLOT,
)
from rasa.shared.core.events import ActionExecuted, BotUttered, Event, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.request import TurnRequest

CHANNEL = "frontdoor"
_LOCK_POLL_SECONDS = 0.05  # Rasa's own is a whole second
_RASAS_OWN_SLOTS = {REQUESTED_SLOT, SESSION_START_METADATA_SLOT}


class SilentOutput(OutputChannel):
    """Where Rasa sends replies while a turn runs. Nobody listens: they are read off the tracker.

    So a first answer and a repeated one are made by the same lines, from the same events.
    """

    @classmethod
    def name(cls) -> str:
        """By this name Rasa picks the responses that are meant for one channel only."""
        return CHANNEL

    async def send_response(self, recipient_id: str, message: Dict[str, Any]) -> None:
        """Send nothing."""


async def run_turn(agent: Agent, wanted: TurnRequest) -> Dict[str, Any]:
    """Run the dialogue for one message, or read back what it answered the first time.

    The steps are those of `MessageProcessor.handle_message`, which gives neither the tracker nor
    a chance to look at it before the message is understood. The tracker is saved once, at the
    end: whatever is raised before leaves the conversation as it was.
    """
    processor = agent.processor
    async with agent.lock_store.lock(
        wanted.conversation_id, wait_time_in_seconds=_LOCK_POLL_SECONDS
    ):
        tracker = await processor.get_tracker(wanted.conversation_id)
        # Else Rasa writes both on every event: a third of the tracker, and nobody reads them.
        tracker.model_id = tracker.assistant_id = None
        replayed = events_of_turn(tracker.events, wanted.message_id) is not None
        if not replayed:
            await _run_dialogue(processor, tracker, wanted)
        turn = events_of_turn(tracker.events, wanted.message_id) or []
        return {
            "replies": [reply(event) for event in turn if isinstance(event, BotUttered)],
            "slots": filled_slots(tracker),
            "replayed": replayed,
        }


async def _run_dialogue(
    processor: MessageProcessor, tracker: DialogueStateTracker, wanted: TurnRequest
) -> None:
    output = SilentOutput()
    message = UserMessage(
        wanted.words,
        output,
        wanted.conversation_id,
        input_channel=CHANNEL,
        message_id=wanted.message_id,
        metadata=wanted.metadata,
    )
    await processor._update_tracker_session(tracker, output, wanted.metadata)
    await processor._handle_message_with_tracker(message, tracker)
    await processor.run_action_extract_slots(output, tracker)
    await processor._run_prediction_loop(output, tracker)
    await processor.save_tracker(tracker)


def events_of_turn(events: Iterable[Event], message_id: str) -> Optional[List[Event]]:
    """The events that one message led to, or None when it has not been seen.

    A turn ends where a new message or a new session begins. A message that an action put back
    into the dialogue carries an id that was seen before, or none: it begins nothing.
    """
    turn: List[Event] = []
    ids_of_turn: Set[str] = set()
    seen: Set[str] = set()
    for event in events:
        new_id = event.message_id if isinstance(event, UserUttered) else None
        is_new_message = bool(new_id) and new_id not in seen
        if _starts_session(event) or (is_new_message and ids_of_turn):
            if message_id in ids_of_turn:
                return turn
            turn, ids_of_turn = [], set()
        if is_new_message:
            seen.add(new_id)
            ids_of_turn.add(new_id)
        turn.append(event)
    return turn if message_id in ids_of_turn else None


def _starts_session(event: Event) -> bool:
    return isinstance(event, ActionExecuted) and event.action_name == ACTION_SESSION_START_NAME


def reply(said: BotUttered) -> Dict[str, Any]:
    """One whole reply, as our server stores it."""
    return {
        "text": said.text or "",
        "buttons": [
            {"title": button.get("title", ""), "payload": button.get("payload", "")}
            for button in said.data.get("buttons") or []
        ],
        "data": said.data.get("custom") or {},
    }


def filled_slots(tracker: DialogueStateTracker) -> Dict[str, Any]:
    """The slots that hold something, without those Rasa keeps for itself."""
    return {
        name: slot.value
        for name, slot in tracker.slots.items()
        if slot.value is not None and name not in _RASAS_OWN_SLOTS
    }
