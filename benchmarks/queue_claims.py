"""Claims a second: our accepting, beside the database's own limit for a plain UPDATE."""

from __future__ import annotations

import asyncio
import multiprocessing
import statistics
from collections.abc import Awaitable, Callable
from multiprocessing.synchronize import Barrier
from time import perf_counter
from typing import Any

import asyncpg
import uvloop
from queue_desk import CAPACITY, REDIS, Desk, fill
from results import progress

from common.auth import User
from common.db import Database
from common.hub import EventHub
from common.memory import freeze
from handoff.assignment import AssignmentRules, Assignments
from handoff.gathering import Packets
from handoff.service import Handoffs
from knowledgebase.service import KnowledgeBase
from tickets.service import Tickets

PROCESSES = 2
CONNECTIONS = 10
"""Of each process, as the server has them."""
AT_ONCE = 250
"""So many agents of each process are accepting at any moment; the plain UPDATE is fastest with as
many as there are connections."""
STAFF = 500
CLAIMS = STAFF * CAPACITY
WARM_UP = 500
"""So many claims of each process come first and do not count: a server has its statements ready."""
ROUNDS = 7
PLAIN = "UPDATE conversations SET agent_id = $2 WHERE id = $1 AND agent_id IS NULL"

Claim = tuple[str, User]
Way = Callable[[list[Claim], Barrier, str], Awaitable[float]]


async def measure(url: str) -> dict[str, list[float]]:
    """Return claims a second of each way; the ways take turns."""
    rates: dict[str, list[float]] = {name: [] for name in WAYS}
    for number in range(ROUNDS):
        for name in WAYS:
            desk = await fill(url, staff=STAFF, waiting=CLAIMS)
            rates[name].append(await asyncio.to_thread(_rate, name, url, desk))
            progress(f"round {number + 1}, {name}: {rates[name][-1]:.0f} claims/s")
    return rates


def _rate(name: str, url: str, desk: Desk) -> float:
    claims = [(case.id, desk.people[n % STAFF]) for n, case in enumerate(desk.cases)]
    parts = [claims[n::PROCESSES] for n in range(PROCESSES)]
    spawn = multiprocessing.get_context("spawn")
    barrier, results = spawn.Barrier(PROCESSES), spawn.Queue()
    workers = [
        spawn.Process(target=_work, args=(name, url, part, barrier, results)) for part in parts
    ]
    for worker in workers:
        worker.start()
    slowest = max(results.get(timeout=120) for _ in workers)
    for worker in workers:
        worker.join()
    return (len(claims) - PROCESSES * WARM_UP) / slowest


def _work(name: str, url: str, claims: list[Claim], barrier: Barrier, results: Any) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        results.put(runner.run(WAYS[name](claims, barrier, url)))


async def _plain(claims: list[Claim], barrier: Barrier, url: str) -> float:
    """The driver alone: one statement, one row, one commit."""
    pool = await asyncpg.create_pool(url, min_size=CONNECTIONS, max_size=CONNECTIONS)

    async def claim(queue: list[Claim]) -> None:
        async with pool.acquire() as connection:
            update = await connection.prepare(PLAIN)
            while queue:
                conversation_id, user = queue.pop()
                await update.fetch(conversation_id, user.id)

    took = await _timed(claim, claims, barrier, CONNECTIONS)
    await pool.close()
    return took


async def _ours(claims: list[Claim], barrier: Barrier, url: str) -> float:
    """The use case, with everything it writes, and waking the others as the server does."""
    db = Database.from_url(url, pool_size=CONNECTIONS)
    hub = EventHub(db, REDIS)
    hub.start_waking()
    rules = AssignmentRules(offers=False)
    handoffs = Handoffs(
        db, Packets(db, KnowledgeBase(db), Tickets(db), "zh-CN"), Assignments(db, rules)
    )

    async def claim(queue: list[Claim]) -> None:
        while queue:
            conversation_id, user = queue.pop()
            await handoffs.accept(conversation_id, user)

    took = await _timed(claim, claims, barrier, AT_ONCE)
    await hub.stop()
    await db.close()
    return took


async def _timed(
    claim: Callable[[list[Claim]], Awaitable[None]],
    claims: list[Claim],
    barrier: Barrier,
    at_once: int,
) -> float:
    first, counted = claims[:WARM_UP], claims[WARM_UP:]
    await asyncio.gather(*(claim(first) for _ in range(at_once)))
    freeze()  # as the server does
    await asyncio.to_thread(barrier.wait, 60)
    began = perf_counter()
    await asyncio.gather(*(claim(counted) for _ in range(at_once)))
    return perf_counter() - began


WAYS: dict[str, Way] = {"plain UPDATE": _plain, "accept": _ours}


def middle(rates: list[float]) -> float:
    """Return the middle one of the rounds."""
    return statistics.median(rates)
