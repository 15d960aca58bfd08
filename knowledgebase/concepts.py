"""Groups of words for one thing, such as 断网 and 上不去网: likeness without a shared character."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from knowledgebase.arrays import Floats, Whole
from knowledgebase.text import fold

NO_CONCEPTS: frozenset[int] = frozenset()
_FEWEST_ARTICLES = 60
"""Among a handful of articles nothing can be told to be common: count as if there were more."""


class Concepts:
    """The groups, found in folded text."""

    def __init__(self, groups: Mapping[str, Iterable[str]]) -> None:
        """Take the groups: name → words."""
        self.names = tuple(groups)
        self._groups_of: dict[str, frozenset[int]] = {}
        for number, words in enumerate(groups.values()):
            for word in filter(None, map(fold, words)):
                self._groups_of[word] = self._groups_of.get(word, NO_CONCEPTS) | {number}
        longest_first = sorted(self._groups_of, key=lambda word: (-len(word), word))
        self._pattern = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")

    @property
    def words(self) -> Iterable[str]:
        """All words, folded."""
        return self._groups_of

    def of(self, folded: str) -> frozenset[int]:
        """Return the groups that a folded text names; of overlapping words the longest counts."""
        found = NO_CONCEPTS
        for match in self._pattern.finditer(folded):
            found |= self._groups_of[match.group()]
        return found


class ConceptProfiles:
    """How often the phrasings of each article name each group."""

    def __init__(
        self, named: Sequence[frozenset[int]], owners: Whole, articles: int, groups: int
    ) -> None:
        """Count.

        Args:
            named: the groups of every phrasing.
            owners: for every phrasing its article.
            articles: how many articles there are.
            groups: how many groups there are.
        """
        shares = np.zeros((articles, groups), np.float32)
        for owner, each in zip(owners.tolist(), named, strict=True):
            for group in each:
                shares[owner, group] += 1
        having = (shares > 0).sum(axis=0)
        shares /= np.maximum(np.bincount(owners, minlength=articles), 1)[:, None]
        self._shares = shares
        total = max(articles, _FEWEST_ARTICLES)
        self._strange = having == 0
        self._rarity = np.log(1 + (total - having + 0.5) / (having + 0.5)).astype(np.float32)
        self._central = np.where(shares >= 0.5, shares * self._rarity, 0).astype(np.float32)
        self._centre = self._central.sum(axis=1)

    def compare(
        self, asked: frozenset[int], articles: Whole
    ) -> tuple[Floats, Floats, Floats, Floats]:
        """Return for each of the articles what it shares with the query, misses, and adds.

        Weighted by rarity. Missed is what other articles name; the fourth number is what no
        article names. Added is what most of its phrasings name and the query does not.
        """
        groups = np.array(sorted(asked), np.int64)
        weights = self._rarity[groups]
        known = np.where(self._strange[groups], 0, weights)
        named = np.sqrt(self._shares[np.ix_(articles, groups)])
        shared = named @ weights
        missed = known.sum() - shared
        strange = np.full(len(articles), weights.sum() - known.sum(), np.float32)
        added = self._centre[articles] - self._central[np.ix_(articles, groups)].sum(axis=1)
        return shared, missed, added, strange

    def matching(self, asked: frozenset[int], count: int) -> Whole:
        """Return the articles that share most with the query, at most `count`."""
        if not asked:
            return np.array([], np.int64)
        groups = np.array(sorted(asked), np.int64)
        shared = np.sqrt(self._shares[:, groups]) @ self._rarity[groups]
        best = np.argsort(-shared, kind="stable")[:count]
        return best[shared[best] > 0]
