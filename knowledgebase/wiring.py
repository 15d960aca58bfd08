"""The knowledge base as the settings want it."""

from __future__ import annotations

import tomllib
from pathlib import Path

from common.db import Database
from common.errors import SettingsError
from common.settings import Settings
from knowledgebase.embedder import create_embedder
from knowledgebase.lexicon import Lexicon
from knowledgebase.service import KnowledgeBase


def knowledge_base(db: Database, settings: Settings) -> KnowledgeBase:
    """Return the knowledge base of a process; nothing is loaded before its first use.

    Raises:
        SettingsError: the operator's own words cannot be read. Said now, not to a customer.
    """
    if settings.lexicon_file is not None:
        _check(settings.lexicon_file)
    return KnowledgeBase(
        db,
        time_zone=settings.time_zone,
        embedder=create_embedder(
            settings.embedder, model=settings.embedder_model, key=settings.embedder_key
        ),
        lexicon_file=settings.lexicon_file,
    )


def _check(lexicon_file: Path) -> None:
    try:
        Lexicon.from_toml(lexicon_file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(
            f"FRONTDOOR_LEXICON_FILE: cannot read {lexicon_file}: {error}"
        ) from None
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise SettingsError(
            f"FRONTDOOR_LEXICON_FILE: {lexicon_file} is not as docs/lexicon.md says ({error})"
        ) from None
