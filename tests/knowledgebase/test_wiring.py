"""The knowledge base as the settings want it."""

from __future__ import annotations

from pathlib import Path

import pytest

from common.db import Database
from common.errors import SettingsError
from common.settings import Settings
from knowledgebase.wiring import knowledge_base


@pytest.mark.parametrize(
    "content",
    ["[[contrasts]\n", '[[contrasts]]\nname = "开关"\n', 'preambles = "您好"\n[x]\na = 1\n'],
)
def test_words_that_cannot_be_read_are_refused_at_the_start(tmp_path: Path, content: str):
    words = tmp_path / "words.toml"
    words.write_text(content, encoding="utf-8")
    env = {
        "FRONTDOOR_STATE_DIR": str(tmp_path),
        "FRONTDOOR_LEXICON_FILE": str(words),
        "FRONTDOOR_EMBEDDER": "none",
    }
    settings = Settings.from_env(env)

    with pytest.raises(SettingsError, match=r"FRONTDOOR_LEXICON_FILE.*words\.toml"):
        knowledge_base(Database.from_url(settings.database_url), settings)
