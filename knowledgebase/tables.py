"""The tables of the knowledge base."""

from __future__ import annotations

import sqlalchemy as sa

from common.db import UtcDateTime, metadata

articles = sa.Table(
    "articles",
    metadata,
    sa.Column("id", sa.String(26), primary_key=True),
    # One question, one article; an archived article gives its question free.
    sa.Column("question_key", sa.String(64), unique=True),
    sa.Column("question", sa.Text, nullable=False),
    sa.Column("answer", sa.Text, nullable=False),
    # One a line, not JSON: people search in it.
    sa.Column("similar_questions", sa.Text, nullable=False),
    sa.Column("category", sa.String(50), nullable=False),
    sa.Column("tags", sa.Text, nullable=False),
    sa.Column("valid_from", sa.Date),
    sa.Column("valid_until", sa.Date),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("published_version", sa.Integer),
    # The revision at which what is live of this article last changed.
    sa.Column("live_revision", sa.Integer, nullable=False, default=0),
    sa.Column("updated_at", UtcDateTime, nullable=False),
    sa.Column("updated_by", sa.String(64), nullable=False),
    sa.Index("ix_articles_live_revision", "live_revision"),
    sa.Index("ix_articles_status", "status", "category"),
)

article_versions = sa.Table(
    "article_versions",
    metadata,
    sa.Column("article_id", sa.ForeignKey("articles.id"), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("content", sa.JSON, nullable=False),
    sa.Column("saved_at", UtcDateTime, nullable=False),
    sa.Column("saved_by", sa.String(64), nullable=False),
    sa.Column("published_at", UtcDateTime),
    sa.Column("published_by", sa.String(64)),
)

kb_revision = sa.Table(
    "kb_revision",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("revision", sa.Integer, nullable=False),
)

unanswered_questions = sa.Table(
    "unanswered_questions",
    metadata,
    sa.Column("id", sa.String(26), primary_key=True),
    sa.Column("conversation_id", sa.String(64), nullable=False),
    sa.Column("reason", sa.String(16), nullable=False),
    sa.Column("question_key", sa.String(64), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("dealt_with_at", UtcDateTime),
    sa.Column("dealt_with_by", sa.String(64)),
    # A turn that runs again must not count twice.
    sa.UniqueConstraint("conversation_id", "reason", "question_key"),
    sa.Index("ix_unanswered_questions_open", "dealt_with_at", "created_at"),
)

# What texts mean, computed once: nothing of it is lost by losing the table but time.
kb_vectors = sa.Table(
    "kb_vectors",
    metadata,
    sa.Column("embedder", sa.String(64), primary_key=True),
    sa.Column("text_key", sa.String(32), primary_key=True),
    sa.Column("vector", sa.LargeBinary, nullable=False),
)

kb_embedders = sa.Table(
    "kb_embedders",
    metadata,
    sa.Column("name", sa.String(64), primary_key=True),
    # Grows when there are new vectors.
    sa.Column("revision", sa.Integer, nullable=False),
    # One process computes at a time.
    sa.Column("claimed_by", sa.String(64)),
    sa.Column("claimed_until", UtcDateTime),
)
