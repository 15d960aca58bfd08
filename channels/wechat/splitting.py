"""Cutting words into pieces WeChat takes: at most so many bytes of UTF-8 each. Pure.

A piece ends after a paragraph, else after a sentence, else after a clause, else between two
characters as people see them: never inside a link, an emoji, or a letter with its accents.
"""

from __future__ import annotations

import regex

LONGEST_TEXT = 2048
"""Bytes in one text message."""

# A link is one unit, written as a tag or bare; anything else is one character as people see it.
_UNIT = regex.compile(r"<a\s[^>]*>.*?</a>|https?://[!-;=?-~]+|\X", regex.DOTALL | regex.IGNORECASE)
_LINK = regex.compile(r"<a\s+href=\"https?://[^\"<>\s]+\"\s*>[^<>]*</a>", regex.IGNORECASE)
_TAG = regex.compile(r"<(?=\s*/?\s*a\b)", regex.IGNORECASE)
_GOOD_ENDS = (("\n",), tuple("。！？；!?;…"), tuple("，、,：: \t"))


def harmless(text: str) -> str:
    """Return the text with no tag that WeChat acts upon, but plain links to web pages.

    Customers' words come back in what we say, and a tag of theirs or of an agent's could press
    our buttons or open a mini program.
    """
    kept = []
    end = 0
    for link in _LINK.finditer(text):
        kept += [_TAG.sub("＜", text[end : link.start()]), link.group()]
        end = link.end()
    return "".join([*kept, _TAG.sub("＜", text[end:])])


def split_text(text: str, limit: int = LONGEST_TEXT) -> list[str]:
    """Return the text in pieces of at most `limit` bytes, with no space at their edges."""
    pieces: list[str] = []
    units = _units(text.strip(), limit)
    start = 0
    while start < len(units):
        end = _furthest(units, start, limit)
        if end < len(units):
            end = _good_end(units, start, end)
        if piece := "".join(units[start:end]).strip():
            pieces.append(piece)
        start = end
    return pieces


def cut_short(text: str, limit: int) -> str:
    """Return the text, or as much of it as fits into `limit` bytes with an ellipsis."""
    if len(text.encode()) <= limit:
        return text
    units = _units(text, limit)
    return "".join(units[: _furthest(units, 0, limit - len("…".encode()))]).rstrip() + "…"


def _units(text: str, limit: int) -> list[str]:
    """Return what must stay together; what alone is too long is taken apart."""
    units: list[str] = []
    for unit in _UNIT.findall(text):
        fits = len(unit.encode()) <= limit
        units += [unit] if fits else list(unit)
    return units


def _furthest(units: list[str], start: int, limit: int) -> int:
    """Return the end of as many units as fit, at least one."""
    size, end = 0, start
    while end < len(units) and (size := size + len(units[end].encode())) <= limit:
        end += 1
    return max(end, start + 1)


def _good_end(units: list[str], start: int, end: int) -> int:
    """Return the last good place to stop in the second half of what fits."""
    middle = start + (end - start) // 2
    for ends in _GOOD_ENDS:
        for place in range(end, middle, -1):
            if units[place - 1].endswith(ends):
                return place
    return end
