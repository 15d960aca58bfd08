"""The words of the desk: one TOML file a language, so that operators can change them."""

from __future__ import annotations

import functools
import tomllib
from pathlib import Path


@functools.cache
def texts(locale: str) -> dict[str, dict[str, str]]:
    """Return the words of `locale` (`zh-CN` or `en`), by section and name."""
    return tomllib.loads((Path(__file__).parent / f"{locale}.toml").read_text("utf-8"))


def say(locale: str, name: str, **values: object) -> str:
    """Return what the customer is told, with `values` in its braces."""
    return texts(locale)["said"][name].format(**values)
