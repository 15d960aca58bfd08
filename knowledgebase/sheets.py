"""Rows of text out of the bytes of a CSV or XLSX file, with the line each came from."""

from __future__ import annotations

import csv
import io
import zipfile
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from common.errors import TooLarge

MAX_BYTES = 10 * 1024 * 1024
MAX_UNPACKED_BYTES = 100 * 1024 * 1024
MAX_ROWS = 20_000
MAX_COLUMNS = 50

_ZIP = b"PK\x03\x04"
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True)
class LineProblem:
    """What is wrong in a file, and where. Lines count from 1; `column` is its name, if known."""

    line: int
    column: str | None
    code: str
    reason: str
    value: str = ""


@dataclass(frozen=True)
class Row:
    """One row; `line` is where it starts in the file."""

    line: int
    cells: tuple[str, ...]


class Unreadable(Exception):
    """The file cannot be read as a table; `problem` says where and why."""

    def __init__(self, line: int, code: str, reason: str, value: str = "") -> None:
        super().__init__(reason)
        self.problem = LineProblem(line, None, code, reason, value)


def read_rows(data: bytes) -> list[Row]:
    """Return the rows that are not blank, told apart by their content and not by a file name.

    Raises:
        TooLarge: more bytes than we take.
        Unreadable: not a table we understand.
    """
    if len(data) > MAX_BYTES:
        raise TooLarge(f"文件超过 {MAX_BYTES // 1024 // 1024} MB，请拆成几个文件。")
    if data.startswith(_OLD_EXCEL):
        raise Unreadable(1, "old_excel", "这是旧版 .xls 文件，请在 Excel 里另存为 .xlsx")
    rows = _read_xlsx(data) if data.startswith(_ZIP) else _read_csv(_decode(data))
    if not rows:
        raise Unreadable(1, "empty", "文件是空的")
    return rows


def _decode(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Unreadable(1, "not_utf8", "文件是 UTF-16 编码，请另存为“CSV UTF-8（逗号分隔）”")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
    try:
        shown = data.decode("gb18030").splitlines()[line - 1].strip()[:80]
    except (UnicodeDecodeError, IndexError):
        raise Unreadable(line, "not_utf8", "文件不是 UTF-8 编码") from None
    raise Unreadable(
        line,
        "not_utf8",
        "文件看起来是 GB18030（GBK）编码，请在 Excel 里另存为“CSV UTF-8（逗号分隔）”",
        shown,
    )


def _read_csv(text: str) -> list[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[Row] = []
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return rows
        except csv.Error as error:
            raise Unreadable(
                line, "bad_quotes", f"引号不成对，或单元格太长（{error}）", _line(text, line)
            ) from None
        _add(rows, line, cells)


def _read_xlsx(data: bytes) -> list[Row]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        # A small file can unpack to gigabytes. No entry can unpack to more than it declares.
        if unpacked > MAX_UNPACKED_BYTES:
            raise TooLarge(f"文件解压后超过 {MAX_UNPACKED_BYTES // 1024 // 1024} MB。")
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, OSError):
        raise Unreadable(1, "not_xlsx", "不是有效的 .xlsx 文件") from None
    rows: list[Row] = []
    try:
        if not book.worksheets:
            return rows
        sheet: Any = book.worksheets[0]
        # What the file says of its own size may be wrong.
        sheet.reset_dimensions()
        for line, cells in enumerate(sheet.iter_rows(max_col=MAX_COLUMNS), start=1):
            _add(rows, line, [_cell(line, cell) for cell in cells])
    except (zipfile.BadZipFile, SyntaxError, KeyError, ValueError, OSError):
        raise Unreadable(len(rows) + 1, "not_xlsx", "文件已损坏，从这里起读不出来") from None
    finally:
        book.close()
    return rows


def _add(rows: list[Row], line: int, cells: list[str]) -> None:
    while cells and not cells[-1].strip():
        cells.pop()
    if not cells:
        return
    # The first row is the column names.
    if len(rows) > MAX_ROWS:
        raise Unreadable(line, "too_many_rows", f"超过 {MAX_ROWS} 行，请拆成几个文件")
    rows.append(Row(line, tuple(cells)))


def _cell(line: int, cell: Any) -> str:
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "e":
        raise Unreadable(line, "formula_error", "单元格里的公式出错", str(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _line(text: str, number: int) -> str:
    return next(iter(text.splitlines()[number - 1 : number]), "").strip()[:80]
