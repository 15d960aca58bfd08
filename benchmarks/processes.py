"""Starts what a measurement needs, on free loopback ports, and stops all of it."""

from __future__ import annotations

import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType

ROOT = Path(__file__).resolve().parent.parent
SECONDS_TO_START = 180
SECONDS_TO_STOP = 10


def free_port() -> int:
    """Return a loopback port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def newest_model() -> Path:
    """Return the model that was trained last."""
    trained = sorted((ROOT / "models").glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
    if not trained:
        raise SystemExit("There is no model in models/. Run `make train` first.")
    return trained[-1]


class Processes:
    """A context in which processes run; leaving it stops them."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Processes:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for process in self._running.values():
            process.terminate()
        for process in self._running.values():
            try:
                process.wait(SECONDS_TO_STOP)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def start(self, name: str, *command: object, **environment: str) -> None:
        """Start a process in the repository's root, its output in a log file."""
        log = self.log(name)
        with log.open("wb") as output:
            self._running[name] = subprocess.Popen(
                [str(word) for word in command],
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def start_stub_actions(self, port: int, domain: Path) -> None:
        """Start actions that answer at once, under the names the domain has; wait for them."""
        self.start(
            "actions",
            ROOT / ".venv/bin/python",
            *("-m", "rasa_sdk", "--port", port, "--actions", "benchmarks.stub_actions"),
            BENCH_DOMAIN=str(domain),
        )
        self.wait_for("actions", f"http://127.0.0.1:{port}/health")

    def wait_for(self, name: str, url: str) -> None:
        """Wait until `url` answers 200.

        Raises:
            RuntimeError: the process ended, or took too long.
        """
        deadline = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < deadline:
            if self._running[name].poll() is not None:
                break
            try:
                with urllib.request.urlopen(url, timeout=5):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)
        last_lines = self.log(name).read_text(encoding="utf-8", errors="replace")[-2000:]
        raise RuntimeError(f"{name} did not start. The end of its log:\n{last_lines}")

    def pid(self, name: str) -> int:
        """Say which process it is."""
        return self._running[name].pid

    def log(self, name: str) -> Path:
        """Say where a process writes to."""
        return self._logs / f"{name}.log"
