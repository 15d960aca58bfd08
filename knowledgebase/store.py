"""Articles in the database: the working text, and every version ever saved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from common.errors import NotFound
from knowledgebase.model import (
    Article,
    ArticleInput,
    ArticleStatus,
    ArticleVersion,
)
from knowledgebase.tables import article_versions, articles
from knowledgebase.text import question_key

BATCH = 500


async def get_article(conn: AsyncConnection, article_id: str) -> Article:
    """Read one article.

    Raises:
        NotFound: no such article.
    """
    query = sa.select(articles).where(articles.c.id == article_id)
    row = (await conn.execute(query)).one_or_none()
    if row is None:
        raise NotFound(f"没有编号为 {article_id} 的文章。", code="article_unknown")
    return _to_article(row)


async def find_by_question(conn: AsyncConnection, question: str) -> Article | None:
    """Return the article that has this question, whatever its punctuation; no archived one."""
    query = sa.select(articles).where(articles.c.question_key == question_key(question))
    row = (await conn.execute(query)).one_or_none()
    return None if row is None else _to_article(row)


async def list_by_questions(conn: AsyncConnection, questions: Sequence[str]) -> dict[str, Article]:
    """Return the articles that have these questions, by `question_key`."""
    keys = [question_key(question) for question in questions]
    found: dict[str, Article] = {}
    for start in range(0, len(keys), BATCH):
        query = sa.select(articles).where(articles.c.question_key.in_(keys[start : start + BATCH]))
        for row in await conn.execute(query):
            found[row.question_key] = _to_article(row)
    return found


async def list_articles(
    conn: AsyncConnection,
    *,
    text: str = "",
    status: str = "",
    category: str = "",
    offset: int = 0,
    limit: int | None = None,
) -> tuple[list[Article], int]:
    """Return articles, the last changed first, and how many there are in all.

    Args:
        conn: a read.
        text: found anywhere in question, similar questions or answer.
        status: one status; all but the archived when empty.
        category: one category; all when empty.
        offset: how many to leave out.
        limit: how many to return; all when None.
    """
    where: list[sa.ColumnElement[bool]] = [
        articles.c.status == status if status else articles.c.status != ArticleStatus.ARCHIVED.value
    ]
    if category:
        where.append(articles.c.category == category)
    if text:
        where.append(
            sa.or_(
                articles.c.question.icontains(text, autoescape=True),
                articles.c.answer.icontains(text, autoescape=True),
                articles.c.similar_questions.icontains(text, autoescape=True),
            )
        )
    total = await conn.execute(sa.select(sa.func.count()).select_from(articles).where(*where))
    query = (
        sa.select(articles)
        .where(*where)
        .order_by(articles.c.updated_at.desc(), articles.c.id.desc())
        .offset(offset)
        .limit(limit)
    )
    return [_to_article(row) for row in await conn.execute(query)], total.scalar_one()


async def has_articles(conn: AsyncConnection) -> bool:
    """Whether there is any article, archived ones included."""
    return (await conn.execute(sa.select(articles.c.id).limit(1))).first() is not None


async def list_categories(conn: AsyncConnection) -> list[str]:
    """Return the categories in use, in order."""
    query = sa.select(articles.c.category).where(articles.c.category != "").distinct()
    return sorted((await conn.execute(query)).scalars())


async def insert_articles(conn: AsyncConnection, new: Sequence[Article]) -> None:
    """Write new articles and their first versions."""
    await in_batches(conn, sa.insert(articles), [_to_row(one) for one in new])
    await insert_versions(conn, new)


async def save_articles(conn: AsyncConnection, changed: Sequence[Article]) -> None:
    """Write the articles' present state; `insert_versions` keeps a new text for ever."""
    update = sa.update(articles).where(articles.c.id == sa.bindparam("b_id"))
    rows = [_to_row(one) for one in changed]
    await in_batches(conn, update, [{"b_id": row.pop("id"), **row} for row in rows])


async def insert_versions(conn: AsyncConnection, saved: Sequence[Article]) -> None:
    """Keep the articles' texts as they were saved."""
    rows = [
        {
            "article_id": one.id,
            "version": one.version,
            "content": _content_to_json(one.content),
            "saved_at": one.updated_at,
            "saved_by": one.updated_by,
        }
        for one in saved
    ]
    await in_batches(conn, sa.insert(article_versions), rows)


async def list_versions(conn: AsyncConnection, article_id: str) -> list[ArticleVersion]:
    """Return all saves of an article, the newest first."""
    query = (
        sa.select(article_versions)
        .where(article_versions.c.article_id == article_id)
        .order_by(article_versions.c.version.desc())
    )
    return [
        ArticleVersion(
            article_id=row.article_id,
            version=row.version,
            content=content_from_json(row.content),
            saved_at=row.saved_at,
            saved_by=row.saved_by,
            published_at=row.published_at,
            published_by=row.published_by,
        )
        for row in await conn.execute(query)
    ]


def _to_article(row: sa.Row[Any]) -> Article:
    return Article(
        id=row.id,
        content=ArticleInput(
            question=row.question,
            answer=row.answer,
            similar_questions=tuple(row.similar_questions.splitlines()),
            category=row.category,
            tags=tuple(row.tags.splitlines()),
            valid_from=row.valid_from,
            valid_until=row.valid_until,
        ),
        status=ArticleStatus(row.status),
        version=row.version,
        published_version=row.published_version,
        updated_at=row.updated_at,
        updated_by=row.updated_by,
    )


def _to_row(article: Article) -> dict[str, Any]:
    content = article.content
    archived = article.status is ArticleStatus.ARCHIVED
    return {
        "id": article.id,
        "question_key": None if archived else question_key(content.question),
        "question": content.question,
        "answer": content.answer,
        "similar_questions": "\n".join(content.similar_questions),
        "category": content.category,
        "tags": "\n".join(content.tags),
        "valid_from": content.valid_from,
        "valid_until": content.valid_until,
        "status": article.status.value,
        "version": article.version,
        "published_version": article.published_version,
        "updated_at": article.updated_at,
        "updated_by": article.updated_by,
    }


def _content_to_json(content: ArticleInput) -> dict[str, Any]:
    fields = asdict(content)
    for name in ("valid_from", "valid_until"):
        fields[name] = None if fields[name] is None else fields[name].isoformat()
    return fields


def content_from_json(fields: dict[str, Any]) -> ArticleInput:
    """Read a version's content."""
    return ArticleInput(
        question=fields["question"],
        answer=fields["answer"],
        similar_questions=tuple(fields["similar_questions"]),
        category=fields["category"],
        tags=tuple(fields["tags"]),
        valid_from=_to_date(fields["valid_from"]),
        valid_until=_to_date(fields["valid_until"]),
    )


def _to_date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


async def in_batches(
    conn: AsyncConnection, statement: sa.Executable, rows: list[dict[str, Any]]
) -> None:
    """Execute the statement for every row, some hundred at a time."""
    for start in range(0, len(rows), BATCH):
        await conn.execute(statement, rows[start : start + BATCH])
