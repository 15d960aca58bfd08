"""Who is served next, and by whom: pure rules.

Every waiting conversation has a place, an instant. The earliest place is served first, so that
waiting counts for everyone, and a priority is a head start: an urgent case overtakes whoever came
less than that much earlier, and nobody waits for ever.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from handoff.hours import Hours
from handoff.model import HandoffReason, Level
from tickets.model import Priority

HEAD_START = {
    Priority.NORMAL: timedelta(0),
    Priority.MAJOR: timedelta(minutes=10),
    Priority.URGENT: timedelta(minutes=30),
}
FRONT = timedelta(days=1)
"""Head start of who had an agent and lost them through no fault of their own."""

_PLAIN = (
    HandoffReason.CUSTOMER_REQUEST,
    HandoffReason.NOT_UNDERSTOOD,
    HandoffReason.NOT_SOLVED,
)
"""Reasons that say nothing of what presses."""

_BY_REASON = {
    "complaint": Priority.MAJOR,
    "sensitive": Priority.URGENT,
    "vip": Priority.URGENT,
}


@dataclass(frozen=True)
class Candidate:
    """Somebody who can take one more conversation now.

    `load` is how much of the capacity is taken; `idle_since` when they last ended a conversation,
    or came. `served_last`: they served this customer last.
    """

    id: str
    load: int
    capacity: int
    idle_since: datetime | None = None
    served_last: bool = False


@dataclass(frozen=True)
class Team:
    """A skill group, and what comes to it.

    Attributes:
        reasons: handoff reasons it takes; none given: all.
        categories: fault types it takes; none given: all.
        overflow_after: so long only its own people are asked; None: for ever.
        overflow_to: the team that is asked then; None: everyone.
        assignment: `offer` its cases to its people, or let them `pick`; None: as the desk does.
        most_waiting: more do not wait for it at once; 0: no limit, None: the desk's.
        longest_wait: who waits longer is told and given a choice; zero: never, None: the desk's.
        hours: when its people are expected; None: the desk's.
        version: how often it was saved.
        updated_by: the name of who saved it last; empty: whoever has the machine.
    """

    id: str
    name: str
    reasons: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    overflow_after: timedelta | None = None
    overflow_to: str | None = None
    assignment: str | None = None
    most_waiting: int | None = None
    longest_wait: timedelta | None = None
    hours: Hours | None = None
    version: int = 1
    updated_by: str = ""


def choose_team(teams: Iterable[Team], reason: str, category: str) -> Team | None:
    """Return the team that a case belongs to, or None: then anyone may take it.

    The most particular one wins: who takes just this reason and category, then this category,
    then this reason, then who takes whatever comes.
    """
    suitable = [
        team
        for team in teams
        if (not team.reasons or reason in team.reasons)
        and (not team.categories or category in team.categories)
    ]
    return max(
        suitable,
        key=lambda team: (bool(team.categories) + bool(team.reasons), bool(team.categories)),
        default=None,
    )


def served_queues(
    teams: Iterable[Team], mine: Collection[str]
) -> list[tuple[str | None, timedelta]]:
    """Return which queues an agent serves, each with how long its cases must have waited first.

    What belongs to no team (None) is everyone's.

    Args:
        teams: all teams.
        mine: those the agent is in.
    """
    served: list[tuple[str | None, timedelta]] = [(None, timedelta(0))]
    for team in teams:
        if team.id in mine:
            served.append((team.id, timedelta(0)))
        elif team.overflow_after is not None and (
            team.overflow_to is None or team.overflow_to in mine
        ):
            served.append((team.id, team.overflow_after))
    return served


def serving_teams(
    teams: Iterable[Team], team_id: str | None, waited: timedelta
) -> frozenset[str] | None:
    """Return the teams whose people may take a team's case that waited so long; None: everyone.

    It is the other side of `served_queues`.
    """
    if team_id is None:
        return None
    for team in teams:
        if team.id == team_id:
            if team.overflow_after is None or waited < team.overflow_after:
                return frozenset({team_id})
            return frozenset({team_id, team.overflow_to}) if team.overflow_to else None
    return frozenset()


def is_offered(team: Team | None, desk_offers: bool) -> bool:
    """Whether a team's cases are offered to its people; otherwise these pick them.

    Args:
        team: whose cases; None: everyone's.
        desk_offers: whether cases are offered where nothing else is said.
    """
    if team is None or team.assignment is None:
        return desk_offers
    return team.assignment == "offer"


def reason_of(asked: HandoffReason, level: Level, *, sensitive: bool) -> HandoffReason:
    """Return why a person is called: what is asked, unless the matter or the customer is more.

    Args:
        asked: why, as the bot sees it.
        level: the customer's.
        sensitive: whether people were called before for what only they may answer.
    """
    if asked not in _PLAIN:
        return asked
    if sensitive:
        return HandoffReason.SENSITIVE
    return HandoffReason.VIP if level is Level.VIP else asked


def priority_of(reason: str) -> Priority:
    """Return the priority that a handoff's reason gives."""
    return _BY_REASON.get(reason, Priority.NORMAL)


def more_pressing(one: Priority, other: Priority) -> Priority:
    """Return the priority with the longer head start."""
    return max(one, other, key=HEAD_START.__getitem__)


def place(queued_at: datetime, priority: Priority) -> datetime:
    """Return the place of who begins to wait."""
    return queued_at - HEAD_START[priority]


def front(queued_at: datetime) -> datetime:
    """Return the place before everyone who has no such right; among those the longest first."""
    return queued_at - FRONT


def choose_agent(free: Iterable[Candidate]) -> str | None:
    """Return who is asked to take a conversation, or None when nobody can be.

    Whoever served this customer last comes first; then the one with the most room for their
    capacity; of equals the one who is idle longest.

    Args:
        free: agents who can take one more now, and were not asked lately.
    """
    best = min(
        free,
        key=lambda agent: (
            not agent.served_last,
            agent.load / agent.capacity,
            agent.idle_since.timestamp() if agent.idle_since else 0.0,
            agent.id,
        ),
        default=None,
    )
    return best.id if best else None
