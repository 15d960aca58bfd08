"""The supervisor of `frontdoor up`: honcho, which prefixes lines and ends all processes together.

It differs in one thing: a process that ends by itself is started again, after a pause that grows
while it keeps ending.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from typing import Any

from honcho.manager import Manager
from honcho.printer import Printer
from honcho.process import Process

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0
STEADY_SECONDS = 10.0
"""Who ran for so long was well: the next pause is short again."""


class Supervisor(Manager):
    """Runs commands until SIGINT or SIGTERM, or `terminate`, ends them all."""

    def __init__(self) -> None:
        super().__init__(Printer(sys.stdout))
        stopping = multiprocessing.Event()
        self._stopping = stopping
        self._process_ctor = lambda *args, **more: _Kept(
            stopping.is_set, stopping.wait, *args, **more
        )

    def terminate(self) -> None:
        """End everything; nothing is started again."""
        self._stopping.set()
        super().terminate()


class _Kept(Process):
    """A command that is started again whenever it ends. honcho runs this in a process of its own.

    Args:
        is_stopping: whether everything is to end.
        wait: pauses for some seconds, or until everything is to end; then it is true.
        args, more: honcho's own.
    """

    def __init__(
        self,
        is_stopping: Callable[[], bool],
        wait: Callable[[float], bool],
        *args: Any,
        **more: Any,
    ) -> None:
        super().__init__(*args, **more)
        self._is_stopping = is_stopping
        self._wait = wait

    def run(self, events: Any = None, ignore_signals: bool = False) -> None:
        """Run the command again and again until told to stop."""
        self._events = events
        if ignore_signals:
            # Not SIG_IGN, which the command would inherit.
            signal.signal(signal.SIGINT, lambda *_: None)
            signal.signal(signal.SIGTERM, lambda *_: None)
        pause = 0.0
        while True:
            began = monotonic()
            code = self._run_once()
            if self._is_stopping():
                break
            pause = pause_after(pause, monotonic() - began)
            self._send_message(f"ended by itself ({_how(code)}); starts again in {pause:g} s\n")
            if self._wait(pause):
                break
        self._send_message({"returncode": code}, type="stop")

    def _run_once(self) -> int:
        child = self._child_ctor(self.cmd, env=self.env, cwd=self.cwd)
        self._send_message({"pid": child.pid}, type="start")
        threading.Thread(target=_clear_away, args=(child,), daemon=True).start()
        if self._is_stopping():
            # Started in the moment of stopping: whoever stops them did not know of this one.
            _signal_group(child.pid, signal.SIGTERM)
        for line in iter(child.stdout.readline, b""):
            if not self.quiet:
                self._send_message(line)
        child.stdout.close()
        return int(child.wait())


def pause_after(pause: float, ran_for: float) -> float:
    """Return how long to pause before the next start, after the last pause and run, in seconds."""
    if pause == 0 or ran_for >= STEADY_SECONDS:
        return FIRST_PAUSE_SECONDS
    return min(pause * 2, LONGEST_PAUSE_SECONDS)


def _clear_away(child: subprocess.Popen[bytes]) -> None:
    """End what the command started and left behind: it would keep its port."""
    child.wait()
    _signal_group(child.pid, signal.SIGKILL)


def _signal_group(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def _how(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"
