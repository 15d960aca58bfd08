"""Everything is killed, again and again, while customers write and agents answer.

Whatever falls, in the end no message is lost, none is doubled, and nobody is stuck. `make test`
runs it for a minute, `make chaos SECONDS=600` for as long as wanted. A printed seed repeats the
order.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from contextlib import suppress
from random import Random, SystemRandom

import asyncpg
import pytest

from common.auth import Accounts
from common.db import Database
from tests.chaos import truth
from tests.chaos.agents import Agent
from tests.chaos.backing import Postgres, Redis
from tests.chaos.customers import Customer
from tests.chaos.storm import Storm
from tests.whole import Place, Running

pytestmark = pytest.mark.e2e

SECONDS = float(os.environ.get("CHAOS_SECONDS", "60"))
SEED = int(os.environ.get("CHAOS_SEED", SystemRandom().randrange(10**6)))
CUSTOMERS, AGENTS = 20, 5
SETTLE_SECONDS = 60.0
PASSWORD = "chaos-needs-a-password"


async def test_whatever_is_killed_nothing_is_lost_or_doubled_and_nobody_is_stuck(
    place: Place, running: Running, postgres: Postgres, redis: Redis
):
    say(f"seed {SEED}, {SECONDS:g} s; the parts' lines are in {place.state_dir}")
    rng = Random(SEED)
    await hire(place)
    agents = [Agent(place.url, f"chaos{n}", PASSWORD, Random(rng.random())) for n in range(AGENTS)]
    customers = [Customer(place.url, f"c{n}", Random(rng.random())) for n in range(CUSTOMERS)]
    storm = Storm(place, postgres, redis, SEED)
    database = place.settings["FRONTDOOR_DATABASE_URL"]
    wrong: list[str] = []
    try:
        for person in (*agents, *customers):
            await person.arrive()
        watching = asyncio.create_task(watch(database, wrong))
        wandering = asyncio.create_task(wander(agents, rng))
        await storm.rage(SECONDS, say)
        wandering.cancel()
        await asyncio.gather(wandering, return_exceptions=True)
        for agent in agents:
            agent.is_steady = True
        for customer in customers:
            customer.say_no_more()
        settled_after = await settle(database, customers)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        conn = await asyncpg.connect(database)
        wrong += await truth.wrong_now(conn) + await truth.wrong_in_the_end(conn)
        by_contact = await truth.transcripts(conn)
        events = await conn.fetch("SELECT * FROM events WHERE type = 'message.created'")
        await conn.close()
    finally:
        (place.state_dir / "up.log").write_text(running.output)
        storm.end()
        for person in (*agents, *customers):
            await person.leave()

    for customer in customers:
        wrong += wrong_for_customer(customer, by_contact.get(customer.contact_id, []))
    for agent in agents:
        wrong += wrong_for_agent(agent, by_contact, events)
    tell(storm, customers, agents, by_contact, settled_after)
    assert not wrong, "\n".join(wrong[:40])


async def hire(place: Place) -> None:
    db = Database.from_url(place.settings["FRONTDOOR_DATABASE_URL"])
    await Accounts(db).add_all((f"chaos{n}", f"客服{n}", "agent", PASSWORD) for n in range(AGENTS))
    await db.close()


async def watch(database: str, wrong: list[str]) -> None:
    """Look every second whether any conversation is in a state that may never be."""
    while True:
        with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            conn = await asyncpg.connect(database)
            try:
                while True:
                    wrong += await truth.wrong_now(conn)
                    await asyncio.sleep(1)
            finally:
                conn.terminate()
        await asyncio.sleep(0.5)


async def wander(agents: list[Agent], rng: Random) -> None:
    """Now and then an agent is gone for longer than their conversations wait for them."""
    while True:
        await asyncio.sleep(rng.uniform(5, 15))
        await rng.choice(agents).vanish(rng.uniform(5, 40))


async def settle(database: str, customers: list[Customer]) -> float:
    """Wait until nothing is owed to anybody any more; returns how long that took."""
    began = time.monotonic()
    while True:
        left = [f"{c.name} is still writing" for c in customers if not c.is_done]
        try:
            conn = await asyncpg.connect(database)
            left += await truth.unsettled(conn)
            by_contact = await truth.transcripts(conn)
            await conn.close()
        except (OSError, asyncpg.PostgresError) as error:
            left.append(f"the database: {error}")
        else:
            left += [
                f"{c.name} has {c.last_seq} of {len(by_contact[c.contact_id])} messages"
                for c in customers
                if c.last_seq != len(by_contact[c.contact_id])
            ]
        took = time.monotonic() - began
        if not left:
            return took
        assert took < SETTLE_SECONDS, "stuck:\n" + "\n".join(left)
        await asyncio.sleep(0.5)


def wrong_for_customer(customer: Customer, stored: list[asyncpg.Record]) -> list[str]:
    wrong = [f"{customer.name}: {each}" for each in customer.wrong]
    screen = [(m["seq"], m["id"], m["text"]) for m in customer.screen]
    if screen != [(m["seq"], m["id"], m["text"]) for m in stored]:
        wrong.append(f"{customer.name}: the screen is not the transcript")
    ours = Counter(m["client_message_id"] for m in stored if m["author"] == "contact")
    for client_id, message in customer.acknowledged.items():
        if ours[client_id] != 1 or not any(m["id"] == message["id"] for m in stored):
            wrong.append(f"{customer.name}: {client_id} is there {ours[client_id]} times")
    if sum(ours.values()) != len(customer.acknowledged):
        wrong.append(f"{customer.name}: said {len(customer.acknowledged)}, stored {ours}")
    return wrong


def wrong_for_agent(
    agent: Agent, by_contact: dict[str, list[asyncpg.Record]], events: list[asyncpg.Record]
) -> list[str]:
    wrong = [f"{agent.name}: {each}" for each in agent.wrong]
    theirs = Counter(
        m["client_message_id"]
        for messages in by_contact.values()
        for m in messages
        if m["author_id"] == agent.id
    )
    wrong += [
        f"{agent.name}: reply {client_id} is there {theirs[client_id]} times"
        for client_id in {*agent.acknowledged, *theirs}
        if theirs[client_id] != 1 or client_id not in agent.acknowledged
    ]
    seen = {e["data"]["message_id"] for e in agent.events if e["type"] == "message.created"}
    told = [e for e in events if truth.data_of(e)["agent_id"] in (None, agent.id)]
    missed = [e for e in told if truth.data_of(e)["message_id"] not in seen]
    if missed and not agent.reset:
        wrong.append(f"{agent.name}: the console missed {len(missed)} of {len(told)} messages")
    return wrong


def tell(
    storm: Storm,
    customers: list[Customer],
    agents: list[Agent],
    by_contact: dict[str, list[asyncpg.Record]],
    settled_after: float,
) -> None:
    authors = Counter(m["author"] for messages in by_contact.values() for m in messages)
    work = Counter[str]()
    for agent in agents:
        work.update(agent.done)
    people = [*customers, *agents]
    say(f"faults: {sum(storm.faults.values())}: {dict(storm.faults)}")
    say(f"messages: {authors.total()}: {dict(authors)}; agents: {dict(work)}")
    say(
        f"tried again: {sum(p.retries for p in people)} times; longest until a message was stored: "
        f"{max(c.longest_wait for c in customers):.1f} s; longest without a socket: "
        f"{max(c.longest_silence for c in customers):.1f} s; settled after {settled_after:.1f} s"
    )


def say(line: str) -> None:
    print(line, flush=True)
