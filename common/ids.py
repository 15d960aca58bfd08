"""Identifiers: sortable by time, safe in a URL without escaping."""

from __future__ import annotations

from ulid import ULID


def new_id() -> str:
    """Return a new ULID, 26 lower-case characters."""
    return str(ULID()).lower()
