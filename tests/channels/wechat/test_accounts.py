"""The operator's file of accounts: what is read, and what stops the start with a clear word."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from channels.wechat.accounts import API, read_accounts
from channels.wechat.budget import BY_MESSAGE, Quota
from common.errors import SettingsError

KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
WHOLE = f"""
[accounts.main]
app_id = "wx1"
token = "pamtest"
secret = "secret"
aes_key = "{KEY}"
"""


def read(tmp_path: Path, content: str):
    file = tmp_path / "wechat.toml"
    file.write_text(content)
    return read_accounts(file, "zh-CN")


def test_without_a_file_there_are_none():
    assert read_accounts(None, "zh-CN") == {}


def test_an_account_is_secure_with_menus_and_wechats_own_quota_unless_it_says_otherwise(
    tmp_path: Path,
):
    account = read(tmp_path, WHOLE)["main"]

    assert (account.name, account.app_id, account.secret) == ("main", "wx1", "secret")
    assert (account.secure, account.menus, account.api) == (True, True, API)
    assert (account.by_message, len(account.envelopes)) == (BY_MESSAGE, 1)
    assert "欢迎" in account.welcome


def test_everything_can_be_set(tmp_path: Path):
    account = read(
        tmp_path,
        WHOLE
        + f"""
previous_aes_key = "{"A" * 43}"
mode = "plain"
menus = false
welcome = ""
api = "http://127.0.0.1:9800/"
clicks = {{ HUMAN = "转人工" }}
quota = {{ messages = 20, hours = 24, event_messages = 1, event_seconds = 30 }}
""",
    )["main"]

    assert (account.secure, account.menus, account.welcome) == (False, False, "")
    assert (account.api, len(account.envelopes)) == ("http://127.0.0.1:9800", 2)
    assert account.clicks == {"HUMAN": "转人工"}
    assert account.by_message == Quota(20, timedelta(hours=24))
    assert account.by_event == Quota(1, timedelta(seconds=30))


def test_secrets_may_stand_in_files_beside_it(tmp_path: Path):
    (tmp_path / "s").write_text("from a file\n")
    content = WHOLE.replace('secret = "secret"', 'secret_file = "s"')
    assert read(tmp_path, content)["main"].secret == "from a file"


def test_no_secret_is_shown_when_an_account_is(tmp_path: Path):
    shown = repr(read(tmp_path, WHOLE.replace('"secret"', '"hidden-secret"'))["main"])
    assert "hidden-secret" not in shown and "pamtest" not in shown and KEY not in shown


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[accounts", "wechat.toml"),
        ("", "[accounts.<name>]"),
        ("[account.main]", "[accounts.<name>]"),
        ("accounts = 1", "[accounts.<name>]"),
        ("[accounts]\nmain = 1", "no table"),
        (WHOLE.replace("main", "Main"), "a-z"),
        (WHOLE.replace('app_id = "wx1"\n', ""), "app_id"),
        (WHOLE.replace("pamtest", ""), "token has 3 to 32"),
        (WHOLE.replace("pamtest", "中文token"), "token has 3 to 32"),
        (WHOLE.replace('secret = "secret"', 'secret = ""'), "secret"),
        (WHOLE.replace(KEY, "short"), "43 characters"),
        (WHOLE.replace(KEY, ""), "needs aes_key"),
        (WHOLE + 'mode = "open"', "mode must be one of"),
        (WHOLE + "app_secret = 1", "app_secret"),
        (WHOLE + 'api = "ftp://x"', "https://"),
        (WHOLE + WHOLE.replace("main", "other"), "same app_id"),
        (WHOLE.replace('secret = "secret"', 'secret_file = "none"'), "secret_file"),
    ],
)
def test_what_is_wrong_stops_the_start_and_says_where(tmp_path: Path, content: str, said: str):
    with pytest.raises(SettingsError, match=r"wechat\.toml") as error:
        read(tmp_path, content)
    assert said in str(error.value)
