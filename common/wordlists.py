"""Lists of expressions kept as data: the product's file, and an operator's beside it."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

from common.errors import SettingsError


def read_lists(
    names: Collection[str], what: str, file: Path, more: Path | None
) -> dict[str, re.Pattern[str]]:
    """Return each list of the files as one expression; later files add to earlier ones.

    Args:
        names: the lists there may be. One that a file leaves out is empty there.
        what: the lists, in a word, for the errors.
        file: the product's own.
        more: an operator's, or None.

    Raises:
        SettingsError: a file cannot be read as such; the message says where.
    """
    lists = [_read(path, names, what) for path in (file, more) if path is not None]
    return {name: _any_of(line for one in lists for line in one[name]) for name in names}


def folded(text: str) -> str:
    """Return the text in one spelling, without spaces. Quotation marks stay as they were typed."""
    kept = "".join(text.split())
    return unicodedata.normalize("NFKC", kept).casefold()


def _read(path: Path, names: Collection[str], what: str) -> dict[str, list[str]]:
    try:
        content: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path}: cannot be read as a list of {what}: {error}") from None
    if unknown := content.keys() - set(names):
        raise SettingsError(f"{path}: {', '.join(sorted(unknown))} is none of {', '.join(names)}")
    lists = {name: content.get(name, []) for name in names}
    for name, lines in lists.items():
        for line in lines:
            try:
                re.compile(line)
            except (re.error, TypeError) as error:
                raise SettingsError(f"{path}: {name}: {line!r}: {error}") from None
    return lists


def _any_of(patterns: Iterable[str]) -> re.Pattern[str]:
    """Return an expression for any of these; for none of them, one that is never found."""
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns) or r"(?!)")
