"""The human queue: claims, assignment, and messages between two thousand customers and the desk.

    .venv/bin/python benchmarks/bench_queue.py [--only claims|assignment|messages]

On PostgreSQL, in a database of its own that is dropped in the end, with Redis (BENCH_POSTGRES_URL
and BENCH_REDIS_URL say where). The server runs in two processes; those who play its users share
the machine with it. No bot takes part.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import statistics
import tempfile
from pathlib import Path
from typing import Any

import queue_assignment
import queue_claims
import queue_messages
import uvloop
from processes import ROOT
from queue_desk import postgres
from results import at_least, at_most, measured, p50, p99, print_results, progress

LEAST_OF_PLAIN = 60.0
AT_MOST_FREE_MS, AT_MOST_FREE_WITHOUT_REDIS_MS = 200.0, 300.0
AT_MOST_MESSAGE_MS = 150.0
AT_MOST_KILOBYTES = 40.0
AT_MOST_GROWTH = 1.5

Results = list[dict[str, Any]]


async def claims(url: str, state: Path) -> Results:
    """Accepting beside a plain UPDATE."""
    rates = await queue_claims.measure(url)
    plain, ours = (statistics.median(rates[name]) for name in ("plain UPDATE", "accept"))
    share = statistics.median(
        100 * accepted / claimed
        for claimed, accepted in zip(rates["plain UPDATE"], rates["accept"], strict=True)
    )
    return [
        measured("plain claim UPDATE, driver alone", plain, "1/s"),
        measured("accept, all it writes", ours, "1/s"),
        at_least("accept, of the plain UPDATE's rate", share, "%", LEAST_OF_PLAIN),
    ]


async def assignment(url: str, state: Path) -> Results:
    """Decisions, their cost, and how soon they are seen."""
    results = [measured("assignment decisions", await queue_assignment.decisions(url), "1/s")]
    costs = {
        size: await queue_assignment.cost_of_one(url, size) for size in queue_assignment.QUEUES
    }
    for size, (filled, placed) in costs.items():
        progress(f"{size} waiting: an agent is free {filled:.2f} ms, a customer comes {placed:.2f}")
        results.append(measured(f"an agent is free, {size:,} waiting, p50", filled, "ms"))
        results.append(measured(f"a customer comes, {size:,} waiting, p50", placed, "ms"))
    least, most = costs[min(costs)], costs[max(costs)]
    for name, few, many in zip(("an agent is free", "a customer comes"), least, most, strict=True):
        label = f"{name}, cost at {max(costs):,} over {min(costs):,}"
        results.append(at_most(label, many / few, "x", AT_MOST_GROWTH))
    for redis, target in ((True, AT_MOST_FREE_MS), (False, AT_MOST_FREE_WITHOUT_REDIS_MS)):
        waits = await queue_assignment.free_to_offered(url, state, redis=redis)
        how = "with Redis" if redis else "without Redis"
        results += [
            measured(f"closes, {how}", waits.closed, ""),
            measured(
                f"closes not followed by an offer, {how}", waits.closed - len(waits.shown), ""
            ),
            measured(f"free to offered, {how}, p50", p50(waits.shown), "ms"),
            at_most(f"free to offered, {how}, p99", p99(waits.shown), "ms", target),
        ]
    return results


async def messages(url: str, state: Path) -> Results:
    """From one side to the other's screen, and what a socket costs."""
    found = await queue_messages.measure(url, state)
    both = found.to_agent + found.to_customer
    return [
        measured("messages sent", found.asked, ""),
        at_most("requests refused", found.refused, "", 0),
        at_most("messages not seen within 5 s", found.lost, "", 0),
        measured("customer to agent's screen, p50", p50(found.to_agent), "ms"),
        measured("customer to agent's screen, p99", p99(found.to_agent), "ms"),
        measured("agent to customer's screen, p50", p50(found.to_customer), "ms"),
        measured("agent to customer's screen, p99", p99(found.to_customer), "ms"),
        at_most(f"a message, {queue_messages.RATE}/s, p99", p99(both), "ms", AT_MOST_MESSAGE_MS),
        at_most("memory a socket", found.per_socket / 1024, "KB", AT_MOST_KILOBYTES),
    ]


PARTS = {"claims": claims, "assignment": assignment, "messages": messages}


async def run(parts: list[str]) -> Results:
    """Measure these parts, one after another."""
    results: Results = []
    (ROOT / "var").mkdir(exist_ok=True)
    async with postgres() as url:
        for name in parts:
            with tempfile.TemporaryDirectory(dir=ROOT / "var", prefix="bench-") as state:
                progress(f"{name} (load {os.getloadavg()[0]:.1f})")
                results += await PARTS[name](url, Path(state))
    return results


def main() -> None:
    """Measure and report."""
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--only", choices=PARTS, help="one part; default: all")
    only = options.parse_args().only
    # Told to stop, it still drops its database and stops its processes.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        results = runner.run(run([only] if only else list(PARTS)))
    print_results("queue", results)


if __name__ == "__main__":
    main()
