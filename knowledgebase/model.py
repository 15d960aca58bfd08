"""Articles: what is written, what is live, and what a search finds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from common.errors import Conflict


class ArticleStatus(StrEnum):
    """Where an article stands. `review` waits for a second pair of eyes."""

    DRAFT = "draft"
    REVIEW = "review"
    PUBLISHED = "published"
    ARCHIVED = "archived"


class Decision(StrEnum):
    """What to do with a search's hits: say the first, offer some, or admit there is none."""

    ANSWER = "answer"
    SUGGEST = "suggest"
    NONE = "none"


@dataclass(frozen=True)
class ArticleInput:
    """What a person writes of an article. `None` as a date means no bound on that side."""

    question: str
    answer: str
    similar_questions: tuple[str, ...] = ()
    category: str = ""
    tags: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_until: date | None = None


@dataclass(frozen=True)
class Article:
    """An article as content staff see it: the working text, and which version of it is live."""

    id: str
    content: ArticleInput
    status: ArticleStatus
    version: int
    published_version: int | None
    updated_at: datetime
    updated_by: str

    @property
    def has_unpublished_changes(self) -> bool:
        """Whether customers get an older text than the one shown here."""
        return self.published_version is not None and self.published_version != self.version


@dataclass(frozen=True)
class ArticlePage:
    """Some articles, how many there are in all, and the categories in use."""

    articles: list[Article]
    total: int
    categories: list[str]


@dataclass(frozen=True)
class ArticleVersion:
    """One save, kept for ever."""

    article_id: str
    version: int
    content: ArticleInput
    saved_at: datetime
    saved_by: str
    published_at: datetime | None
    published_by: str | None


@dataclass(frozen=True)
class PublishedArticle:
    """The live text of an article: what customers may be answered with."""

    article_id: str
    version: int
    question: str
    answer: str
    similar_questions: tuple[str, ...] = ()
    category: str = ""
    valid_from: date | None = None
    valid_until: date | None = None

    @classmethod
    def of(cls, article_id: str, version: int, content: ArticleInput) -> PublishedArticle:
        """Return what `content` is once it is live."""
        return cls(
            article_id=article_id,
            version=version,
            question=content.question,
            answer=content.answer,
            similar_questions=content.similar_questions,
            category=content.category,
            valid_from=content.valid_from,
            valid_until=content.valid_until,
        )

    def is_valid_on(self, day: date) -> bool:
        """Whether customers may be answered with it on `day`; both bounds are included."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_until is None or day <= self.valid_until
        )


@dataclass(frozen=True)
class Hit:
    """An article that was found: by which phrasing, how alike (0..1), and why in a sentence."""

    article_id: str
    question: str
    matched: str
    score: float
    answer: str
    category: str
    why: str


@dataclass(frozen=True)
class SearchResult:
    """The hits, best first, and what to do with them.

    With `NONE` the hits are near misses: worth showing to staff, not to customers.
    """

    query: str
    decision: Decision
    hits: tuple[Hit, ...]


@dataclass(frozen=True)
class UnansweredQuestion:
    """A question the knowledge base failed, kept until someone deals with it."""

    id: str
    text: str
    reason: str
    conversation_id: str
    created_at: datetime


@dataclass(frozen=True)
class UnansweredGroup:
    """Questions that ask the same, the newest first."""

    questions: tuple[UnansweredQuestion, ...]

    @property
    def conversations(self) -> int:
        """In how many conversations it was asked."""
        return len({question.conversation_id for question in self.questions})


class UnansweredReason(StrEnum):
    """How the knowledge base failed: no article, none of those offered, or one without help."""

    NO_ANSWER = "no_answer"
    REFUSED = "refused"
    NOT_SOLVED = "not_solved"


class EmbedderStatus(StrEnum):
    """How search by meaning fares. Whatever it is, search by words goes on."""

    OFF = "off"
    READY = "ready"
    WORKING = "working"
    FAILING = "failing"


@dataclass(frozen=True)
class EmbedderState:
    """The embedder's name and status, how many texts have no vector yet, and why it fails."""

    name: str
    status: EmbedderStatus
    missing: int = 0
    reason: str = ""


@dataclass(frozen=True)
class Editor:
    """Who changes articles."""

    id: str
    username: str

    @property
    def actor(self) -> str:
        """The editor as events name them."""
        return f"user:{self.id}" if self.id else "system"


SYSTEM = Editor("", "system")
"""Nobody in particular: a command on the server."""


def new_article(id: str, content: ArticleInput, *, by: Editor, now: datetime) -> Article:
    """Return a first draft."""
    return Article(id, content, ArticleStatus.DRAFT, 1, None, now, by.username)


def change(
    article: Article, content: ArticleInput, *, read_at: int, by: Editor, now: datetime
) -> Article:
    """Return the article with a new text; what is live stays until it is published.

    The same text again changes nothing. An archived article becomes a draft.

    Raises:
        Conflict: someone saved since version `read_at`, on which the text is based.
    """
    _refuse_stale(article, read_at)
    if content == article.content:
        return article
    published = article.status is ArticleStatus.PUBLISHED
    return replace(
        article,
        content=content,
        status=ArticleStatus.PUBLISHED if published else ArticleStatus.DRAFT,
        version=article.version + 1,
        updated_at=now,
        updated_by=by.username,
    )


def publish(article: Article, *, by: Editor, now: datetime, read_at: int | None = None) -> Article:
    """Return the article with its present text live. Twice is the same as once.

    Raises:
        Conflict: the present text is not the version `read_at`, which was meant.
    """
    _refuse_stale(article, read_at)
    if article.published_version == article.version:
        return article
    return replace(
        article,
        status=ArticleStatus.PUBLISHED,
        published_version=article.version,
        updated_at=now,
        updated_by=by.username,
    )


def archive(article: Article, *, by: Editor, now: datetime, read_at: int | None = None) -> Article:
    """Return the article out of use. Twice is the same as once.

    Raises:
        Conflict: the present text is not the version `read_at`, which was meant.
    """
    _refuse_stale(article, read_at)
    if article.status is ArticleStatus.ARCHIVED:
        return article
    return replace(
        article,
        status=ArticleStatus.ARCHIVED,
        published_version=None,
        updated_at=now,
        updated_by=by.username,
    )


def _refuse_stale(article: Article, read_at: int | None) -> None:
    if read_at is not None and article.version != read_at:
        raise Conflict(
            f"{article.updated_by} 已保存了版本 {article.version}，请刷新后再操作。",
            code="article_changed",
        )
