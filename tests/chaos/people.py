"""Somebody with a page open, who tries again until it is done: a customer, or an agent."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from random import Random
from time import monotonic
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

TRY_AGAIN_SECONDS = 0.4
ANSWER_WITHIN_SECONDS = 12.0
PING_SECONDS = 4.0
Message = dict[str, Any]


class Person:
    """Somebody with a page open: calls that are repeated, a socket that comes back."""

    def __init__(self, url: str, name: str, rng: Random) -> None:
        self.name = name
        self.rng = rng
        self.http = httpx.AsyncClient(base_url=url, trust_env=False, timeout=ANSWER_WITHIN_SECONDS)
        self.longest_wait = 0.0
        """The longest a call took from the first try to its answer, in seconds."""
        self.retries = 0
        self._socket_address = url.replace("http", "ws")
        self._tasks: list[asyncio.Task[None]] = []
        self._is_leaving = False

    def begin(self, *lives: Callable[[], Any]) -> None:
        self._tasks += [asyncio.create_task(life()) for life in lives]

    async def leave(self) -> None:
        self._is_leaving = True
        for task in self._tasks:
            task.cancel()
        failed = await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.http.aclose()
        for error in failed:
            if error is not None and not isinstance(error, asyncio.CancelledError):
                raise error

    async def pause(self, low: float, high: float) -> None:
        await asyncio.sleep(self.rng.uniform(low, high))

    async def call(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """Call until the server says something that another try would not change."""
        began = monotonic()
        while True:
            with suppress(httpx.HTTPError):
                answer = await self.http.request(method, path, json=body)
                if answer.status_code < 500 and answer.status_code != 429:
                    self.longest_wait = max(self.longest_wait, monotonic() - began)
                    return answer
            self.retries += 1
            await asyncio.sleep(TRY_AGAIN_SECONDS * self.rng.uniform(0.5, 1.5))

    async def frames(
        self, path: str, hello: Callable[[], Message], headers: Callable[[], dict[str, str]]
    ) -> AsyncIterator[Message]:
        """Yield what comes over the socket, which is opened again whenever it is lost."""
        while True:
            with suppress(OSError, WebSocketException, TimeoutError):
                address = self._socket_address + path
                async with (
                    connect(address, additional_headers=headers(), proxy=None) as socket,
                    _pinging(socket),
                ):
                    await socket.send(json.dumps(hello()))
                    yield {"type": "opened"}
                    while True:
                        # A socket can be dead without knowing it: a pong at least has to come.
                        async with asyncio.timeout(ANSWER_WITHIN_SECONDS):
                            text = await socket.recv()
                        yield json.loads(text)
            await asyncio.sleep(TRY_AGAIN_SECONDS)


@asynccontextmanager
async def _pinging(socket: ClientConnection) -> AsyncIterator[None]:
    async def ping() -> None:
        with suppress(WebSocketException):
            while True:
                await asyncio.sleep(PING_SECONDS)
                await socket.send('{"type": "ping"}')

    task = asyncio.create_task(ping())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
