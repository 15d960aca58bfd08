"""The shape of every action: what it does, and what happens when that fails."""

from __future__ import annotations

import logging
import traceback
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import deps
from actions.anger import Anger
from actions.deps import Services
from actions.desk import TURNED_AWAY, anger_of, hand_over, settled
from actions.slots import facts_in, leave_form, remember
from actions.turn import Events, Turn
from common.errors import Unavailable

__all__ = ["FrontDoorAction", "leave_form", "remember"]

logger = logging.getLogger(__name__)


class FrontDoorAction(Action, ABC):
    """An action of ours. When it fails, the customer hears of it and can reach a person."""

    heeds: ClassVar[frozenset[Anger]] = frozenset({Anger.MILD, Anger.STRONG})
    """Which anger in the message is dealt with before the action itself."""

    def __init__(self, services: Callable[[], Services] = deps.services) -> None:
        self._services = services

    @property
    def services(self) -> Services:
        """The use cases, built when first needed."""
        return self._services()

    @abstractmethod
    async def act(self, turn: Turn) -> Events:
        """Do it, and return what changed."""

    def after_failure(self) -> Events:
        """Return the events that leave the dialogue in order when `act` failed."""
        return []

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """Run the action for Rasa."""
        turn = Turn(dispatcher, tracker, domain)
        try:
            return await self._act_with_tact(turn)
        except Unavailable:
            # The whole turn fails with it, nothing of it is kept, and our server tries again.
            logger.warning("%s: the database is away", self.name())
            raise
        except Exception as error:  # the edge of the process: the customer must hear something
            # Not the error's own words: a database error quotes what the customer wrote.
            logger.error(
                "%s failed: conversation %s, message %s: %s\n%s",
                self.name(),
                turn.conversation_id,
                turn.message_id,
                type(error).__name__,
                "".join(traceback.format_tb(error.__traceback__)),
            )
            dispatcher.messages.clear()
            turn.say("utter_something_went_wrong")
            return self.after_failure()

    async def _act_with_tact(self, turn: Turn) -> Events:
        """Deal with anger first. Whoever insults or threatens us goes to a person."""
        anger = Anger.NONE if turn.was_dealt_with() else anger_of(turn, self.services)
        if anger not in self.heeds or facts_in(turn).get("confirmed"):
            return await self.act(turn)
        if anger is Anger.STRONG:
            outcome, events = await hand_over(turn, self.services, "complaint")
            if outcome not in TURNED_AWAY:
                return [*events, *settled()]  # the desk itself apologises and says the place
        turn.anger = anger
        events = await self.act(turn)
        if any(event["event"] == "action_execution_rejected" for event in events):
            return events  # the action that takes the message instead apologises
        if anger is Anger.MILD:
            turn.say_first("utter_sorry")
        else:
            turn.say_first("utter_sorry_nobody_online", absence=turn.absence)
        if self.services.anger_words.says_what_about(turn.words):
            events += remember(grievance=turn.words)
        return [*events, *remember(angry_messages=(turn.slot("angry_messages") or 0.0) + 1)]
