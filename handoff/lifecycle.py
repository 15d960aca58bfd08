"""What may happen to a conversation: pure rules.

bot ──ask──▶ queued ──offer──▶ offered ──accept──▶ active ──close──▶ closed
  ▲            │ ▲ │              │                 │ │
  └────────────┘ │ └──accept──────┼────────────────▶│ │
 back to the bot │◀───declined, not accepted in time, agent gone or silent
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from common.errors import Conflict, Forbidden
from handoff import routing
from handoff.model import OPEN, WAITING, CloseReason, Conversation, ConversationStatus
from tickets.model import Priority


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
        absence_told=False,
        wait_told=False,
        bot_failing_since=None,
    )


def press(conversation: Conversation, priority: Priority) -> Conversation:
    """Return a waiting conversation that turned out to be more pressing, with the place of one."""
    assert conversation.queued_at is not None
    assert conversation.place is not None
    place = routing.place(conversation.queued_at, priority)
    return replace(
        conversation,
        priority=routing.more_pressing(conversation.priority, priority),
        place=min(conversation.place, place),
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
        absence_told=False,
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


def to_team(conversation: Conversation, team_id: str) -> Conversation:
    """Return the conversation in front of a team's queue, whoever had it or was asked.

    Raises:
        Conflict: it neither waits nor is with an agent (`conversation_not_active`).
    """
    waits = conversation.status is ConversationStatus.QUEUED
    waiting = conversation if waits else requeue(conversation)
    assert waiting.queued_at is not None
    return replace(waiting, team_id=team_id, place=routing.front(waiting.queued_at))


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
        sensitive=False,
        accepted_at=None,
    )


def inherit(conversation: Conversation, older: Conversation, now: datetime) -> Conversation:
    """Return a person's conversation with the agent, or the place, of an older one of theirs.

    Both wait or are with an agent. Who is with an agent here already keeps them.
    """
    if conversation.status is ConversationStatus.ACTIVE:
        return conversation
    places = [one.place for one in (conversation, older) if one.place]
    began = [one.queued_at for one in (conversation, older) if one.queued_at]
    waiting = replace(
        conversation,
        team_id=older.team_id,
        priority=routing.more_pressing(conversation.priority, older.priority),
        place=min(places),
        queued_at=min(began),
        absence_told=older.absence_told,
        wait_told=older.wait_told,
        sensitive=conversation.sensitive or older.sensitive,
    )
    if older.status is ConversationStatus.ACTIVE and older.agent_id is not None:
        return accept(replace(waiting, agent_id=older.agent_id), older.agent_id, now)
    return waiting


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
