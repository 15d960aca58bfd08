"""The operator's file of accounts: what is read, and what stops the start with a clear word."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from channels.wechat.accounts import read_accounts
from channels.wechat.budget import BY_MESSAGE, Quota
from channels.wechat.reminding import ReminderRule, Way
from common.errors import SettingsError

API = "https://api.weixin.qq.com"
KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
WHOLE = f"""
[accounts.main]
app_id = "wx1"
token = "pamtest"
secret = "secret"
aes_key = "{KEY}"
"""
KF = f"""
[accounts.kf]
kind = "kf"
corp_id = "ww1"
open_kfids = ["wkA", "wkB"]
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


def test_customer_service_is_a_companys_with_one_or_more_accounts(tmp_path: Path):
    account = read(tmp_path, KF)["kf"]

    assert (account.kind, account.app_id, account.open_kfids) == ("kf", "ww1", ("wkA", "wkB"))
    assert (account.secure, account.api) == (True, "https://qyapi.weixin.qq.com")
    assert "转人工" in account.welcome and "关注" not in account.welcome


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
        (WHOLE + 'kind = "shop"', "kind must be one of service"),
        (WHOLE + 'corp_id = "ww1"', 'not for kind "service": corp_id'),
        (KF + 'app_id = "wx1"', 'not for kind "kf": app_id'),
        (KF + 'mode = "plain"', 'not for kind "kf": mode'),
        (KF.replace('corp_id = "ww1"\n', ""), "corp_id and secret"),
        (KF.replace('open_kfids = ["wkA", "wkB"]\n', ""), "open_kfids are one or more"),
        (KF.replace('"wkB"', '"kf001@company"'), "open_kfids are one or more"),
        (KF.replace(KEY, ""), "needs aes_key"),
        (KF + KF.replace("accounts.kf", "accounts.other"), "same app_id or corp_id"),
    ],
)
def test_what_is_wrong_stops_the_start_and_says_where(tmp_path: Path, content: str, said: str):
    with pytest.raises(SettingsError, match=r"wechat\.toml") as error:
        read(tmp_path, content)
    assert said in str(error.value)


MINI = WHOLE.replace("[accounts.main]", '[accounts.mini]\nkind = "miniprogram"')


def test_a_mini_program_has_numbered_choices_two_messages_a_visit_and_paths_of_its_own(
    tmp_path: Path,
):
    account = read(tmp_path, MINI + 'typing = "/cgi-bin/message/custom/business/typing"')["mini"]

    assert (account.menus, account.by_event.messages) == (False, 2)
    assert account.dialect.send == "/cgi-bin/message/custom/send"
    assert account.dialect.typing == "/cgi-bin/message/custom/business/typing"


REMINDER = """
[accounts.main.reminder]
way = "template"
template_id = "t1"
url = "https://shop.example/"
[accounts.main.reminder.fields]
thing1 = "{words}"
time3 = "于 {time}"
"""


def test_a_reminder_is_set_up_by_its_template(tmp_path: Path):
    rule = read(tmp_path, WHOLE + REMINDER)["main"].reminder
    assert rule == ReminderRule(
        Way.TEMPLATE, "t1", {"thing1": "{words}", "time3": "于 {time}"}, "https://shop.example/"
    )


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('"template"', '"pigeon"', "way must be one of template, subscription"),
        ('template_id = "t1"', 'template_id = ""', "template_id and fields"),
        ("{words}", "{name}", "may have {reference}, {time}, {words}"),
        ("{words}", "{words", "thing1"),
        ("{words}", "{}", "thing1"),
        ('"t1"', '"t1"\ncolour = "red"', "colour"),
    ],
)
def test_a_reminder_that_could_not_be_sent_stops_the_start(
    tmp_path: Path, before: str, after: str, said: str
):
    with pytest.raises(SettingsError, match=said):
        read(tmp_path, WHOLE + REMINDER.replace(before, after))
