"""Migrating makes the very tables the code declares, on both databases."""

from __future__ import annotations

from pathlib import Path

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from common.db import Database
from server.migrate import schema_is_current, upgrade
from server.schema import metadata
from tests.conftest import POSTGRES, _database_name


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
