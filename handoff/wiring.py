"""The queue as the settings want it: the same in every process."""

from __future__ import annotations

from common.db import Database
from common.errors import InvalidInput, SettingsError
from common.settings import PREFIX, Settings
from handoff.assignment import AssignmentRules, Assignments
from handoff.gathering import Packets
from handoff.hours import Hours
from handoff.limits import WaitingRules
from handoff.service import Handoffs
from handoff.transfers import Transfers
from knowledgebase.service import KnowledgeBase
from tickets.service import Tickets
from tickets.sla import BusinessCalendar


def waiting_rules_of(settings: Settings) -> WaitingRules:
    """Return the desk's own hours and limits.

    Raises:
        SettingsError: the hours cannot be read; the message names the variable.
    """
    try:
        hours = Hours.parse(settings.hours)
    except InvalidInput as error:
        raise SettingsError(f"{PREFIX}HOURS: {error}") from None
    return WaitingRules(
        hours=hours,
        calendar=BusinessCalendar(settings.time_zone),
        most_waiting=settings.most_waiting,
        longest_wait=settings.longest_wait_seconds,
        place_kept=settings.place_kept_minutes,
        bot_idle=settings.bot_idle_hours,
        customer_silent=settings.customer_silent_minutes,
    )


def assignments_of(db: Database, settings: Settings) -> Assignments:
    """Return what brings conversations and agents together."""
    rules = AssignmentRules(
        offers=settings.assignment == "offer",
        offer_for=settings.offer_seconds,
        misses=settings.missed_offers,
        silence=settings.agent_silent_seconds,
        grace=settings.presence_grace_seconds,
        capacity=settings.agent_capacity,
        waiting=waiting_rules_of(settings),
    )
    return Assignments(db, rules, locale=settings.locale)


def handoffs_of(
    db: Database,
    kb: KnowledgeBase,
    tickets: Tickets,
    assignments: Assignments,
    settings: Settings,
) -> Handoffs:
    """Return the use cases of the queue."""
    return Handoffs(
        db,
        Packets(db, kb, tickets, settings.locale),
        assignments,
        locale=settings.locale,
        wrap_up=settings.wrap_up_seconds,
    )


def transfers_of(
    db: Database,
    kb: KnowledgeBase,
    tickets: Tickets,
    assignments: Assignments,
    settings: Settings,
) -> Transfers:
    """Return the use cases between agents."""
    packets = Packets(db, kb, tickets, settings.locale)
    return Transfers(db, packets, assignments, locale=settings.locale)
