"""Bringing the database's tables up to date, with Alembic."""

from __future__ import annotations

import functools
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.ext.asyncio import AsyncConnection

from common.db import Database

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


async def upgrade(db: Database, to: str = "head") -> None:
    """Run the migrations that are missing, up to one, in one transaction."""
    async with db.begin_rebuilding() as conn:
        if not db.is_sqlite:
            # Two that start together follow one another.
            await conn.execute(sa.text("SELECT pg_advisory_xact_lock(712031)"))
        await conn.run_sync(_upgrade, to)


def _upgrade(connection: object, to: str) -> None:
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, to)


async def schema_is_current(conn: AsyncConnection) -> bool:
    """Whether no migration is missing."""
    current = await conn.run_sync(
        lambda sync: MigrationContext.configure(sync).get_current_revision()
    )
    return current == _head()


@functools.cache
def _head() -> str | None:
    return ScriptDirectory.from_config(_config()).get_current_head()
