"""Two people who change the same thing: the second is told, and nothing is lost. Pure."""

from __future__ import annotations

from typing import Protocol

from common.errors import Conflict


class Versioned(Protocol):
    """Something that is saved whole, again and again."""

    @property
    def version(self) -> int:
        """How often it was saved."""

    @property
    def updated_by(self) -> str:
        """The name of who saved it last; empty when nobody signed in did."""


def refuse_stale(present: Versioned, read_at: int | None, code: str) -> None:
    """Make sure that what someone saves was made from the present version.

    Args:
        present: as it is stored.
        read_at: the version it was made from; None: whatever is there.
        code: of the error.

    Raises:
        Conflict: someone else saved meanwhile.
    """
    if read_at is not None and present.version != read_at:
        who = present.updated_by or "管理员"
        raise Conflict(f"{who}刚保存了新的一版，请先看看对方改了什么。", code=code)
