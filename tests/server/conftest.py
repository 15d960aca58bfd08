"""The real server on a real port, with a bot that says what the test wrote down."""

from __future__ import annotations

import atexit
import functools
import json
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from common.db import Database
from common.settings import Settings
from server.app import create_app
from server.context import World
from server.migrate import upgrade
from tests.conftest import run_apart
from tests.handoff.conftest import ScriptedBot

PASSWORD = "a long password"


@dataclass
class Site:
    """A running server and what tests do with it."""

    url: str
    world: World
    bot: ScriptedBot
    app: Any
    signed_in: list[httpx.AsyncClient] = field(default_factory=list)

    def client(self, **headers: str) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=self.url, headers=headers, trust_env=False)

    async def visitor(self) -> Visitor:
        async with self.client() as http:
            opened = (await http.post("/api/webchat/session", json={})).json()
        return Visitor(self, opened["token"], opened["contact_id"])

    async def sign_in(self, username: str, role: str = "agent") -> httpx.AsyncClient:
        await self.world.accounts.add(username, f"客服{username}", role, PASSWORD)
        http = self.client()
        self.signed_in.append(http)
        body = {"username": username, "password": PASSWORD}
        assert (await http.post("/api/auth/login", json=body)).status_code == 200
        return http

    @asynccontextmanager
    async def socket(self, path: str, hello: Any, **headers: str) -> AsyncIterator[Socket]:
        address = self.url.replace("http", "ws") + path
        async with connect(address, additional_headers=headers, proxy=None) as connection:
            with suppress(ConnectionClosed):  # refused before the first frame was sent
                await connection.send(json.dumps(hello))
            yield Socket(connection)


@dataclass
class Visitor:
    """A customer with a token."""

    site: Site
    token: str
    contact_id: str

    async def post(self, path: str, body: Any) -> httpx.Response:
        async with self.site.client(Authorization=f"Bearer {self.token}") as http:
            return await http.post(f"/api/webchat/{path}", json=body)

    async def says(self, text: str, id: str = "m1") -> httpx.Response:
        return await self.post("messages", {"client_message_id": id, "text": text})

    def socket(self, after: int = 0):
        hello = {"type": "hello", "token": self.token, "after": after}
        return self.site.socket("/api/webchat/socket", hello)


class Socket:
    """Frames as they come."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def frame(self) -> dict[str, Any]:
        return json.loads(await self.connection.recv())

    async def until(self, type: str, **expected: Any) -> dict[str, Any]:
        """Return the next frame of this type whose (dotted) fields are as expected."""
        while True:
            frame = await self.frame()
            if frame["type"] == type and all(
                _field(frame, name) == value for name, value in expected.items()
            ):
                return frame

    async def send(self, frame: Any) -> None:
        await self.connection.send(json.dumps(frame))


def _field(frame: dict[str, Any], name: str) -> Any:
    value: Any = frame
    for part in name.split("__"):
        value = value.get(part) if isinstance(value, dict) else None
    return value


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """A server on SQLite."""
    async with running_site(tmp_path) as made:
        yield made


@functools.cache
def _migrated() -> Path:
    """Return a SQLite file with all migrations run: copying it is quicker than running them."""
    file = Path(tempfile.mkdtemp(prefix="frontdoor-migrated-")) / "frontdoor.db"
    atexit.register(shutil.rmtree, file.parent, ignore_errors=True)

    async def fill() -> None:
        database = Database.from_url(f"sqlite+aiosqlite:///{file}")
        await upgrade(database)
        await database.close()

    run_apart(fill)
    return file


@asynccontextmanager
async def running_site(state_dir: Path, **env: str) -> AsyncIterator[Site]:
    """Run a server in this process until the block ends."""
    settings = Settings.from_env({"FRONTDOOR_STATE_DIR": str(state_dir), **env})
    if settings.is_sqlite:
        if not (state_dir / "frontdoor.db").exists():  # else a second server on the same state
            shutil.copy(_migrated(), state_dir / "frontdoor.db")
    else:
        database = Database.from_url(settings.database_url)
        await upgrade(database)
        await database.close()
    app = create_app(settings, name=f"test_{id(settings)}")
    listening = socket.create_server(("127.0.0.1", 0))
    server = await app.create_server(sock=listening, return_asyncio_server=True, access_log=False)
    await server.startup()
    await server.before_start()
    bot = ScriptedBot()
    app.ctx.world.turns._bot = bot
    port = listening.getsockname()[1]
    site = Site(f"http://127.0.0.1:{port}", app.ctx.world, bot, app)
    try:
        yield site
    finally:
        for http in site.signed_in:
            await http.aclose()
        await server.before_stop()
        await server.close()
        for connection in list(server.connections):
            connection.close()
        await server.after_stop()
