"""Article files: what a row means, what is wrong with it, and the way back into CSV."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from knowledgebase.checking import TAG_SEPARATORS, check, tidy
from knowledgebase.model import ArticleInput
from knowledgebase.sheets import LineProblem, Row, Unreadable, read_rows
from knowledgebase.text import question_key

COLUMNS = (
    "question",
    "answer",
    "similar_questions",
    "category",
    "tags",
    "valid_from",
    "valid_until",
)
REQUIRED = ("question", "answer")
MAX_PROBLEMS = 1000
MAX_VALUE = 80

_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
# Spreadsheets run what begins so. Ours are written with an apostrophe before, which they hide;
# reading takes it off again.
_FORMULA = re.compile(r"'*[=+\-@\t\r]")


@dataclass(frozen=True)
class ParsedFile:
    """The articles of a file, or what is wrong with it. With problems nothing may be imported."""

    rows: int
    articles: tuple[ArticleInput, ...]
    problems: tuple[LineProblem, ...]


def parse(data: bytes) -> ParsedFile:
    """Read an article file, CSV or XLSX.

    Raises:
        TooLarge: more bytes than we take.
    """
    try:
        header, *rows = read_rows(data)
    except Unreadable as error:
        return ParsedFile(0, (), (error.problem,))
    names = [name.strip().lower() for name in header.cells]
    if problems := _check_header(header.line, names):
        return ParsedFile(len(rows), (), tuple(problems))
    articles: list[ArticleInput] = []
    line_of: dict[str, int] = {}
    for row in rows:
        article, found = _read_row(row, names)
        key = question_key(article.question)
        if article.question and key in line_of:
            found.append(
                LineProblem(
                    row.line,
                    "question",
                    "duplicate",
                    f"与第 {line_of[key]} 行的问题相同",
                    article.question[:MAX_VALUE],
                )
            )
        line_of.setdefault(key, row.line)
        problems += found
        articles.append(article)
    return ParsedFile(
        len(rows), () if problems else tuple(articles), tuple(problems[:MAX_PROBLEMS])
    )


def _check_header(line: int, names: list[str]) -> list[LineProblem]:
    problems = [
        LineProblem(line, name, "column_missing", f"缺少“{name}”列；第一行应是列名")
        for name in REQUIRED
        if name not in names
    ]
    for place, name in enumerate(names):
        if name not in COLUMNS:
            reason = f"不认识的列，可用的列是 {', '.join(COLUMNS)}"
            problems.append(LineProblem(line, name, "column_unknown", reason, name[:MAX_VALUE]))
        elif name in names[:place]:
            problems.append(LineProblem(line, name, "column_twice", "这一列出现了两次", name))
    return problems


def _read_row(row: Row, names: list[str]) -> tuple[ArticleInput, list[LineProblem]]:
    problems: list[LineProblem] = []
    if len(row.cells) > len(names):
        extra = row.cells[len(names)]
        reason = f"这一行比列名多出 {len(row.cells) - len(names)} 格；含逗号的内容要用双引号括起来"
        problems.append(LineProblem(row.line, None, "too_many_cells", reason, extra[:MAX_VALUE]))
    cells = {name: _unescape(cell).strip() for name, cell in zip(names, row.cells, strict=False)}
    dates = {}
    for name in ("valid_from", "valid_until"):
        try:
            dates[name] = _read_date(cells.get(name, ""))
        except ValueError:
            dates[name] = None
            reason = "不是日期，应写成 2026-01-31"
            problems.append(
                LineProblem(row.line, name, "not_a_date", reason, cells[name][:MAX_VALUE])
            )
    article = tidy(
        ArticleInput(
            question=cells.get("question", ""),
            answer=cells.get("answer", ""),
            similar_questions=tuple(re.split(r"[|\r\n]+", cells.get("similar_questions", ""))),
            category=cells.get("category", ""),
            tags=tuple(re.split(f"[{re.escape(TAG_SEPARATORS)}]+", cells.get("tags", ""))),
            valid_from=dates["valid_from"],
            valid_until=dates["valid_until"],
        )
    )
    for found in check(article):
        problems.append(
            LineProblem(row.line, found.field, found.code, found.reason, found.value[:MAX_VALUE])
        )
    return article, problems


def _read_date(text: str) -> date | None:
    if not text:
        return None
    match = _DATE.fullmatch(text)
    if match is None:
        raise ValueError(text)
    year, month, day = map(int, match.groups())
    return date(year, month, day)


def to_csv(articles: Iterable[ArticleInput]) -> bytes:
    """Return the articles as CSV, UTF-8 with a mark that makes spreadsheets read it rightly."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for article in articles:
        cells = (
            article.question,
            article.answer,
            "\n".join(article.similar_questions),
            article.category,
            "|".join(article.tags),
            "" if article.valid_from is None else article.valid_from.isoformat(),
            "" if article.valid_until is None else article.valid_until.isoformat(),
        )
        writer.writerow([_escape(cell) for cell in cells])
    return out.getvalue().encode("utf-8-sig")


def _escape(cell: str) -> str:
    return f"'{cell}" if _FORMULA.match(cell) else cell


def _unescape(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
