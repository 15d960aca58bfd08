"""The channel's own words: one TOML file a language."""

from __future__ import annotations

import functools
import tomllib
from pathlib import Path


@functools.cache
def texts(locale: str) -> dict[str, dict[str, str]]:
    """Return the words of `locale` (`zh-CN` or `en`), by section and name."""
    return tomllib.loads((Path(__file__).parent / f"{locale}.toml").read_text("utf-8"))
