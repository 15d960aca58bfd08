"""Matters that only people may answer: safety, fraud, the law, the press. By the words alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from common.wordlists import folded, read_lists

WORDS = Path(__file__).with_name("sensitive.toml")
HARMLESS = "harmless"
GROUPS = ("safety", "self_harm", "fraud", "police", "law", "press", "regulator")
"""The most pressing first: a message may be of several."""


@dataclass(frozen=True)
class SensitiveWords:
    """The words of `sensitive.toml`, ready to be looked for."""

    lists: dict[str, re.Pattern[str]]

    @classmethod
    def load(cls, more: Path | None = None) -> SensitiveWords:
        """Read the product's words and, when given, an operator's file beside them.

        Raises:
            SettingsError: the operator's file cannot be read as such; the message says where.
        """
        return cls(read_lists((HARMLESS, *GROUPS), "sensitive words", WORDS, more))

    def group_of(self, text: str) -> str:
        """Return the group whose matter the message is about, or "" for an ordinary one."""
        words = self.lists[HARMLESS].sub("、", folded(text))
        return next((group for group in GROUPS if self.lists[group].search(words)), "")
