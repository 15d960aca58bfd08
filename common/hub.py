"""One process's view of what happens, and its way to wake the others.

The hub reads new events when it is woken (by this process's own commits, or by Redis for those of
others) and by a short poll in any case, so losing Redis costs milliseconds.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import redis.asyncio as redis
from redis.exceptions import RedisError

from common.db import Database
from common.errors import Unavailable
from common.events import BATCH, Event, latest_cursor, read_after
from common.ids import new_id

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.2
AWAY_SECONDS = 0.5
REST_SECONDS = 0.02
"""So long passes at least from one reading to the next: what comes meanwhile is read together."""
MOST_UNSENT = 1000

Listener = Callable[[Sequence[tuple[Event, str]]], Awaitable[None]]
SignalListener = Callable[[str, dict[str, Any]], None]


class EventHub:
    """Tells listeners of every event, once, as soon as it is committed.

    `signal` sends hints that are not worth a row (someone is typing): to this process at once and
    to the others through Redis when there is one.
    """

    def __init__(self, db: Database, redis_url: str = "") -> None:
        self._db = db
        self._redis = (
            redis.Redis.from_url(redis_url, socket_timeout=2, socket_connect_timeout=2)
            if redis_url
            else None
        )
        # Installations that share a Redis do not wake each other.
        place = hashlib.sha256(str(db.engine.url.database).encode()).hexdigest()[:12]
        self._channel = f"frontdoor:{place}:wake"
        self._name = new_id()
        self._listeners: list[Listener] = []
        self._signal_listeners: list[SignalListener] = []
        self._woken = asyncio.Event()
        self._outgoing: asyncio.Queue[str] = asyncio.Queue(MOST_UNSENT)
        self._wake_unsent = False
        self._tasks: list[asyncio.Task[None]] = []
        self._cursor = ""
        self._told: set[int] = set()

    def on_event(self, listener: Listener) -> None:
        """Call `listener` with every event from now on, those that were read together at once.

        Each comes with the cursor to resume from without missing any. What a listener was told
        that raises `Unavailable`, it is told again.
        """
        self._listeners.append(listener)

    def on_signal(self, listener: SignalListener) -> None:
        """Call `listener(name, data)` for every signal. It must not block or raise."""
        self._signal_listeners.append(listener)

    async def start(self) -> None:
        """Begin to follow events, from now on."""
        async with self._db.connect() as conn:
            self._cursor = await latest_cursor(conn)
            self._told = {event.id for event in await read_after(conn, self._cursor)}
        self.start_waking()
        self._tasks.append(asyncio.create_task(self._tail(), name="event tail"))
        if self._redis is not None:
            self._tasks.append(asyncio.create_task(self._listen(self._redis), name="redis listen"))

    def start_waking(self) -> None:
        """Only tell other processes of this one's commits; needs a running loop."""
        self._db.after_commit = self._wake_all
        if self._redis is not None:
            self._tasks.append(asyncio.create_task(self._send(self._redis), name="redis send"))

    async def stop(self) -> None:
        """Stop following and let Redis go."""
        self._db.after_commit = None
        # The Redis client swallows a cancellation now and then: whoever still runs is asked again.
        while running := [task for task in self._tasks if not task.done()]:
            for task in running:
                task.cancel()
            await asyncio.wait(running, timeout=0.5)
        if self._redis is not None:
            await self._redis.aclose()

    def signal(self, name: str, data: dict[str, Any]) -> None:
        """Send a hint to whoever listens now. It may be lost; nothing may depend on it."""
        self.tell_here(name, data)
        self._post(json.dumps({"from": self._name, "signal": name, "data": data}))

    def tell_here(self, name: str, data: dict[str, Any]) -> None:
        """Send a hint to the listeners of this process only."""
        for listener in self._signal_listeners:
            listener(name, data)

    def _wake_all(self) -> None:
        self._woken.set()
        # One that still waits to be sent wakes them for this commit too.
        if not self._wake_unsent:
            self._wake_unsent = self._post("")

    def _post(self, text: str) -> bool:
        # A full queue means that Redis is slow or gone: the others' poll finds the rows anyway.
        if self._redis is None or self._outgoing.full():
            return False
        self._outgoing.put_nowait(text)
        return True

    async def _tail(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            rested_at = loop.time() + REST_SECONDS
            # Not wait_for: on Python 3.11 it can swallow the cancellation that ends this task.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS):
                    await self._woken.wait()
            await asyncio.sleep(rested_at - loop.time())
            self._woken.clear()
            try:
                await self._read_new()
            except Unavailable:
                logger.warning("the database is away; trying again")
                await asyncio.sleep(AWAY_SECONDS)
            except Exception:  # the edge of the process: the next poll tries again
                logger.exception("cannot read events; trying again")
                await asyncio.sleep(1)

    async def _read_new(self) -> None:
        place, settled = self._cursor, True
        while True:
            async with self._db.connect() as conn:
                batch = await read_after(conn, place)
            cursor, told, news = self._cursor, set(self._told), []
            for event in batch:
                settled = settled and event.settled
                if settled:
                    cursor = event.cursor
                if event.id not in self._told:
                    news.append((event, cursor))
                # What the cursor has passed is not read again and need not be remembered.
                (told.discard if settled else told.add)(event.id)
            if news:
                await self._tell(news)
            self._cursor, self._told = cursor, told
            if len(batch) < BATCH:
                return
            place = batch[-1].cursor

    async def _tell(self, news: Sequence[tuple[Event, str]]) -> None:
        for listener in self._listeners:
            try:
                await listener(news)
            except Unavailable:
                raise
            except Exception:  # told again it would fail again, and hold up all that follows
                logger.exception("a listener could not take %d events", len(news))

    async def _send(self, client: redis.Redis) -> None:
        while True:
            text = await self._outgoing.get()
            if not text:
                self._wake_unsent = False
            try:
                await client.publish(self._channel, text)
            except (RedisError, OSError):
                await asyncio.sleep(1)

    async def _listen(self, client: redis.Redis) -> None:
        warned = False
        while True:
            try:
                async with client.pubsub() as pubsub:
                    await pubsub.subscribe(self._channel)
                    if warned:
                        logger.info("Redis is back")
                        warned = False
                    while True:
                        message = await pubsub.get_message(
                            ignore_subscribe_messages=True, timeout=30
                        )
                        if message is not None:
                            self._receive(message["data"])
            except (RedisError, OSError):
                if not warned:
                    logger.warning("Redis cannot be reached; polling the database instead")
                    warned = True
                await asyncio.sleep(1)

    def _receive(self, data: bytes) -> None:
        if not data:
            self._woken.set()
            return
        try:
            message = json.loads(data)
            sender, name, content = message["from"], message["signal"], message["data"]
        except (ValueError, KeyError, TypeError):
            logger.warning("passed over a message on %s that is not ours", self._channel)
            return
        if sender != self._name:
            for listener in self._signal_listeners:
                listener(name, content)
