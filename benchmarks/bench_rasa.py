"""Turns a second and time per turn: Rasa as we run it against Rasa as it comes.

    .venv/bin/python benchmarks/bench_rasa.py [--model models/….tar.gz] [--domain domain.yml]

Both run the same trained model on this machine, one worker each, with the same action server.
Stock is Rasa's REST channel with its default settings: trackers in memory, no `bot.channel`. Ours
is endpoints.yml and credentials.yml of this repository, on SQLite. The two take turns, round by
round, so that whatever else the machine does meets both.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import json
import os
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from processes import ROOT, Processes, free_port, newest_model
from results import at_least, at_most, measured, p50, p95, print_results, progress

ACTION_MESSAGE = "怎么查话费"  # answered by one custom action
ROUNDS = 12
TURNS_PER_ROUND = 32  # of each kind, for each system
TURNS_PER_CONVERSATION = 8
CONVERSATIONS_AT_ONCE = 4
EARLY_TURN, LATE_TURN = 10, 400
SAMPLES_OF_A_TURN = 20

# Every turn of the assistant takes one custom action: there is no other kind to measure.
WITH_ACTION = "a turn with one action"
KINDS = {WITH_ACTION: ACTION_MESSAGE}
EARLY, LATE = f"turn {EARLY_TURN}", f"turn {LATE_TURN}"

AT_LEAST_TIMES_STOCK = 3.0
AT_MOST_TIMES_EARLY = 1.3

TOKEN = "for-this-measurement-only"
_ids = itertools.count(1)


@dataclass
class System:
    """One of the two that are compared, and what was measured on it."""

    name: str
    port: int
    path: str
    body: Callable[[str, str], dict[str, Any]]
    replies: Callable[[Any], list[dict[str, Any]]]
    milliseconds: dict[str, list[float]] = field(default_factory=dict)
    turns_per_second: dict[str, list[float]] = field(default_factory=dict)

    def turn(self, connection: http.client.HTTPConnection, conversation: str, text: str) -> float:
        """Run one turn; return how many milliseconds it took.

        Raises:
            RuntimeError: it was not answered.
        """
        body = json.dumps(self.body(conversation, text)).encode()
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {TOKEN}"}
        began = time.perf_counter()
        connection.request("POST", self.path, body, headers)
        response = connection.getresponse()
        answer = response.read()
        took = (time.perf_counter() - began) * 1000
        if response.status != 200 or not self.replies(json.loads(answer)):
            raise RuntimeError(f"{self.name} did not answer “{text}”: {answer.decode()[:500]}")
        return took

    def converse(self, text: str, turns: int) -> list[float]:
        """Run turns one after the other, in conversations of a few turns each."""
        connection = self.connect()
        took = []
        for number in range(turns):
            if number % TURNS_PER_CONVERSATION == 0:
                conversation = f"bench-{next(_ids)}"
            took.append(self.turn(connection, conversation, text))
        connection.close()
        return took

    def connect(self) -> http.client.HTTPConnection:
        """Open a connection that several turns use."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)


def stock(port: int) -> System:
    """Rasa's own REST channel."""
    return System(
        "stock",
        port,
        "/webhooks/rest/webhook",
        lambda conversation, text: {"sender": conversation, "message": text},
        lambda answer: answer,
    )


def ours(port: int) -> System:
    """The channel in bot/."""
    return System(
        "ours",
        port,
        "/webhooks/frontdoor/turn",
        lambda conversation, text: {
            "conversation_id": conversation,
            "message_id": f"m{next(_ids)}",
            "text": text,
            "metadata": {"contact_id": "01jcontact", "channel": "webchat"},
        },
        lambda answer: answer["replies"],
    )


def measure_rounds(systems: list[System]) -> None:
    """Time per turn one at a time, and turns a second with several conversations at once."""
    for system, text in itertools.product(systems, KINDS.values()):
        system.converse(text, TURNS_PER_CONVERSATION)  # the first turns of a process are slow
    for number in range(ROUNDS):
        for (kind, text), system in itertools.product(KINDS.items(), systems):
            took = system.converse(text, TURNS_PER_ROUND)
            system.milliseconds.setdefault(kind, []).extend(took)
            began = time.perf_counter()
            with ThreadPoolExecutor(CONVERSATIONS_AT_ONCE) as threads:
                share = TURNS_PER_ROUND // CONVERSATIONS_AT_ONCE
                jobs = [
                    threads.submit(system.converse, text, share)
                    for _ in range(CONVERSATIONS_AT_ONCE)
                ]
                done = sum(len(job.result()) for job in jobs)
            rate = done / (time.perf_counter() - began)
            system.turns_per_second.setdefault(kind, []).append(rate)
        progress(f"round {number + 1} of {ROUNDS}")


def measure_long_conversation(system: System) -> None:
    """Time of an early turn and of a late one, sampled alternately."""
    progress(f"{system.name}: a conversation of {LATE_TURN} turns")
    long = f"long-{system.name}"
    connection = system.connect()
    for _ in range(LATE_TURN - SAMPLES_OF_A_TURN // 2):
        system.turn(connection, long, ACTION_MESSAGE)
    early, late = [], []
    for sample in range(SAMPLES_OF_A_TURN):
        fresh = f"early-{system.name}-{sample}"
        for _ in range(EARLY_TURN - 1):
            system.turn(connection, fresh, ACTION_MESSAGE)
        early.append(system.turn(connection, fresh, ACTION_MESSAGE))
        late.append(system.turn(connection, long, ACTION_MESSAGE))
    connection.close()
    system.milliseconds[EARLY] = early
    system.milliseconds[LATE] = late


def results_of(stock: System, ours: System) -> list[dict[str, Any]]:
    """Everything that was measured, and the targets last."""
    found = []
    for system in (stock, ours):
        for kind, rates in system.turns_per_second.items():
            found.append(measured(f"{system.name}, {kind}", p50(rates), "turns/s"))
        for kind, took in system.milliseconds.items():
            found.append(measured(f"{system.name}, {kind}, p50", p50(took), "ms"))
            found.append(measured(f"{system.name}, {kind}, p95", p95(took), "ms"))
    # Round by round: what slowed one round of the machine slowed both systems in it.
    rounds = zip(
        ours.turns_per_second[WITH_ACTION], stock.turns_per_second[WITH_ACTION], strict=True
    )
    speed = p50([ours_rate / stock_rate for ours_rate, stock_rate in rounds])
    growth = p50(ours.milliseconds[LATE]) / p50(ours.milliseconds[EARLY])
    return [
        *found,
        at_least(f"ours / stock, {WITH_ACTION}, turns/s", speed, "×", AT_LEAST_TIMES_STOCK),
        at_most(f"ours, {LATE} / {EARLY}, p50", growth, "×", AT_MOST_TIMES_EARLY),
    ]


def start_all(processes: Processes, model: Path, domain: Path, state: Path) -> list[System]:
    """Start the action server, stock Rasa and ours."""
    actions, systems = free_port(), [stock(free_port()), ours(free_port())]
    (state / "stock-endpoints.yml").write_text(
        f"action_endpoint:\n  url: http://127.0.0.1:{actions}/webhook\n"
    )
    (state / "stock-credentials.yml").write_text("rest:\n")
    settings = {
        "stock": (state / "stock-endpoints.yml", state / "stock-credentials.yml"),
        "ours": (ROOT / "endpoints.yml", ROOT / "credentials.yml"),
    }
    processes.start_stub_actions(actions, domain)
    for system in systems:
        endpoints, credentials = settings[system.name]
        processes.start(
            system.name,
            ROOT / ".venv-rasa/bin/rasa",
            *("run", "-i", "127.0.0.1", "-p", system.port, "--model", model),
            *("--endpoints", endpoints, "--credentials", credentials),
            RASA_TELEMETRY_ENABLED="false",
            FRONTDOOR_RASA_TOKEN=TOKEN,
            FRONTDOOR_ACTIONS_URL=f"http://127.0.0.1:{actions}",
            FRONTDOOR_TRACKER_URL=f"sqlite:///{state}/trackers.db",
        )
    processes.wait_for("stock", f"http://127.0.0.1:{systems[0].port}/")
    processes.wait_for("ours", f"http://127.0.0.1:{systems[1].port}/webhooks/frontdoor/health")
    return systems


def main() -> None:
    """Measure and report."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--model", type=Path, help="default: the newest in models/")
    options.add_argument("--domain", type=Path, default=ROOT / "domain.yml", help="the model's")
    chosen = options.parse_args()
    model = chosen.model or newest_model()
    (ROOT / "var").mkdir(exist_ok=True)
    # Not in /tmp, which may be memory: the disk is part of what is measured.
    with (
        tempfile.TemporaryDirectory(dir=ROOT / "var", prefix="bench-") as state,
        Processes(Path(state)) as processes,
    ):
        progress(f"starting the action server and two Rasas with {model.name}")
        systems = start_all(processes, model.resolve(), chosen.domain.resolve(), Path(state))
        progress(f"started; the two take turns (load of the machine {os.getloadavg()[0]:.1f})")
        measure_rounds(systems)
        for system in systems:
            measure_long_conversation(system)
        progress("stopping")
    print_results("rasa", results_of(*systems))


if __name__ == "__main__":
    main()
