"""The use cases of content staff: keeping the articles."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from common import events
from common.db import Database
from common.errors import Conflict
from common.ids import new_id
from common.times import Clock
from knowledgebase import files, live_store, model, store
from knowledgebase.checking import checked
from knowledgebase.importing import ImportReport, plan_import
from knowledgebase.model import (
    SYSTEM,
    Article,
    ArticleInput,
    ArticlePage,
    ArticleVersion,
    Editor,
)

logger = logging.getLogger(__name__)

PAGE = 50


class Editing:
    """The half of `KnowledgeBase` that content staff use. One method, one transaction."""

    def __init__(self, db: Database, now: Clock) -> None:
        self._db = db
        self._now = now

    async def list_articles(
        self, *, text: str = "", status: str = "", category: str = "", page: int = 1
    ) -> ArticlePage:
        """Return a page of articles, the last changed first; without a status, none archived."""
        async with self._db.connect() as conn:
            articles, total = await store.list_articles(
                conn,
                text=text.strip(),
                status=status,
                category=category,
                offset=(page - 1) * PAGE,
                limit=PAGE,
            )
            return ArticlePage(articles, total, await store.list_categories(conn))

    async def is_empty(self) -> bool:
        """Whether nobody has written an article yet, not even one archived since."""
        async with self._db.connect() as conn:
            return not await store.has_articles(conn)

    async def get_article(self, article_id: str) -> Article:
        """Return an article with its working text.

        Raises:
            NotFound: no such article.
        """
        async with self._db.connect() as conn:
            return await store.get_article(conn, article_id)

    async def list_versions(self, article_id: str) -> list[ArticleVersion]:
        """Return every save of an article, the newest first.

        Raises:
            NotFound: no such article.
        """
        async with self._db.connect() as conn:
            await store.get_article(conn, article_id)
            return await store.list_versions(conn, article_id)

    async def create(self, content: ArticleInput, *, by: Editor) -> Article:
        """Keep a new draft.

        Raises:
            InvalidArticle: something is wrong with it.
            Conflict: there is an article with this question (`question_exists`).
        """
        now = self._now()
        article = model.new_article(new_id(), checked(content), by=by, now=now)
        async with self._db.begin() as conn:
            await live_store.lock_revision(conn)
            await self._refuse_second(conn, article)
            await store.insert_articles(conn, [article])
            await self._tell(conn, "article.created", article, by, now)
        return article

    async def change(
        self, article_id: str, content: ArticleInput, *, read_at: int, by: Editor
    ) -> Article:
        """Save a new working text; customers get the published one until it is published.

        Args:
            article_id: the article.
            content: its whole new text.
            read_at: the version the text is based on.
            by: who saves it.

        Raises:
            InvalidArticle: something is wrong with the text.
            NotFound: no such article.
            Conflict: someone else saved meanwhile (`article_changed`), or another article has
                this question (`question_exists`).
        """
        now, content = self._now(), checked(content)
        async with self._db.begin() as conn:
            await live_store.lock_revision(conn)
            before = await store.get_article(conn, article_id)
            after = model.change(before, content, read_at=read_at, by=by, now=now)
            if after == before:
                return before
            await self._refuse_second(conn, after)
            await store.save_articles(conn, [after])
            await store.insert_versions(conn, [after])
            await self._tell(conn, "article.changed", after, by, now)
        return after

    async def publish(self, article_id: str, *, by: Editor, read_at: int | None = None) -> Article:
        """Make the working text live, in every process, from the next search on.

        Args:
            article_id: the article.
            by: who publishes.
            read_at: the version they have seen; any when None.

        Raises:
            NotFound: no such article.
            Conflict: there is a newer version (`article_changed`), or it was archived, and
                another article has its question by now (`question_exists`).
        """
        return await self._move(article_id, model.publish, "article.published", by, read_at)

    async def archive(self, article_id: str, *, by: Editor, read_at: int | None = None) -> Article:
        """Take the article out of use; its versions stay.

        Raises:
            NotFound: no such article.
            Conflict: there is a newer version than `read_at`.
        """
        return await self._move(article_id, model.archive, "article.archived", by, read_at)

    async def import_file(
        self,
        name: str,
        data: bytes,
        *,
        by: Editor = SYSTEM,
        dry_run: bool = False,
        publish: bool = False,
    ) -> ImportReport:
        """Take in a CSV or XLSX file: all of it, or nothing when any row has a problem.

        A row is an article's new text if one has the same question, else a new article.

        Args:
            name: of the file, for the log; what it is, is told by its content.
            data: the file.
            by: who imports.
            dry_run: only tell what would happen.
            publish: make all of the file's articles live at once.

        Raises:
            TooLarge: the file has more bytes than we take.
        """
        parsed = await asyncio.to_thread(files.parse, data)
        if parsed.problems:
            return ImportReport(parsed.rows, 0, 0, 0, parsed.problems, imported=False)
        now = self._now()
        async with self._db.begin() as conn:
            revision = await live_store.lock_revision(conn) + 1
            questions = [content.question for content in parsed.articles]
            existing = await store.list_by_questions(conn, questions)
            plan = plan_import(parsed.articles, existing, publish=publish, by=by, now=now)
            if not dry_run and plan.changes:
                await store.insert_articles(conn, plan.created)
                await store.save_articles(conn, plan.updated)
                await store.insert_versions(conn, plan.rewritten)
                if publish:
                    live = [*plan.created, *plan.updated]
                    await live_store.mark_live(conn, live, revision=revision, at=now, by=by)
                data_of_event = {
                    "created": len(plan.created),
                    "updated": len(plan.updated),
                    "published": publish,
                }
                await events.append(
                    conn, "article.imported", actor=by.actor, data=data_of_event, now=now
                )
        logger.info("%s %s: %s", "checked" if dry_run else "imported", name, plan)
        return ImportReport(
            rows=parsed.rows,
            created=len(plan.created),
            updated=len(plan.updated),
            unchanged=plan.unchanged,
            problems=(),
            imported=not dry_run,
        )

    async def export_csv(self) -> bytes:
        """Return the working text of all articles that are not archived, oldest first, as CSV."""
        async with self._db.connect() as conn:
            articles, _ = await store.list_articles(conn)
        oldest_first = sorted(articles, key=lambda article: article.id)
        return await asyncio.to_thread(files.to_csv, [one.content for one in oldest_first])

    async def _move(
        self,
        article_id: str,
        move: Callable[..., Article],
        event: str,
        by: Editor,
        read_at: int | None,
    ) -> Article:
        now = self._now()
        async with self._db.begin() as conn:
            revision = await live_store.lock_revision(conn) + 1
            before = await store.get_article(conn, article_id)
            after = move(before, read_at=read_at, by=by, now=now)
            if after != before:
                await self._refuse_second(conn, after)
                await store.save_articles(conn, [after])
                await live_store.mark_live(conn, [after], revision=revision, at=now, by=by)
                await self._tell(conn, event, after, by, now)
        return after

    async def _refuse_second(self, conn: AsyncConnection, article: Article) -> None:
        other = await store.find_by_question(conn, article.content.question)
        if other is not None and other.id != article.id:
            raise Conflict(
                f"已有文章用了这个问题：{other.content.question}", code="question_exists"
            )

    async def _tell(
        self, conn: AsyncConnection, event: str, article: Article, by: Editor, now: datetime
    ) -> None:
        data = {"article_id": article.id, "version": article.version}
        await events.append(conn, event, actor=by.actor, data=data, now=now)
