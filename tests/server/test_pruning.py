"""Old events go; what somebody still has to read stays."""

from __future__ import annotations

from datetime import timedelta

import pytest

from common import events
from common.db import Database
from server.pruning import prune_events
from tests.conftest import NOON

YEAR = timedelta(days=400)


async def happened(db: Database, *days_ago: float) -> None:
    async with db.begin() as conn:
        for days in days_ago:
            when = NOON - timedelta(days=days)
            await events.append(conn, "a.thing", actor="system", data={"d": days}, now=when)


async def left(db: Database) -> list[float]:
    async with db.connect() as conn:
        return [event.data["d"] for event in await events.read_after(conn, "0-0")]


async def test_events_older_than_what_is_kept_go(db: Database):
    await happened(db, 500, 401, 399, 0)

    assert await prune_events(db, YEAR, None, NOON) == 2
    assert await left(db) == [399, 0]


async def test_the_last_day_is_always_kept(db: Database):
    await happened(db, 2, 0.5)

    assert await prune_events(db, timedelta(0), None, NOON) == 1
    assert await left(db) == [0.5]


async def test_what_a_webhook_has_not_read_is_kept(db: Database):
    await happened(db, 500, 499)
    async with db.connect() as conn:
        cursor = (await events.read_after(conn, "0-0"))[0].cursor

    assert await prune_events(db, YEAR, cursor, NOON) == 1
    assert await left(db) == [499]


async def test_many_go_batch_by_batch(db: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(events, "BATCH", 3)
    await happened(db, *range(410, 402, -1), 10)

    assert await prune_events(db, YEAR, None, NOON) == 8
    async with db.connect() as conn:
        rest = await events.read_after(conn, "0-0", 50)
    assert [event.data["d"] for event in rest] == [10]


async def test_after_all_went_new_events_are_still_found(db: Database):
    await happened(db, 500)
    async with db.connect() as conn:
        cursor = (await events.read_after(conn, "0-0"))[-1].cursor
    await prune_events(db, YEAR, None, NOON)
    await happened(db, 0)

    async with db.connect() as conn:
        assert [event.data["d"] for event in await events.read_after(conn, cursor)] == [0]


async def test_an_old_time_behind_a_new_one_waits_its_turn(db: Database):
    await happened(db, 1, 500)

    assert await prune_events(db, YEAR, None, NOON) == 0
