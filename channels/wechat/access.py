"""What everything that talks to WeChat shares in one process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from channels.wechat.accounts import Account
from channels.wechat.client import LARGEST_ANSWER, Tokens, WechatClient
from common.db import Database
from common.times import Clock


@dataclass(frozen=True)
class Access:
    """The way to WeChat and what is kept of it. `accounts` are by AppID."""

    db: Database
    accounts: Mapping[str, Account]
    client: WechatClient
    tokens: Tokens
    now: Clock

    async def call(
        self,
        account: Account,
        path: str,
        body: dict[str, Any] | None,
        largest: int = LARGEST_ANSWER,
        *,
        params: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        """Ask the account's API, as `WechatClient.call`."""
        return await self.client.call(account, self.tokens, path, body, largest, params=params)
