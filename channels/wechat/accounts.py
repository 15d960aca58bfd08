"""The operator's WeChat accounts, read from one TOML file (docs/wechat.md).

A secret is written in the file, or stands in a file of its own that `<name>_file` points to.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from channels.wechat.budget import BY_EVENT, BY_MESSAGE, Quota
from channels.wechat.crypto import Envelope
from channels.wechat.dialects import DIALECTS, Dialect
from channels.wechat.kinds import AccountKind
from channels.wechat.reminding import ReminderRule, ReminderTable, read_rule
from channels.wechat.texts import texts
from common.errors import SettingsError

SECRETS = ("token", "secret", "aes_key", "previous_aes_key")
MODES = ("secure", "plain")
ONLY_OF = {
    AccountKind.SERVICE: {"app_id", "mode", "clicks"},
    AccountKind.MINIPROGRAM: {"app_id", "mode", "send", "typing"},
    AccountKind.KF: {"corp_id", "open_kfids"},
}
"""What is written for accounts of some kinds; anything else is for all."""

_NAME = re.compile(r"[a-z0-9-]{1,32}")
_APP_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")
_OPEN_KFID = re.compile(r"wk[A-Za-z0-9_-]{1,62}")
_TOKEN = re.compile(r"[A-Za-z0-9]{3,32}")


@dataclass(frozen=True)
class Account:
    """One account.

    `name` stands in the callback's address. In `secure` mode a callback must be encrypted, whatever
    it says of itself. `clicks` are the words that a key of the account's menu stands for. Of
    WeChat customer service `app_id` is the company's CorpID, and `open_kfids` are those served.
    `send` and `typing` are paths of the API, where they differ from those of its kind.
    """

    name: str
    app_id: str
    token: str = field(repr=False)
    secret: str = field(repr=False)
    envelopes: tuple[Envelope, ...] = field(repr=False)
    secure: bool = True
    menus: bool = True
    welcome: str = ""
    clicks: Mapping[str, str] = field(default_factory=dict)
    api: str = DIALECTS[AccountKind.SERVICE].api
    by_message: Quota = BY_MESSAGE
    by_event: Quota = BY_EVENT
    kind: AccountKind = AccountKind.SERVICE
    open_kfids: tuple[str, ...] = ()
    reminder: ReminderRule | None = None
    send: str = ""
    typing: str = ""

    @cached_property
    def dialect(self) -> Dialect:
        """What is particular to its kind."""
        usual = DIALECTS[self.kind]
        return replace(usual, send=self.send or usual.send, typing=self.typing or usual.typing)


class _Quotas(msgspec.Struct, forbid_unknown_fields=True):
    messages: int = BY_MESSAGE.messages
    hours: int = 48
    event_messages: int | None = None
    event_seconds: int = 60


class _Account(msgspec.Struct, forbid_unknown_fields=True):
    token: str
    secret: str
    kind: str = AccountKind.SERVICE.value
    app_id: str = ""
    corp_id: str = ""
    open_kfids: list[str] = []
    aes_key: str = ""
    previous_aes_key: str = ""
    mode: str = "secure"
    menus: bool = True
    welcome: str | None = None
    clicks: dict[str, str] = {}
    api: str = ""
    quota: _Quotas = msgspec.field(default_factory=_Quotas)
    reminder: ReminderTable | None = None
    send: str = ""
    typing: str = ""


def read_accounts(path: Path | None, locale: str) -> dict[str, Account]:
    """Return the accounts by name; none without a file.

    Raises:
        SettingsError: the file cannot be read, or an account in it is incomplete or malformed; the
            message names the account.
    """
    if path is None:
        return {}
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path}: {error}") from None
    unknown = sorted(set(content) - {"accounts"})
    if unknown or not isinstance(content.get("accounts"), dict):
        raise SettingsError(f"{path}: accounts are written as [accounts.<name>], and nothing else")
    found = {
        name: _account(f"{path}: [accounts.{name}]", name, values, path.parent, locale)
        for name, values in content["accounts"].items()
    }
    if len({account.app_id for account in found.values()}) < len(found):
        raise SettingsError(f"{path}: two accounts have the same app_id or corp_id")
    return found


def _account(where: str, name: str, values: Any, folder: Path, locale: str) -> Account:
    if not _NAME.fullmatch(name):
        raise SettingsError(f"{where}: a name has 1 to 32 of a-z, 0-9 and -")
    try:
        read = msgspec.convert(_with_secrets(where, values, folder), _Account)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{where}: {error}") from None
    kind = _kind(where, read.kind, values)
    app_id, their_name = read.app_id, "app_id"
    if kind is AccountKind.KF:
        app_id, their_name = read.corp_id, "corp_id"
        if not read.open_kfids or not all(map(_OPEN_KFID.fullmatch, read.open_kfids)):
            raise SettingsError(f"{where}: open_kfids are one or more ids that begin with wk")
    if not _APP_ID.fullmatch(app_id) or not read.secret:
        raise SettingsError(f"{where}: {their_name} and secret are those of the account's own page")
    # An empty token would make every signature a known one.
    if not _TOKEN.fullmatch(read.token):
        raise SettingsError(f"{where}: token has 3 to 32 letters and digits")
    if read.mode not in MODES:
        raise SettingsError(f"{where}: mode must be one of {', '.join(MODES)}")
    if read.mode == "secure" and not read.aes_key:
        raise SettingsError(f"{where}: mode secure needs aes_key, the EncodingAESKey")
    keys = [key for key in (read.aes_key, read.previous_aes_key) if key]
    try:
        envelopes = tuple(Envelope(key, app_id) for key in keys)
    except ValueError as error:
        raise SettingsError(f"{where}: {error}") from None
    dialect = DIALECTS[kind]
    api = read.api or dialect.api
    if not api.startswith(("http://", "https://")):
        raise SettingsError(f"{where}: api must begin with https://")
    welcome = texts(locale)["welcome"][kind] if read.welcome is None else read.welcome
    quota = read.quota
    event_messages = quota.event_messages
    if event_messages is None:
        event_messages = dialect.by_event.messages
    return Account(
        name=name,
        kind=kind,
        app_id=app_id,
        open_kfids=tuple(read.open_kfids),
        token=read.token,
        secret=read.secret,
        envelopes=envelopes,
        secure=read.mode == "secure",
        menus=read.menus and dialect.menus,
        welcome=welcome,
        clicks=read.clicks,
        api=api.rstrip("/"),
        by_message=Quota(quota.messages, timedelta(hours=quota.hours)),
        by_event=Quota(event_messages, timedelta(seconds=quota.event_seconds)),
        reminder=read_rule(where, read.reminder, dialect.reminders) if read.reminder else None,
        send=read.send,
        typing=read.typing,
    )


def _kind(where: str, name: str, values: Mapping[str, Any]) -> AccountKind:
    """Return the account's kind, having made sure that nothing is written that is not for it."""
    if name not in ONLY_OF:
        raise SettingsError(f"{where}: kind must be one of {', '.join(ONLY_OF)}")
    kind = AccountKind(name)
    strange = set().union(*ONLY_OF.values()).intersection(values) - ONLY_OF[kind]
    if strange:
        raise SettingsError(f'{where}: not for kind "{kind}": {", ".join(sorted(strange))}')
    return kind


def _with_secrets(where: str, values: Any, folder: Path) -> dict[str, Any]:
    """Return the account's values with what stands in files of their own."""
    if not isinstance(values, dict):
        raise SettingsError(f"{where} is no table")
    read = dict(values)
    for name in SECRETS:
        if (given := read.pop(f"{name}_file", None)) is None:
            continue
        try:
            read[name] = (folder / str(given)).read_text("utf-8").strip()
        except (OSError, ValueError) as error:
            raise SettingsError(f"{where}: {name}_file: {error}") from None
    return read
