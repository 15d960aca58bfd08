"""Finding the article that answers a question: pure ranking, then one decision.

Every way an article can be asked is a phrasing. A query is compared with phrasings as they are
written (BM25 and cosine over characters, spelling, groups of words for one thing) and by meaning
(the vectors of an embedder, and a classifier learned from them). One linear formula ranks the
articles; a logistic one turns what is known into the score people see, from 0 to 1: how likely the
article is the right one. The scores become one decision. Without vectors the same is done by words:
also until nearly every text has its vector, for what has none would stand back behind what has.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from knowledgebase.arrays import Floats, Whole
from knowledgebase.lexicon import Lexicon, Stance
from knowledgebase.likeness import WordIndex, largest
from knowledgebase.meaning import Meaning, Near, Vectors
from knowledgebase.model import Decision, Hit, PublishedArticle, SearchResult
from knowledgebase.prepared import Prepared, prepare
from knowledgebase.ranking import Ranked, ranked, scored
from knowledgebase.scoring import NOTHING, Found, SearchSettings, decide
from knowledgebase.sounds import Homophones
from knowledgebase.views import View, Viewer
from knowledgebase.why import sentence

_NEARLY_ALL = 0.95
"""Share of texts that must have vectors before meaning counts."""

Embed = Callable[[Sequence[str]], Floats | None]
"""Gives the unit vectors of some texts, or None when that cannot be had now."""


class ArticleIndex:
    """Articles ready to be searched. Immutable: threads share it without a lock."""

    def __init__(
        self,
        articles: Sequence[PublishedArticle],
        lexicon: Lexicon,
        settings: SearchSettings | None = None,
        *,
        vectors: Vectors | None = None,
        floor: float | None = None,
        previous: ArticleIndex | None = None,
    ) -> None:
        """Index the articles.

        Args:
            articles: the live ones.
            lexicon: the words to know about.
            settings: weights and thresholds; the tried ones when None.
            vectors: of phrasings and answers, as far as there are any.
            floor: the cosine of vectors that have nothing in common; estimated when None.
            previous: an older index with the same lexicon and settings, from which what has not
                changed is taken over.
        """
        self.articles = tuple(articles)
        self.lexicon = lexicon
        self.vectors = vectors
        self._settings = settings or SearchSettings()
        known = previous._prepared if previous is not None else {}
        self._prepared: dict[PublishedArticle, Prepared] = {
            article: known.get(article) or prepare(article, lexicon) for article in self.articles
        }
        prepared = list(self._prepared.values())
        if previous is not None and previous.articles == self.articles:
            self._words: WordIndex = previous._words
        else:
            self._words = WordIndex(prepared, lexicon, self._settings)
        self._homophones: Homophones = (
            previous._homophones if previous is not None else Homophones(lexicon.sounded)
        )
        self._viewer = Viewer(lexicon, self._homophones, self._words.has_pair)
        self._stances = [one.stance for one in prepared]
        self._firsts = set(self._words.firsts.tolist())
        self._from = np.array([_ordinal(article.valid_from, 0) for article in self.articles])
        self._until = np.array([_ordinal(article.valid_until, 10**9) for article in self.articles])
        self._meaning: Meaning | None = None
        keys = [key for one in prepared for key in one.keys]
        answers = [one.answer_key for one in prepared]
        if vectors is not None and _has_nearly_all(vectors, [*keys, *filter(None, answers)]):
            self._meaning = Meaning(vectors, keys, self._words.owners, answers, floor)

    @property
    def size(self) -> int:
        """The number of phrasings."""
        return len(self._words.texts)

    def texts(self) -> dict[str, str]:
        """Return every text that is worth a vector, by key: phrasings first, then answers."""
        prepared = self._prepared.items()
        phrasings = {
            key: text for _, one in prepared for key, text in zip(one.keys, one.texts, strict=True)
        }
        answers = {one.answer_key: article.answer for article, one in prepared if one.answer_key}
        return phrasings | answers

    def search(
        self, query: str, *, k: int, today: date, embed: Embed | None = None
    ) -> SearchResult:
        """Return the `k` best articles that are valid on `today`, and what to do with them.

        A message without letters or digits finds nothing, and is never embedded.
        """
        message = query[: self._settings.longest_query]
        whole = self._viewer.whole(message)
        if not whole.core or not self.size:
            return SearchResult(query, Decision.NONE, ())
        hits = self._look(whole, self._embedded([whole], embed)[0], today)
        decision = decide(*_two(hits), whole.core, self._settings)
        if decision is not Decision.ANSWER and (clauses := self._viewer.clauses(message)):
            hits = self._second_look(hits, clauses, embed, today)
            decision = decide(*_two(hits), whole.core, self._settings)
        least = self._settings.listed_at
        shown = tuple(self._hit(one) for one in hits[:k] if one.score >= least)
        return SearchResult(query, decision, shown)

    def _second_look(
        self, hits: list[Found], clauses: list[View], embed: Embed | None, today: date
    ) -> list[Found]:
        """Return the hits with what the clauses of a long message find by themselves."""
        found = {one.article: one for one in hits}
        for view, vector in zip(clauses, self._embedded(clauses, embed), strict=True):
            for one in self._look(view, vector, today):
                score = one.score * self._settings.clause
                if score > found.get(one.article, NOTHING).score:
                    found[one.article] = replace(one, exact=0, score=score)
        return sorted(found.values(), key=lambda one: (-one.score, -one.rank))

    def _embedded(self, views: list[View], embed: Embed | None) -> Sequence[Floats | None]:
        # The exact words of an article need no vectors.
        if embed is None or self._meaning is None or views[0].core in self._words.exact:
            return [None] * len(views)
        vectors = embed([view.text for view in views])
        return [None] * len(views) if vectors is None else list(vectors)

    def _look(self, view: View, vector: Floats | None, today: date) -> list[Found]:
        """Return the articles for one view of the query, the best first, with scores that fall."""
        core, words = view.core, self._words
        alive = (self._from <= today.toordinal()) & (today.toordinal() <= self._until)
        coverage = words.coverage(core)
        if not alive.all():
            coverage[~alive[words.owners]] = 0
        together = words.together(core)
        near = self._meaning.near(vector) if self._meaning and vector is not None else None
        asked = self.lexicon.concepts.of(core)
        exact = {
            int(words.owners[number]): number
            for number in reversed(words.exact.get(core, []))
            if alive[words.owners[number]]
        }
        articles = self._candidates(coverage, together, near, asked, list(exact), alive)
        if not len(articles):
            return []
        stance = self.lexicon.stance(core)
        result = ranked(
            articles,
            words.compare(core, stance, coverage, together, articles),
            near,
            words.concepts.compare(asked, articles),
            [self._sides(stance, article) for article in articles.tolist()],
            np.diff(np.append(words.firsts, self.size))[articles],
            self._settings,
        )
        return self._as_found(view, result, exact, asked=bool(asked))

    def _candidates(
        self,
        coverage: Floats,
        together: Floats,
        near: Near | None,
        asked: frozenset[int],
        exact: list[int],
        alive: NDArray[np.bool_],
    ) -> Whole:
        """Return the articles worth a closer look: the best by each way of looking."""
        s = self._settings
        owners = self._words.owners
        ways = [
            owners[largest(coverage, s.articles)],
            largest(together, s.articles),
            self._words.concepts.matching(asked, s.articles),
            np.array(exact, np.int64),
        ]
        if near is not None:
            ways.append(largest(np.nan_to_num(near.nearest, nan=0.0), s.articles))
        articles = np.unique(np.concatenate(ways)).astype(np.int64)
        return articles[alive[articles]]

    def _sides(self, stance: Stance, article: int) -> tuple[str | None, str | None]:
        return (
            self.lexicon.contradiction(stance, self._stances[article]),
            self.lexicon.unshared(stance, self._stances[article]),
        )

    def _as_found(
        self, view: View, result: Ranked, exact: dict[int, int], *, asked: bool
    ) -> list[Found]:
        found = []
        for place in result.order:
            article = int(result.articles[place])
            number = exact.get(article)
            opposed_in, silent_on = result.sides[place]
            found.append(
                Found(
                    article=article,
                    phrasing=int(result.phrasing[place]) if number is None else number,
                    exact=0 if number is None else 2 if number in self._firsts else 1,
                    opposed_in=opposed_in if number is None else None,
                    silent_on=silent_on if number is None else None,
                    rank=float(result.ranks[place]),
                    by_meaning=bool(result.by_meaning[place]),
                    core=view.core,
                )
            )
        return scored(found, result, len(view.core), asked=asked)

    def _hit(self, found: Found) -> Hit:
        article = self.articles[found.article]
        words, text = self._words, self._words.texts[found.phrasing]
        named = self.lexicon.concepts.of(words.cores[found.phrasing])
        both = sorted(named & self.lexicon.concepts.of(found.core))
        return Hit(
            article_id=article.article_id,
            question=article.question,
            matched=text,
            score=round(found.score, 4),
            answer=article.answer,
            category=article.category,
            why=sentence(
                found,
                kind="标准问" if found.phrasing in self._firsts else "相似问",
                text=text,
                core=words.cores[found.phrasing],
                shared=[self.lexicon.concepts.names[group] for group in both[:3]],
            ),
        )


def _two(hits: list[Found]) -> tuple[Found, Found]:
    best, second, *_ = (*hits, NOTHING, NOTHING)
    return best, second


def _has_nearly_all(vectors: Vectors, keys: Sequence[str]) -> bool:
    return sum(key in vectors.rows for key in keys) > _NEARLY_ALL * len(keys)


def _ordinal(day: date | None, otherwise: int) -> int:
    return otherwise if day is None else day.toordinal()
