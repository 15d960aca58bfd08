"""Migrating makes the very tables the code declares, on both databases."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import asyncpg
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy.ext.asyncio import AsyncConnection

from common.db import Database
from server.migrate import schema_is_current, upgrade
from server.schema import metadata
from tests.conftest import NOON, POSTGRES, _database_name


@pytest.fixture(params=["sqlite", "postgres"])
async def empty(request: pytest.FixtureRequest, tmp_path: Path):
    if request.param == "sqlite":
        database = Database.from_url(f"sqlite+aiosqlite:///{tmp_path / 'new.db'}")
        yield database
        await database.close()
        return
    request.getfixturevalue("postgres_url")  # skips, or fails under CI, without a server
    name = f"{_database_name()}_new"
    server = await asyncpg.connect(POSTGRES)
    await server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    await server.execute(f'CREATE DATABASE "{name}"')
    database = Database.from_url(POSTGRES.rsplit("/", 1)[0] + "/" + name)
    yield database
    await database.close()
    await server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    await server.close()


async def test_migrating_an_empty_database_makes_the_declared_tables(empty: Database):
    await upgrade(empty)

    def differences(connection):
        return compare_metadata(MigrationContext.configure(connection), metadata)

    async with empty.connect() as conn:
        assert await schema_is_current(conn)
        assert await conn.run_sync(differences) == []


async def test_migrating_twice_changes_nothing(empty: Database):
    await upgrade(empty)
    await upgrade(empty)

    async with empty.connect() as conn:
        assert await schema_is_current(conn)


async def test_what_is_there_before_a_migration_is_there_after_it(empty: Database):
    await upgrade(empty, "0008")
    async with empty.begin() as conn:
        for table in ("users", "contacts", "conversations", "messages", "teams", "team_members"):
            await conn.execute(await _a_row(conn, table))

    await upgrade(empty)

    async with empty.connect() as conn:
        for table in ("users", "contacts", "conversations", "messages", "teams", "team_members"):
            count = sa.select(sa.func.count()).select_from(sa.table(table))
            assert (await conn.execute(count)).scalar_one() == 1, table
        owner = sa.select(sa.column("person_id")).select_from(sa.table("contacts"))
        assert (await conn.execute(owner)).scalar_one() == "x"


async def _a_row(conn: AsyncConnection, table: str) -> sa.Insert:
    """Return the insert of one row as the table stands now: every key is “x”, the rest is empty."""
    found = await conn.run_sync(
        lambda sync: sa.Table(table, sa.MetaData(), autoload_with=sync, resolve_fks=False)
    )
    values: dict[str, object] = {}
    for column in found.columns:
        if column.nullable:
            continue
        kind = column.type.python_type
        empty = {int: 1, bool: False, datetime: NOON, dict: {}, list: []}.get(kind, "x")
        values[column.name] = empty
    return sa.insert(found).values(values)
