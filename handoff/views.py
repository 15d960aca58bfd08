"""Conversations and messages as the API shows them. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from common.times import iso
from handoff.estimate import Estimate
from handoff.model import Agent, Author, Conversation, Message
from tickets.phones import mask, mask_in
from tickets.view import masked, without_numbers


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


def staff_message_view(message: Message) -> dict[str, Any]:
    """A line of the transcript as staff read it; `masked` says whether a number in it is hidden.

    What a customer typed is hidden, and where the bot reads it back. An agent's own words and
    approved answers stay: a number in those was given on purpose.
    """
    view = message_view(message)
    given = message.author is Author.AGENT or message.data.get("kind") == "answer"
    text = message.text if given else mask_in(message.text)
    return {**view, "text": text, "masked": text != message.text}


def note_view(note: Any) -> dict[str, Any]:
    """A note with its author's name, from a row of `note_store`."""
    return {
        "id": note.id,
        "kind": note.kind,
        "author_name": note.author_name,
        "text": note.text,
        "at": iso(note.created_at),
    }


def place_view(position: int | None, wait: Estimate | None) -> dict[str, Any]:
    """Where a customer stands in the queue."""
    return {
        "position": position,
        "wait": {"low": wait.low, "high": wait.high} if wait else None,
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
        **place_view(position, wait),
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


def summary_view(row: Any, position: int | None) -> dict[str, Any]:
    """A conversation as lists show it, its number masked, from a row of `summary_store`."""
    return {
        "id": row.id,
        "status": row.status,
        "close_reason": row.close_reason,
        "channel": row.channel,
        "contact": {
            "id": row.contact_id,
            "name": row.contact_name,
            "phone": mask(row.contact_phone) if row.contact_phone else "",
            "level": row.contact_level,
        },
        "reason": row.reason,
        "summary": mask_in(row.summary or "") or None,
        "priority": row.priority,
        "queued_at": _iso(row.queued_at),
        "left_at": _iso(row.left_at) if _is_away(row) else None,
        "offered_until": _iso(row.offered_until),
        "position": position,
        "team": {"id": row.team_id, "name": row.team_name} if row.team_name else None,
        "agent": {"id": row.agent_id, "name": row.agent_name} if row.agent_id else None,
        "last_message": {
            "author": row.last_author,
            "text": mask_in(row.last_text)[:120],
            "at": iso(row.last_at),
        }
        if row.last_author
        else None,
        "last_seq": row.last_seq,
        "updated_at": iso(row.updated_at),
    }


def _is_away(row: Any) -> bool:
    """Whether the customer has no page open, though they are with people or wait for them."""
    with_people = row.status in ("queued", "offered", "active")
    return bool(with_people and row.left_at and row.left_at >= row.queued_at)


def packet_view(packet: dict[str, Any]) -> dict[str, Any]:
    """Return the packet with phone numbers and the codes of devices masked."""
    ticket = packet["ticket"]
    return {
        **packet,
        "summary": mask_in(packet["summary"]),
        "slots": [
            {**slot, "value": mask_in(masked(slot["name"], str(slot["value"])))}
            for slot in packet["slots"]
        ],
        # Written down before numbers were masked in them, perhaps.
        "ticket": ticket and without_numbers(ticket),
        "earlier_tickets": [without_numbers(one) for one in packet.get("earlier_tickets", ())],
        "answers_tried": [
            {**answer, "query": mask_in(answer["query"])} for answer in packet["answers_tried"]
        ],
    }


def _iso(instant: datetime | None) -> str | None:
    return iso(instant) if instant else None
