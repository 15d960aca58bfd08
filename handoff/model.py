"""Conversations and what may happen to them: pure rules.

bot ──ask──▶ queued ──offer──▶ offered ──accept──▶ active ──close──▶ closed
  ▲            │ ▲ │              │                 │ │
  └────────────┘ │ └──accept──────┼────────────────▶│ │
 back to the bot │◀───declined, not accepted in time, agent gone or silent
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from common.errors import Conflict, Forbidden
from handoff import routing
from tickets.model import Priority


class ConversationStatus(StrEnum):
    """Who answers: the bot, nobody yet, an agent, or nobody any more."""

    BOT = "bot"
    QUEUED = "queued"
    OFFERED = "offered"
    ACTIVE = "active"
    CLOSED = "closed"


TURN_MARGIN = timedelta(seconds=5)
"""How much longer a lease lasts than one try of asking the bot."""

OPEN = tuple(status for status in ConversationStatus if status is not ConversationStatus.CLOSED)
WAITING = (ConversationStatus.QUEUED, ConversationStatus.OFFERED)


class CloseReason(StrEnum):
    """Why a conversation ended."""

    RESOLVED = "resolved"
    ABANDONED = "abandoned"
    LEFT_MESSAGE = "left_message"
    TIMEOUT = "timeout"
    MERGED = "merged"


class HandoffReason(StrEnum):
    """Why a person was asked for."""

    CUSTOMER_REQUEST = "customer_request"
    NOT_UNDERSTOOD = "not_understood"
    NOT_SOLVED = "not_solved"
    COMPLAINT = "complaint"
    SENSITIVE = "sensitive"
    VIP = "vip"
    BOT_UNAVAILABLE = "bot_unavailable"
    AGENT_TAKEOVER = "agent_takeover"
    SUPERVISOR = "supervisor"


class Requeued(StrEnum):
    """Why a conversation that an agent had, or was offered, waits again."""

    DECLINED = "declined"
    NOT_ACCEPTED = "not_accepted"
    AGENT_GONE = "agent_gone"
    AGENT_SILENT = "agent_silent"


class OfferOutcome(StrEnum):
    """How an offer ended.

    `lost`: accepted, and taken back because the agent was not there. `transferred`: passed on.
    """

    ACCEPTED = "accepted"
    DECLINED = "declined"
    NOT_ACCEPTED = "not_accepted"
    WITHDRAWN = "withdrawn"
    LOST = "lost"
    TRANSFERRED = "transferred"


class Presence(StrEnum):
    """What an agent chose. Whether they are reachable also takes a recent heartbeat."""

    ONLINE = "online"
    AWAY = "away"
    OFFLINE = "offline"


class Author(StrEnum):
    """Who wrote a message."""

    CONTACT = "contact"
    BOT = "bot"
    AGENT = "agent"
    SYSTEM = "system"


class Verdict(StrEnum):
    """What the customer said of an answer."""

    SOLVED = "solved"
    NOT_SOLVED = "not_solved"


@dataclass(frozen=True)
class Contact:
    """A customer, as known through one channel."""

    id: str
    channel: str
    channel_user_id: str
    name: str = ""
    phone: str = ""


@dataclass(frozen=True)
class Conversation:
    """One passage with a customer, from the first word to the closing.

    `last_seq` is the number of its newest message; numbers go on from one conversation of a
    contact to the next. `facts` are the slots the bot knows. `turn_owner` is the token of the lease
    for running the bot, in force until `turn_until`.

    `team_id` is whose case it is, everyone's when None. `agent_id` is whom it is offered to (until
    `offered_until`) or who owns it. `place` orders the queue: the earliest is served first. With
    `bot_helps` the bot goes on answering who waits; `absence_told` says that they know that nobody
    is online.
    """

    id: str
    contact_id: str
    channel: str
    created_at: datetime
    updated_at: datetime
    status: ConversationStatus = ConversationStatus.BOT
    close_reason: CloseReason | None = None
    agent_id: str | None = None
    last_seq: int = 0
    facts: dict[str, Any] = field(default_factory=dict)
    priority: Priority = Priority.NORMAL
    team_id: str | None = None
    queued_at: datetime | None = None
    place: datetime | None = None
    offered_until: datetime | None = None
    bot_helps: bool = False
    absence_told: bool = False
    accepted_at: datetime | None = None
    closed_at: datetime | None = None
    turn_owner: str | None = None
    turn_until: datetime | None = None
    bot_failing_since: datetime | None = None

    @property
    def bot_answers(self) -> bool:
        """Whether a customer's message goes to the bot."""
        return self.status is ConversationStatus.BOT or (self.bot_helps and self.status in WAITING)


@dataclass(frozen=True)
class Message:
    """One line of the transcript. `handled_at` is None while the bot still owes an answer."""

    id: str
    conversation_id: str
    contact_id: str
    seq: int
    author: Author
    text: str
    created_at: datetime
    author_id: str | None = None
    author_name: str | None = None
    buttons: tuple[dict[str, str], ...] = ()
    data: dict[str, Any] = field(default_factory=dict)
    payload: str | None = None
    client_message_id: str | None = None
    in_reply_to: str | None = None
    handled_at: datetime | None = None

    @property
    def channel(self) -> str:
        """The channel it belongs to: ids of conversations begin with its name."""
        return self.conversation_id.partition("-")[0]


@dataclass(frozen=True)
class Agent:
    """Someone who serves the queue.

    `active` conversations are theirs, `offered` ones wait for their answer. `idle_since` is when
    they last ended or lost one, or came. Until `wrap_up_until` nothing is offered to them.
    """

    id: str
    name: str
    presence: Presence
    capacity: int
    active: int
    seen_at: datetime | None
    offered: int = 0
    away_reason: str = ""
    idle_since: datetime | None = None
    wrap_up_until: datetime | None = None
    missed: int = 0
    """How many offers in a row they let pass."""

    @property
    def load(self) -> int:
        """How much of the capacity is taken."""
        return self.active + self.offered

    def is_there(self, now: datetime, grace: timedelta) -> bool:
        """Whether they were heard of lately, and did not say that they left."""
        return (
            self.presence is not Presence.OFFLINE
            and self.seen_at is not None
            and now - self.seen_at <= grace
        )

    def is_online(self, now: datetime, grace: timedelta) -> bool:
        """Whether work may come to them: they chose to be online and were heard of lately."""
        return self.presence is Presence.ONLINE and self.is_there(now, grace)

    def is_free(self, now: datetime, grace: timedelta) -> bool:
        """Whether another conversation may be offered to them now."""
        return (
            self.is_online(now, grace)
            and self.load < self.capacity
            and (self.wrap_up_until is None or self.wrap_up_until <= now)
        )


def queue(
    conversation: Conversation, priority: Priority, now: datetime, team_id: str | None = None
) -> Conversation:
    """Return the conversation waiting for a person, of that team if it is given, since `now`.

    Asking again keeps the place.

    Raises:
        Conflict: it is closed.
    """
    if conversation.status is ConversationStatus.CLOSED:
        raise Conflict(f"conversation {conversation.id} is closed", code="conversation_closed")
    if conversation.status is not ConversationStatus.BOT:
        return conversation
    return replace(
        conversation,
        status=ConversationStatus.QUEUED,
        priority=priority,
        team_id=team_id,
        queued_at=now,
        place=routing.place(now, priority),
        bot_failing_since=None,
    )


def offer(conversation: Conversation, agent_id: str, until: datetime) -> Conversation:
    """Return the conversation offered to an agent until some time.

    Raises:
        Conflict: it does not wait, or another agent is asked already.
    """
    if conversation.status is not ConversationStatus.QUEUED:
        raise Conflict("这个会话现在不在排队。", code="conversation_not_queued")
    return replace(
        conversation,
        status=ConversationStatus.OFFERED,
        agent_id=agent_id,
        offered_until=until,
        absence_told=False,
    )


def accept(conversation: Conversation, agent_id: str, now: datetime) -> Conversation:
    """Return the conversation owned by the agent.

    Who waits may be picked by anyone; what is offered, only by whom it is offered to. Accepting
    what one already owns changes nothing, so that a repeated request is harmless.

    Raises:
        Conflict: another agent has it (`conversation_taken`) or is asked (`conversation_offered`),
            or it does not wait for a person (`conversation_not_queued`).
    """
    if conversation.status is ConversationStatus.ACTIVE:
        if conversation.agent_id == agent_id:
            return conversation
        raise Conflict("这个会话已被其他客服接入。", code="conversation_taken")
    if conversation.status not in WAITING:
        raise Conflict("这个会话现在不在排队。", code="conversation_not_queued")
    if conversation.agent_id not in (None, agent_id):
        raise Conflict(
            "这个会话正在等另一位客服接入，没接的话会回到队列。", code="conversation_offered"
        )
    return replace(
        conversation,
        status=ConversationStatus.ACTIVE,
        agent_id=agent_id,
        offered_until=None,
        bot_helps=False,
        accepted_at=now,
    )


def requeue(conversation: Conversation) -> Conversation:
    """Return the conversation waiting again.

    What an agent let pass keeps its place; what one had and lost goes to the very front.

    Raises:
        Conflict: no agent has it or is asked (`conversation_not_active`).
    """
    if conversation.status is ConversationStatus.OFFERED:
        place = conversation.place
    elif conversation.status is ConversationStatus.ACTIVE and conversation.queued_at:
        place = routing.front(conversation.queued_at)
    else:
        raise Conflict("这个会话没有客服接待。", code="conversation_not_active")
    return replace(
        conversation,
        status=ConversationStatus.QUEUED,
        place=place,
        agent_id=None,
        offered_until=None,
        accepted_at=None,
    )


def take_over(conversation: Conversation, agent_id: str, now: datetime) -> Conversation:
    """Return the conversation, which the bot had, owned by an agent.

    Raises:
        Conflict: the bot does not have it (`conversation_not_with_bot`).
    """
    if conversation.status is not ConversationStatus.BOT:
        raise Conflict("这个会话现在不由机器人接待。", code="conversation_not_with_bot")
    queued = replace(queue(conversation, Priority.NORMAL, now), agent_id=None)
    return accept(queued, agent_id, now)


def transfer(conversation: Conversation, agent_id: str, until: datetime) -> Conversation:
    """Return the conversation offered to another agent; if they do not take it, it is in front.

    Raises:
        Conflict: they have it or are asked already (`conversation_taken`), or nobody has it
            (`conversation_not_active`).
    """
    if conversation.status in OPEN and conversation.agent_id == agent_id:
        raise Conflict("这个会话已经在这位客服那里。", code="conversation_taken")
    if conversation.status is ConversationStatus.QUEUED:
        return offer(conversation, agent_id, until)
    return offer(requeue(conversation), agent_id, until)


def back_to_bot(conversation: Conversation) -> Conversation:
    """Return the conversation with the bot again, as if nobody had been asked for.

    Raises:
        Conflict: the bot has it already, or it is closed (`conversation_not_queued`).
    """
    if conversation.status not in (*WAITING, ConversationStatus.ACTIVE):
        raise Conflict("这个会话现在不在排队。", code="conversation_not_queued")
    return replace(
        conversation,
        status=ConversationStatus.BOT,
        team_id=None,
        place=None,
        queued_at=None,
        agent_id=None,
        offered_until=None,
        bot_helps=False,
        accepted_at=None,
    )


def check_owner(conversation: Conversation, agent_id: str) -> None:
    """Make sure that the agent may speak in the conversation.

    Raises:
        Conflict: it is not with an agent.
        Forbidden: it is with another agent.
    """
    if conversation.status is not ConversationStatus.ACTIVE:
        raise Conflict("会话不在人工接待中，不能发送。", code="conversation_not_active")
    if conversation.agent_id != agent_id:
        raise Forbidden("这个会话由其他客服接待。", code="not_your_conversation")


def close(conversation: Conversation, reason: CloseReason, now: datetime) -> Conversation:
    """Return the conversation closed.

    Raises:
        Conflict: it is closed already.
    """
    if conversation.status is ConversationStatus.CLOSED:
        raise Conflict("会话已经结束。", code="conversation_closed")
    return replace(
        conversation,
        status=ConversationStatus.CLOSED,
        close_reason=reason,
        closed_at=now,
        offered_until=None,
        turn_owner=None,
        turn_until=None,
    )


def may_take_turn(conversation: Conversation, now: datetime) -> bool:
    """Whether the lease for running the bot is free."""
    return conversation.bot_answers and (
        conversation.turn_until is None or conversation.turn_until <= now
    )


def takes_replies(conversation: Conversation) -> bool:
    """Whether the bot's replies still reach the customer.

    Once a person has taken over they are dropped: two voices talking over each other is worse
    than a missing answer. While the customer waits they are welcome.
    """
    return conversation.bot_answers or conversation.status in WAITING
