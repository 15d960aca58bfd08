"""Access tokens: fetched by one process, used by all.

The token stands in the database. Whoever finds none claims the fetching there; everybody else waits
for the row to change. A claim runs out, so that a process that dies holds nobody up for long.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta

from channels.wechat import account_store
from channels.wechat.accounts import Account
from channels.wechat.client import WechatClient
from channels.wechat.failures import NotSent, Unanswered
from common.db import Database
from common.times import Clock, utc_now

CLAIM = timedelta(seconds=15)
MARGIN = timedelta(minutes=5)
"""WeChat gives the next token so long before the last one ends; both work meanwhile."""
SHORTEST_USE = timedelta(seconds=60)
LOOK_AGAIN_SECONDS = 0.1
LONGEST_WAIT_SECONDS = 20.0


class SharedTokens:
    """The tokens of all accounts, as this process knows them."""

    def __init__(self, db: Database, client: WechatClient, now: Clock = utc_now) -> None:
        self._db = db
        self._client = client
        self._now = now
        self._locks: dict[str, asyncio.Lock] = {}

    async def token(self, account: Account) -> str:
        """Return a token that is in force.

        Raises:
            NotSent: none could be fetched.
            Refused: WeChat gives this account none.
        """
        # One of this process asks, the others find what it got.
        async with self._locks.setdefault(account.app_id, asyncio.Lock()):
            deadline = asyncio.get_running_loop().time() + LONGEST_WAIT_SECONDS
            while asyncio.get_running_loop().time() < deadline:
                async with self._db.connect() as conn:
                    known = await account_store.find_account(conn, account.app_id)
                if known.token and known.token_until and self._now() < known.token_until:
                    return known.token
                if await self._claim(account):
                    return await self._fetch(account)
                await asyncio.sleep(LOOK_AGAIN_SECONDS)
        raise NotSent("no token came from the process that fetches it")

    async def forget(self, account: Account, token: str) -> None:
        """Take note that WeChat refuses this token; a newer one stays."""
        async with self._db.begin() as conn:
            await account_store.forget_token(conn, account.app_id, token)

    async def _claim(self, account: Account) -> bool:
        now = self._now()
        async with self._db.begin() as conn:
            await account_store.make_account(conn, account.app_id)
            return await account_store.claim_fetching(conn, account.app_id, now, now + CLAIM)

    async def _fetch(self, account: Account) -> str:
        token, until = None, None
        asked = self._now()
        try:
            token, seconds = await self._client.fetch_token(account)
            until = asked + max(timedelta(seconds=seconds) - MARGIN, SHORTEST_USE)
        except Unanswered as error:
            # Only the token is in doubt: what it was wanted for did not begin.
            raise NotSent(str(error)) from None
        finally:
            async with self._db.begin() as conn:
                await account_store.save_token(conn, account.app_id, token, until)
        return token
