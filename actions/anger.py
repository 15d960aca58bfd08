"""How angry a customer is, by their words alone: the same words give the same level."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any

from common.errors import SettingsError

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
        files = [WORDS] if more is None else [WORDS, more]
        lists = [_read(path) for path in files]
        return cls(**{name: _any_of(part for one in lists for part in one[name]) for name in LISTS})

    def level(self, text: str) -> Anger:
        """Return how angry with us the message sounds; what is quoted or harmless counts not."""
        folded = _folded(text)
        # A message that is one quotation is the customer's own words.
        own = self.quoted.sub("、", folded)
        if any(character.isalnum() for character in own):
            folded = own
        folded = self.harmless.sub("、", folded)
        if self.strong.search(folded):
            return Anger.STRONG
        return Anger.MILD if self.mild.search(folded) else Anger.NONE

    def calmed(self, text: str) -> str:
        """Return the message without its angry words."""
        return self.mild.sub(" ", self.strong.sub(" ", _folded(text))).strip()

    def says_what_about(self, complaint: str) -> bool:
        """Whether a complaint says more than that the customer complains."""
        left = self.strong.sub("", self.says_nothing.sub("", _folded(complaint)))
        return sum(character.isalnum() for character in left) >= FEWEST_LEFT


def _folded(text: str) -> str:
    """Return the text in one spelling, without spaces. Quotation marks stay as they were typed."""
    kept = "".join(text.split())
    return unicodedata.normalize("NFKC", kept).casefold()


def _read(path: Path) -> dict[str, list[str]]:
    try:
        content: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path}: cannot be read as a list of angry words: {error}") from None
    if unknown := content.keys() - set(LISTS):
        raise SettingsError(f"{path}: {', '.join(sorted(unknown))} is none of {', '.join(LISTS)}")
    lists = {name: content.get(name, []) for name in LISTS}
    for name, lines in lists.items():
        for line in lines:
            try:
                re.compile(line)
            except (re.error, TypeError) as error:
                raise SettingsError(f"{path}: {name}: {line!r}: {error}") from None
    return lists


def _any_of(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))
