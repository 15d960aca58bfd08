"""The database wrapper: durable, strict about time, one writer at a time on SQLite."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError

import common.db
from common.auth import users
from common.db import Database, Together, held, parameters, prefixed
from common.errors import Unavailable
from tests.conftest import NOON
from tests.whole import free_ports


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


async def test_a_database_that_is_not_there_is_said_in_one_way():
    (port,) = free_ports(1)
    away = Database.from_url(f"postgresql://root@127.0.0.1:{port}/frontdoor")

    with pytest.raises(Unavailable):
        async with away.begin():
            pass
    with pytest.raises(Unavailable):
        async with away.connect():
            pass

    await away.close()


async def test_a_connection_that_is_lost_midway_says_the_same_and_the_next_try_works(
    postgres: Database,
):
    with pytest.raises(Unavailable):
        async with postgres.begin() as conn:
            await conn.execute(sa.text("SELECT pg_terminate_backend(pg_backend_pid())"))

    async with postgres.begin() as conn:
        assert (await conn.execute(sa.text("SELECT 1"))).scalar_one() == 1


async def test_who_finds_every_connection_taken_is_told_to_come_back(
    postgres: Database, postgres_url: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(common.db, "POOL_TIMEOUT_SECONDS", 0.05)
    narrow = Database.from_url(postgres_url, pool_size=1)

    async with narrow.begin():
        with pytest.raises(Unavailable):
            async with narrow.connect():
                pass

    await narrow.close()


async def test_what_the_database_refuses_is_no_absence(db: Database):
    with pytest.raises(DBAPIError):
        async with db.begin() as conn:
            await conn.execute(sa.text("SELECT nothing FROM nowhere"))


async def test_connections_that_the_server_closed_are_replaced_unnoticed(postgres: Database):
    async def hold() -> None:
        async with postgres.connect() as conn:
            await conn.execute(sa.text("SELECT pg_sleep(0.1)"))

    await asyncio.gather(*(hold() for _ in range(3)))
    other = Database.from_url(postgres.engine.url.render_as_string(hide_password=False))
    async with other.connect() as conn:
        ended = await conn.execute(
            sa.text(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
        assert ended.scalar_one() >= 3
    await other.close()
    await asyncio.sleep(0.2)

    await asyncio.gather(*(hold() for _ in range(3)))
    async with postgres.begin() as conn:
        await conn.execute(sa.insert(users).values(a_user()))


async def test_writes_together_are_all_kept_or_none(db: Database):
    two = Together(
        sa.insert(users).values(parameters("one", users, a_user())),
        sa.insert(users).values(parameters("other", users, a_user())),
    )
    both = {**prefixed("one", a_user("u1")), **prefixed("other", a_user("u2"))}
    async with db.begin() as conn:
        await two.run(conn, both)
    with pytest.raises(IntegrityError):
        async with db.begin() as conn:
            await two.run(conn, {**both, **prefixed("one", a_user("u3"))})

    async with db.connect() as conn:
        kept = await conn.execute(sa.select(users.c.id).order_by(users.c.id))
    assert list(kept.scalars()) == ["u1", "u2"]
