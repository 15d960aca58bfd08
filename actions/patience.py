"""How long the assistant goes on by itself. Pure rules; the numbers are the operator's settings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from rapidfuzz import fuzz

from knowledgebase.model import Decision, SearchResult
from knowledgebase.text import fold, question_key

ALIKE = 85.0
"""From this likeness on (0..100, rapidfuzz's ratio) the same is asked in nearly the same words."""


@dataclass(frozen=True)
class Patience:
    """After how many times what follows; 0 means never. `docs/conversation.md` describes it.

    Attributes:
        misses_before_offer: questions without help in a row until a person is offered.
        misses_before_handoff: and until the assistant hands over by itself.
        repeats_before_offer: times a question is asked again until a person is offered.
        repeats_before_handoff: and until the assistant hands over by itself.
        repeat_window: asked again after longer than this, a question is a new one.
        invalid_before_offer: answers to the form in a row that cannot be used, until a person is
            offered.
        anger_before_handoff: mildly angry messages until the assistant hands over by itself.
        anger: which level is heeded: `off`, `strong` or `all`.
    """

    misses_before_offer: int = 2
    misses_before_handoff: int = 3
    repeats_before_offer: int = 1
    repeats_before_handoff: int = 2
    repeat_window: timedelta = timedelta(minutes=10)
    invalid_before_offer: int = 3
    anger_before_handoff: int = 3
    anger: str = "all"


def reached(count: float, threshold: int) -> bool:
    """Whether a count has come to its threshold; 0 is never reached."""
    return 0 < threshold <= count


@dataclass(frozen=True)
class Asked:
    """The last question looked up: kept in a slot, until it is solved or another one is asked.

    Attributes:
        words: as compared, folded.
        answer: digest of the words it was answered with; None when it got suggestions or nothing.
        at: when it was asked last.
        again: how often it was asked again.
    """

    words: str
    answer: str | None
    at: datetime
    again: int = 0

    @classmethod
    def from_slot(cls, kept: dict[str, Any] | None) -> Asked | None:
        """Read what `for_slot` wrote."""
        if not kept:
            return None
        return cls(kept["words"], kept["answer"], datetime.fromisoformat(kept["at"]), kept["again"])

    def for_slot(self) -> dict[str, Any]:
        """Return it as the dialogue keeps it."""
        return {
            "words": self.words,
            "answer": self.answer,
            "at": self.at.isoformat(),
            "again": self.again,
        }


def times_asked_again(
    before: Asked | None, words: str, found: SearchResult, now: datetime, window: timedelta
) -> int:
    """Return how often this question was asked again, with this one; 0 for a new question.

    It is the same question when it leads to the answer just given, word for word, or in nearly the
    same words to suggestions once more. Only the question just before counts, and only within the
    window: who returns after another topic, or later, may have lost sight of the answer.
    """
    if before is None or now - before.at > window:
        return 0
    match found.decision:
        case Decision.ANSWER:
            same = question_key(found.hits[0].answer) == before.answer
        case Decision.SUGGEST:
            same = fuzz.ratio(before.words, fold(words)) >= ALIKE
        case _:
            same = False  # a miss: those are counted by themselves
    return before.again + 1 if same else 0
