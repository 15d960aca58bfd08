"""What only people may answer never reaches the bot: the customer is sent to people at once."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from common.db import Database
from handoff import store
from handoff.asking import HandoffOutcome
from handoff.model import Conversation, HandoffReason, Message
from handoff.rasa import BotTurn, Reply
from handoff.sensitive import SensitiveWords
from handoff.service import Handoffs
from handoff.texts import say, texts
from handoff.waiting import Choice, choices

OF_LIFE = ("safety", "self_harm")
"""Groups of words after which every minute counts."""


class Bot(Protocol):
    """Whoever speaks for the bot."""

    async def take_turn(self, message: Message) -> BotTurn:
        """Return the bot's answer, or raise `UpstreamError`."""


class GuardedBot:
    """A bot that is not asked about sensitive matters, whether it could be or not."""

    def __init__(
        self,
        bot: Bot,
        words: SensitiveWords,
        db: Database,
        handoffs: Handoffs,
        *,
        locale: str = "zh-CN",
    ) -> None:
        self._bot = bot
        self._words = words
        self._db = db
        self._handoffs = handoffs
        self._locale = locale

    async def take_turn(self, message: Message) -> BotTurn:
        """Call people for a sensitive message; return the bot's answer to any other.

        Once they were called the bot goes on, also with words that would call them again, until
        they hand the conversation back: who leaves a message about it must be able to. Where life
        is at stake they are called again all the same, and the advice comes before what the bot
        says.
        """
        group = self._words.group_of(message.text) if message.payload is None else ""
        if group:
            async with self._db.connect() as conn:
                conversation = await store.get_conversation(conn, message.conversation_id)
            if not conversation.sensitive:
                replies = await self._call_people(message, group)
                return BotTurn(replies, conversation.facts, sensitive=True)
            if group in OF_LIFE:
                return await self._call_again(message, group, conversation)
        return await self._bot.take_turn(message)

    async def _call_again(
        self, message: Message, group: str, conversation: Conversation
    ) -> BotTurn:
        advice = texts(self._locale)["sensitive"].get(group, "")
        answer = await self._ask(message, advice)
        if answer.outcome == "queued":
            return BotTurn((), conversation.facts, sensitive=True)
        turn = await self._bot.take_turn(message)
        return replace(turn, replies=(Reply(advice), *turn.replies))

    async def _call_people(self, message: Message, group: str) -> tuple[Reply, ...]:
        """Ask for a person; return what is left to say. Who is queued was told in the queue."""
        advice = texts(self._locale)["sensitive"].get(group, "")
        answer = await self._ask(message, advice)
        if answer.outcome == "queued":
            return ()
        if answer.outcome == "already_queued":
            return (Reply(advice + say(self._locale, "sensitive_already_queued")),)
        absence = answer.absence.say(self._locale, "sensitive_nobody_online")
        others = tuple(
            button
            for button in choices(self._locale)
            if button["payload"] in (Choice.MESSAGE, Choice.CALL)
        )
        return (Reply(advice + absence, others),)

    async def _ask(self, message: Message, advice: str) -> HandoffOutcome:
        return await self._handoffs.request(
            message.conversation_id, HandoffReason.SENSITIVE, message_id=message.id, advice=advice
        )
