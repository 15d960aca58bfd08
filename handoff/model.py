"""Conversations and who is in them: what there is. What may happen to it is in `lifecycle`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

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
WITH_PEOPLE = (*WAITING, ConversationStatus.ACTIVE)


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

    `lost`: accepted, and taken back because the agent was not there. `transferred`: passed on to
    a colleague. `passed_on`: given up to a team.
    """

    ACCEPTED = "accepted"
    DECLINED = "declined"
    NOT_ACCEPTED = "not_accepted"
    WITHDRAWN = "withdrawn"
    LOST = "lost"
    TRANSFERRED = "transferred"
    PASSED_ON = "passed_on"


class NoteKind(StrEnum):
    """Whom a note is for: every colleague, or only who serves the conversation."""

    NOTE = "note"
    WHISPER = "whisper"


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


class Level(StrEnum):
    """How much a customer's matters press."""

    ORDINARY = ""
    VIP = "vip"


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
    level: Level = Level.ORDINARY


@dataclass(frozen=True)
class Conversation:
    """One passage with a customer, from the first word to the closing.

    `last_seq` is the number of its newest message; numbers go on from one conversation of a
    contact to the next. `facts` are the slots the bot knows. `turn_owner` is the token of the lease
    for running the bot, in force until `turn_until`.

    `team_id` is whose case it is, everyone's when None. `agent_id` is whom it is offered to (until
    `offered_until`) or who owns it. `place` orders the queue: the earliest is served first. With
    `bot_helps` the bot goes on answering who waits; `absence_told` says that they know that nobody
    is online, and need not wait at the page; `wait_told`, that it takes longer than it should.
    `sensitive`: people were called as only they may answer, and have not handed it back since.
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
    wait_told: bool = False
    sensitive: bool = False
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
