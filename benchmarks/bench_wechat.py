"""Thousands of messages over WeChat in trouble: how soon we say `success`, and is all well?

    PYTHONPATH=. .venv/bin/python benchmarks/bench_wechat.py [--customers 1000] [--messages 10]

On PostgreSQL, in a database of its own that is dropped in the end, with Redis; the server runs in
two processes, with the worker. A fifth of the messages comes twice; of a tenth of the callbacks
WeChat does not hear our answer and sends them again; a tenth of our calls is not answered, half of
them though they were done. A bot that repeats what was said takes Rasa's place, so that it can be
told which answer belongs to which message, and the channel is what is measured.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import asyncpg
import uvloop
from echo_bot import echo
from processes import ROOT, Processes, free_port
from queue_desk import postgres
from queue_server import server
from results import at_most, measured, p50, p99, print_results, progress

from tests.wechat_simulator.app import serving
from tests.wechat_simulator.crowd import SEND, Crowd
from tests.wechat_simulator.faults import Fault, Trouble
from tests.wechat_simulator.operator import set_up, write_file
from tests.wechat_simulator.simulator import Simulator

CUSTOMERS, MESSAGES = 1000, 10
RATE = 25.0
WARM_UP = 20
DOUBLED, UNHEARD, UNANSWERED = 0.2, 0.1, 0.1
PATIENCE_SECONDS = 30.0
AT_MOST_SUCCESS_MS = 200.0


async def measure(
    url: str, state: Path, customers: int, messages: int, rate: float
) -> list[dict[str, Any]]:
    """Run it; what went wrong is counted among the results, and printed."""
    port, bot_port = free_port(), free_port()
    world = Simulator()
    account = set_up(world, {"main": {}}, f"http://127.0.0.1:{port}")["main"]
    python = ROOT / ".venv/bin/python"
    async with serving(world) as wechat_url:
        file = write_file(state / "wechat.toml", {"main": account}, wechat_url)
        settings = {
            "FRONTDOOR_WECHAT_FILE": str(file),
            "FRONTDOOR_RASA_URL": f"http://127.0.0.1:{bot_port}",
        }
        with Processes(state) as processes:
            processes.start("bot", python, ROOT / "benchmarks/echo_bot.py", bot_port)
            processes.wait_for("bot", f"http://127.0.0.1:{bot_port}/webhooks/frontdoor/health")
            with server(url, state, redis=True, port=port, worker=True, **settings):
                # What is loaded once is loaded now, and the worker is there when this is answered.
                first = Crowd(account, WARM_UP, words, echo)
                await first.talk(2, WARM_UP)
                await first.answered(PATIENCE_SECONDS)
                world.reset()
                crowd = Crowd(account, customers, words, echo)
                progress(f"{customers} customers write {messages} messages each, {rate:g} a second")
                begin_trouble(world)
                await crowd.talk(messages, rate)
                await crowd.answered(PATIENCE_SECONDS)
    wrong = crowd.wrong() + [str(violation) for violation in world.violations]
    for line in wrong[:10]:
        progress(line)
    stored, fates = await what_is_stored(url)
    sent, tried = Counter(call.fault for call in world.calls_of(SEND)), world.answer_seconds
    said = customers * messages + 2 * WARM_UP
    ms = [1000 * seconds for seconds in tried]
    waits = crowd.waits()
    return [
        measured("messages", customers * messages, ""),
        measured("callbacks answered, with those that came again", len(tried), ""),
        measured("our calls that were not answered", sent["hang"] + sent["hang_done"], ""),
        at_most("messages lost or stored twice", abs(stored - said), "", 0),
        at_most("customers not answered once and in order", len(crowd.wrong()), "", 0),
        at_most("answers neither sent nor told to be unclear", fates["other"], "", 0),
        measured("answers told to be unclear", fates["unclear"], ""),
        at_most("violations of WeChat's rules", len(world.violations), "", 0),
        at_most("callbacks not answered within 5 s", world.late, "", 0),
        measured("callback to `success`, p50", p50(ms), "ms"),
        at_most("callback to `success`, p99", p99(ms), "ms", AT_MOST_SUCCESS_MS),
        measured("word to answer on the phone, p50", p50(waits), "s"),
        measured("word to answer on the phone, p99", p99(waits), "s"),
    ]


def words(who: str, turn: int) -> str:
    """Return a message that nobody else writes."""
    return f"{who} 说 {turn}"


def begin_trouble(world: Simulator) -> None:
    """Let things go wrong from now on."""
    world.trouble = Trouble(duplicated=DOUBLED, cut=UNHEARD)
    half = UNANSWERED / 2
    world.faults.add(Fault("hang", SEND, times=None, rate=half))
    # Of those which the first left over.
    world.faults.add(Fault("hang_done", SEND, times=None, rate=half / (1 - half)))


async def what_is_stored(url: str) -> tuple[int, Counter[str]]:
    """Return how many messages of customers are there, and what became of the answers."""
    connection = await asyncpg.connect(url)
    stored = await connection.fetchval("SELECT count(*) FROM messages WHERE author = 'contact'")
    rows = await connection.fetch("SELECT status, count(*) AS number FROM outbox GROUP BY status")
    await connection.close()
    fates: Counter[str] = Counter()
    for row in rows:
        known = row["status"] in ("sent", "unclear")
        fates[row["status"] if known else "other"] += row["number"]
    return stored, fates


async def main() -> None:
    """Measure and report."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--customers", type=int, default=CUSTOMERS)
    options.add_argument("--messages", type=int, default=MESSAGES)
    options.add_argument("--rate", type=float, default=RATE, help="messages a second, of all")
    chosen = options.parse_args()
    (ROOT / "var").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=ROOT / "var", prefix="bench-") as state:
        async with postgres() as url:
            progress(f"load {os.getloadavg()[0]:.1f}")
            results = await measure(
                url, Path(state), chosen.customers, chosen.messages, chosen.rate
            )
    print_results("wechat", results)


if __name__ == "__main__":
    uvloop.run(main())
