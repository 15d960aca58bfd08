"""Alembic's entry: runs on the connection that `server.migrate` hands in."""

from __future__ import annotations

from typing import Any

from alembic import context

from common.db import UtcDateTime
from server.schema import metadata


def render_item(kind: str, item: Any, _context: Any) -> str | bool:
    """Write our own column type as what the database knows it by."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_item=render_item,
)
context.run_migrations()
