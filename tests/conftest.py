"""What all tests share: an empty database of each kind, and a clock that stands still."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from argon2 import PasswordHasher
from sanic import Sanic
from sqlalchemy.engine import Dialect

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


def run_apart(work: Callable[[], Coroutine[object, object, None]]) -> None:
    """Run in a thread of its own: a session's fixture may be asked for from inside a loop."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        pool.submit(lambda: asyncio.run(work())).result()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what runs on PostgreSQL: the fast suite leaves it to `make test`."""
    for item in items:
        params = item.callspec.params.values() if hasattr(item, "callspec") else ()
        if "postgres" in params or {"postgres", "postgres_url"} & set(item.fixturenames):
            item.add_marker("postgres")


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
        # Nobody pulls the plug on a test: it need not wait for the disk.
        await server.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = off')
        await server.close()

    try:
        run_apart(make)
    except OSError as error:
        skip_unless_ci(f"needs PostgreSQL at TEST_POSTGRES_URL: {error}")
    url = POSTGRES.rsplit("/", 1)[0] + "/" + name

    async def fill() -> None:
        db = Database.from_url(url)
        async with db.engine.begin() as conn:
            await conn.run_sync(metadata.create_all)
        await db.close()

    run_apart(fill)
    return url


_SHARED: dict[str, tuple[Dialect, Any]] = {}


def share_compiled(database: Database) -> Database:
    """Let all engines of a kind keep their compiled statements in one place.

    Every test has an engine of its own, and compiling the same statements again for each took a
    third of the time of the tests that touch the database.
    """
    engines: list[Any] = [database.engine.sync_engine, database._reading.sync_engine]
    shared = _SHARED.setdefault(engines[0].name, (engines[0].dialect, engines[0]._compiled_cache))
    for engine in engines:
        engine.dialect, engine._compiled_cache = shared
    return database


@pytest.fixture
async def postgres(postgres_url: str) -> AsyncIterator[Database]:
    """PostgreSQL, emptied."""
    # Deleting a few rows is many times quicker than truncating so many tables.
    deletes = "; ".join(f"DELETE FROM {table.name}" for table in reversed(metadata.sorted_tables))
    server = await asyncpg.connect(postgres_url)
    await server.execute(deletes)
    await server.close()
    database = share_compiled(Database.from_url(postgres_url, pool_size=20))
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

    run_apart(fill)
    return file


@pytest.fixture
async def sqlite(tmp_path: Path, sqlite_file: Path) -> AsyncIterator[Database]:
    """A new SQLite file."""
    shutil.copy(sqlite_file, tmp_path / "test.db")
    database = share_compiled(Database.from_url(f"sqlite+aiosqlite:///{tmp_path / 'test.db'}"))
    yield database
    await database.close()


@pytest.fixture(params=["sqlite", "postgres"])
def db(request: pytest.FixtureRequest) -> Database:
    """The test runs twice: on SQLite and on PostgreSQL."""
    return request.getfixturevalue(request.param)
