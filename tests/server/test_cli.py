"""The command line before anything is set up."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from server.cli import GROUPS, LazyGroup, main
from tests.server.terminal import frontdoor


def test_without_a_database_a_command_says_in_one_line_what_to_do(tmp_path: Path):
    done = subprocess.run(
        [sys.executable, "-m", "server.cli", "queue", "list"],
        env={"FRONTDOOR_STATE_DIR": str(tmp_path), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )

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


def test_a_team_is_kept_from_the_command_line_with_hours_and_roster(tmp_path: Path):
    hours = "workdays 09:00-18:00; 2026-12-31 closed"
    words = "team save 宽带组 --category broadband --reason complaint --assignment pick"
    frontdoor(tmp_path, "db", "upgrade")
    lin = ("lin", "--name", "小林", "--role", "agent", "--password", "long enough")
    frontdoor(tmp_path, "user", "add", *lin)

    limits = ["--most-waiting", "5", "--longest-wait-seconds", "60", "--hours", hours]
    saved = frontdoor(tmp_path, *words.split(), *limits)
    (team,) = (
        json.loads(line) for line in frontdoor(tmp_path, "team", "list", "--json").out.splitlines()
    )
    today = datetime.now(ZoneInfo("Asia/Shanghai")).date().isoformat()
    duty = frontdoor(tmp_path, "team", "duty", "宽带组", "--day", today, "--user", "lin", "--json")
    refused = frontdoor(tmp_path, "team", "save", "夜班", "--hours", "workdays 9-5")

    assert (saved.code, saved.err) == (0, "")
    assert (team["categories"], team["reasons"]) == (["broadband"], ["complaint"])
    assert (team["assignment"], team["most_waiting"], team["longest_wait_seconds"]) == (
        "pick",
        5,
        60,
    )
    assert team["hours"]["days"] == {"2026-12-31": []}
    assert json.loads(duty.out)["duty"] == {today: ["lin"]}
    assert refused.code == 1
    assert "hours_invalid" in refused.err
