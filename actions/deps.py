"""The use cases the actions call, built once, on first use.

rasa_sdk makes actions without arguments and imports this package whole, so nothing here may touch
the database before an action runs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

from actions.anger import AngerWords
from actions.patience import Patience
from common.db import Database
from common.hub import EventHub
from common.settings import Settings
from common.times import Clock, utc_now
from handoff.memory import Memory
from handoff.service import Handoffs
from handoff.wiring import assignments_of, handoffs_of
from knowledgebase.service import KnowledgeBase
from knowledgebase.wiring import knowledge_base
from tickets import warranty
from tickets.service import Tickets


@dataclass(frozen=True)
class Services:
    """Everything an action may call. Tests pass their own."""

    knowledge_base: KnowledgeBase
    tickets: Tickets
    handoffs: Handoffs
    memory: Memory
    zone: str
    locale: str = "zh-CN"
    now: Clock = utc_now
    warranty_months: int = warranty.DEFAULT_MONTHS
    patience: Patience = field(default_factory=Patience)
    anger_words: AngerWords = field(default_factory=AngerWords.load)


@cache
def services() -> Services:
    """Return this process's services."""
    settings = Settings.from_env()
    db = Database.from_url(settings.database_url)
    # Only to wake the server's processes at once when the bot has written something.
    EventHub(db, settings.redis_url).start_waking()
    articles = knowledge_base(db, settings)
    tickets = Tickets(db, utc_now, settings.time_zone)
    return Services(
        knowledge_base=articles,
        tickets=tickets,
        handoffs=handoffs_of(db, articles, tickets, assignments_of(db, settings), settings),
        memory=Memory(db),
        zone=settings.time_zone,
        locale=settings.locale,
        warranty_months=settings.warranty_months,
        patience=Patience(
            misses_before_offer=settings.misses_before_offer,
            misses_before_handoff=settings.misses_before_handoff,
            repeats_before_offer=settings.repeats_before_offer,
            repeats_before_handoff=settings.repeats_before_handoff,
            repeat_window=settings.repeat_window_minutes,
            invalid_before_offer=settings.invalid_before_offer,
            anger=settings.anger,
            anger_before_handoff=settings.anger_before_handoff,
        ),
        anger_words=AngerWords.load(settings.anger_file),
    )
