"""Conversations and what may happen to them: pure rules.

bot ──request──▶ queued ──accept──▶ active ──close──▶ closed
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from common.errors import Conflict, Forbidden


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
    queued_at: datetime | None = None
    accepted_at: datetime | None = None
    closed_at: datetime | None = None
    turn_owner: str | None = None
    turn_until: datetime | None = None
    bot_failing_since: datetime | None = None

    @property
    def bot_answers(self) -> bool:
        """Whether a customer's message goes to the bot."""
        return self.status is ConversationStatus.BOT


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
    """Someone who serves the queue."""

    id: str
    name: str
    presence: Presence
    capacity: int
    active: int
    seen_at: datetime | None

    def is_online(self, now: datetime, grace: timedelta) -> bool:
        """Whether work may come to them: they chose to be online and were heard of lately."""
        return (
            self.presence is Presence.ONLINE
            and self.seen_at is not None
            and now - self.seen_at <= grace
        )


def queue(conversation: Conversation, now: datetime) -> Conversation:
    """Return the conversation waiting for a person since `now`.

    Asking again keeps the place.

    Raises:
        Conflict: it is closed.
    """
    if conversation.status is ConversationStatus.CLOSED:
        raise Conflict(f"conversation {conversation.id} is closed", code="conversation_closed")
    if not conversation.bot_answers:
        return conversation
    return replace(
        conversation, status=ConversationStatus.QUEUED, queued_at=now, bot_failing_since=None
    )


def accept(conversation: Conversation, agent_id: str, now: datetime) -> Conversation:
    """Return the conversation owned by the agent.

    Accepting what one already owns changes nothing, so that a repeated request is harmless.

    Raises:
        Conflict: another agent has it, or it does not wait for a person.
    """
    if conversation.status is ConversationStatus.ACTIVE:
        if conversation.agent_id == agent_id:
            return conversation
        raise Conflict("这个会话已被其他客服接入。", code="conversation_taken")
    if conversation.status not in WAITING:
        raise Conflict("这个会话现在不在排队。", code="conversation_not_queued")
    return replace(
        conversation, status=ConversationStatus.ACTIVE, agent_id=agent_id, accepted_at=now
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
