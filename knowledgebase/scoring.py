"""From what is known of an article beside a query to a score, and from scores to one decision."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from knowledgebase import fitted
from knowledgebase.arrays import Floats
from knowledgebase.lexical import Bm25
from knowledgebase.model import Decision

FEATURES = (
    "nearest",  # by meaning: the nearest phrasing
    "middle",  # by meaning: the middle of the phrasings
    "learned",  # by meaning: the classifier
    "answer",  # by meaning: the answer's text
    "together",  # as written: how much of the query all phrasings cover
    "likeness",  # as written: the nearest phrasing
    "support",  # as written: the next three
    "unordered",  # as written: the characters of the nearest phrasing, in whatever order
    "shared",  # groups of words that both name
    "missed",  # those that the query and only other articles name
    "added",  # those that most phrasings name, and the query does not
    "strange",  # those that the query and no article names
    "opposed",  # takes another side of a contrast
    "silent",  # takes no side where the query does
    "phrasings",  # logarithm of their number
)
"""What is known of an article beside a query, in the order of a matrix's columns."""

SURE_OF = ("bias", *(name for name in FEATURES if name != "phrasings"), "rank", "length", "mute")
"""What the score is made of: the features, how well they rank, and what the query is like. The
number of phrasings is left out, for a score should mean the same of articles with 2 and with 60."""

OURS_OF = ("bias", "nearest", "middle", "together", "shared", "strange", "length", "mute")
"""What tells whether a query is about our things at all: the best of each feature."""

SURELY_OURS = 0.3
"""From this likelihood on that a query is about our things, how likely makes no difference: it is
there to keep out what is far, and knows nothing of near misses."""
LONGEST = 20


@dataclass(frozen=True)
class Model:
    """Fitted weights.

    A linear formula ranks the articles. The score is how likely the article is the right one, and
    less if the query is hardly about our things at all; both are logistic.
    """

    rank: Mapping[str, float]
    """Weights of `FEATURES`; those left out count nothing."""
    sure: Mapping[str, float]
    """Weights of `SURE_OF`."""
    ours: Mapping[str, float]
    """Weights of `OURS_OF`."""

    def ranks(self, features: Floats) -> Floats:
        """Return for every row of features how well the article fits."""
        weights = np.array([self.rank.get(name, 0.0) for name in FEATURES], np.float32)
        return np.asarray(features @ weights, np.float32)

    def is_ours(self, features: Floats, length: float, *, mute: bool) -> float:
        """Return how likely the query is about our things, from all candidates' features.

        Args:
            features: a row a candidate.
            length: logarithm of the query's length.
            mute: whether it names no group of words.
        """
        best = dict(zip(FEATURES, features.max(axis=0).tolist(), strict=True))
        return _logistic(self.ours, best | {"bias": 1.0, "length": length, "mute": float(mute)})

    def score(self, known: Mapping[str, float], ours: float) -> float:
        """Return how likely the article is the right one, from what `SURE_OF` names."""
        # Only the exact words score 1.
        return min(_logistic(self.sure, known) * min(ours / SURELY_OURS, 1.0), 0.999)


def _logistic(weights: Mapping[str, float], known: Mapping[str, float]) -> float:
    evidence = sum(weight * known[name] for name, weight in weights.items())
    return 1 / (1 + math.exp(-min(max(evidence, -30.0), 30.0)))


@dataclass(frozen=True)
class SearchSettings:
    """Thresholds and weights, all from 0 to 1 unless said otherwise."""

    answer_at: float = fitted.ANSWER_AT
    """Least score of an answer."""
    shortest_answered: int = 3
    """Fewest characters of a query that is answered: 流量 alone may mean ten articles."""
    answer_lead: float = fitted.ANSWER_LEAD
    """Least lead of an answer's rank over the next article's, in units of the ranking formula."""
    suggest_at: float = fitted.SUGGEST_AT
    """Least score of a suggestion."""
    listed_at: float = 0.005
    """Least score of a hit that anyone is shown."""
    coverage: float = 0.4
    """Weight of how much of the query a phrasing covers (BM25)."""
    cosine: float = 0.4
    """Weight of how alike query and phrasing are as wholes (TF-IDF)."""
    spelling: float = 0.2
    """Weight of how few characters must change to make one the other."""
    opposed: float = 0.7
    """Factor on what takes another side of a contrast (开通 and 取消)."""
    clause: float = 0.9
    """Factor on the score of what answers only a clause of the message."""
    candidates: int = 100
    """How many phrasings are compared closely."""
    articles: int = 30
    """How many articles each way of looking brings in."""
    longest_query: int = 300
    """How many characters of a message are looked at."""
    phrasing_bm25: Bm25 = field(default=Bm25(k1=1.2, b=0.5))
    article_bm25: Bm25 = field(default=Bm25(k1=0.4, b=0.2))
    with_meaning: Model = field(default=Model(fitted.RANK, fitted.SURE, fitted.OURS))
    words_alone: Model = field(
        default=Model(fitted.RANK_BY_WORDS, fitted.SURE_BY_WORDS, fitted.OURS_BY_WORDS)
    )


@dataclass(frozen=True)
class Found:
    """An article beside the query."""

    article: int
    phrasing: int
    """The phrasing most alike, by its number in the index."""
    exact: int
    """2: the query is the article's question, 1: one of its similar questions, 0: neither."""
    opposed_in: str | None
    """The contrast in which the article takes another side than the query."""
    silent_on: str | None
    """A contrast in which the query takes a side and the article none."""
    rank: float = 0.0
    by_meaning: bool = False
    """Whether the phrasing is the nearest by meaning rather than as written."""
    core: str = ""
    """The view of the query it was found for."""
    score: float = 0.0


NOTHING = Found(-1, -1, 0, None, None, rank=-math.inf)


def decide(best: Found, second: Found, core: str, settings: SearchSettings) -> Decision:
    """Return what to do with the two best articles; `NOTHING` stands for a missing one.

    The exact words of an article answer, unless several articles have them as a similar
    question. Otherwise a bare number means nothing, and what takes another side of a contrast
    than the query, or none, is never the answer.
    """
    if best.exact:
        return Decision.ANSWER if best.exact > second.exact else Decision.SUGGEST
    if best.score < settings.suggest_at or core.isnumeric():
        return Decision.NONE
    sure = (
        best.score >= settings.answer_at
        and best.rank - second.rank >= settings.answer_lead
        and len(core) >= settings.shortest_answered
        and not (best.opposed_in or best.silent_on)
    )
    return Decision.ANSWER if sure else Decision.SUGGEST
