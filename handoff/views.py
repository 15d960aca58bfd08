"""Conversations and messages as the API shows them. Pure."""

from __future__ import annotations

from typing import Any

from common.times import iso
from handoff.estimate import Estimate
from handoff.model import Agent, Conversation, Message


def message_view(message: Message) -> dict[str, Any]:
    """A line of the transcript. What a button sends stays with us."""
    return {
        "seq": message.seq,
        "id": message.id,
        "conversation_id": message.conversation_id,
        "author": message.author.value,
        "author_name": message.author_name,
        "text": message.text,
        "buttons": [{"title": button["title"]} for button in message.buttons],
        "data": message.data,
        "client_message_id": message.client_message_id,
        "at": iso(message.created_at),
    }


def note_view(note: Any) -> dict[str, Any]:
    """A note with its author's name, from a row of `note_store`."""
    return {
        "id": note.id,
        "author_name": note.author_name,
        "text": note.text,
        "at": iso(note.created_at),
    }


def customer_view(
    conversation: Conversation,
    position: int | None,
    wait: Estimate | None,
    agent_name: str | None,
    rated: bool,
) -> dict[str, Any]:
    """What the customer may know of their conversation; `wait` is in minutes."""
    return {
        "id": conversation.id,
        "status": conversation.status.value,
        "position": position,
        "wait": {"low": wait.low, "high": wait.high} if wait else None,
        "agent_name": agent_name,
        "rated": rated,
    }


def agent_view(agent: Agent) -> dict[str, Any]:
    """An agent as colleagues see them."""
    return {
        "id": agent.id,
        "name": agent.name,
        "presence": agent.presence.value,
        "capacity": agent.capacity,
        "away_reason": agent.away_reason,
        "active": agent.active,
        "offered": agent.offered,
    }
