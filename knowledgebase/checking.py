"""What an article must look like to be kept, told field by field."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace

from common.errors import InvalidInput
from knowledgebase.model import ArticleInput
from knowledgebase.text import fold, question_key

MAX_QUESTION = 200
MAX_ANSWER = 5000
MAX_SIMILAR = 500
MAX_CATEGORY = 50
MAX_TAG = 50
MAX_TAGS = 20

SIMILAR_SEPARATORS = "|\n"
TAG_SEPARATORS = "|\n,，;；、"


@dataclass(frozen=True)
class Problem:
    """What is wrong with one field. `code` is for programs, `reason` for people."""

    field: str
    code: str
    reason: str
    value: str = ""


class InvalidArticle(InvalidInput):
    """An article that cannot be kept as it is written; `problems` says why, field by field."""

    code = "article_invalid"

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("；".join(f"{problem.field}：{problem.reason}" for problem in problems))
        self.problems = problems


def tidy(content: ArticleInput) -> ArticleInput:
    """Return the content without stray spaces, empty entries and the line ends of other systems.

    The words are left alone: an approved answer goes out as it was written.
    """
    return replace(
        content,
        question=content.question.strip(),
        answer=content.answer.replace("\r\n", "\n").replace("\r", "\n").strip(),
        similar_questions=tuple(filter(None, (text.strip() for text in content.similar_questions))),
        category=content.category.strip(),
        tags=tuple(dict.fromkeys(filter(None, (tag.strip() for tag in content.tags)))),
    )


def check(content: ArticleInput) -> list[Problem]:
    """Return everything that is wrong with a tidied article, in the order of its fields."""
    problems = [
        *_check_question("question", content.question),
        *_check_answer(content.answer),
        *_check_similar(content),
        *_check_line("category", content.category, MAX_CATEGORY),
    ]
    if len(content.tags) > MAX_TAGS:
        problems.append(Problem("tags", "too_many", f"最多 {MAX_TAGS} 个", str(len(content.tags))))
    for tag in content.tags:
        problems += _check_line("tags", tag, MAX_TAG, TAG_SEPARATORS)
    if content.valid_from and content.valid_until and content.valid_from > content.valid_until:
        problems.append(
            Problem(
                "valid_until",
                "before_valid_from",
                f"失效日期早于生效日期 {content.valid_from}",
                str(content.valid_until),
            )
        )
    return problems


def checked(content: ArticleInput) -> ArticleInput:
    """Return the tidied content.

    Raises:
        InvalidArticle: something is wrong with it.
    """
    tidied = tidy(content)
    if problems := check(tidied):
        raise InvalidArticle(problems)
    return tidied


def _check_question(field: str, text: str) -> list[Problem]:
    if not text:
        return [Problem(field, "empty", "不能为空")]
    if not fold(text):
        return [Problem(field, "no_words", "只有标点或符号，没有文字", text)]
    return _check_line(field, text, MAX_QUESTION, SIMILAR_SEPARATORS)


def _check_answer(text: str) -> list[Problem]:
    if not text:
        return [Problem("answer", "empty", "不能为空")]
    if len(text) > MAX_ANSWER:
        return [Problem("answer", "too_long", f"超过 {MAX_ANSWER} 字（现有 {len(text)} 字）", text)]
    if _has_control(text.replace("\n", "").replace("\t", "")):
        return [Problem("answer", "control_character", "含有不可见的控制字符", text)]
    return []


def _check_similar(content: ArticleInput) -> list[Problem]:
    field = "similar_questions"
    similar = content.similar_questions
    if len(similar) > MAX_SIMILAR:
        return [Problem(field, "too_many", f"最多 {MAX_SIMILAR} 条", str(len(similar)))]
    problems = []
    seen = {question_key(content.question)}
    for text in similar:
        if found := _check_question(field, text):
            problems += found
            continue
        key = question_key(text)
        if key in seen:
            problems.append(Problem(field, "duplicate", "与标准问或另一条相似问重复", text))
        seen.add(key)
    return problems


def _check_line(field: str, text: str, longest: int, forbidden: str = "\n") -> list[Problem]:
    if len(text) > longest:
        return [Problem(field, "too_long", f"超过 {longest} 字（现有 {len(text)} 字）", text)]
    if found := next((mark for mark in forbidden if mark in text), None):
        shown = "换行" if found == "\n" else f"“{found}”"
        return [Problem(field, "separator", f"不能含有{shown}，它用来分隔各项", text)]
    if _has_control(text):
        return [Problem(field, "control_character", "含有不可见的控制字符", text)]
    return []


def _has_control(text: str) -> bool:
    # Cs are halves of a character: they cannot be written in UTF-8. PostgreSQL refuses NUL.
    return any(unicodedata.category(character) in ("Cc", "Cs") for character in text)
