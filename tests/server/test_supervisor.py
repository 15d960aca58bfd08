"""The supervisor of `frontdoor up`, with commands of the shell in place of the real parts."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from server.supervisor import pause_after
from tests.whole import ROOT, eventually

PROGRAM = """
import sys
from server.supervisor import Supervisor
supervisor = Supervisor()
for number, command in enumerate(sys.argv[1:]):
    supervisor.add_process(f"part{number}", command)
supervisor.loop()
"""


@contextmanager
def supervised(*commands: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-u", "-c", PROGRAM, *commands],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)


def line_with(process: subprocess.Popen[str], pattern: str) -> re.Match[str]:
    assert process.stdout is not None
    for line in process.stdout:
        if found := re.search(pattern, line):
            return found
    raise AssertionError(f"it ended before it printed {pattern}")


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_a_part_that_ends_is_started_again_and_the_log_says_how_it_ended():
    with supervised("echo here; exit 3", "sleep 1000") as process:
        line_with(process, r"part0 +\| here")
        line_with(process, r"part0 +\| ended by itself \(exit code 3\); starts again in 0.5 s")
        line_with(process, r"part0 +\| here")
        line_with(process, r"starts again in 1 s")


def test_a_part_that_is_killed_takes_along_what_it_had_started():
    with supervised("sleep 1000 & echo child $!; wait") as process:
        child = int(line_with(process, r"child (\d+)")[1])
        os.kill(os.getpgid(child), signal.SIGKILL)  # the part itself, which leads its group

        line_with(process, "killed by SIGKILL")

        eventually(lambda: not is_running(child))
        assert int(line_with(process, r"child (\d+)")[1]) != child


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_told_to_stop_it_ends_all_parts_and_starts_none_again(number: signal.Signals):
    with supervised("echo child $$; exec sleep 1000", "exit 1") as process:
        child = int(line_with(process, r"child (\d+)")[1])
        line_with(process, "starts again")

        process.send_signal(number)
        output, _ = process.communicate(timeout=20)

    assert not is_running(child)
    assert output.count("started (pid=") <= 1, output


def test_a_part_that_keeps_ending_is_started_ever_more_rarely():
    pauses = [0.5]
    for _ in range(9):
        pauses.append(pause_after(pauses[-1], ran_for=1))
    assert pauses[:4] == [0.5, 1, 2, 4]
    assert pauses[-1] == 30
    assert pause_after(30, ran_for=60) == 0.5
