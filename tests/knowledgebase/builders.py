"""Articles to test with; each builder shows only what matters."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa

from common.db import Database
from common.events import events
from knowledgebase.index import LEXICON
from knowledgebase.lexicon import Lexicon
from knowledgebase.model import ArticleInput, Editor, PublishedArticle
from knowledgebase.search import ArticleIndex

ANA = Editor("01ana", "ana")
BO = Editor("01bo", "bo")
TODAY = date(2026, 3, 10)
STARTER = LEXICON[0].parent / "starter" / "telecom.zh-CN.csv"


def lexicon() -> Lexicon:
    return Lexicon.from_toml(*(path.read_text(encoding="utf-8") for path in LEXICON))


def an_input(
    question: str = "怎么查话费",
    *similar: str,
    answer: str = "在掌厅首页就能看到话费余额。",
    **fields: object,
) -> ArticleInput:
    return ArticleInput(question, answer, similar_questions=similar, **fields)  # type: ignore[arg-type]


def a_live(question: str, *similar: str, id: str = "", **fields: object) -> PublishedArticle:
    return PublishedArticle.of(id or question, 1, an_input(question, *similar, **fields))


def an_index(*articles: PublishedArticle) -> ArticleIndex:
    return ArticleIndex(articles, lexicon())


def questions(hits: Sequence[object]) -> list[str]:
    return [hit.question for hit in hits]  # type: ignore[attr-defined]


async def events_of(db: Database) -> list[tuple[str, str, dict[str, object]]]:
    async with db.connect() as conn:
        rows = await conn.execute(sa.select(events).order_by(events.c.id))
        return [(row.type, row.actor, row.data) for row in rows]
