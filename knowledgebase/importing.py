"""What an imported file changes: decided before anything is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from common.ids import new_id
from knowledgebase.model import Article, ArticleInput, Editor, change, new_article
from knowledgebase.model import publish as published
from knowledgebase.sheets import LineProblem
from knowledgebase.text import question_key


@dataclass(frozen=True)
class ImportReport:
    """What an import did, or would do. With problems nothing was imported."""

    rows: int
    created: int
    updated: int
    unchanged: int
    problems: tuple[LineProblem, ...]
    imported: bool


@dataclass
class ImportPlan:
    """The articles to write. `rewritten` are those of the updated ones that get a new text."""

    created: list[Article] = field(default_factory=list)
    updated: list[Article] = field(default_factory=list)
    rewritten: list[Article] = field(default_factory=list)
    unchanged: int = 0

    @property
    def changes(self) -> bool:
        """Whether there is anything to write."""
        return bool(self.created or self.updated)

    def __str__(self) -> str:
        created, updated = len(self.created), len(self.updated)
        return f"{created} created, {updated} updated, {self.unchanged} unchanged"


def plan_import(
    contents: Iterable[ArticleInput],
    existing: Mapping[str, Article],
    *,
    publish: bool,
    by: Editor,
    now: datetime,
) -> ImportPlan:
    """Return what to create and what to update.

    Args:
        contents: the file's articles, no question twice.
        existing: articles with the same questions, by `question_key`.
        publish: whether all of them shall be live; one that only waited for that counts as
            updated.
        by: who imports.
        now: when.
    """
    plan = ImportPlan()
    for content in contents:
        before = existing.get(question_key(content.question))
        if before is None:
            new = new_article(new_id(), content, by=by, now=now)
            plan.created.append(published(new, by=by, now=now) if publish else new)
            continue
        saved = change(before, content, read_at=before.version, by=by, now=now)
        after = published(saved, by=by, now=now) if publish else saved
        if after == before:
            plan.unchanged += 1
            continue
        plan.updated.append(after)
        if saved != before:
            plan.rewritten.append(after)
    return plan
