"""The knowledge base over HTTP: the content console, and searching for agents."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import msgspec
from sanic import Blueprint, HTTPResponse, Request
from sanic.response import empty, raw

from common.errors import InvalidInput
from common.times import iso
from common.web import answer, open_to, read_json, whole_number
from knowledgebase import model
from knowledgebase.importing import ImportReport
from knowledgebase.model import ArticleStatus, Editor, SearchResult
from knowledgebase.service import KnowledgeBase

STAFF = ("editor", "supervisor")
READERS = (*STAFF, "agent")


class ArticleInput(msgspec.Struct):
    """An article's text. Dates are YYYY-MM-DD; null means no bound."""

    question: str
    answer: str
    similar_questions: list[str] = []
    category: str = ""
    tags: list[str] = []
    valid_from: date | None = None
    valid_until: date | None = None

    def content(self) -> model.ArticleInput:
        """The text as the use cases take it."""
        return model.ArticleInput(
            question=self.question,
            answer=self.answer,
            similar_questions=tuple(self.similar_questions),
            category=self.category,
            tags=tuple(self.tags),
            valid_from=self.valid_from,
            valid_until=self.valid_until,
        )


class ArticleChange(ArticleInput, kw_only=True):
    """A new text, and the version it was made from."""

    version: int


class ArticleSeen(msgspec.Struct):
    """The version one means; null for whatever is there."""

    version: int | None = None


class Draft(ArticleInput, kw_only=True):
    """An article as if it were published, in place of `article_id` if given."""

    article_id: str | None = None


class Search(msgspec.Struct):
    """A question to try, optionally with a draft."""

    query: Annotated[str, msgspec.Meta(max_length=2000)]
    k: Annotated[int, msgspec.Meta(ge=1, le=20)] = 3
    draft: Draft | None = None


class Questions(msgspec.Struct):
    """Some unanswered questions."""

    ids: Annotated[list[str], msgspec.Meta(min_length=1, max_length=500)]


def create_blueprint() -> Blueprint:
    """Make the routes under /api/kb."""
    blueprint = Blueprint("kb", url_prefix="/api/kb")

    @blueprint.get("/articles")
    @open_to(*STAFF)
    async def list_articles(request: Request) -> HTTPResponse:
        """Read a page of articles: q, status, category, page. None archived without a status."""
        found = await _kb(request).list_articles(
            text=request.args.get("q", ""),
            status=_status(request),
            category=request.args.get("category", ""),
            page=whole_number(request, "page", 1, low=1, high=10**6),
        )
        articles = [article_view(article) for article in found.articles]
        return answer({"articles": articles, "total": found.total, "categories": found.categories})

    @blueprint.post("/articles")
    @open_to(*STAFF, body=ArticleInput)
    async def create(request: Request, body: ArticleInput) -> HTTPResponse:
        """Keep a new draft."""
        article = await _kb(request).create(body.content(), by=_editor(request))
        return answer({"article": article_view(article)}, status=201)

    @blueprint.get("/articles/<article_id:str>")
    @open_to(*READERS)
    async def get(request: Request, article_id: str) -> HTTPResponse:
        """Read an article's working text."""
        return answer({"article": article_view(await _kb(request).get_article(article_id))})

    @blueprint.put("/articles/<article_id:str>")
    @open_to(*STAFF, body=ArticleChange)
    async def change(request: Request, article_id: str, body: ArticleChange) -> HTTPResponse:
        """Save a new working text; 409 article_changed when someone else saved meanwhile."""
        article = await _kb(request).change(
            article_id, body.content(), read_at=body.version, by=_editor(request)
        )
        return answer({"article": article_view(article)})

    @blueprint.post("/articles/<article_id:str>/publish")
    @open_to(*STAFF)
    async def publish(request: Request, article_id: str) -> HTTPResponse:
        """Make the working text live; a body with the version seen is optional."""
        article = await _kb(request).publish(
            article_id, read_at=_seen(request), by=_editor(request)
        )
        return answer({"article": article_view(article)})

    @blueprint.post("/articles/<article_id:str>/archive")
    @open_to(*STAFF)
    async def archive(request: Request, article_id: str) -> HTTPResponse:
        """Take an article out of use; a body with the version seen is optional."""
        article = await _kb(request).archive(
            article_id, read_at=_seen(request), by=_editor(request)
        )
        return answer({"article": article_view(article)})

    @blueprint.get("/articles/<article_id:str>/versions")
    @open_to(*STAFF)
    async def list_versions(request: Request, article_id: str) -> HTTPResponse:
        """Read every save of an article, the newest first."""
        versions = await _kb(request).list_versions(article_id)
        return answer({"versions": [version_view(version) for version in versions]})

    @blueprint.post("/search")
    @open_to(*READERS, body=Search)
    async def search(request: Request, body: Search) -> HTTPResponse:
        """Try a question: what a customer would get, and why; with a draft as if published."""
        if body.draft is None:
            found = await _kb(request).search(body.query, k=body.k)
        else:
            found = await _kb(request).search_with_draft(
                body.query, body.draft.content(), body.draft.article_id, k=body.k
            )
        return answer(result_view(found))

    @blueprint.post("/import")
    @open_to(*STAFF)
    async def import_file(request: Request) -> HTTPResponse:
        """Take in a CSV or XLSX file (the body's bytes): name, dry_run=1, publish=1."""
        report = await _kb(request).import_file(
            request.args.get("name", "file")[:200],
            request.body,
            by=_editor(request),
            dry_run=request.args.get("dry_run") == "1",
            publish=request.args.get("publish") == "1",
        )
        return answer(report_view(report))

    @blueprint.get("/export")
    @open_to(*STAFF)
    async def export(request: Request) -> HTTPResponse:
        """Read all articles that are not archived as a CSV file."""
        headers = {"Content-Disposition": 'attachment; filename="articles.csv"'}
        return raw(
            await _kb(request).export_csv(), headers=headers, content_type="text/csv; charset=utf-8"
        )

    @blueprint.get("/unanswered")
    @open_to(*STAFF)
    async def list_unanswered(request: Request) -> HTTPResponse:
        """Read the questions that were not answered well and that nobody has dealt with."""
        questions = await _kb(request).list_unanswered()
        return answer({"questions": [question_view(question) for question in questions]})

    @blueprint.get("/unanswered/groups")
    @open_to(*STAFF)
    async def list_unanswered_groups(request: Request) -> HTTPResponse:
        """Read the same questions with alike ones together, what is asked most first."""
        groups = await _kb(request).list_unanswered_groups()
        return answer({"groups": [group_view(group) for group in groups]})

    @blueprint.post("/unanswered/dealt_with")
    @open_to(*STAFF, body=Questions)
    async def deal_with_all(request: Request, body: Questions) -> HTTPResponse:
        """Note that a whole group needs no more attention; says how many of them were open."""
        done = await _kb(request).deal_with_all(body.ids, by=_editor(request))
        return answer({"dealt_with": done})

    @blueprint.post("/unanswered/<question_id:str>/dealt_with")
    @open_to(*STAFF)
    async def deal_with(request: Request, question_id: str) -> HTTPResponse:
        """Note that a question needs no more attention."""
        await _kb(request).deal_with_unanswered(question_id, by=_editor(request))
        return empty()

    return blueprint


def result_view(result: SearchResult) -> dict[str, Any]:
    """The result as the API and `frontdoor kb search --json` write it."""
    return {
        "query": result.query,
        "decision": result.decision.value,
        "hits": [
            {
                "article_id": hit.article_id,
                "question": hit.question,
                "matched": hit.matched,
                "score": hit.score,
                "answer": hit.answer,
                "category": hit.category,
                "why": hit.why,
            }
            for hit in result.hits
        ],
    }


def report_view(report: ImportReport) -> dict[str, Any]:
    """The report of an import as the API writes it."""
    return msgspec.to_builtins(report)


def article_view(article: model.Article) -> dict[str, Any]:
    """An article as the API writes it."""
    return {
        "id": article.id,
        **msgspec.to_builtins(article.content),
        "status": article.status.value,
        "version": article.version,
        "published_version": article.published_version,
        "has_unpublished_changes": article.has_unpublished_changes,
        "updated_at": iso(article.updated_at),
        "updated_by": article.updated_by,
    }


def version_view(version: model.ArticleVersion) -> dict[str, Any]:
    """One save as the API writes it."""
    return {
        "version": version.version,
        **msgspec.to_builtins(version.content),
        "saved_at": iso(version.saved_at),
        "saved_by": version.saved_by,
        "published_at": version.published_at and iso(version.published_at),
        "published_by": version.published_by,
    }


def question_view(question: model.UnansweredQuestion) -> dict[str, Any]:
    """An unanswered question as the API writes it."""
    return {
        "id": question.id,
        "text": question.text,
        "reason": question.reason,
        "conversation_id": question.conversation_id,
        "created_at": iso(question.created_at),
    }


def group_view(group: model.UnansweredGroup) -> dict[str, Any]:
    """A group of unanswered questions as the API writes it; `text` is the newest one's."""
    return {
        "text": group.questions[0].text,
        "count": len(group.questions),
        "conversations": group.conversations,
        "last_at": iso(group.questions[0].created_at),
        "questions": [question_view(question) for question in group.questions],
    }


def _kb(request: Request) -> KnowledgeBase:
    return request.app.ctx.kb


def _editor(request: Request) -> Editor:
    return Editor(request.ctx.user.id, request.ctx.user.username)


def _seen(request: Request) -> int | None:
    return read_json(request, ArticleSeen).version if request.body else None


def _status(request: Request) -> str:
    status = request.args.get("status", "")
    if status and status not in tuple(ArticleStatus):
        raise InvalidInput(f"status must be one of {', '.join(ArticleStatus)}.")
    return status
