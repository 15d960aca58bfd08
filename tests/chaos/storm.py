"""What goes wrong, one thing after another, in an order that a seed repeats."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from time import monotonic

import httpx

from tests.chaos.backing import Postgres, Redis
from tests.whole import FRONTDOOR, Place

BETWEEN_SECONDS = (2.0, 5.0)
# Who is killed before being up again serves nobody: each is left alone so long, in seconds.
REST = {
    "a server process": 10.0,
    "the server": 20.0,
    "the worker": 6.0,
    "the other worker": 6.0,
    "actions": 15.0,
    "rasa": 30.0,
    "PostgreSQL": 8.0,
    "Redis": 4.0,
}
REDIS_AWAY_SECONDS = 2.0
CALM_BEFORE_THE_END = {"rasa": 15.0, "the server": 8.0, "actions": 8.0}


class Storm:
    """Kills parts of one product; `up` starts its own again, the storm the rest."""

    def __init__(self, place: Place, postgres: Postgres, redis: Redis, seed: int) -> None:
        self.faults: Counter[str] = Counter()
        self._place = place
        self._postgres = postgres
        self._redis = redis
        self._rng = Random(seed)
        self._last: dict[str, float] = {}
        self._log = (place.state_dir / "second-worker.log").open("ab")
        self._worker = self._start_worker()
        self._faults: dict[str, Callable[[], object]] = {
            "a server process": lambda: _kill(self._rng.choice(self._server_processes()[1:])),
            "the server": lambda: _kill(self._server_processes()[0]),
            "the worker": lambda: _kill(self._of_up("server.cli worker")),
            "the other worker": self._kill_worker,
            "actions": lambda: _kill(self._of_up("-m actions")),
            "rasa": lambda: _kill(self._of_up("-m bot run")),
            "PostgreSQL": postgres.restart,
            "Redis": redis.kill,
        }

    async def rage(self, seconds: float, tell: Callable[[str], None]) -> None:
        """Do one thing after another for so long."""
        began = monotonic()
        # Each once at first, then by chance.
        waiting = self._rng.sample(list(self._faults), len(self._faults))
        while (now := monotonic() - began) < seconds:
            able = [
                name
                for name in self._faults
                if now - self._last.get(name, -1e9) >= REST[name]
                and seconds - now >= CALM_BEFORE_THE_END.get(name, 0)
            ]
            name = await self._strike_one(
                [each for each in waiting if each in able] or self._rng.sample(able, len(able))
            )
            if name is None:
                await asyncio.sleep(0.5)
                continue
            self._last[name] = now
            self.faults[name] += 1
            tell(f"{now:6.1f} s  {name}")
            if name in waiting:
                waiting.remove(name)
            pause = self._rng.uniform(*BETWEEN_SECONDS)
            if name == "Redis":
                await asyncio.sleep(min(REDIS_AWAY_SECONDS, pause))
                self._redis.start()
            await asyncio.sleep(pause)

    async def _strike_one(self, names: list[str]) -> str | None:
        for name in names:
            if await asyncio.to_thread(self._strike, name):
                return name
        return None

    def _strike(self, name: str) -> bool:
        """Do it, if the part is up; else return False: a start is not interrupted."""
        if not self._is_up(name):
            return False
        try:
            self._faults[name]()
        except LookupError:  # it has just gone
            return False
        return True

    def _is_up(self, name: str) -> bool:
        place = self._place
        health = {
            "rasa": f"http://127.0.0.1:{place.rasa_port}/webhooks/frontdoor/health",
            "actions": f"http://127.0.0.1:{place.actions_port}/health",
            "the server": f"{place.url}/healthz",
            "a server process": f"{place.url}/healthz",
        }.get(name)
        try:
            return health is None or httpx.get(health, timeout=1, trust_env=False).is_success
        except httpx.HTTPError:
            return False

    def end(self) -> None:
        self._worker.kill()
        self._worker.wait()
        self._log.close()

    def _kill_worker(self) -> None:
        self._worker.kill()
        self._worker.wait()
        self._worker = self._start_worker()

    def _start_worker(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [str(FRONTDOOR), "worker"],
            env=self._place.env,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
        )

    def _of_up(self, command: str) -> int:
        """Return the id of the process that `up` started with this command."""
        found = [pid for pid in self._place.processes() if command in _command(pid)]
        if not found:
            raise LookupError(f"no process runs {command}")
        return found[0]

    def _server_processes(self) -> list[int]:
        """Return the server that manages, and those that serve."""
        found = [pid for pid in self._place.processes() if "server.cli serve" in _command(pid)]
        children = sorted(pid for pid in found if _parent(pid) in found)
        # The first is not a server: it only keeps their states.
        return [*(pid for pid in found if pid not in children), *children[1:]]


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        raise LookupError(f"{pid} is gone already") from None


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def _parent(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0
    return int(status.rpartition(")")[2].split()[1])
