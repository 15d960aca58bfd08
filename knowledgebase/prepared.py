"""Articles made ready to be compared: their phrasings without politeness, and what these name."""

from __future__ import annotations

from dataclasses import dataclass

from knowledgebase.lexicon import EMPTY_STANCE, Lexicon, Stance
from knowledgebase.model import PublishedArticle
from knowledgebase.text import text_key


@dataclass(frozen=True)
class Prepared:
    """An article's phrasings as they are compared; the first is its question."""

    texts: tuple[str, ...]
    cores: tuple[str, ...]
    stances: tuple[Stance, ...]
    stance: Stance
    concepts: tuple[frozenset[int], ...]
    keys: tuple[str, ...]
    """What names the phrasings' vectors."""
    answer_key: str
    """What names the answer's vector; empty where there is no answer."""


def prepare(article: PublishedArticle, lexicon: Lexicon) -> Prepared:
    """Return the article made ready."""
    texts = (article.question, *article.similar_questions)
    cores = tuple(lexicon.core(text) for text in texts)
    stances = tuple(lexicon.stance(core) or EMPTY_STANCE for core in cores)
    united: dict[int, frozenset[int]] = {}
    for stance in stances:
        for contrast, sides in stance.items():
            united[contrast] = united.get(contrast, frozenset()) | sides
    return Prepared(
        texts=texts,
        cores=cores,
        stances=stances,
        stance=united,
        concepts=tuple(lexicon.concepts.of(core) for core in cores),
        keys=tuple(text_key(text) for text in texts),
        answer_key=text_key(article.answer) if article.answer else "",
    )
