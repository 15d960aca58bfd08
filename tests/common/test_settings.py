"""Settings: documented, kept, and clear about what is wrong."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest

from common.errors import SettingsError
from common.settings import ROOT, Settings, variable_names


def settings(tmp_path: Path, **env: str) -> Settings:
    return Settings.from_env({"FRONTDOOR_STATE_DIR": str(tmp_path), **env})


def test_every_setting_is_documented_and_nothing_else_is():
    page = (ROOT / "docs" / "settings.md").read_text("utf-8")
    documented = re.findall(r"^\| `(FRONTDOOR_\w+)`", page, flags=re.MULTILINE)
    elsewhere = {"FRONTDOOR_TRACKER_URL"}  # read by Rasa, from endpoints.yml

    assert set(documented) == set(variable_names()) | elsewhere
    assert len(documented) == len(set(documented))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FRONTDOOR_PORT", "many"),
        ("FRONTDOOR_PORT", "70000"),
        ("FRONTDOOR_TIME_ZONE", "Mars/Olympus"),
        ("FRONTDOOR_LOCALE", "fr"),
        ("FRONTDOOR_LOG_LEVEL", "loud"),
        ("FRONTDOOR_BOT_TIMEOUT_SECONDS", "0"),
        ("FRONTDOOR_SECRET_KEY_FILE", "/nonexistent/key"),
        ("FRONTDOOR_SECRET_KEY_FILE", "/dev/null"),
        ("FRONTDOOR_RASA_TOKEN", "short"),
        ("FRONTDOOR_VISITOR_TOKEN_DAYS", "1000000000"),
        ("FRONTDOOR_REDIS_URL", "localhost:6379"),
        ("FRONTDOOR_DATABASE_URL", "nonsense"),
        ("FRONTDOOR_PUBLIC_ORIGINS", "shop.example.com"),
        ("FRONTDOOR_MISSES_BEFORE_OFFER", "-1"),
        ("FRONTDOOR_REPEATS_BEFORE_HANDOFF", "often"),
        ("FRONTDOOR_ANGER", "loud"),
        ("FRONTDOOR_ANGER_FILE", "/nonexistent/words"),
    ],
)
def test_a_malformed_value_is_refused_by_the_name_of_its_variable(
    tmp_path: Path, name: str, value: str
):
    with pytest.raises(SettingsError, match=name):
        settings(tmp_path, **{name: value})


def test_secrets_are_made_once_and_only_their_owner_reads_them(tmp_path: Path):
    first = settings(tmp_path)
    again = settings(tmp_path)

    assert first.secret_key == again.secret_key
    assert len(first.secret_key) >= 32
    assert first.secret_key != first.rasa_token
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600


def test_a_secret_can_come_from_a_file(tmp_path: Path):
    (tmp_path / "given").write_text("a secret from the file\n")

    made = settings(tmp_path, FRONTDOOR_SECRET_KEY_FILE=str(tmp_path / "given"))

    assert made.secret_key == "a secret from the file"


def test_state_lives_in_a_database_file_in_the_state_directory_by_default(tmp_path: Path):
    assert settings(tmp_path).database_url == f"sqlite+aiosqlite:///{tmp_path / 'frontdoor.db'}"
