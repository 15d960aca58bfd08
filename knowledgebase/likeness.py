"""Likeness by words: how much query and phrasings have in common as written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

from knowledgebase.arrays import Floats, Whole
from knowledgebase.concepts import ConceptProfiles
from knowledgebase.lexical import GramIndex
from knowledgebase.lexicon import Lexicon, Stance
from knowledgebase.prepared import Prepared
from knowledgebase.scoring import SearchSettings


@dataclass(frozen=True)
class Words:
    """How alike each of some articles is to a query, as written."""

    nearest: Floats
    """How alike the nearest phrasing is, 0..1."""
    phrasing: Whole
    """The number of that phrasing; the article's first where none shares anything."""
    support: Floats
    """How alike the next three are, on average."""
    together: Floats
    """How much of the query the article's phrasings cover together, 0..1."""
    unordered: Floats
    """How alike the characters of query and nearest phrasing are in whatever order, 0..1."""


class WordIndex:
    """All phrasings as written. Immutable."""

    def __init__(
        self, prepared: Sequence[Prepared], lexicon: Lexicon, settings: SearchSettings
    ) -> None:
        """Index the phrasings of prepared articles."""
        self._settings = settings
        self._lexicon = lexicon
        sizes = [len(one.texts) for one in prepared]
        self.texts = [text for one in prepared for text in one.texts]
        self.cores = [core for one in prepared for core in one.cores]
        self._stances = [stance for one in prepared for stance in one.stances]
        self._unordered = ["".join(sorted(core)) for core in self.cores]
        self.owners = np.repeat(np.arange(len(prepared)), sizes)
        self.firsts = np.cumsum([0, *sizes], dtype=np.int64)[:-1]
        self.exact: dict[str, list[int]] = {}
        for phrasing, core in enumerate(self.cores):
            self.exact.setdefault(core, []).append(phrasing)
        self._phrasings = GramIndex(self.cores, self.owners, settings.phrasing_bm25)
        self._wholes = GramIndex(
            # A separator no folded text has, so that no gram spans two phrasings.
            [" ".join(one.cores) for one in prepared],
            np.arange(len(prepared)),
            settings.article_bm25,
        )
        self.concepts = ConceptProfiles(
            [concepts for one in prepared for concepts in one.concepts],
            self.owners,
            len(prepared),
            len(lexicon.concepts.names),
        )

    def has_pair(self, pair: str) -> bool:
        """Whether some phrasing has these two characters side by side."""
        return self._phrasings.has(pair)

    def coverage(self, core: str) -> Floats:
        """Return how much of the query each phrasing covers."""
        return self._phrasings.coverage(core)

    def together(self, core: str) -> Floats:
        """Return how much of the query each article's phrasings cover together."""
        return self._wholes.coverage(core)

    def compare(
        self, core: str, stance: Stance, coverage: Floats, together: Floats, articles: Whole
    ) -> Words:
        """Compare the query closely with the best phrasings of some articles."""
        s = self._settings
        eligible = np.zeros(len(self.firsts), np.bool_)
        eligible[articles] = True
        masked = np.where(eligible[self.owners], coverage, 0)
        numbers = np.sort(largest(masked, s.candidates))
        spelling = [fuzz.ratio(core, self.cores[number]) / 100 for number in numbers.tolist()]
        likeness = (
            s.coverage * coverage[numbers]
            + s.cosine * self._phrasings.cosine(core, numbers)
            + s.spelling * np.array(spelling, np.float32)
        )
        if stance:
            opposed = [
                self._lexicon.contradiction(stance, self._stances[number]) is not None
                for number in numbers.tolist()
            ]
            likeness = np.where(opposed, likeness * s.opposed, likeness)
        ways: dict[int, list[tuple[float, int]]] = {}
        for likely, number in zip(likeness.tolist(), numbers.tolist(), strict=True):
            ways.setdefault(int(self.owners[number]), []).append((likely, number))
        letters = "".join(sorted(core))
        unordered = np.zeros(len(articles), np.float32)
        nearest = np.zeros(len(articles), np.float32)
        support = np.zeros(len(articles), np.float32)
        phrasing = self.firsts[articles].copy()
        for place, article in enumerate(articles.tolist()):
            if found := ways.get(article):
                found.sort(key=lambda way: (-way[0], way[1]))
                nearest[place], phrasing[place] = found[0]
                support[place] = sum(way[0] for way in found[1:4]) / 3
                alike = max(fuzz.ratio(letters, self._unordered[number]) for _, number in found)
                # Cubed: sharing some characters says little, sharing nearly all says much.
                unordered[place] = (alike / 100) ** 3
        return Words(nearest, phrasing, support, together[articles], unordered)


def largest(scores: Floats, count: int) -> Whole:
    """Return the places of the `count` largest scores that are above zero."""
    if len(scores) > count:
        places: NDArray[np.int64] = np.argpartition(-scores, count)[:count]
    else:
        places = np.arange(len(scores))
    return places[scores[places] > 0]
