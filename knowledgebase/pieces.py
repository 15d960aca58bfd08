"""Cutting a text into the pieces a model knows: the likeliest way (unigram, SentencePiece)."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

_SPACE = "\u2581"
_UNKNOWN = 10.0
"""How much less likely than any piece an unknown character is, as a logarithm."""


class Pieces:
    """The vocabulary. Immutable."""

    def __init__(
        self,
        *,
        texts: Sequence[str],
        scores: Sequence[float],
        begin: int,
        end: int,
        unknown: int,
        normalised: Mapping[int, str],
    ) -> None:
        """Take the vocabulary.

        Args:
            texts: the pieces; the place of each is its number.
            scores: the logarithms of how likely they are.
            begin: number of what every text begins with.
            end: number of what it ends with.
            unknown: number of what no piece covers.
            normalised: by a character's number what stands for it.
        """
        self.begin = begin
        self.end = end
        self._unknown = unknown
        self._normalised = normalised
        self._scores = scores
        self._numbers = {text: number for number, text in enumerate(texts) if text}
        self._numbers.pop(texts[unknown], None)
        self._longest = max(map(len, texts))
        self._unknown_score = min(scores) - _UNKNOWN

    def ids(self, text: str) -> list[int]:
        """Return the numbers of the pieces the text is most likely made of, without the ends."""
        spaced = re.sub(" {2,}", " ", text.translate(self._normalised))
        marked = f" {spaced}".replace("  ", " ", 1).replace(" ", _SPACE)
        best = [0.0] + [-math.inf] * len(marked)
        ways = [(0, self._unknown)] * (len(marked) + 1)
        for start in range(len(marked)):
            here = best[start]
            for stop in range(start + 1, min(start + self._longest, len(marked)) + 1):
                number = self._numbers.get(marked[start:stop])
                if number is not None and here + self._scores[number] > best[stop]:
                    best[stop] = here + self._scores[number]
                    ways[stop] = (start, number)
            if here + self._unknown_score > best[start + 1]:
                best[start + 1] = here + self._unknown_score
                ways[start + 1] = (start, self._unknown)
        found, at = [], len(marked)
        while at:
            at, number = ways[at]
            found.append(number)
        return found[::-1]
