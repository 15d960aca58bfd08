"""Assignment: how many decisions a second, what one costs, and how soon who is free is asked."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from time import perf_counter

import msgspec
import sqlalchemy as sa
from queue_desk import CAPACITY, REDIS, Desk, fill
from queue_server import Server, agents_headers, at_a_time, server
from queue_wire import Http, Socket, open_socket
from results import p50, progress

from common.db import Database
from common.hub import EventHub
from handoff.agent_store import agents
from handoff.assignment import AssignmentRules, Assignments

STAFF = 500
WAITING = 10_000
QUEUES = (100, 1_000, 10_000)
CONNECTIONS = 10
TRIES = 150
CLOSES_A_SECOND = 10
SECONDS = 40
SECONDS_WITHOUT_REDIS = 20
WARM_UP_SECONDS = 3
OPENED_AT_ONCE = 20


# -- the use case alone -----------------------------------------------------------------------


async def decisions(url: str) -> float:
    """Return offers a second: 500 agents come free, 10,000 wait, one process."""
    desk = await fill(url, staff=STAFF, waiting=WAITING)
    db = Database.from_url(url, pool_size=CONNECTIONS)
    hub = EventHub(db, REDIS)
    hub.start_waking()
    assignments = Assignments(db, AssignmentRules())
    began = perf_counter()
    offered = await at_a_time([assignments.fill(each.id) for each in desk.people], CONNECTIONS)
    took = perf_counter() - began
    await hub.stop()
    await db.close()
    if sum(offered) != STAFF * CAPACITY:
        raise RuntimeError(f"{sum(offered)} were offered, {STAFF * CAPACITY} had to be")
    return sum(offered) / took


async def cost_of_one(url: str, waiting: int) -> tuple[float, float]:
    """Return milliseconds of one assignment with so many waiting, one after another.

    First of an agent who has room for one, then of a customer who comes while one agent has room.
    """
    desk = await fill(url, staff=STAFF, waiting=waiting)
    db = Database.from_url(url)
    assignments = Assignments(db, AssignmentRules())
    async with db.begin() as conn:
        await conn.execute(sa.update(agents).values(capacity=1))
    chance = random.Random(7)
    free = chance.sample(desk.people, min(TRIES, waiting // 2))
    filled, placed = [], []
    for agent in free[:5]:
        await assignments.fill(agent.id)
    for agent in free[5:]:
        began = perf_counter()
        offered = await assignments.fill(agent.id)
        filled.append((perf_counter() - began) * 1000)
        if offered != 1:
            raise RuntimeError(f"{offered} were offered")
    # From the end of the queue: these have just come.
    for case in desk.cases[-len(filled) :]:
        began = perf_counter()
        if await assignments.place(case.id) is None:
            raise RuntimeError("nobody was asked")
        placed.append((perf_counter() - began) * 1000)
    await db.close()
    return p50(filled), p50(placed)


# -- on the agent's screen --------------------------------------------------------------------


@dataclass
class Waits:
    """Milliseconds from an agent's click on “close” to the next offer on their screen."""

    shown: list[float] = field(default_factory=list)
    closed: int = 0


class _Frame(msgspec.Struct):
    event: dict[str, object] = {}


class Consoles:
    """The consoles of all agents, whose hands are full."""

    def __init__(self, running: Server, desk: Desk) -> None:
        self._port = running.port
        self._http = Http(running.port)
        self._decode = msgspec.json.Decoder(_Frame).decode
        self._desk = desk
        self._cases: dict[str, list[str]] = {each.id: [] for each in desk.people}
        for case in desk.cases:
            if case.agent is not None:
                self._cases[case.agent.id].append(case.id)
        self._clicked: dict[str, float] = {}
        self._ready: dict[str, asyncio.Future[None]] = {}
        self._accepting: set[asyncio.Task[None]] = set()
        self._sockets: list[Socket] = []
        self.waits = Waits()

    async def open(self, agent_id: str, headers: dict[str, str]) -> None:
        """Open one agent's console."""
        ready = self._ready[agent_id] = asyncio.get_running_loop().create_future()
        seen = partial(self._sees, agent_id, headers)
        socket = await open_socket(self._port, "/api/desk/socket", headers, seen)
        socket.send({"type": "hello", "cursor": None})
        self._sockets.append(socket)
        await asyncio.wait_for(ready, 60)

    def _sees(self, agent_id: str, headers: dict[str, str], payload: bytes) -> None:
        if payload.startswith(b'{"type":"ready"'):
            self._ready.pop(agent_id).set_result(None)
        elif b'"type":"conversation.offered"' in payload and agent_id.encode() in payload:
            if (clicked := self._clicked.pop(agent_id, None)) is not None:
                self.waits.shown.append((perf_counter() - clicked) * 1000)
            case_id = str(self._decode(payload).event["conversation_id"])
            task = asyncio.create_task(self._accept(agent_id, case_id, headers))
            self._accepting.add(task)
            task.add_done_callback(self._accepting.discard)

    async def _accept(self, agent_id: str, case_id: str, headers: dict[str, str]) -> None:
        await self._http.ask("POST", f"/api/desk/conversations/{case_id}/accept", headers)
        self._cases[agent_id].append(case_id)

    async def _close(self, agent_id: str, headers: dict[str, str]) -> None:
        case_id = self._cases[agent_id].pop(0)
        self._clicked[agent_id] = perf_counter()
        self.waits.closed += 1
        path = f"/api/desk/conversations/{case_id}/close"
        await self._http.ask("POST", path, headers, {"reason": "resolved"})

    async def work(self, rate: float, seconds: float) -> Waits:
        """Let agents close so many conversations a second; each is offered the next."""
        self.waits = Waits()
        chance = random.Random(7)
        began, closing = perf_counter(), []
        for number in range(int(rate * seconds)):
            await asyncio.sleep(began + number / rate - perf_counter())
            idle = [each for each in self._desk.people if each.id not in self._clicked]
            agent = chance.choice([each for each in idle if self._cases[each.id]])
            closing.append(asyncio.create_task(self._close(agent.id, agents_headers(agent))))
        await asyncio.gather(*closing)
        for _ in range(50):
            if not self._clicked and not self._accepting:
                break
            await asyncio.sleep(0.1)
        if lost := sum(socket.lost for socket in self._sockets):
            raise RuntimeError(f"{lost} consoles were closed by the server")
        return self.waits

    def close(self) -> None:
        """Close all consoles."""
        for socket in self._sockets:
            socket.close()
        self._http.close()


async def free_to_offered(url: str, state: Path, *, redis: bool) -> Waits:
    """Return how soon agents are asked, through the server's two processes."""
    desk = await fill(url, staff=STAFF, active=STAFF * CAPACITY, waiting=WAITING)
    with server(url, state, redis=redis) as running:
        consoles = Consoles(running, desk)
        opening = [consoles.open(each.id, agents_headers(each)) for each in desk.people]
        await at_a_time(opening, OPENED_AT_ONCE)
        progress(f"{STAFF} consoles open, {'with' if redis else 'without'} Redis")
        await consoles.work(CLOSES_A_SECOND, WARM_UP_SECONDS)
        waits = await consoles.work(CLOSES_A_SECOND, SECONDS if redis else SECONDS_WITHOUT_REDIS)
        consoles.close()
    return waits
