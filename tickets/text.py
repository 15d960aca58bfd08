"""A customer's text made comparable without moving a character, so that places in it stay true."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

Span = tuple[int, int]

_DASHES = "-‐‑‒–—―−﹣－"
_SPOKEN = str.maketrans("零〇一幺二两三四五六七八九", "0011223456789")
# Seven digits and more spelled out are a number read aloud; fewer are words (“一二楼”).
_SPOKEN_RUN = re.compile("[零〇一幺二两三四五六七八九]{7,}")


def fold(text: str) -> str:
    """Return the text with digits, letters, dashes and spaces in their plain half-width form.

    Numbers read aloud (“幺三八零零…”) become digits too. The result is as long as the text.
    """
    plain = "".join(_fold_character(character) for character in text)
    return _SPOKEN_RUN.sub(lambda run: run.group().translate(_SPOKEN), plain)


def blank(text: str, spans: Iterable[Span]) -> str:
    """Return the text with those parts replaced by as many NULs: gone, but a gap remains."""
    for start, end in spans:
        text = text[:start] + "\0" * (end - start) + text[end:]
    return text


def overlaps(span: Span, others: Iterable[Span]) -> bool:
    """Whether the span shares a character with one of the others."""
    return any(span[0] < end and start < span[1] for start, end in others)


def _fold_character(character: str) -> str:
    if character.isascii():
        return character.lower()
    if character in _DASHES:
        return "-"
    if unicodedata.category(character) == "Nd":
        return str(unicodedata.digit(character))
    if "！" <= character <= "～":
        return chr(ord(character) - 0xFEE0).lower()
    return " " if character == "\u3000" or character == "\xa0" else character
