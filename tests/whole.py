"""The whole product, as `frontdoor up` starts it: one start for all tests that need it."""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from server.up import FIRST_USERS
from tests.wechat_simulator import operator
from tests.wechat_simulator.simulator import Simulator

ROOT = Path(__file__).resolve().parent.parent
STARTER = ROOT / "knowledgebase" / "starter" / "telecom.zh-CN.csv"
FRONTDOOR = ROOT / ".venv" / "bin" / "frontdoor"
START_SECONDS = 170
STOP_SECONDS = 30
WECHAT_ACCOUNTS: dict[str, dict[str, Any]] = {
    "secure": {},
    "plain": {"mode": "plain", "certified": False},
}
"""Official accounts of every product a session starts, by name."""


@dataclass(frozen=True)
class Place:
    """A state directory and three ports that nobody else uses."""

    state_dir: Path
    port: int
    rasa_port: int
    actions_port: int
    settings: dict[str, str] = field(default_factory=dict)

    @classmethod
    def new(cls, state_dir: Path, **settings: str) -> Place:
        return cls(state_dir, *free_ports(3), settings)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def env(self) -> dict[str, str]:
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("FRONTDOOR_")}
        return {
            **inherited,
            "FRONTDOOR_STATE_DIR": str(self.state_dir),
            "FRONTDOOR_PORT": str(self.port),
            # Here one customer follows right after another.
            "FRONTDOOR_WRAP_UP_SECONDS": "0",
            "FRONTDOOR_RASA_URL": f"http://127.0.0.1:{self.rasa_port}",
            "FRONTDOOR_ACTIONS_URL": f"http://127.0.0.1:{self.actions_port}",
            "PYTHONUNBUFFERED": "1",
            **self.settings,
        }

    def frontdoor(self, *arguments: str, say: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command of ours to its end; `say` is its standard input."""
        command = [str(FRONTDOOR), *arguments]
        return subprocess.run(
            command, input=say, env=self.env, capture_output=True, text=True, timeout=120
        )

    def frontdoor_json(self, *arguments: str, say: str = "") -> list[dict[str, Any]]:
        """Run a command that must work, and read its JSON lines."""
        done = self.frontdoor(*arguments, say=say)
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    def processes(self) -> list[int]:
        """Return the ids of all processes that work on this state directory."""
        mark = f"FRONTDOOR_STATE_DIR={self.state_dir}".encode()
        return [pid for pid in _all_pids() if mark in _environment(pid).split(b"\0")]


class Running:
    """`frontdoor up`, and all it prints."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self._process = subprocess.Popen(
            [str(FRONTDOOR), "up"],
            env=place.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            # Ctrl-C reaches a whole group: a group of its own leaves the tests alone.
            start_new_session=True,
        )
        self._lines: list[str] = []
        self._news = threading.Condition()
        self._is_over = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def output(self) -> str:
        with self._news:
            return "\n".join(self._lines)

    def wait_for(self, pattern: str, seconds: float = START_SECONDS) -> str:
        """Return the first line in which the pattern is found."""
        with self._news:
            found = self._news.wait_for(lambda: self._find(pattern) or self._is_over, seconds)
            line = self._find(pattern)
        if not found or line is None:
            pytest.fail(f"`frontdoor up` did not print {pattern!r}:\n{self.output[-4000:]}")
        return line

    def passwords(self) -> dict[str, str]:
        """Return the first passwords by user name, as printed."""
        users = "|".join(username for username, _, _ in FIRST_USERS)
        return dict(re.findall(rf"^  ({users}) +(\S+)$", self.output, re.MULTILINE))

    def stop(self) -> int:
        """Press Ctrl-C; returns the exit code. Fails when a process is left."""
        self._process.send_signal(signal.SIGINT)
        try:
            code = self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        left = self.place.processes()
        for pid in left:
            os.kill(pid, signal.SIGKILL)
        self._reader.join(5)
        assert not left, f"Ctrl-C left processes behind:\n{self.output[-2000:]}"
        return code

    def _find(self, pattern: str) -> str | None:
        return next((line for line in self._lines if re.search(pattern, line)), None)

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with self._news:
                self._lines.append(line.rstrip("\n"))
                self._news.notify_all()
        self._process.stdout.close()
        with self._news:
            self._is_over = True
            self._news.notify_all()


@dataclass(frozen=True)
class Product:
    """The product, ready, with its first users' passwords.

    It has accounts at a WeChat that is there when a test serves it on `wechat_port`.
    """

    place: Place
    running: Running
    passwords: dict[str, str]
    wechat: Simulator
    wechat_port: int

    @property
    def url(self) -> str:
        return self.place.url


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """The real four processes with the trained model, on ports and a state of their own."""
    need_everything_built()
    place = Place.new(tmp_path_factory.mktemp("product"))
    (wechat_port,) = free_ports(1)
    wechat = Simulator()
    accounts = operator.set_up(wechat, WECHAT_ACCOUNTS, place.url)
    file = operator.write_file(
        place.state_dir / "wechat.toml", accounts, f"http://127.0.0.1:{wechat_port}"
    )
    place.settings["FRONTDOOR_WECHAT_FILE"] = str(file)
    running = Running(place)
    try:
        running.wait_for("Ctrl-C stops everything")
        yield Product(place, running, running.passwords(), wechat, wechat_port)
    finally:
        running.stop()


@pytest.fixture(scope="session")
def approved() -> dict[str, str]:
    """The starter knowledge base: the approved answer by question."""
    with STARTER.open(encoding="utf-8-sig", newline="") as file:
        return {row["question"]: row["answer"] for row in csv.DictReader(file)}


def need_everything_built() -> None:
    """Fail with the command to run when something was not made yet."""
    for path, command in (
        (".venv-rasa/bin/python", "make train"),
        ("models", "make train"),
        ("web/dist/widget.js", "make web"),
    ):
        found = ROOT / path
        if not (list(found.glob("*.tar.gz")) if path == "models" else found.exists()):
            pytest.fail(f"{path} is not there; run `{command}` (`make test` does it by itself)")


def free_ports(count: int) -> list[int]:
    """Return ports that are free now."""
    with ExitStack() as held:
        probes = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [probe.getsockname()[1] for probe in probes]


def eventually(check: Callable[[], Any], seconds: float = 10) -> Any:
    """Return what the check returns as soon as it is true.

    Only for what cannot be waited for, such as a process that comes up.
    """
    deadline = time.monotonic() + seconds
    while not (found := check()):
        assert time.monotonic() < deadline, f"not within {seconds} s: {check}"
        time.sleep(0.05)
    return found


def _all_pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _environment(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:  # it just ended, or is somebody else's
        return b""
