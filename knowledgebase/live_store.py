"""What is live, in the database, and the revision that says when it changed.

Writers take `lock_revision` first and so follow one another: saves are rare, and no two of them
can wait for each other's rows. A change of what is live raises the revision and marks the article
with it, so that a process reads only what has changed since it last looked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from common.db import held, insert_into
from knowledgebase.model import Article, Editor, PublishedArticle
from knowledgebase.store import content_from_json, in_batches
from knowledgebase.tables import article_versions, articles, kb_revision


@dataclass(frozen=True)
class LiveChange:
    """An article whose live text changed; None when it is live no more."""

    article_id: str
    article: PublishedArticle | None


async def get_revision(conn: AsyncConnection) -> int:
    """Return the number that grows whenever what is live changes; 0 before the first time."""
    return (await conn.execute(sa.select(kb_revision.c.revision))).scalar() or 0


async def lock_revision(conn: AsyncConnection) -> int:
    """Return the revision and make other writers wait until the transaction ends."""
    insert = insert_into(conn, kb_revision).values(id=1, revision=0).on_conflict_do_nothing()
    await conn.execute(insert)
    return (await conn.execute(held(sa.select(kb_revision.c.revision)))).scalar_one()


async def mark_live(
    conn: AsyncConnection, moved: Sequence[Article], *, revision: int, at: datetime, by: Editor
) -> None:
    """Make `revision` the present one, at which what is live of these articles changed.

    Who published, and when, is noted in the versions that are live now.
    """
    await conn.execute(sa.update(kb_revision).values(revision=revision))
    articles_update = (
        sa.update(articles)
        .where(articles.c.id == sa.bindparam("b_id"))
        .values(live_revision=revision)
    )
    await in_batches(conn, articles_update, [{"b_id": one.id} for one in moved])
    versions_update = (
        sa.update(article_versions)
        .where(article_versions.c.article_id == sa.bindparam("b_id"))
        .where(article_versions.c.version == sa.bindparam("b_version"))
        .values(published_at=at, published_by=by.username)
    )
    live = [one for one in moved if one.published_version is not None]
    rows = [{"b_id": one.id, "b_version": one.published_version} for one in live]
    await in_batches(conn, versions_update, rows)


async def find_published(conn: AsyncConnection, article_id: str) -> PublishedArticle | None:
    """Return the live text of an article, or None when it has none."""
    query = _live().where(articles.c.id == article_id)
    row = (await conn.execute(query)).one_or_none()
    return None if row is None else _to_live(row).article


async def list_live_changes(conn: AsyncConnection, since: int) -> list[LiveChange]:
    """Return the articles whose live text changed after revision `since`, by id."""
    query = _live().where(articles.c.live_revision > since).order_by(articles.c.id)
    return [_to_live(row) for row in await conn.execute(query)]


def _live() -> sa.Select[Any]:
    is_live = sa.and_(
        article_versions.c.article_id == articles.c.id,
        article_versions.c.version == articles.c.published_version,
    )
    return sa.select(
        articles.c.id, articles.c.published_version, article_versions.c.content
    ).outerjoin_from(articles, article_versions, is_live)


def _to_live(row: sa.Row[Any]) -> LiveChange:
    if row.content is None:
        return LiveChange(row.id, None)
    content = content_from_json(row.content)
    return LiveChange(row.id, PublishedArticle.of(row.id, row.published_version, content))
