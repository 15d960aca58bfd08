"""The words people read for our codes; they live in `labels.json`, one block a language."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

DEFAULT_LOCALE = "zh-CN"


def label(kind: str, code: str, locale: str = DEFAULT_LOCALE) -> str:
    """Return the words for a code.

    A language we have no words for gets Chinese; a code without words is returned as it is.

    Args:
        kind: `slot`, `fault_type`, `type`, `priority`, `status` or `warranty`; `slot_<fault type>`
            holds what a slot is called in that kind of fault alone.
        code: such as `phone` or `major`.
        locale: `zh-CN` or `en`.
    """
    words = _all_labels()
    return words.get(locale, words[DEFAULT_LOCALE]).get(kind, {}).get(code, code)


@cache
def _all_labels() -> dict[str, dict[str, dict[str, str]]]:
    return json.loads(Path(__file__).with_name("labels.json").read_text(encoding="utf-8"))
