"""Text as the search compares it: one spelling for what people write in many ways."""

from __future__ import annotations

import re
import unicodedata
from hashlib import sha256

_LONG_NUMBER = re.compile(r"\d(?:[ -]?\d){6,}")
LONGEST_SPOKEN = 200
"""How many characters of a text are given to the embedder."""


def fold(text: str) -> str:
    """Return the letters and digits of `text`, full-width and case differences removed.

    Punctuation, spaces and emoji vanish, so a message of nothing else becomes the empty string.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(character for character in folded if character.isalnum())


def question_key(question: str) -> str:
    """Return what two questions share when they differ only in punctuation, spacing and case.

    A digest, because a folded question can be too long for a database's index.
    """
    return sha256(fold(question).encode()).hexdigest()


def without_numbers(text: str) -> str:
    """Return the text with long numbers masked: phones, cards and ids are nobody's business.

    Of seven digits or more in a row (spaces and hyphens between them pass) three stay in front
    and two behind.
    """
    return _LONG_NUMBER.sub(_masked, text)


def _masked(match: re.Match[str]) -> str:
    places = [place for place, character in enumerate(match.group()) if character.isdigit()]
    hidden = set(places[3:-2])
    return "".join("*" if at in hidden else c for at, c in enumerate(match.group()))


def spoken(text: str) -> str:
    """Return the text as it is embedded: its punctuation kept, stray spaces and excess not."""
    # Halves of characters, which a customer's client may send, cannot be written in UTF-8.
    return " ".join(text.encode("utf-8", "ignore").decode().split())[:LONGEST_SPOKEN]


def text_key(text: str) -> str:
    """Return what names a spoken text among the stored vectors."""
    return sha256(spoken(text).encode()).hexdigest()[:32]
