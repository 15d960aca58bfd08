"""“好”, “不用”, “算了”: words that mean something only in their place."""

from __future__ import annotations

from rasa_sdk.events import FollowupAction

from actions import answers, handoff
from actions.base import FrontDoorAction, leave_form, remember
from actions.messages import ActionLeaveMessage
from actions.slots import FAULT_DRAFT, MESSAGE_DRAFT, OpenQuestion
from actions.turn import Events, Turn


class ActionAffirm(FrontDoorAction):
    """A bare yes."""

    def name(self) -> str:
        """Name it for Rasa."""
        return "action_affirm"

    async def act(self, turn: Turn) -> Events:
        """Do what was offered; without an offer, ask what comes next."""
        match turn.slot("open_question"):
            case OpenQuestion.HUMAN:
                return await handoff.request(turn, self.services)
            case OpenQuestion.LEAVE_MESSAGE:
                begun = await ActionLeaveMessage(self._services).act(turn)
                return [*begun, FollowupAction("message_form")]
            case OpenQuestion.REGISTER_OR_HUMAN:
                turn.say("utter_not_solved")  # which of the two is not said yet
                return []
            case OpenQuestion.SUGGESTION:
                turn.say("utter_pick_one")
                return []
        turn.say("utter_what_next")
        return remember(open_question=None)


class ActionDeny(FrontDoorAction):
    """A bare no."""

    def name(self) -> str:
        """Name it for Rasa."""
        return "action_deny"

    async def act(self, turn: Turn) -> Events:
        """Take it as the verdict or the refusal that it is."""
        match turn.slot("open_question"):
            case OpenQuestion.VERDICT:
                events = await answers.did_not_help(turn, self.services)
            case OpenQuestion.SUGGESTION:
                events = await answers.refuse(turn, self.services)
            case _:
                turn.say("utter_what_next")
                return remember(open_question=None)
        if turn.slot("pending_fault"):
            events.append(FollowupAction("fault_form"))
        return events


class ActionCancel(FrontDoorAction):
    """The customer gives up what was begun."""

    def name(self) -> str:
        """Name it for Rasa."""
        return "action_cancel"

    async def act(self, turn: Turn) -> Events:
        """Throw the draft away, and say what that means."""
        if turn.form is None and not turn.slot("pending_fault"):
            turn.say("utter_nothing_to_cancel")
            return remember(open_question=None)
        turn.say(
            "utter_message_cancelled" if turn.form == "message_form" else "utter_fault_cancelled"
        )
        return [
            *leave_form(turn),
            *remember(**FAULT_DRAFT, **MESSAGE_DRAFT, open_question=None),
        ]
