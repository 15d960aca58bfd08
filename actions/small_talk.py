"""Greetings, thanks, goodbyes and the like: one reply each, from `domain.yml`."""

from __future__ import annotations

from actions import answers
from actions.base import FrontDoorAction
from actions.turn import Events, Turn
from knowledgebase.model import Decision
from tickets import replies

REPLIES = {
    "bot_challenge": "utter_bot_challenge",
    "dont_know": "utter_rephrase",
    "goodbye": "utter_goodbye",
    "greet": "utter_greet",
    "thanks": "utter_thanks",
}

MAY_WRAP_A_QUESTION = frozenset({"dont_know", "greet", "thanks"})
"""“您好，请问怎么查话费，谢谢” is no thanks."""


class ActionSmallTalk(FrontDoorAction):
    """The customer is polite, or wonders whom they talk to."""

    def name(self) -> str:
        """Name it for Rasa."""
        return "action_small_talk"

    async def act(self, turn: Turn) -> Events:
        """Reply in kind, unless a question with an answer is wrapped in it."""
        if turn.intent in MAY_WRAP_A_QUESTION and not replies.is_pleasantry(turn.words):
            found = await self.services.knowledge_base.search(turn.words, k=1)
            if found.decision == Decision.ANSWER:
                return await answers.look_up(turn, self.services)
        turn.say(REPLIES[turn.intent])
        return []
