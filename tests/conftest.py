"""What all tests share: an empty database of each kind, and a clock that stands still."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from sanic import Sanic

from common import auth
from common.db import Database
from server.schema import metadata

Sanic.test_mode = True
# Hashing is slow on purpose; here it would only make the tests slow.
auth._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
auth._NOBODY = auth._hasher.hash("nobody has this password")

pytest_plugins = ["tests.whole"]

POSTGRES = os.environ.get("TEST_POSTGRES_URL", "postgresql://root@127.0.0.1:5432/postgres")
NOON = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)  # 12:00 in Shanghai, a Tuesday


def skip_unless_ci(reason: str) -> None:
    """Skip with the reason; under CI nothing may be skipped, so fail instead."""
    if os.environ.get("CI"):
        pytest.fail(f"{reason} (and under CI nothing is skipped)")
    pytest.skip(reason)


def _run_apart(work: Callable[[], Coroutine[object, object, None]]) -> None:
    """Run in a thread of its own: a session's fixture may be asked for from inside a loop."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        pool.submit(lambda: asyncio.run(work())).result()


def _database_name() -> str:
    return f"frontdoor_test_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"


@pytest.fixture(scope="session")
def postgres_url() -> str:
    """A PostgreSQL database with the tables and nothing in them, made once a session."""
    name = _database_name()

    async def make() -> None:
        server = await asyncpg.connect(POSTGRES)
        await server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        await server.execute(f'CREATE DATABASE "{name}"')
        await server.close()

    try:
        _run_apart(make)
    except OSError as error:
        skip_unless_ci(f"needs PostgreSQL at TEST_POSTGRES_URL: {error}")
    url = POSTGRES.rsplit("/", 1)[0] + "/" + name

    async def fill() -> None:
        db = Database.from_url(url)
        async with db.engine.begin() as conn:
            await conn.run_sync(metadata.create_all)
        await db.close()

    _run_apart(fill)
    return url


@pytest.fixture
async def postgres(postgres_url: str) -> AsyncIterator[Database]:
    """PostgreSQL, emptied."""
    database = Database.from_url(postgres_url, pool_size=20)
    async with database.engine.begin() as conn:
        # Deleting a few rows is many times quicker than truncating so many tables.
        for table in reversed(metadata.sorted_tables):
            await conn.execute(sa.delete(table))
    yield database
    await database.close()


@pytest.fixture(scope="session")
def sqlite_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the tables and nothing in them: copying it is quicker than making one."""
    file = tmp_path_factory.mktemp("sqlite") / "empty.db"

    async def fill() -> None:
        database = Database.from_url(f"sqlite+aiosqlite:///{file}")
        async with database.engine.begin() as conn:
            await conn.run_sync(metadata.create_all)
        await database.close()

    _run_apart(fill)
    return file


@pytest.fixture
async def sqlite(tmp_path: Path, sqlite_file: Path) -> AsyncIterator[Database]:
    """A new SQLite file."""
    shutil.copy(sqlite_file, tmp_path / "test.db")
    database = Database.from_url(f"sqlite+aiosqlite:///{tmp_path / 'test.db'}")
    yield database
    await database.close()


@pytest.fixture(params=["sqlite", "postgres"])
def db(request: pytest.FixtureRequest) -> Database:
    """The test runs twice: on SQLite and on PostgreSQL."""
    return request.getfixturevalue(request.param)
