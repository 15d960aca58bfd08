"""What a customer may do while they wait: go on with the bot, leave a message, or leave the queue.

The choices are buttons of the message that tells them their place, so every channel has them.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncConnection

from handoff import agent_store, desk_store, lifecycle
from handoff.model import WAITING, Author, Conversation, ConversationStatus, OfferOutcome
from handoff.texts import say, texts
from handoff.transcript import add_message, tell


class Choice(StrEnum):
    """What the buttons send."""

    BOT = "desk:bot"
    MESSAGE = "/leave_message"
    LEAVE = "desk:leave"


def choices(locale: str, *, bot: bool = True) -> tuple[dict[str, str], ...]:
    """Return the buttons for who waits; without `bot` where the bot cannot or already does help."""
    titles = texts(locale)["choices"]
    offered = [choice for choice in Choice if bot or choice is not Choice.BOT]
    return tuple({"title": titles[choice.name.lower()], "payload": choice} for choice in offered)


def choice_of(conversation: Conversation, payload: str | None) -> Choice | None:
    """Return the choice that a pressed button makes, or None when it makes none now."""
    if conversation.status not in WAITING or payload not in list(Choice):
        return None
    return Choice(payload)


async def back_to_bot(
    conn: AsyncConnection, conversation: Conversation, actor: str, now: datetime
) -> Conversation:
    """Return the locked conversation with the bot again; the caller saves it.

    Raises:
        Conflict: the bot has it already, or it is closed.
    """
    after = replace(lifecycle.back_to_bot(conversation), updated_at=now)
    if conversation.status is ConversationStatus.OFFERED:
        await agent_store.end_offer(conn, conversation, OfferOutcome.WITHDRAWN, now)
    await desk_store.mark_handoff(conn, conversation.id, ended_at=now)
    await tell(conn, "conversation.returned", after, actor, from_agent=conversation.agent_id)
    return after


async def choose(
    conn: AsyncConnection, conversation: Conversation, choice: Choice, locale: str, now: datetime
) -> Conversation:
    """Return the locked, waiting conversation after the customer's choice; the caller saves it.

    `MESSAGE` leaves the queue as well: the bot takes the message, from the same press.
    """
    if choice is Choice.BOT:
        after, _ = await add_message(
            conn,
            replace(conversation, bot_helps=True),
            Author.SYSTEM,
            say(locale, "bot_helps"),
            now,
            buttons=choices(locale, bot=False),
            data={"kind": "queued"},
        )
        return after
    after = await back_to_bot(conn, conversation, "contact", now)
    if choice is Choice.LEAVE:
        after, _ = await add_message(conn, after, Author.SYSTEM, say(locale, "left_queue"), now)
    return after
