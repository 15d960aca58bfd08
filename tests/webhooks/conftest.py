"""A receiver on a real port, which answers as the test wrote down, and what sends to it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from common import events
from common.db import Database
from tests.conftest import NOON
from webhooks import store
from webhooks.delivery import Sender
from webhooks.model import Delivery, Webhook
from webhooks.outbox import Outbox
from webhooks.service import Webhooks

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


class Clock:
    """A clock that goes on only when told to."""

    def __init__(self) -> None:
        self.time = NOON

    def __call__(self) -> datetime:
        return self.time

    def forward(self, **time: float) -> None:
        self.time += timedelta(**time)


@dataclass(frozen=True)
class Call:
    """One request that came in."""

    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def content(self) -> dict[str, Any]:
        return json.loads(self.body)


@dataclass
class Receiver:
    """Somebody else's HTTP server."""

    url: str
    calls: list[Call] = field(default_factory=list)
    script: list[bytes] = field(default_factory=list)
    """What to answer, one after the other, then `OK`; empty bytes: never."""
    held: asyncio.Event | None = None
    """No answer before it is set."""

    def answers(self, *statuses: int) -> None:
        self.script += [f"HTTP/1.1 {s} X\r\ncontent-length: 0\r\n\r\n".encode() for s in statuses]

    at_work: set[asyncio.Task[None]] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.at_work.add(task)
        # Cancelled at the end of a test: Python 3.11 would complain of it in the log.
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await self._answer_all(reader, writer)
        self.at_work.discard(task)
        writer.close()

    async def _answer_all(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = dict(
                (name.lower(), value)
                for name, _, value in (line.partition(": ") for line in head[1:] if line)
            )
            body = await reader.readexactly(int(headers["content-length"]))
            self.calls.append(Call(headers, body))
            if self.held is not None:
                await self.held.wait()
            answer = self.script.pop(0) if self.script else OK
            if not answer:
                await reader.read()  # until the sender hangs up
                return
            writer.write(answer)
            await writer.drain()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async for made in _receiver():
        yield made


@pytest.fixture
async def other_receiver() -> AsyncIterator[Receiver]:
    async for made in _receiver():
        yield made


async def _receiver() -> AsyncIterator[Receiver]:
    made = Receiver("")
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook?key=abc"
    yield made
    server.close()
    for task in list(made.at_work):
        task.cancel()
    await asyncio.gather(*made.at_work, return_exceptions=True)


async def until(true: Callable[[], Awaitable[bool]]) -> None:
    """Wait until it is so."""
    async with asyncio.timeout(20):
        while not await true():  # noqa: ASYNC110 - it is in a database, or on another's side
            await asyncio.sleep(0.01)


@dataclass
class Post:
    """Webhooks, their outbox and a sender on an empty database."""

    db: Database
    clock: Clock
    webhooks: Webhooks
    outbox: Outbox
    sender: Sender

    async def add(self, receiver: Receiver, *patterns: str) -> str:
        made, _ = await self.webhooks.add(receiver.url, patterns or ("ticket.*",), by=None)
        return made["id"]

    async def happens(self, *types: str, **data: Any) -> None:
        """Let events be written, and wait until they are settled.

        Any transaction of the server, of another test too, may hold that up a moment.
        """
        async with self.db.begin() as conn:
            for type in types:
                await events.append(
                    conn, type, actor="bot", conversation_id="c1", data=data, now=self.clock()
                )
        await self.settled()

    async def settled(self) -> None:

        async def nothing_after() -> bool:
            async with self.db.connect() as conn:
                return not await events.read_after(conn, await events.latest_cursor(conn))

        await until(nothing_after)

    async def send(self) -> None:
        """One round of the worker, and whatever it began."""
        await self.sender.run()
        await self.sender.idle()

    async def webhook(self, webhook_id: str) -> Webhook:
        async with self.db.connect() as conn:
            return await store.get_webhook(conn, webhook_id)

    async def log(self, webhook_id: str) -> list[Delivery]:
        """All deliveries, oldest first."""
        async with self.db.connect() as conn:
            found = await store.list_deliveries(
                conn, webhook_id, status=None, before=None, limit=1000
            )
        return found[::-1]

    async def events(self) -> list[events.Event]:
        async with self.db.connect() as conn:
            return await events.read_after(conn, "0-0")


@pytest.fixture
async def post(db: Database, receiver: Receiver, other_receiver: Receiver) -> AsyncIterator[Post]:
    # The receivers are asked for so that they are still there when the sender stops.
    made = build_post(db)
    yield made
    await made.sender.stop(seconds=0)


def build_post(db: Database, clock: Clock | None = None) -> Post:
    clock = clock or Clock()
    outbox = Outbox(db, now=clock)
    sender = Sender(outbox, now=clock)
    return Post(db, clock, Webhooks(db, now=clock), outbox, sender)
