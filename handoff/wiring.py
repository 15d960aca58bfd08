"""The queue as the settings want it: the same in every process."""

from __future__ import annotations

from common.db import Database
from common.settings import Settings
from handoff.assignment import AssignmentRules, Assignments
from handoff.gathering import Packets
from handoff.service import Handoffs
from handoff.transfers import Transfers
from knowledgebase.service import KnowledgeBase
from tickets.service import Tickets


def assignments_of(db: Database, settings: Settings) -> Assignments:
    """Return what brings conversations and agents together."""
    rules = AssignmentRules(
        offers=settings.assignment == "offer",
        offer_for=settings.offer_seconds,
        misses=settings.missed_offers,
        silence=settings.agent_silent_seconds,
        grace=settings.presence_grace_seconds,
        capacity=settings.agent_capacity,
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
