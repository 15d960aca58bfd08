"""Identifiers: sortable by time, safe in a URL without escaping."""

from __future__ import annotations

from ulid import ULID


def new_id() -> str:
    """Return a new ULID, 26 lower-case characters; later ones of a process are greater."""
    return str(ULID()).lower()
