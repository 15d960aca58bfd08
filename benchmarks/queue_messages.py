"""From one side's message to the other's screen, with thousands of sockets open."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

import msgspec
from queue_desk import Case, Desk, fill
from queue_server import Server, agents_headers, at_a_time, server, visitors_token
from queue_wire import Http, Socket, open_socket
from results import progress

CUSTOMERS = 2000
AGENTS = 200
RATE = 200
SECONDS = 30
WARM_UP_SECONDS = 5
TRIED_FIRST = 20
"""So many sockets and messages load what is loaded once; it is not counted as the sockets'."""
OPENED_AT_ONCE = 20
TEXT = "您好，我家的宽带从昨天晚上开始就连不上了，光猫的红灯一直闪，麻烦帮忙看一下。"


@dataclass
class Figures:
    """What was measured: milliseconds of each message, bytes of each socket."""

    to_agent: list[float] = field(default_factory=list)
    to_customer: list[float] = field(default_factory=list)
    asked: int = 0
    refused: int = 0
    lost: int = 0
    per_socket: float = 0.0


class _Frame(msgspec.Struct):
    type: str
    message: dict[str, Any] = {}
    event: dict[str, Any] = {}


class Screens:
    """The pages of everybody: each notes when a message of the other side is on it."""

    def __init__(self, running: Server, desk: Desk) -> None:
        self._port = running.port
        self._http = Http(running.port)
        self._decode = msgspec.json.Decoder(_Frame).decode
        self._sent: dict[str, float] = {}
        self._ready: dict[str, asyncio.Future[None]] = {}
        self._of_agent = {case.id: case for case in desk.cases}
        self._tokens = {case.id: visitors_token(case) for case in desk.cases}
        self._sockets: list[Socket] = []
        self._number = 0
        self.figures = Figures()

    async def open_customer(self, case: Case) -> None:
        """Open a customer's page."""
        ready = self._ready[case.id] = asyncio.get_running_loop().create_future()
        seen = partial(self._customer_sees, case)
        socket = await open_socket(self._port, "/api/webchat/socket", {}, seen)
        socket.send({"type": "hello", "token": self._tokens[case.id], "after": 1})
        self._sockets.append(socket)
        await asyncio.wait_for(ready, 60)

    async def open_agent(self, agent_id: str, headers: dict[str, str]) -> None:
        """Open an agent's console."""
        ready = self._ready[agent_id] = asyncio.get_running_loop().create_future()
        seen = partial(self._agent_sees, agent_id)
        socket = await open_socket(self._port, "/api/desk/socket", headers, seen)
        socket.send({"type": "hello", "cursor": None})
        self._sockets.append(socket)
        await asyncio.wait_for(ready, 60)

    def close(self) -> None:
        """Close all pages."""
        for socket in self._sockets:
            socket.close()
        self._sockets.clear()

    def check_open(self) -> None:
        """Raise RuntimeError if somebody was cut off."""
        if lost := sum(socket.lost for socket in self._sockets):
            raise RuntimeError(f"{lost} sockets were closed by the server")

    def _customer_sees(self, case: Case, payload: bytes) -> None:
        frame = self._decode(payload)
        if frame.type == "ready":
            self._ready.pop(case.id).set_result(None)
        elif frame.type == "message" and frame.message["author"] == "agent":
            self._shown(frame.message["client_message_id"], self.figures.to_customer)

    def _agent_sees(self, agent_id: str, payload: bytes) -> None:
        if payload.startswith(b'{"type":"ready"'):
            self._ready.pop(agent_id).set_result(None)
        elif b'"type":"message.created"' in payload and b'"author":"contact"' in payload:
            # What concerns a colleague's conversation is passed over before it is read whole.
            _, _, rest = payload.partition(b'"conversation_id":"')
            case = self._of_agent.get(rest[: rest.index(b'"')].decode())
            if case is not None and case.agent is not None and case.agent.id == agent_id:
                message = self._decode(payload).message
                self._shown(message["client_message_id"], self.figures.to_agent)

    def _shown(self, message_id: str, figures: list[float]) -> None:
        sent = self._sent.pop(message_id, None)
        if sent is not None:
            figures.append((perf_counter() - sent) * 1000)

    async def say(self, case: Case, *, agent: bool) -> None:
        """Write one message and send it."""
        self._number += 1
        message_id = f"said{self._number}"
        body = {"client_message_id": message_id, "text": TEXT}
        self._sent[message_id] = perf_counter()
        self.figures.asked += 1
        try:
            await self._post(case, body, agent=agent)
        except RuntimeError as error:
            self._refused(error)

    def _refused(self, error: RuntimeError) -> None:
        # The message counts as not seen; the first reason is enough to look further.
        if not self.figures.refused:
            progress(f"refused: {error}")
        self.figures.refused += 1

    async def _post(self, case: Case, body: dict[str, Any], *, agent: bool) -> None:
        if agent:
            assert case.agent is not None
            path = f"/api/desk/conversations/{case.id}/messages"
            await self._http.ask("POST", path, agents_headers(case.agent), body)
        else:
            headers = {"Authorization": f"Bearer {self._tokens[case.id]}"}
            await self._http.ask("POST", "/api/webchat/messages", headers, body)

    async def talk(self, cases: list[Case], rate: int, seconds: float) -> Figures:
        """Let both sides write in turns, so many messages a second, and wait for the last."""
        self.figures = Figures()
        self._sent.clear()
        chance = random.Random(7)
        began, said = perf_counter(), []
        for number in range(int(rate * seconds)):
            # At its time whatever became of those before: a slow server gets no rest.
            await asyncio.sleep(began + number / rate - perf_counter())
            work = self.say(chance.choice(cases), agent=bool(number % 2))
            said.append(asyncio.create_task(work))
        await asyncio.gather(*said)
        for _ in range(50):
            if not self._sent:
                break
            await asyncio.sleep(0.1)
        self.figures.lost = len(self._sent)
        self.check_open()
        return self.figures


async def measure(url: str, state: Path) -> Figures:
    """Return what was measured, with the server's two processes and Redis."""
    desk = await fill(url, staff=AGENTS, active=CUSTOMERS)
    with server(url, state, redis=True) as running:
        first = Screens(running, desk)
        for case in desk.cases[:TRIED_FIRST]:
            await first.open_customer(case)
            assert case.agent is not None
            await first.open_agent(case.agent.id, agents_headers(case.agent))
        await first.talk(desk.cases[:TRIED_FIRST], RATE, 2)
        first.close()
        await asyncio.sleep(1)
        before = running.memory()
        screens = Screens(running, desk)
        await at_a_time(
            [screens.open_agent(each.id, agents_headers(each)) for each in desk.people],
            OPENED_AT_ONCE,
        )
        await at_a_time([screens.open_customer(case) for case in desk.cases], OPENED_AT_ONCE)
        await asyncio.sleep(2)
        per_socket = (running.memory() - before) / (CUSTOMERS + AGENTS)
        progress(f"{CUSTOMERS + AGENTS} sockets open, {per_socket / 1024:.1f} KB each")
        await screens.talk(desk.cases, RATE, WARM_UP_SECONDS)
        figures = await screens.talk(desk.cases, RATE, SECONDS)
        figures.per_socket = per_socket
        screens.close()
    return figures
