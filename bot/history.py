"""Keeping a tracker short without changing what the bot does next.

Rasa reads, replays, copies and sends the whole tracker every turn, several times, so a turn costs
in proportion to the conversation so far. What the dialogue rests on is far less: slots, the
active form, and the last few turns as the policies see them.

The events kept are, in this order:

1. a summary of what was cut: the active form with the message that began it, and the slots;
2. of the turns before the newest `keep_turns`, what Rasa still applies of them, where a turn
   counts that the policies see. Reverted turns (fallbacks) and turns inside a form are not seen,
   so this reaches back further when the newest turns were such;
3. the newest `keep_turns` turns, untouched.

What cannot be the same is to go back (`action_back`) over more turns than are kept.
"""

from __future__ import annotations

from typing import Dict, List, Optional, Sequence

from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    BotUttered,
    ConversationPaused,
    Event,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker


def bounded_events(tracker: DialogueStateTracker, keep_turns: int) -> List[Event]:
    """The events to store for `tracker`: all of them, or fewer that lead to the same dialogue."""
    events = list(tracker.events)
    newest = _start_of_newest_turns(events, keep_turns)
    if newest is None:
        return events
    older = _still_applied(tracker, events[:newest])
    keep_from = _first_event_policies_need(tracker, keep_turns)
    cut = next((i for i, event in enumerate(older) if event is keep_from), len(older))
    return [*_summary(tracker, older[:cut]), *_squeezed(older[cut:]), *events[newest:]]


def _start_of_newest_turns(events: Sequence[Event], turns: int) -> Optional[int]:
    """Where the newest `turns` turns begin; None when there are no more than that."""
    starts = _turn_starts(events)
    return starts[-turns] if len(starts) > turns else None


def _turn_starts(events: Sequence[Event]) -> List[int]:
    """Where each turn begins: with the listening before a message, which is undone with it."""
    starts: List[int] = []
    listen: Optional[int] = None
    for index, event in enumerate(events):
        if _is_listen(event):
            listen = index
        elif isinstance(event, UserUttered) and event.message_id and listen is not None:
            starts.append(listen)
            listen = None
    return starts


def _still_applied(tracker: DialogueStateTracker, events: Sequence[Event]) -> List[Event]:
    """What Rasa would apply of `events`: without what was reverted, or done inside a form."""
    past = tracker.init_copy()
    past.events.extend(events)
    return past.applied_events()


def _first_event_policies_need(tracker: DialogueStateTracker, keep_turns: int) -> Optional[Event]:
    """The beginning of the last `keep_turns` turns that policies see, at a place fit for a cut.

    With fewer turns than that, all are needed: the newest may have undone some of the older.
    """
    applied = tracker.applied_events()
    starts = _turn_starts(applied)
    early_enough = starts[: max(0, len(starts) - keep_turns + 1)]
    for start in reversed(early_enough):
        if not _needs_what_came_before(tracker, applied, start):
            return applied[start]
    return applied[0] if applied else None


def _needs_what_came_before(
    tracker: DialogueStateTracker, applied: Sequence[Event], start: int
) -> bool:
    """Whether the turn at `start` returns to a form that other actions had interrupted.

    Rasa then looks back for the interruption: without it, it would undo the turn.
    """
    forms = [event.name for event in applied[:start] if isinstance(event, ActiveLoop)]
    form = forms[-1] if forms else None
    actions = [event for event in applied[start + 1 :] if isinstance(event, ActionExecuted)]
    return (
        form is not None
        and bool(actions)
        and actions[0].action_name == form
        and tracker._first_loop_execution_or_unhappy_path(form, list(applied[:start]))
    )


def _summary(tracker: DialogueStateTracker, cut_off: Sequence[Event]) -> List[Event]:
    """The state that `cut_off` led to, as events that lead to it again."""
    if not cut_off:
        return []
    past = tracker.init_copy()
    for event in cut_off:
        event.apply_to(past)
    at = cut_off[-1].timestamp
    summary: List[Event] = []
    form = past.active_loop_name
    if form:
        summary = [
            *_message_that_began(form, cut_off),
            ActionExecuted(form, timestamp=at),
            ActiveLoop(form, timestamp=at),
        ]
    summary += [
        SlotSet(slot.name, slot.value, timestamp=at)
        for slot in past.slots.values()
        if slot.value != slot.initial_value
    ]
    if past.is_active_loop_rejected:
        summary.append(ActionExecutionRejected(form, timestamp=at))
    if past.is_paused():
        summary.append(ConversationPaused(timestamp=at))
    return summary


def _message_that_began(form: str, events: Sequence[Event]) -> List[Event]:
    """The listening and the message before the active form; Rasa keeps it as `trigger_message`."""
    message: Optional[UserUttered] = None
    began: Optional[UserUttered] = None
    for event in events:
        if isinstance(event, UserUttered):
            message = event
        elif isinstance(event, ActiveLoop) and event.name == form:
            began = message
    if began is None:
        return []
    # Without its id: its replies are gone, so it must not be found as a message to replay.
    nameless = UserUttered(
        began.text,
        began.intent,
        began.entities,
        began.parse_data,
        began.timestamp,
        began.input_channel,
        None,
        began.metadata,
        began.use_text_for_featurization,
    )
    return [ActionExecuted(ACTION_LISTEN_NAME, timestamp=began.timestamp), nameless]


def _squeezed(events: Sequence[Event]) -> List[Event]:
    """Leave out what no policy looks at: what the bot said, and slots set again right after."""
    kept: List[Event] = []
    set_since_action: Dict[str, int] = {}
    for event in events:
        if isinstance(event, BotUttered):
            continue
        if isinstance(event, ActionExecuted):
            set_since_action = {}
        elif isinstance(event, SlotSet):
            earlier = set_since_action.get(event.key)
            if earlier is not None:
                kept[earlier] = event
                continue
            set_since_action[event.key] = len(kept)
        kept.append(event)
    return kept


def _is_listen(event: Event) -> bool:
    return isinstance(event, ActionExecuted) and event.action_name == ACTION_LISTEN_NAME
