"""A small world around bot/: an action server that does as told, and Rasa with our channel."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any, AsyncIterator, Awaitable, Callable, Dict, List, Optional

import aiohttp
from aiohttp import web
from rasa.core.agent import Agent
from rasa.core.lock_store import InMemoryLockStore
from rasa.core.run import configure_app
from rasa.core.tracker_store import TrackerStore
from rasa.utils.endpoints import EndpointConfig
from sanic import Sanic

from bot.channel import FrontDoorInput

ASSISTANT = Path(__file__).parent / "assistant"
TOKEN = "a-secret-between-us"
Sanic.test_mode = True


def slot(name: str, value: Any) -> Dict[str, Any]:
    return {"event": "slot", "name": name, "value": value}


def _answer(call: Dict[str, Any]) -> Dict[str, Any]:
    said = {
        "text": "发短信 HF 到 10199。",
        "buttons": [{"title": "解决了", "payload": "/cancel"}],
        "custom": {"kind": "answer", "article_id": "a1"},
    }
    misses = call["tracker"]["slots"]["misses"]
    return {"events": [slot("article_id", "a1"), slot("misses", misses + 1)], "responses": [said]}


def _submit(call: Dict[str, Any]) -> Dict[str, Any]:
    slots = call["tracker"]["slots"]
    said = {"text": f"已登记：{slots['symptom']}，{slots['place']}"}
    return {"events": [slot("symptom", None), slot("place", None)], "responses": [said]}


class ActionServer:
    """Answers what Rasa asks of an action server, and remembers what it was asked."""

    def __init__(self) -> None:
        self.calls: List[Dict[str, Any]] = []
        self.url = ""
        self.is_broken = False
        self.before_reply: Optional[Callable[[Dict[str, Any]], Awaitable[None]]] = None
        self._replies = {
            "action_answer": _answer,
            "action_submit": _submit,
            "action_vip": lambda call: {"events": [slot("vip", True)], "responses": []},
            "action_follow": lambda call: {
                "events": [{"event": "followup", "name": "action_answer"}],
                "responses": [{"text": "接着："}],
            },
        }

    async def start(self, port: int = 0) -> None:
        app = web.Application(client_max_size=10**8)
        app.router.add_post("/webhook", self._run)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/webhook"

    async def stop(self) -> None:
        await self._runner.cleanup()

    async def restart(self) -> None:
        port = self._runner.addresses[0][1]
        await self.stop()
        await self.start(port)

    async def _run(self, request: web.Request) -> web.Response:
        call = await request.json()
        call["connection"] = id(request.transport)
        self.calls.append(call)
        if self.before_reply:
            await self.before_reply(call)
        reply = self._replies.get(call["next_action"])
        if reply is None or self.is_broken:
            return web.json_response({"error": "it broke"}, status=500)
        return web.json_response(reply(call))


def an_agent(model: str, actions: ActionServer, store: Optional[TrackerStore]) -> Agent:
    return Agent.load(
        model,
        tracker_store=store,
        lock_store=InMemoryLockStore(),
        action_endpoint=EndpointConfig(actions.url),
    )


class Door:
    """A client of the channel, with the rights of our server."""

    def __init__(self, url: str, client: aiohttp.ClientSession, agent: Agent) -> None:
        self.url = url
        self.client = client
        self.agent = agent
        self._count = 0

    async def post(self, body: Any, token: Optional[str] = TOKEN) -> Any:
        headers = {"Authorization": f"Bearer {token}"} if token is not None else {}
        as_body = {"data": body} if isinstance(body, (bytes, str)) else {"json": body}
        async with self.client.post(self.url + "/turn", headers=headers, **as_body) as response:
            answer = await response.json()
            return response.status, answer

    async def say(
        self, conversation_id: str, text: str, message_id: str = "", **more: Any
    ) -> Dict[str, Any]:
        self._count += 1
        body = {
            "conversation_id": conversation_id,
            "message_id": message_id or f"m{self._count}",
            "text": text,
            "metadata": {},
            **more,
        }
        status, answer = await self.post(body)
        assert status == 200, answer
        return answer


@contextlib.asynccontextmanager
async def a_door(agent: Optional[Agent]) -> AsyncIterator[Door]:
    app = configure_app([FrontDoorInput(TOKEN)], enable_api=False)
    if agent is not None:
        app.ctx.agent = agent
    server = await app.create_server("127.0.0.1", 0, return_asyncio_server=True)
    await server.startup()
    await server.start_serving()
    port = server.server.sockets[0].getsockname()[1]
    async with aiohttp.ClientSession() as client:
        try:
            yield Door(f"http://127.0.0.1:{port}/webhooks/frontdoor", client, agent)
        finally:
            await client.close()
            server.close()
            await server.wait_closed()
