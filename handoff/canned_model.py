"""Canned responses: what they are, who reads and who changes them. Pure rules."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace

from common.errors import InvalidInput

PLACEHOLDERS = ("客户姓名", "工单号", "客服姓名")
"""What the console fills in where it stands in braces; an unknown one stays as it is."""

LONGEST_TITLE = 64
LONGEST_TEXT = 2000
LONGEST_SHORTCUT = LONGEST_CATEGORY = 32

_IN_BRACES = re.compile(r"[{｛]\s*([^{}｛｝\s]{1,12})\s*[}｝]")
_NOT_IN_A_SHORTCUT = re.compile(r"[\s/]")


@dataclass(frozen=True)
class CannedResponse:
    """A text that agents put into a reply.

    Attributes:
        id: its id.
        title: what it is found and shown by.
        text: what is put into the reply, with placeholders in braces.
        shortcut: short word to type after `/`; may be empty.
        category: a heading it stands under; may be empty.
        team_id: the team it is for; None: everyone.
        owner_id: whose own it is; None: shared, kept by supervisors.
        version: how often it was saved.
        updated_by: the name of who saved it last.
    """

    id: str
    title: str
    text: str
    shortcut: str = ""
    category: str = ""
    team_id: str | None = None
    owner_id: str | None = None
    version: int = 1
    updated_by: str = ""

    def may_be_read_by(self, user_id: str, teams: Collection[str], *, supervises: bool) -> bool:
        """Whether someone in these teams finds it in their list."""
        if self.owner_id is not None:
            return self.owner_id == user_id
        return self.team_id is None or self.team_id in teams or supervises

    def may_be_changed_by(self, user_id: str, *, supervises: bool) -> bool:
        """Whether someone may write or remove it: one's own, and supervisors what is shared."""
        return supervises if self.owner_id is None else self.owner_id == user_id


def checked(wanted: CannedResponse) -> CannedResponse:
    """Return a canned response as it is kept: trimmed, the shortcut lower-case without its `/`.

    Raises:
        InvalidInput: too short or too long (`canned_title_invalid`, `canned_text_invalid`,
            `canned_category_invalid`), a shortcut with a space or `/` in it
            (`canned_shortcut_invalid`), or a placeholder that nobody fills in
            (`placeholder_unknown`).
    """
    made = replace(
        wanted,
        title=wanted.title.strip(),
        text=_IN_BRACES.sub(r"{\1}", wanted.text.strip()),
        shortcut=wanted.shortcut.strip().removeprefix("/").lower(),
        category=wanted.category.strip(),
        team_id=wanted.team_id if wanted.owner_id is None else None,
    )
    if not 0 < len(made.title) <= LONGEST_TITLE:
        raise InvalidInput(f"标题要写，最多 {LONGEST_TITLE} 字。", code="canned_title_invalid")
    if not 0 < len(made.text) <= LONGEST_TEXT:
        raise InvalidInput(f"内容要写，最多 {LONGEST_TEXT} 字。", code="canned_text_invalid")
    if len(made.shortcut) > LONGEST_SHORTCUT or _NOT_IN_A_SHORTCUT.search(made.shortcut):
        raise InvalidInput(
            f"快捷码最多 {LONGEST_SHORTCUT} 字，中间不能有空格和“/”。",
            code="canned_shortcut_invalid",
        )
    if len(made.category) > LONGEST_CATEGORY:
        raise InvalidInput(f"分类最多 {LONGEST_CATEGORY} 字。", code="canned_category_invalid")
    for name in _IN_BRACES.findall(made.text):
        if name not in PLACEHOLDERS:
            known = "、".join(f"{{{one}}}" for one in PLACEHOLDERS)
            raise InvalidInput(
                f"没有 {{{name}}} 这个占位符，只能用 {known}。", code="placeholder_unknown"
            )
    return made
