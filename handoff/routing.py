"""Who is served next, and by whom: pure rules.

Every waiting conversation has a place, an instant. The earliest place is served first, so that
waiting counts for everyone, and a priority is a head start: an urgent case overtakes whoever came
less than that much earlier, and nobody waits for ever.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Protocol

from tickets.model import Priority

HEAD_START = {
    Priority.NORMAL: timedelta(0),
    Priority.MAJOR: timedelta(minutes=10),
    Priority.URGENT: timedelta(minutes=30),
}
FRONT = timedelta(days=1)
"""Head start of who had an agent and lost them through no fault of their own."""

_BY_REASON = {
    "complaint": Priority.MAJOR,
    "sensitive": Priority.URGENT,
    "vip": Priority.URGENT,
}


class Candidate(Protocol):
    """What is asked of an agent who is free."""

    @property
    def id(self) -> str:
        """Who."""

    @property
    def load(self) -> int:
        """How much of the capacity is taken."""

    @property
    def capacity(self) -> int:
        """How many conversations at once."""

    @property
    def idle_since(self) -> datetime | None:
        """When they last ended a conversation, or came."""


def priority_of(reason: str) -> Priority:
    """Return the priority that a handoff's reason gives."""
    return _BY_REASON.get(reason, Priority.NORMAL)


def place(queued_at: datetime, priority: Priority) -> datetime:
    """Return the place of who begins to wait."""
    return queued_at - HEAD_START[priority]


def front(queued_at: datetime) -> datetime:
    """Return the place before everyone who has no such right; among those the longest first."""
    return queued_at - FRONT


def choose_agent(
    free: Iterable[Candidate], *, last: str | None, passed: Collection[str]
) -> str | None:
    """Return who is asked to take a conversation, or None when nobody can be.

    Whoever served this customer last comes first; then the one with the most room for their
    capacity; of equals the one who is idle longest.

    Args:
        free: agents who can take one more now.
        last: who served the customer last.
        passed: who was asked lately and did not take it.
    """
    candidates = [agent for agent in free if agent.id not in passed]
    if not candidates:
        return None
    return min(
        candidates,
        key=lambda agent: (
            agent.id != last,
            agent.load / agent.capacity,
            agent.idle_since.timestamp() if agent.idle_since else 0.0,
            agent.id,
        ),
    ).id
