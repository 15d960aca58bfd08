"""How many may wait and how long, and when it is over: pure rules."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from handoff import hours
from handoff.hours import Hours
from handoff.routing import Team
from tickets.sla import BusinessCalendar

ZERO = timedelta(0)


@dataclass(frozen=True)
class WaitingRules:
    """The desk's own hours and limits. Each team may have others; zero is never, or no limit.

    Attributes:
        hours: when people are expected; None: always.
        calendar: which days are worked.
        most_waiting: more do not wait for one team at once.
        longest_wait: who waits longer is told, with what else they can do.
        place_kept: so long who waits and has left the page keeps the place.
        bot_idle: a conversation with the bot in which nothing was said for so long ends.
        customer_silent: so does one with an agent when the customer does not answer for so long.
    """

    hours: Hours | None = None
    calendar: BusinessCalendar = field(default_factory=BusinessCalendar)
    most_waiting: int = 0
    longest_wait: timedelta = ZERO
    place_kept: timedelta = timedelta(minutes=10)
    bot_idle: timedelta = timedelta(hours=24)
    customer_silent: timedelta = timedelta(minutes=30)

    def hours_of(self, team: Team | None) -> Hours | None:
        """Return when a team's people are expected; None: always. Without a team: the desk's."""
        return self.hours if team is None or team.hours is None else team.hours

    def longest_wait_of(self, team: Team | None) -> timedelta:
        """Return how long its cases may wait before they are told so; zero: for ever."""
        own = None if team is None else team.longest_wait
        return self.longest_wait if own is None else own

    def most_waiting_of(self, team: Team | None) -> int:
        """Return how many may wait for a team at once; 0: any number."""
        own = None if team is None else team.most_waiting
        return self.most_waiting if own is None else own

    def is_open(self, team: Team | None, now: datetime) -> bool:
        """Whether a team's people are expected to be there."""
        return hours.is_open(self.hours_of(team), now, self.calendar)

    def opens_at(self, team: Team | None, now: datetime) -> datetime | None:
        """Return when a team's people come next; None while they are there, or when unknown."""
        return hours.opens_at(self.hours_of(team), now, self.calendar)


class Step(StrEnum):
    """What follows from a customer's silence."""

    ASK = "ask"
    CLOSE = "close"


def on_silence(
    since: datetime, asked_at: datetime | None, now: datetime, limit: timedelta
) -> Step | None:
    """Return what follows when the agent had the last word; None while there is time.

    After two thirds of the limit the customer is asked whether they are still there, and has the
    last third to answer, however late they were asked.

    Args:
        since: when the agent wrote last.
        asked_at: when the customer was asked since then, or None.
        now: the present.
        limit: so long may they be silent; zero: for ever.
    """
    if not limit:
        return None
    if asked_at is None:
        return Step.ASK if now - since >= limit * 2 / 3 else None
    over = now - since >= limit and now - asked_at >= limit / 3
    return Step.CLOSE if over else None
