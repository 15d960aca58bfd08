"""The words an operator teaches the search.

Polite preambles to cut away, contrasts to keep apart, and groups of words for one thing.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from knowledgebase.concepts import Concepts
from knowledgebase.text import fold

Stance = Mapping[int, frozenset[int]]
"""Which sides a text takes: number of the contrast → numbers of its sides."""

EMPTY_STANCE: Stance = {}
"""Shared by the many texts that take no side."""


@dataclass(frozen=True)
class Contrast:
    """Words that exclude each other, such as 开通 and 取消; each side lists words alike."""

    name: str
    sides: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Lexicon:
    """All the words, ready for matching against folded text."""

    preambles: tuple[str, ...] = ()
    closings: tuple[str, ...] = ()
    askings: tuple[str, ...] = ()
    sounded: tuple[str, ...] = ()
    contrasts: tuple[Contrast, ...] = ()
    concepts: Concepts = field(default_factory=lambda: Concepts({}))
    _polite: re.Pattern[str] = field(init=False, repr=False)
    _thanks: re.Pattern[str] = field(init=False, repr=False)
    _asks: re.Pattern[str] = field(init=False, repr=False)
    _words: re.Pattern[str] = field(init=False, repr=False)
    _side_of: dict[str, list[tuple[int, int]]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        side_of: dict[str, list[tuple[int, int]]] = {}
        for number, contrast in enumerate(self.contrasts):
            for side, words in enumerate(contrast.sides):
                for word in words:
                    side_of.setdefault(fold(word), []).append((number, side))
        object.__setattr__(self, "_side_of", side_of)
        object.__setattr__(self, "_words", re.compile(f"(?=({_any_of(side_of)}))"))
        object.__setattr__(self, "_asks", re.compile(_any_of(self.askings)))
        object.__setattr__(self, "_polite", re.compile(f"^(?:{_any_of(self.preambles)})+"))
        object.__setattr__(self, "_thanks", re.compile(f"(?:{_any_of(self.closings)})+$"))

    @classmethod
    def from_toml(cls, *texts: str) -> Lexicon:
        """Read the forms of `lexicon.toml` and `concepts.toml`; later texts add to earlier ones.

        A table is a section of word groups: name → words. A group that there is already gets
        the further words.
        """
        lists: dict[str, list[str]] = {
            "preambles": [],
            "closings": [],
            "askings": [],
            "sounded": [],
        }
        contrasts: list[Contrast] = []
        groups: dict[str, list[str]] = {}
        for text in texts:
            data: dict[str, Any] = tomllib.loads(text)
            for name, words in lists.items():
                words += data.get(name, ())
            contrasts += [
                Contrast(entry["name"], tuple(tuple(side) for side in entry["sides"]))
                for entry in data.get("contrasts", ())
            ]
            for section in data.values():
                if isinstance(section, dict):
                    for name, words in section.items():
                        groups.setdefault(name, []).extend(words)
        return cls(
            preambles=tuple(lists["preambles"]),
            closings=tuple(lists["closings"]),
            askings=tuple(lists["askings"]),
            sounded=tuple(lists["sounded"]),
            contrasts=tuple(contrasts),
            concepts=Concepts(groups),
        )

    def core(self, text: str) -> str:
        """Return the folded text without preamble and closing; all of it if nothing were left."""
        folded = fold(text)
        bare = self._thanks.sub("", self._polite.sub("", folded))
        return bare or folded

    def stance(self, folded: str) -> Stance:
        """Return the sides that a folded text takes.

        Where it names several sides of a contrast, it takes the one asked for: the first after
        the last asking word, else the last (停机保号后怎么复机, 挂失了以后解挂).
        """
        mentions: dict[int, list[tuple[int, int]]] = {}
        ends: dict[int, int] = {}
        for match in self._words.finditer(folded):
            word = match.group(1)
            for contrast, side in self._side_of[word]:
                # 取消挂失 is no 挂失; but 服务密码忘了 is both 服务密码 and 密码忘了.
                if match.start() >= ends.get(contrast, 0):
                    mentions.setdefault(contrast, []).append((match.start(), side))
                    ends[contrast] = match.start() + len(word)
        return {
            contrast: frozenset({self._wanted(folded, places)})
            for contrast, places in mentions.items()
        }

    def _wanted(self, folded: str, places: list[tuple[int, int]]) -> int:
        if len(places) > 1:
            asked_at = max((match.end() for match in self._asks.finditer(folded)), default=0)
            after = [side for start, side in places if start >= asked_at]
            if asked_at and after:
                return after[0]
        return places[-1][1]

    def contradiction(self, one: Stance, other: Stance) -> str | None:
        """Return the name of a contrast in which the two stand on different sides, if any."""
        for contrast, sides in one.items():
            if (opposed := other.get(contrast)) and not sides & opposed:
                return self.contrasts[contrast].name
        return None

    def unshared(self, one: Stance, other: Stance) -> str | None:
        """Return the name of a contrast in which only `one` takes a side, if any."""
        return next((self.contrasts[number].name for number in one if number not in other), None)


def _any_of(words: Iterable[str]) -> str:
    """Return a pattern for any of the words, longest first; without words it matches nothing."""
    folded = {fold(word) for word in words} - {""}
    longest_first = sorted(folded, key=lambda word: (-len(word), word))
    return "|".join(re.escape(word) for word in longest_first) or r"(?!)"
