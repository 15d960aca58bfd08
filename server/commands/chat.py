"""`frontdoor chat`: a customer in the terminal, over the public web-chat API.

Lines are read from standard input. A line is the customer's words, or one of

    :1        press the first quick reply of the bot's last message that has some
    :rate 5   rate the conversation that was just closed
    :quit     leave

When standard input is not a terminal the next line is sent once the one before was answered, so
that a script is a conversation.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import sys
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import click
import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from common.errors import UpstreamError
from common.ids import new_id
from common.settings import Settings

QUIET_SECONDS = 0.6
"""The bot has finished when nothing came for this long after its first words."""
AUTHORS = {"contact": "我", "bot": "智能助手", "agent": "客服", "system": "系统"}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line for every event.")
@click.option("--session", default="", help="Stay the same customer under this name.")
@click.option("--url", default="", help="Server; by default the one of the settings.")
@click.option("--wait", default=20.0, show_default=True, help="Seconds to wait for an answer.")
def chat(as_json: bool, session: str, url: str, wait: float) -> None:
    """Talk to the assistant as a customer."""
    settings = Settings.from_env()
    if session and not re.fullmatch(r"[\w.-]{1,64}", session):
        raise click.BadParameter("letters, digits, dot, dash and underscore only.")
    kept = settings.state_dir / "chat" / f"{session}.json" if session else None
    customer = _Customer(url or f"http://{settings.host}:{settings.port}", as_json, wait, kept)
    try:
        asyncio.run(customer.talk())
    except (httpx.HTTPError, OSError, WebSocketException) as error:
        raise UpstreamError(
            f"the server at {customer.url} cannot be reached; is `make run` running? "
            f"({type(error).__name__})"
        ) from error
    if customer.refused:
        raise SystemExit(1)


class _Customer:
    def __init__(self, url: str, as_json: bool, wait: float, kept: Path | None) -> None:
        self.url = url.rstrip("/")
        self.refused = False
        self._as_json = as_json
        self._wait = wait
        self._kept = kept
        self._http = httpx.AsyncClient(base_url=self.url, timeout=10, trust_env=False)
        self._came = asyncio.Event()
        self._last_seq = 0
        self._buttons: tuple[int, list[str]] = (0, [])
        self._conversation: dict[str, Any] | None = None
        self._rating_of = ""

    async def talk(self) -> None:
        """Open the session and go through standard input."""
        async with self._http:
            opened = await self._open_session()
            self._http.headers["Authorization"] = f"Bearer {opened['token']}"
            self._emit({"type": "session", "contact_id": opened["contact_id"]})
            ready = asyncio.Event()
            listener = asyncio.create_task(self._listen(opened["token"], opened["last_seq"], ready))
            await asyncio.wait_for(ready.wait(), 10)
            try:
                async for line in _lines():
                    if line == ":quit":
                        break
                    if line.strip():
                        await self._say(line)
            finally:
                listener.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await listener

    async def _open_session(self) -> dict[str, Any]:
        token = None
        if self._kept is not None and self._kept.exists():
            token = json.loads(self._kept.read_text())["token"]
        response = await self._http.post("/api/webchat/session", json={"token": token})
        if response.status_code == 401:
            response = await self._http.post("/api/webchat/session", json={"token": None})
        response.raise_for_status()
        opened: dict[str, Any] = response.json()
        if self._kept is not None:
            self._kept.parent.mkdir(parents=True, exist_ok=True)
            self._kept.touch(mode=0o600)
            self._kept.write_text(json.dumps({"token": opened["token"]}))
        return opened

    async def _say(self, line: str) -> None:
        if line.startswith(":rate"):
            await self._rate(line)
            return
        body: dict[str, Any] = {"client_message_id": new_id()}
        if re.fullmatch(r":\d{1,2}", line):
            seq, _ = self._buttons
            body["button"] = {"seq": seq, "index": int(line[1:]) - 1}
        else:
            body["text"] = line
        response = await self._post("/api/webchat/messages", body)
        if response is None or sys.stdin.isatty():
            return
        await self._until_answered(response["message"]["seq"])

    async def _rate(self, line: str) -> None:
        if not self._rating_of:
            message = "there is nothing to rate yet; :rate works after an agent has closed"
            self._emit({"type": "error", "code": "nothing_to_rate", "message": message})
            self.refused = True
            return
        score = line.removeprefix(":rate").strip()
        body = {
            "conversation_id": self._rating_of,
            "score": int(score) if score.isdigit() else 0,
        }
        answer = await self._post("/api/webchat/ratings", body)
        if answer is not None:
            self._emit({"type": "rated", **answer})

    async def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any] | None:
        """Send, again and again while the network fails; the server stores it once."""
        for pause in (0.3, 1.0, 3.0, None):
            try:
                response = await self._http.post(path, json=body)
                break
            except httpx.TransportError:
                if pause is None:
                    raise
                await asyncio.sleep(pause)
        try:
            content: dict[str, Any] = response.json()
        except ValueError:
            content = {"error": {"code": "http_error", "message": f"HTTP {response.status_code}"}}
        if response.is_success:
            return content
        self.refused = True
        self._emit({"type": "error", **content["error"]})
        return None

    async def _until_answered(self, seq: int) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._wait):
                while not self._last_seq > seq and not self._person_answers():
                    await self._came_something()
        with contextlib.suppress(TimeoutError):
            while True:
                async with asyncio.timeout(QUIET_SECONDS):
                    await self._came_something()

    def _person_answers(self) -> bool:
        return self._conversation is not None and self._conversation["status"] in (
            "queued",
            "offered",
            "active",
        )

    async def _came_something(self) -> None:
        self._came.clear()
        await self._came.wait()

    async def _listen(self, token: str, after: int, ready: asyncio.Event) -> None:
        address = self.url.replace("http", "ws", 1) + "/api/webchat/socket"
        self._last_seq = after
        while True:
            try:
                async with connect(address, proxy=None) as socket:
                    hello = {"type": "hello", "token": token, "after": self._last_seq}
                    await socket.send(json.dumps(hello))
                    await self._take_frames(socket, ready)
            except (OSError, WebSocketException):
                await asyncio.sleep(0.5)

    async def _take_frames(self, socket: ClientConnection, ready: asyncio.Event) -> None:
        async for text in socket:
            frame = json.loads(text)
            if frame["type"] == "message":
                message = frame["message"]
                self._last_seq = message["seq"]
                if message["buttons"]:
                    titles = [button["title"] for button in message["buttons"]]
                    self._buttons = (message["seq"], titles)
                if message["data"].get("kind") == "rating":
                    self._rating_of = message["data"]["conversation_id"]
            elif frame["type"] in ("ready", "conversation"):
                self._conversation = frame["conversation"]
                ready.set()
            self._emit(frame)
            if frame["type"] != "typing":
                self._came.set()

    def _emit(self, event: dict[str, Any]) -> None:
        if self._as_json:
            click.echo(json.dumps(event, ensure_ascii=False))
        elif event["type"] == "message":
            message = event["message"]
            author = message["author_name"] or AUTHORS[message["author"]]
            if not (message["author"] == "contact" and sys.stdin.isatty()):
                click.echo(f"{author}：{message['text']}")
            for number, button in enumerate(message["buttons"], start=1):
                click.echo(f"    :{number} {button['title']}")
        elif event["type"] == "error":
            click.echo(f"（{event['message']}）", err=True)


async def _lines() -> AsyncIterator[str]:
    """Standard input's lines, without blocking the loop and without holding up the exit."""
    queue: asyncio.Queue[str | None] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def read() -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody listens any more
            for line in sys.stdin:
                loop.call_soon_threadsafe(queue.put_nowait, line.rstrip("\n"))
            loop.call_soon_threadsafe(queue.put_nowait, None)

    threading.Thread(target=read, daemon=True).start()
    while (line := await queue.get()) is not None:
        yield line
