"""Content staff at the command line: checking, importing, trying."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.people import Customer
from tests.whole import Product

pytestmark = pytest.mark.e2e

HEADER = "question,answer,similar_questions,category,tags,valid_from,valid_until\n"


def a_file(folder: Path, *rows: str) -> str:
    path = folder / "articles.csv"
    path.write_text(HEADER + "\n".join(rows) + "\n", encoding="utf-8")
    return str(path)


def answers(product: Product, *queries: str) -> list[dict]:
    """Try questions as the content staff do."""
    say = "".join(f"{query}\n" for query in queries)
    return product.place.frontdoor_json("kb", "search", "--stdin", "--json", say=say)


def test_a_dry_run_says_line_column_and_reason_and_imports_nothing(
    product: Product, tmp_path: Path
):
    file = a_file(
        tmp_path,
        "浮标套餐多少钱,浮标套餐 9 元,浮标套餐收费,套餐,,,",
        ",没有问题的答案,,套餐,,,",
        "浮标套餐怎么退,浮标套餐随时可退,,套餐,,2026-13-01,",
    )

    done = product.place.frontdoor("kb", "import", file, "--dry-run", "--json")

    report = json.loads(done.stdout)
    assert done.returncode == 1
    assert not report["imported"]
    assert [(p["line"], p["column"]) for p in report["problems"]] == [
        (3, "question"),
        (4, "valid_from"),
    ]
    assert all(problem["reason"] for problem in report["problems"])
    (found,) = answers(product, "浮标套餐多少钱")
    assert "浮标套餐多少钱" not in [hit["question"] for hit in found["hits"]]


def test_an_import_is_all_or_nothing_and_its_problems_are_sentences(
    product: Product, tmp_path: Path
):
    file = a_file(
        tmp_path, "防波堤套餐多少钱,防波堤套餐 9 元,,套餐,,,", "防波堤套餐怎么退,,,套餐,,,"
    )

    done = product.place.frontdoor("kb", "import", file, "--publish")

    assert done.returncode == 1
    assert "line 3, answer: " in done.stderr
    (found,) = answers(product, "防波堤套餐多少钱")
    assert "防波堤套餐多少钱" not in [hit["question"] for hit in found["hits"]]


def test_what_was_imported_and_published_answers_the_next_customer_at_once(
    product: Product, new_customer: Callable[[], Customer], tmp_path: Path
):
    file = a_file(
        tmp_path, '潮汐套餐多少钱,"潮汐套餐每月 19 元，\n仅为演示。",潮汐套餐收费标准,套餐,,,'
    )
    new_customer().asks("潮汐套餐收费标准")
    for arguments in (("--dry-run",), ("--publish",)):
        done = product.place.frontdoor("kb", "import", file, *arguments)
        assert done.returncode == 0, done.stderr

    answer = new_customer().asks("潮汐套餐收费标准")[-1]

    assert answer["text"] == "潮汐套餐每月 19 元，\n仅为演示。"


def test_many_questions_are_tried_at_once(product: Product, approved: dict[str, str]):
    queries = ["怎么查话费", "", "我家宽带断了", "zzzz 😀"]

    found = answers(product, *queries)

    assert [result["query"] for result in found] == queries
    assert [result["decision"] for result in found] == ["answer", "none", "answer", "none"]
    best = found[0]["hits"][0]
    assert best["answer"] == approved["怎么查话费"]
    assert set(best) >= {"article_id", "question", "score", "answer", "matched"}
