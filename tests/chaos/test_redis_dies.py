"""Redis only makes it quicker: when it dies midway, a message still reaches the other side at once.

The customer has the page open several times, so that some of them hang on another server process
than the agent's call: that process learns of the message through Redis, or by looking.
"""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from statistics import median
from time import monotonic
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect

from common.ids import new_id
from common.settings import Settings
from server import up
from tests.chaos.backing import Redis
from tests.whole import FRONTDOOR, ROOT, START_SECONDS, Place, eventually

pytestmark = pytest.mark.e2e

PAGES = 6
SOCKETS = r'frontdoor_sockets{process="(\d+)",side="customer"} (\S+)'
MESSAGES = 15
LATEST = 0.3
"""What is promised without Redis, in seconds, of the typical message."""
LATEST_OF_ALL = 2.0
"""This machine may be busy with other things."""


@pytest.fixture
def servers(place: Place) -> Iterator[dict[str, str]]:
    """The public server, two processes of it, and the first users' passwords."""
    passwords = asyncio.run(up._prepare(Settings.from_env(place.env)))
    log = (place.state_dir / "server.log").open("wb")
    process = subprocess.Popen(
        [str(FRONTDOOR), "serve"], env=place.env, cwd=ROOT, stdout=log, stderr=log
    )

    def answers() -> bool:
        try:
            return httpx.get(f"{place.url}/healthz", timeout=1, trust_env=False).is_success
        except httpx.HTTPError:
            return False

    try:
        eventually(answers, START_SECONDS)
        yield passwords
    finally:
        process.terminate()
        process.wait(30)
        log.close()


class Page:
    """One tab of the customer's: when each message came, and whether it saw the agent typing."""

    def __init__(self, socket: ClientConnection) -> None:
        self.came: dict[str, float] = {}
        self.typing = 0
        self._socket = socket

    async def listen(self) -> None:
        async for text in self._socket:
            frame = json.loads(text)
            if frame["type"] == "message":
                self.came[frame["message"]["text"]] = monotonic()
            self.typing += frame["type"] == "typing" and frame["author"] == "agent"


class Talk:
    """An agent who serves a customer."""

    def __init__(self, customer: httpx.AsyncClient, agent: httpx.AsyncClient) -> None:
        self.customer = customer
        self.agent = agent
        self.conversation_id = ""
        self.pages: list[Page] = []

    async def begin(self, password: str, stack: AsyncExitStack) -> None:
        opened = (await self.customer.post("/api/webchat/session", json={"token": None})).json()
        self.customer.headers["Authorization"] = f"Bearer {opened['token']}"
        hello = {"client_message_id": new_id(), "text": "你好"}
        said = await self.customer.post("/api/webchat/messages", json=hello)
        self.conversation_id = said.json()["message"]["conversation_id"]
        who = {"username": "agent1", "password": password}
        await self.agent.post("/api/auth/login", json=who)
        await self.agent.post("/api/desk/presence", json={"presence": "online"})
        await self.calls("take-over")
        address = str(self.customer.base_url).replace("http", "ws") + "/api/webchat/socket"
        while len(self.pages) < PAGES or not await self._is_on_both():
            socket = await stack.enter_async_context(connect(address, proxy=None))
            await socket.send(json.dumps({"type": "hello", "token": opened["token"], "after": 0}))
            page = Page(socket)
            self.pages.append(page)
            listening = asyncio.create_task(page.listen())
            stack.callback(listening.cancel)

    async def _is_on_both(self) -> bool:
        """Whether each of the two server processes has some of the pages."""
        found: dict[str, float] = {}
        for _ in range(50):
            async with httpx.AsyncClient(base_url=self.agent.base_url, trust_env=False) as another:
                figures = (await another.get("/metrics")).text
            process, count = re.findall(SOCKETS, figures)[0]
            found[process] = float(count)
            if len(found) == 2:
                return all(found.values())
        return False

    async def calls(self, what: str, body: Any = None) -> None:
        path = f"/api/desk/conversations/{self.conversation_id}/{what}"
        answer = await self.agent.post(path, json=body or {})
        assert answer.is_success, answer.text

    async def delays(self) -> list[float]:
        """Return how long each message took to the last of the customer's pages, in seconds."""
        found = []
        for _ in range(MESSAGES):
            text, began = new_id(), monotonic()
            await self.calls("messages", {"client_message_id": new_id(), "text": text})
            while not all(text in page.came for page in self.pages):
                assert monotonic() - began < 20, "it never came"
                await asyncio.sleep(0.005)
            found.append(max(page.came[text] for page in self.pages) - began)
        return found

    async def is_seen_typing(self) -> bool:
        """Whether every page sees the agent typing: a hint that only Redis carries across."""
        before = [page.typing for page in self.pages]
        await self.calls("typing")
        await asyncio.sleep(0.3)
        return all(page.typing > old for page, old in zip(self.pages, before, strict=True))


@pytest.fixture
async def talk(place: Place, servers: dict[str, str]) -> AsyncIterator[Talk]:
    async with AsyncExitStack() as stack:
        customer, agent = [
            await stack.enter_async_context(
                httpx.AsyncClient(base_url=place.url, trust_env=False, timeout=20)
            )
            for _ in range(2)
        ]
        talk = Talk(customer, agent)
        await talk.begin(servers["agent1"], stack)
        yield talk


async def test_a_message_arrives_at_once_with_redis_and_soon_without_it(talk: Talk, redis: Redis):
    assert await eventually_true(talk.is_seen_typing)
    with_redis = await talk.delays()

    redis.kill()
    without = await talk.delays()
    assert not await talk.is_seen_typing()

    redis.start()
    assert await eventually_true(talk.is_seen_typing), "Redis is back, and nobody noticed"
    again = await talk.delays()

    for when, found in (("with Redis", with_redis), ("dead", without), ("back", again)):
        print(f"{when}: median {median(found) * 1000:.0f} ms, slowest {max(found) * 1000:.0f} ms")
    assert median(without) <= LATEST
    assert max(without) <= LATEST_OF_ALL


async def eventually_true(check: Any, seconds: float = 15) -> bool:
    deadline = monotonic() + seconds
    while not await check():
        if monotonic() > deadline:
            return False
    return True
