"""The questions that understanding is measured with, and the draws of the protocol.

With the evaluation data at hand (FRONTDOOR_BENCH_DATA, or ../shared/data beside the repository)
protocol A to D is drawn from it. The repository's own set, `benchmarks/data/indirect.tsv`, asks the
starter articles in words these do not use.
"""

from __future__ import annotations

import csv
import json
import os
import random
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from knowledgebase.files import parse
from knowledgebase.model import PublishedArticle

ROOT = Path(__file__).resolve().parent.parent
OWN = Path(__file__).with_name("data") / "indirect.tsv"
STARTER = ROOT / "knowledgebase" / "starter" / "telecom.zh-CN.csv"
EVALUATION = Path(os.environ.get("FRONTDOOR_BENCH_DATA") or ROOT.parent / "shared" / "data")
HELD_BACK = 12
"""How many phrasings of a topic that are not drawn serve as queries for fitting."""


@dataclass(frozen=True)
class Asked:
    """A query and the article that answers it; None when none does."""

    query: str
    right: str | None


@dataclass(frozen=True)
class Draw:
    """A knowledge base, and what it is asked."""

    articles: list[PublishedArticle]
    asked: list[Asked]


def has_evaluation_data() -> bool:
    """Whether protocol A to D can be run."""
    return (EVALUATION / "telecom29_kb.jsonl").exists()


def telecom(
    part: str, k: int | None, seed: int, *, phone: bool = True, gone: int = 0, held: bool = False
) -> Draw:
    """Return the 29 topics with k phrasings each (all when None), 39 titles, and the queries.

    Args:
        part: tune or test.
        k: phrasings a topic beside its title.
        seed: of the draw.
        phone: whether the 2,307 phone questions are there too.
        gone: how many topics are taken out; their queries stay, without an answer.
        held: whether phrasings that were not drawn are asked too (for fitting).
    """
    rng = random.Random(seed)
    topics = _topics()
    missing = set(rng.sample(sorted(topics), gone))
    articles, asked = [], []
    for topic, phrasings in topics.items():
        drawn = phrasings if k is None else rng.sample(phrasings, min(k, len(phrasings)))
        right = None if topic in missing else topic
        if right:
            articles.append(an_article(topic, topic, drawn))
        if held:
            left = sorted(set(phrasings) - set(drawn))
            asked += [Asked(text, right) for text in rng.sample(left, min(HELD_BACK, len(left)))]
    articles += [
        an_article(f"faq{number}", row["question"], (), row["answer"])
        for number, row in enumerate(_rows("chinamobile_faq"))
    ]
    if phone:
        articles += [
            an_article(str(row["id"]), row["question"], ()) for row in _rows("lcqmc_phone_kb")
        ]
    asked += [
        Asked(row["query"], None if row["topic"] in missing else row["topic"])
        for row in _rows(f"telecom29_queries_{part}")
    ]
    return Draw(articles, asked)


def paraphrases(part: str) -> list[Asked]:
    """Return people's paraphrases of some of the phone questions."""
    return [Asked(row["query"], str(row["id"])) for row in _rows(f"lcqmc_phone_queries_{part}")]


def far(part: str) -> list[Asked]:
    """Return what has nothing to do with the topics."""
    return [Asked(row["query"], None) for row in _rows(f"oos_{part}")]


def own(part: str, *, gone: int = 0, seed: int = 0) -> Draw:
    """Return the starter articles and the repository's own questions.

    Args:
        part: tune or test.
        gone: how many of the articles asked for are taken out.
        seed: of that draw.
    """
    with OWN.open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t") if row["part"] == part]
    questions = sorted({row["question"] for row in rows} - {"-"})
    missing = {"-", *random.Random(seed).sample(questions, gone)}
    articles = [
        an_article(one.question, one.question, one.similar_questions, one.answer)
        for one in parse(STARTER.read_bytes()).articles
        if one.question not in missing
    ]
    asked = [
        Asked(row["query"], None if row["question"] in missing else row["question"]) for row in rows
    ]
    return Draw(articles, asked)


def an_article(
    id: str, question: str, similar: list[str] | tuple[str, ...], answer: str = ""
) -> PublishedArticle:
    """Return a live article."""
    return PublishedArticle(id, 1, question, answer, tuple(similar))


@cache
def _topics() -> dict[str, list[str]]:
    topics: dict[str, list[str]] = {}
    for row in _rows("telecom29_kb"):
        phrasings = topics.setdefault(row["topic"], [])
        if not row["standard"]:
            phrasings.append(row["question"])
    return topics


@cache
def _rows(name: str) -> list[dict[str, Any]]:
    with (EVALUATION / f"{name}.jsonl").open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]
