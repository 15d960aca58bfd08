"""The command line before anything is set up."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from server.cli import GROUPS, LazyGroup, main


def frontdoor(state_dir: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "server.cli", *words],
        env={"FRONTDOOR_STATE_DIR": str(state_dir), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_a_database_a_command_says_in_one_line_what_to_do(tmp_path: Path):
    done = frontdoor(tmp_path, "queue", "list")

    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "frontdoor db upgrade" in done.stderr


def test_help_needs_none_of_the_heavy_parts(tmp_path: Path):
    code = (
        "import sys; from click.testing import CliRunner; from server.cli import main;"
        "CliRunner().invoke(main, ['--help']);"
        "sys.exit(any(name in sys.modules for name in ('sqlalchemy', 'numpy', 'sanic')))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False)
    assert done.returncode == 0


@pytest.mark.parametrize("name", GROUPS)
def test_a_group_is_described_as_it_describes_itself(name: str):
    assert isinstance(main, LazyGroup)
    command = main.get_command(None, name)  # type: ignore[arg-type]
    assert command is not None
    assert command.name == name
    if name != "chat":
        assert command.help == GROUPS[name]
