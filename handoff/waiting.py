"""What a customer may do while they wait: go on with the bot, leave a message, be called, leave.

The choices are buttons of the message that tells them their place, so every channel has them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncConnection

from handoff import agent_store, desk_store, hours, lifecycle, routing, store
from handoff.estimate import Estimate
from handoff.limits import WaitingRules
from handoff.model import (
    WAITING,
    Author,
    Conversation,
    ConversationStatus,
    HandoffReason,
    OfferOutcome,
)
from handoff.routing import Team
from handoff.texts import say, texts
from handoff.transcript import add_message, tell
from tickets.model import Priority


class Choice(StrEnum):
    """What the buttons send."""

    BOT = "desk:bot"
    MESSAGE = "/leave_message"
    CALL = '/leave_message{"wish":"call"}'
    LEAVE = "desk:leave"


TAKEN_BY_THE_BOT = (Choice.MESSAGE, Choice.CALL)
"""They leave the queue; the same press is then the bot's to answer."""


@dataclass(frozen=True)
class Absence:
    """Why nobody is there, as the customer may be told.

    Attributes:
        closed: whether it is outside the hours.
        opens: when people come next, such as 明天 9:00; "" while open, or when nobody can say.
        hours: the opening hours in a phrase; "" without any.
    """

    closed: bool = False
    opens: str = ""
    hours: str = ""

    @classmethod
    def of(cls, rules: WaitingRules, team: Team | None, now: datetime, locale: str) -> Absence:
        """Return it for a team, or for what belongs to none."""
        if rules.is_open(team, now):
            return cls()
        words, its_hours = texts(locale)["hours"], rules.hours_of(team)
        opens = rules.opens_at(team, now)
        return cls(
            closed=True,
            opens=hours.told(opens, now, rules.calendar.zone, words) if opens else "",
            hours=hours.describe(its_hours, words) if its_hours else "",
        )

    def say(self, locale: str, name: str) -> str:
        """Return what is said of it: `name`, or `name_closed` when the return is known."""
        return say(locale, f"{name}_closed", opens=self.opens) if self.opens else say(locale, name)


def queued_text(locale: str, reason: HandoffReason, position: int, wait: Estimate | None) -> str:
    """Return what is said to whom a person is called: why, the place, how long it may take."""
    if reason is HandoffReason.BOT_UNAVAILABLE:
        name = "queued_bot_unavailable"
    else:
        name = "queued_next" if position == 1 else "queued"
    text = texts(locale)["because"].get(reason.value, "")
    text += say(locale, name, ahead=position - 1)
    if wait is None:
        return text
    range_ = f"{wait.low}–{wait.high}" if wait.low < wait.high else str(wait.high)
    return text + say(locale, "estimate", minutes=range_)


async def is_full(
    conn: AsyncConnection, rules: WaitingRules, team: Team | None, why: HandoffReason
) -> bool:
    """Whether so many wait for a team that nobody more is queued.

    Never for what is pressing, nor for whom there is nobody else to talk to.
    """
    most = rules.most_waiting_of(team)
    pressing = routing.priority_of(why) is not Priority.NORMAL
    if not most or pressing or why is HandoffReason.BOT_UNAVAILABLE:
        return False
    return await store.count_queued(conn, team.id if team else None) >= most


async def turn_away(
    conn: AsyncConnection,
    conversation: Conversation,
    why: HandoffReason,
    outcome: str,
    now: datetime,
) -> None:
    """Write that somebody asked for a person in vain: nothing else tells."""
    unchanged = replace(conversation, updated_at=now)
    await tell(conn, "handoff.turned_away", unchanged, "bot", reason=why.value, outcome=outcome)


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

    Who leaves a message or wants to be called leaves the queue as well.
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
    if choice is not Choice.LEAVE:
        # It stays what only people may answer: its ticket is to be urgent.
        return replace(after, sensitive=conversation.sensitive)
    after, _ = await add_message(conn, after, Author.SYSTEM, say(locale, "left_queue"), now)
    return after
