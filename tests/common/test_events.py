"""Events are read in the order readers may rely on, by every process, with or without Redis."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence

import pytest
import redis.asyncio as redis

from common import events
from common.db import Database
from common.errors import InvalidInput, Unavailable
from common.events import Event
from common.hub import EventHub
from tests.conftest import skip_unless_ci

REDIS_URL = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/0")


async def append(db: Database, *types: str) -> None:
    async with db.begin() as conn:
        for type in types:
            await events.append(conn, type, actor="system", conversation_id="c1")


async def read(db: Database, cursor: str = "0-0") -> list[Event]:
    async with db.connect() as conn:
        return await events.read_after(conn, cursor)


async def settled_cursor(db: Database, type: str) -> str:
    """Return the cursor after an event, once it is settled.

    Any transaction of the server, of another test too, may hold that up a moment.
    """
    async with asyncio.timeout(10):
        while True:
            for event in await read(db):
                if event.type == type and event.settled:
                    return event.cursor
            await asyncio.sleep(0.01)


async def test_events_are_read_in_the_order_they_were_written(db: Database):
    await append(db, "a.first", "a.second")
    await append(db, "a.third")

    seen = [event.type for event in await read(db)]
    assert seen == ["a.first", "a.second", "a.third"]


async def test_reading_resumes_after_a_cursor(db: Database):
    await append(db, "a.first", "a.second", "a.third")
    cursor = await settled_cursor(db, "a.first")

    assert [event.type for event in await read(db, cursor)] == ["a.second", "a.third"]


async def test_what_is_rolled_back_never_happened(db: Database):
    with pytest.raises(RuntimeError):
        async with db.begin() as conn:
            await events.append(conn, "a.lost", actor="system")
            raise RuntimeError

    assert await read(db) == []


async def test_a_transaction_that_commits_late_is_heard_and_holds_up_nobody(postgres: Database):
    hub = EventHub(postgres)
    heard: list[tuple[str, str]] = []
    news = asyncio.Event()

    async def listen(told: Sequence[tuple[Event, str]]) -> None:
        heard.extend((event.type, cursor) for event, cursor in told)
        news.set()

    hub.on_event(listen)
    await hub.start()
    try:
        async with asyncio.timeout(10):
            async with postgres.begin() as slow:
                await events.append(slow, "a.slow", actor="system")
                await append(postgres, "a.quick")
                await news.wait()  # the quick one is told while the slow one is still open
                news.clear()
            await news.wait()
        types = [type for type, _ in heard]
        assert types == ["a.quick", "a.slow"]
        # Resuming from where the quick one was told does not miss the slow one.
        resumed = [event.type for event in await read(postgres, heard[0][1])]
        assert "a.slow" in resumed
    finally:
        await hub.stop()


async def test_the_latest_cursor_skips_the_past(db: Database):
    await append(db, "a.old")
    await settled_cursor(db, "a.old")
    async with db.connect() as conn:
        cursor = await events.latest_cursor(conn)
    await append(db, "a.new")

    assert [event.type for event in await read(db, cursor)] == ["a.new"]


@pytest.mark.parametrize("cursor", ["", "x", "1", "1-", "-1", "1-2-3", "１-２", "9" * 30 + "-1"])
def test_a_cursor_we_did_not_give_is_refused(cursor: str):
    with pytest.raises(InvalidInput):
        events.parse_cursor(cursor)


async def hear(hub: EventHub, count: int) -> list[str]:
    heard: list[str] = []
    enough = asyncio.Event()

    async def listen(told: Sequence[tuple[Event, str]]) -> None:
        heard.extend(event.type for event, _ in told)
        if len(heard) >= count:
            enough.set()

    hub.on_event(listen)
    await asyncio.wait_for(enough.wait(), 5)
    return heard


async def test_what_a_listener_could_not_take_it_is_told_again(db: Database):
    hub = EventHub(db)
    tries: list[list[str]] = []
    taken = asyncio.Event()

    async def listen(told: Sequence[tuple[Event, str]]) -> None:
        tries.append([event.type for event, _ in told])
        if len(tries) == 1:
            raise Unavailable()
        taken.set()

    hub.on_event(listen)
    await hub.start()
    try:
        await append(db, "a.first")
        await asyncio.wait_for(taken.wait(), 5)
        assert tries == [["a.first"], ["a.first"]]
    finally:
        await hub.stop()


async def test_a_listener_that_fails_misses_only_what_it_failed_at(
    db: Database, caplog: pytest.LogCaptureFixture
):
    hub = EventHub(db)
    heard: list[str] = []
    first, second = asyncio.Event(), asyncio.Event()

    async def listen(told: Sequence[tuple[Event, str]]) -> None:
        types = [event.type for event, _ in told]
        if "a.poison" in types:
            first.set()
            raise KeyError("message_id")
        heard.extend(types)
        second.set()

    hub.on_event(listen)
    await hub.start()
    try:
        await append(db, "a.poison")
        await asyncio.wait_for(first.wait(), 5)
        await append(db, "a.second")
        await asyncio.wait_for(second.wait(), 5)
        assert heard == ["a.second"]
        assert "could not take 1 events" in caplog.text
    finally:
        await hub.stop()


async def test_another_process_hears_of_a_commit_without_redis(db: Database):
    here, there = EventHub(db), EventHub(db)
    await there.start()
    try:
        listening = asyncio.create_task(hear(there, 2))
        await append(db, "a.first", "a.second")
        assert await listening == ["a.first", "a.second"]
    finally:
        await there.stop()
    assert here is not there


async def test_a_redis_that_is_not_there_only_costs_time(db: Database):
    hub = EventHub(db, "redis://127.0.0.1:1/0")
    await hub.start()
    try:
        listening = asyncio.create_task(hear(hub, 1))
        await append(db, "a.first")
        assert await listening == ["a.first"]
    finally:
        await hub.stop()


@pytest.fixture
async def redis_url() -> str:
    client = redis.Redis.from_url(REDIS_URL)
    try:
        await client.ping()
    except (redis.ConnectionError, OSError) as error:
        skip_unless_ci(f"needs Redis at TEST_REDIS_URL: {error}")
    finally:
        await client.aclose()
    return REDIS_URL


async def test_a_signal_reaches_other_processes_through_redis(db: Database, redis_url: str):
    here, there = EventHub(db, redis_url), EventHub(db, redis_url)
    await here.start()
    await there.start()
    heard: asyncio.Queue[tuple[str, dict[str, str]]] = asyncio.Queue()
    echoes: list[str] = []
    there.on_signal(lambda name, data: heard.put_nowait((name, data)))
    here.on_signal(lambda name, data: echoes.append(name))
    try:
        async with asyncio.timeout(5):
            # Subscribing takes a moment; signals may be lost, so they are repeated.
            while heard.empty():
                here.signal("typing", {"contact_id": "x"})
                await asyncio.sleep(0.02)
        assert heard.get_nowait() == ("typing", {"contact_id": "x"})
        assert set(echoes) == {"typing"}
    finally:
        await here.stop()
        await there.stop()


async def test_a_strange_message_on_redis_is_passed_over(db: Database, redis_url: str):
    here, there = EventHub(db, redis_url), EventHub(db, redis_url)
    await here.start()
    await there.start()
    heard: asyncio.Queue[str] = asyncio.Queue()
    there.on_signal(lambda name, data: heard.put_nowait(name))
    client = redis.Redis.from_url(redis_url)
    try:
        async with asyncio.timeout(5):
            for strange in ("not json", "{}", "[]", '{"from": 1}'):
                await client.publish(there._channel, strange)
            while heard.empty():
                here.signal("typing", {})
                await asyncio.sleep(0.02)
    finally:
        await client.aclose()
        await here.stop()
        await there.stop()


async def test_a_hub_stops_though_a_library_swallows_the_first_cancellation(sqlite: Database):
    hub = EventHub(sqlite)
    await hub.start()
    begun = asyncio.Event()

    async def stubborn() -> None:
        try:
            begun.set()
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            await asyncio.sleep(60)

    hub._tasks.append(asyncio.create_task(stubborn()))
    await begun.wait()

    async with asyncio.timeout(5):
        await hub.stop()

    assert all(task.done() for task in hub._tasks)


async def test_what_happens_while_the_hub_rests_is_read_together(sqlite: Database):
    hub = EventHub(sqlite)
    reads: list[int] = []
    read_new = hub._read_new

    async def counted() -> None:
        reads.append(1)
        await read_new()

    hub._read_new = counted  # type: ignore[method-assign]
    await hub.start()
    try:
        listening = asyncio.create_task(hear(hub, 30))
        await asyncio.sleep(0)
        for number in range(30):
            await append(sqlite, f"a.{number}")
        heard = await asyncio.wait_for(listening, 5)
    finally:
        await hub.stop()

    assert heard == [f"a.{number}" for number in range(30)]
    assert len(reads) < 30


async def test_commits_that_come_together_wake_the_other_processes_once(sqlite: Database):
    hub = EventHub(sqlite, "redis://127.0.0.1:1/0")
    sqlite.after_commit = hub._wake_all

    await append(sqlite, "a.one")
    await append(sqlite, "a.two")
    hub.signal("typing", {})
    await append(sqlite, "a.three")

    assert hub._outgoing.get_nowait() == ""
    assert "typing" in hub._outgoing.get_nowait()
    assert hub._outgoing.empty()
    await hub.stop()
