"""The shape of every action: what it does, and what happens when that fails."""

from __future__ import annotations

import logging
import traceback
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActiveLoop, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import deps
from actions.deps import Services
from actions.turn import Events, Turn

logger = logging.getLogger(__name__)


class FrontDoorAction(Action, ABC):
    """An action of ours. When it fails, the customer hears of it and can reach a person."""

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
            return await self.act(turn)
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


def remember(**slots: Any) -> Events:
    """Return the events that fill (or, with None, empty) these slots."""
    return [SlotSet(name, value) for name, value in slots.items()]


def leave_form(turn: Turn) -> Events:
    """Return the events that end the form being filled in, if there is one."""
    return [] if turn.form is None else [ActiveLoop(None), *remember(requested_slot=None)]
