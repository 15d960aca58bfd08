"""What an action sees of the customer's message, and how it speaks."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.anger import Anger
from common.times import to_local

Events = list[dict[str, Any]]
Button = dict[str, str]


class Turn:
    """One run of one action.

    Attributes:
        words: what the customer said, as they see it: for a button its title, not its payload.
        intent: what Rasa took it for; "" when it could not tell.
        form: the form being filled in, or None.
        anger: how angry the message is, where that was not dealt with otherwise.
        absence: why no person can be had, as half a sentence, once one was asked for in vain.
    """

    def __init__(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> None:
        message = tracker.latest_message
        metadata = message.get("metadata") or {}
        self._dispatcher = dispatcher
        self._tracker = tracker
        self._responses = domain.get("responses", {})
        self.conversation_id: str = tracker.sender_id
        self.message_id: str = message.get("message_id") or ""
        self.contact_id: str = metadata.get("contact_id") or ""
        self.channel: str = metadata.get("channel") or ""
        self.words: str = (metadata.get("said") or message.get("text") or "").strip()
        self.is_button = (message.get("text") or "").startswith("/")
        self.intent: str = (message.get("intent") or {}).get("name") or ""
        self.form: str | None = tracker.active_loop_name
        self.anger = Anger.NONE
        self.absence = ""

    @property
    def slots(self) -> dict[str, Any]:
        """All slots, the empty ones as None."""
        return self._tracker.slots

    def slot(self, name: str) -> Any:
        """Return what is remembered under `name`, or None."""
        return self._tracker.slots.get(name)

    def known(self, names: Iterable[str]) -> dict[str, Any]:
        """Return those of the slots that hold something."""
        return {name: self.slots[name] for name in names if self.slots.get(name) is not None}

    def entity(self, name: str) -> str | None:
        """Return the value that a button carried under `name`."""
        return next(self._tracker.get_latest_entity_values(name), None)

    def was_dealt_with(self) -> bool:
        """Whether another action already acted on this message.

        Then the form runs only to ask its question: it was just begun, or it goes on after an
        interruption, and the words must not be read as an answer a second time.
        """
        for event in reversed(self._tracker.events):
            if event["event"] == "user":
                return False
            if event["event"] == "action" and event["name"].startswith(("action_", "utter_")):
                return event["name"] not in ("action_listen", "action_extract_slots")
        return False

    def say(
        self,
        response: str,
        *,
        text: str | None = None,
        buttons: list[Button] | None = None,
        data: dict[str, Any] | None = None,
        **values: str,
    ) -> None:
        """Utter a response of `domain.yml`.

        Args:
            response: its name.
            text: words to say exactly as they are, in place of the response's own.
            buttons: more buttons, after the response's own.
            data: what the customer's channel is told besides the words.
            values: what stands for `{name}` in the response.
        """
        self._dispatcher.utter_message(
            response=response,
            text=text,
            buttons=buttons,
            json_message=data,
            **{name: _interpolable(value) for name, value in values.items()},
        )

    def say_first(self, response: str, **values: str) -> None:
        """Utter a response before all that was said to this message so far."""
        self.say(response, text=None, buttons=None, data=None, **values)
        self._dispatcher.messages.insert(0, self._dispatcher.messages.pop())

    def phrase(self, name: str, **values: Any) -> str:
        """Return a piece of a sentence from the response `utter_phrases`, filled in."""
        return str(self._responses["utter_phrases"][0]["custom"][name]).format(**values)

    def time(self, instant: datetime, *, now: datetime, zone: str) -> str:
        """Say an instant as people do: today and tomorrow by name, other days by date."""
        local, today = to_local(instant, zone), to_local(now, zone).date()
        names = {today: "today", today + timedelta(days=1): "tomorrow"}
        name = names.get(local.date(), "day")
        return self.phrase(name, month=local.month, day=local.day, clock=f"{local:%H:%M}")


def _interpolable(value: str) -> str:
    # Rasa gives a response up, placeholders and all, when a value in it contains "0[".
    return value.replace("0[", "0 [")
