"""The database wrapper: durable, strict about time, one writer at a time on SQLite."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, StatementError

from common.auth import users
from common.db import Database, held
from tests.conftest import NOON


def a_user(id: str = "u1", **changes: object) -> dict[str, object]:
    row = {"id": id, "username": id, "name": "x", "role": "agent", "password_hash": "x"}
    return {**row, "failures": 0, "created_at": NOON, **changes}


async def test_an_instant_comes_back_aware_and_in_utc(db: Database):
    async with db.begin() as conn:
        await conn.execute(sa.insert(users).values(a_user()))
    async with db.connect() as conn:
        kept = (await conn.execute(sa.select(users.c.created_at))).scalar_one()

    assert kept == NOON
    assert kept.tzinfo is UTC


async def test_a_naive_time_is_refused(db: Database):
    with pytest.raises(StatementError, match="naive"):
        async with db.begin() as conn:
            await conn.execute(sa.insert(users).values(a_user(created_at=datetime(2026, 1, 1))))


async def test_an_acknowledged_write_outlives_a_power_cut_on_sqlite(sqlite: Database):
    async with sqlite.begin() as conn:
        journal = (await conn.exec_driver_sql("PRAGMA journal_mode")).scalar_one()
        synchronous = (await conn.exec_driver_sql("PRAGMA synchronous")).scalar_one()

    assert (journal, synchronous) == ("wal", 2)  # 2 is FULL


async def test_fifty_transactions_that_read_and_then_write_lose_nothing(db: Database):
    async with db.begin() as conn:
        await conn.execute(sa.insert(users).values(a_user()))

    async def count_one() -> None:
        async with db.begin() as conn:
            query = held(sa.select(users.c.failures).where(users.c.id == "u1"))
            failures = (await conn.execute(query)).scalar_one()
            await conn.execute(sa.update(users).values(failures=failures + 1))

    await asyncio.gather(*(count_one() for _ in range(50)))

    async with db.connect() as conn:
        assert (await conn.execute(sa.select(users.c.failures))).scalar_one() == 50


async def test_an_error_does_not_carry_the_values_into_the_log(db: Database):
    async with db.begin() as conn:
        await conn.execute(sa.insert(users).values(a_user(name="13800138000")))
    with pytest.raises(IntegrityError) as error:
        async with db.begin() as conn:
            await conn.execute(sa.insert(users).values(a_user(name="13800138000")))

    assert "13800138000" not in str(error.value)


async def test_a_cancelled_transaction_ends_as_cancelled_and_leaves_nothing(db: Database):
    entered = asyncio.Event()

    async def write_and_wait() -> None:
        async with db.begin() as conn:
            await conn.execute(sa.insert(users).values(a_user()))
            entered.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(write_and_wait())
    await entered.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    async with db.connect() as conn:
        assert (await conn.execute(sa.select(sa.func.count()).select_from(users))).scalar_one() == 0
