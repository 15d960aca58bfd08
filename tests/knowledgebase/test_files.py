"""Article files in and out."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime

import openpyxl
import pytest

from common.errors import TooLarge
from knowledgebase import sheets
from knowledgebase.files import parse, to_csv
from tests.knowledgebase.builders import STARTER, an_input

HEADER = "question,answer,similar_questions,category,tags,valid_from,valid_until\n"


def a_csv(*rows: str, header: str = HEADER) -> bytes:
    return (header + "".join(f"{row}\n" for row in rows)).encode()


def an_xlsx(*rows: list[object]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def places(data: bytes) -> list[tuple[int, str | None, str]]:
    return [(problem.line, problem.column, problem.code) for problem in parse(data).problems]


def test_all_columns_are_read():
    data = a_csv(
        '怎么查话费,"打开掌厅，\n看首页",话费余额|余额在哪,账单,查询|常用,2026-01-01,2026/12/31'
    )
    assert parse(data).articles == (
        an_input(
            "怎么查话费",
            "话费余额",
            "余额在哪",
            answer="打开掌厅，\n看首页",
            category="账单",
            tags=("查询", "常用"),
            valid_from=date(2026, 1, 1),
            valid_until=date(2026, 12, 31),
        ),
    )


def test_only_question_and_answer_are_required():
    assert parse(b"question,answer\nq1,a1\n").articles == (an_input("q1", answer="a1"),)


def test_columns_may_stand_in_any_order_and_case():
    assert parse(b"Answer, QUESTION \na1,q1\n").articles == (an_input("q1", answer="a1"),)


def test_similar_questions_may_stand_one_a_line():
    data = a_csv('问题,答案,"问法一\n问法二|问法三",,,,')
    assert parse(data).articles[0].similar_questions == ("问法一", "问法二", "问法三")


def test_a_byte_order_mark_and_windows_line_ends_are_fine():
    data = b"\xef\xbb\xbf" + a_csv("问题,答案,,,,,").replace(b"\n", b"\r\n")
    assert parse(data).articles == (an_input("问题", answer="答案"),)


def test_blank_rows_are_left_out_and_lines_still_right():
    data = a_csv("问题一,答案,,,,,", "", ",,,,,,", "问题二,,,,,,")
    assert places(data) == [(5, "answer", "empty")]


def test_a_problem_is_told_with_the_line_where_its_row_starts():
    data = a_csv('问题一,"三\n行\n答案",,,,,', ",没有问题,,,,,", "问题三,答案,,,,昨天,")
    assert places(data) == [(5, "question", "empty"), (6, "valid_from", "not_a_date")]
    assert parse(data).articles == ()


@pytest.mark.parametrize(
    "text", ["2026-02-30", "2026-13-01", "26-01-01", "明天", "2026-01-01 10:00"]
)
def test_what_is_no_date_is_refused(text):
    problem = parse(a_csv(f"问题,答案,,,,{text},")).problems[0]
    assert (problem.column, problem.code, problem.value) == ("valid_from", "not_a_date", text)


def test_the_same_question_twice_names_the_first_line():
    problem = parse(a_csv("怎么查话费,甲,,,,,", "怎么查话费？,乙,,,,,")).problems[0]
    assert (problem.line, problem.column) == (3, "question")
    assert problem.reason == "与第 2 行的问题相同"


def test_an_unquoted_comma_is_told():
    assert places(b"question,answer\nq,a,b\n") == [(2, None, "too_many_cells")]


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("question\n", (1, "answer", "column_missing")),
        ("question,answer,similar_question\n", (1, "similar_question", "column_unknown")),
        ("question,answer,answer\n", (1, "answer", "column_twice")),
    ],
)
def test_a_wrong_header_is_told(header, found):
    assert places(a_csv(header=header)) == [found]


def test_a_gbk_file_is_refused_with_what_to_do():
    data = "question,answer\nq1,a1\n怎么查话费,答案\n".encode("gb18030")
    problem = parse(data).problems[0]
    assert (problem.line, problem.code, problem.value) == (3, "not_utf8", "怎么查话费,答案")
    assert "另存为“CSV UTF-8" in problem.reason


def test_a_utf16_file_is_refused():
    assert places("question,answer\n".encode("utf-16")) == [(1, None, "not_utf8")]


def test_bytes_of_no_encoding_are_refused():
    assert places(b"question,answer\n\xff\xff\xff\n") == [(2, None, "not_utf8")]


def test_an_open_quote_is_told_with_the_line_where_it_opens():
    assert places(a_csv("问题,答案,,,,,", '问题二,"没有收尾')) == [(3, None, "bad_quotes")]


@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf", b"\n\n\n", b",,,\n"])
def test_an_empty_file_is_refused(data):
    assert places(data) == [(1, None, "empty")]


def test_too_many_bytes_are_refused():
    with pytest.raises(TooLarge):
        parse(b"x" * (sheets.MAX_BYTES + 1))


def test_too_many_rows_are_refused():
    rows = "".join(f"q{n},a\n" for n in range(sheets.MAX_ROWS + 1))
    assert places(b"question,answer\n" + rows.encode()) == [
        (sheets.MAX_ROWS + 2, None, "too_many_rows")
    ]


def test_xlsx_is_read_with_its_dates_and_numbers():
    data = an_xlsx(
        ["question", "answer", "valid_from", "valid_until", "tags"],
        ["怎么查话费", 10199, datetime(2026, 1, 1), date(2026, 12, 31), "甲|乙"],
        [None, None, None, None, None],
        ["怎么查流量", "答案", None, "2026-06-30", None],
    )
    first, second = parse(data).articles
    assert first == an_input(
        "怎么查话费",
        answer="10199",
        valid_from=date(2026, 1, 1),
        valid_until=date(2026, 12, 31),
        tags=("甲", "乙"),
    )
    assert second.valid_until == date(2026, 6, 30)


def test_a_problem_in_xlsx_names_the_row_of_the_sheet():
    data = an_xlsx(["question", "answer"], ["问题", "答案"], [None, None], ["问题二", None])
    assert places(data) == [(4, "answer", "empty")]


def test_a_zip_that_is_no_workbook_is_refused():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("readme.txt", "hello")
    assert places(out.getvalue()) == [(1, None, "not_xlsx")]


def test_half_a_workbook_is_refused():
    whole = an_xlsx(["question", "answer"], ["问题", "答案"])
    assert places(whole[: len(whole) // 2]) == [(1, None, "not_xlsx")]


def test_an_old_xls_is_refused_with_what_to_do():
    problem = parse(b"\xd0\xcf\x11\xe0" + b"\0" * 100).problems[0]
    assert (problem.code, "另存为 .xlsx" in problem.reason) == ("old_excel", True)


def test_a_zip_bomb_is_refused_before_it_unpacks():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * (sheets.MAX_UNPACKED_BYTES + 1))
    with pytest.raises(TooLarge):
        parse(out.getvalue())


def test_what_is_exported_is_read_back_the_same():
    articles = (
        an_input(
            "怎么查话费",
            "余额",
            "-5元是什么意思",
            answer='他说："好，\n去掌厅"。',
            category="账单",
            tags=("甲", "乙"),
            valid_from=date(2026, 1, 1),
        ),
        an_input("=1+1等于几", "+86是什么", answer="- 第一步\n- 第二步"),
        an_input("@所有人怎么用", answer="'=不是公式'"),
        an_input("'单引号", answer="''=两个引号"),
    )
    assert parse(to_csv(articles)).articles == articles


@pytest.mark.parametrize("text", ["=HYPERLINK(1)", "+1", "-1", "@SUM(1)"])
def test_an_exported_cell_never_starts_a_formula(text):
    exported = to_csv([an_input(f"{text}问", answer=text, category=text)]).decode("utf-8-sig")
    cells = exported.splitlines()[1].split(",")
    assert all(not cell.lstrip('"').startswith(("=", "+", "-", "@")) for cell in cells)


def test_the_starter_file_has_no_problems():
    parsed = parse(STARTER.read_bytes())
    assert parsed.problems == ()
    assert parsed.rows >= 100
    assert all(len(article.similar_questions) >= 3 for article in parsed.articles)
