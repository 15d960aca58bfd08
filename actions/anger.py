"""How angry a customer is, by their words alone: the same words give the same level."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from common.wordlists import folded, read_lists

WORDS = Path(__file__).with_name("anger.toml")
LISTS = ("quoted", "harmless", "strong", "mild", "says_nothing")
FEWEST_LEFT = 4
"""Characters. What is left of a complaint when the empty words are gone says what it is about."""


class Anger(IntEnum):
    """How angry. Mild is answered with an apology too; strong goes to a person."""

    NONE = 0
    MILD = 1
    STRONG = 2


@dataclass(frozen=True)
class AngerWords:
    """The words of `anger.toml`, ready to be looked for."""

    quoted: re.Pattern[str]
    harmless: re.Pattern[str]
    strong: re.Pattern[str]
    mild: re.Pattern[str]
    says_nothing: re.Pattern[str]

    @classmethod
    def load(cls, more: Path | None = None) -> AngerWords:
        """Read the product's words and, when given, an operator's file beside them.

        Raises:
            SettingsError: the operator's file cannot be read as such; the message says where.
        """
        return cls(**read_lists(LISTS, "angry words", WORDS, more))

    def level(self, text: str) -> Anger:
        """Return how angry with us the message sounds; what is quoted or harmless counts not."""
        words = folded(text)
        # A message that is one quotation is the customer's own words.
        own = self.quoted.sub("、", words)
        if any(character.isalnum() for character in own):
            words = own
        words = self.harmless.sub("、", words)
        if self.strong.search(words):
            return Anger.STRONG
        return Anger.MILD if self.mild.search(words) else Anger.NONE

    def calmed(self, text: str) -> str:
        """Return the message without its angry words."""
        return self.mild.sub(" ", self.strong.sub(" ", folded(text))).strip()

    def says_what_about(self, complaint: str) -> bool:
        """Whether a complaint says more than that the customer complains."""
        left = self.strong.sub("", self.says_nothing.sub("", folded(complaint)))
        return sum(character.isalnum() for character in left) >= FEWEST_LEFT
