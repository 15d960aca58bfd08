"""The knowledge base as the settings want it."""

from __future__ import annotations

from common.db import Database
from common.settings import Settings
from knowledgebase.embedder import create_embedder
from knowledgebase.service import KnowledgeBase


def knowledge_base(db: Database, settings: Settings) -> KnowledgeBase:
    """Return the knowledge base of a process; nothing is loaded before its first use."""
    return KnowledgeBase(
        db,
        time_zone=settings.time_zone,
        embedder=create_embedder(
            settings.embedder, model=settings.embedder_model, key=settings.embedder_key
        ),
        lexicon_file=settings.lexicon_file,
    )
