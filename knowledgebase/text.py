"""Text as the search compares it: one spelling for what people write in many ways."""

from __future__ import annotations

import unicodedata
from hashlib import sha256

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


def spoken(text: str) -> str:
    """Return the text as it is embedded: its punctuation kept, stray spaces and excess not."""
    # Halves of characters, which a customer's client may send, cannot be written in UTF-8.
    return " ".join(text.encode("utf-8", "ignore").decode().split())[:LONGEST_SPOKEN]


def text_key(text: str) -> str:
    """Return what names a spoken text among the stored vectors."""
    return sha256(spoken(text).encode()).hexdigest()[:32]
