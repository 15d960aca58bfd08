"""The real server for the measurements of the queue, and the people who use it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Coroutine, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from processes import ROOT, Processes, free_port
from queue_desk import REDIS, Case, token_of

from channels.webchat.identity import Visitors
from common.auth import User
from common.settings import Settings
from common.times import utc_now
from common.web import SESSION_COOKIE

T = TypeVar("T")
WORKERS = 2
SECRET = "for-this-measurement-only-for-this-measurement"


class Server:
    """Where it listens, and how much memory its processes hold."""

    def __init__(self, port: int, pid: int) -> None:
        self.port = port
        self._pid = pid

    def memory(self) -> int:
        """Return the resident bytes of all its processes."""
        return sum(_resident(pid) for pid in _family(self._pid))


@contextmanager
def server(
    url: str, state: Path, *, redis: bool, port: int = 0, worker: bool = False, **settings: str
) -> Iterator[Server]:
    """Run it, with two workers, on a database; with Redis or without, and what `worker` does."""
    port = port or free_port()
    environment = {
        "FRONTDOOR_DATABASE_URL": url,
        "FRONTDOOR_REDIS_URL": REDIS if redis else "",
        "FRONTDOOR_STATE_DIR": str(state),
        "FRONTDOOR_SECRET_KEY": SECRET,
        "FRONTDOOR_PORT": str(port),
        "FRONTDOOR_SERVER_WORKERS": str(WORKERS),
        "FRONTDOOR_LOG_LEVEL": "WARNING",
        "FRONTDOOR_EMBEDDER": "none",
        "FRONTDOOR_WRAP_UP_SECONDS": "0",  # who closes is free at once
        "FRONTDOOR_RASA_URL": f"http://127.0.0.1:{free_port()}",
        **settings,
    }
    with Processes(state) as processes:
        cli = (ROOT / ".venv/bin/python", "-m", "server.cli")
        processes.start("server", *cli, "serve", **environment)
        processes.wait_for("server", f"http://127.0.0.1:{port}/healthz")
        if worker:
            processes.start("worker", *cli, "worker", **environment)
        yield Server(port, processes.pid("server"))


def agents_headers(user: User) -> dict[str, str]:
    """Return what an agent's browser sends."""
    return {"Cookie": f"{SESSION_COOKIE}={token_of(user)}"}


def visitors_token(case: Case) -> str:
    """Return what a customer's page holds."""
    return Visitors(SECRET, Settings.visitor_token_days).sign(case.contact_id, utc_now())[0]


def _family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(member for child in children for member in _family(int(child)))]


def _resident(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    return int(found[1]) * 1024 if found else 0


async def at_a_time(work: Iterable[Coroutine[Any, Any, T]], many: int) -> list[T]:
    """Run coroutines, so many at once; return their results in order."""
    gate = asyncio.Semaphore(many)

    async def one(coroutine: Coroutine[Any, Any, T]) -> T:
        async with gate:
            return await coroutine

    return await asyncio.gather(*map(one, work))
