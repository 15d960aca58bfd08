"""Putting questions together that ask the same thing, for those who write the answers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rapidfuzz import fuzz

from knowledgebase.lexical import GramIndex
from knowledgebase.lexicon import Lexicon

ALIKE = 0.55
"""From this likeness on two questions ask the same, 0..1."""
_FEWEST_GROUPS = 2
"""Naming one common thing makes no two questions the same; naming the same two does."""


def group_alike(texts: Sequence[str], lexicon: Lexicon) -> list[list[int]]:
    """Return the places of texts that ask the same, the largest group first.

    Every text is in one group. The first of a group is the first in order; each next one is like
    it, so that no group drifts away from what it began with. What stands on different sides of a
    contrast (开通 and 取消) is never put together.
    """
    cores = [lexicon.core(text) for text in texts]
    named = [lexicon.concepts.of(core) for core in cores]
    stances = [lexicon.stance(core) for core in cores]
    index = GramIndex(cores, np.arange(len(cores)))
    groups: list[list[int]] = []
    everything = np.arange(len(cores))
    grouped = np.zeros(len(cores), np.bool_)
    for leader, core in enumerate(cores):
        if grouped[leader]:
            continue
        members = [leader]
        likeness = index.cosine(core, everything)
        for other in range(leader + 1, len(cores)):
            if grouped[other] or lexicon.contradiction(stances[leader], stances[other]):
                continue
            spelling = fuzz.ratio(core, cores[other]) / 100
            same_things = named[leader] == named[other] and len(named[leader]) >= _FEWEST_GROUPS
            if max(float(likeness[other]), spelling) >= ALIKE or same_things:
                members.append(other)
        grouped[members] = True
        groups.append(members)
    return sorted(groups, key=len, reverse=True)
