"""Welcomes whoever opens the talk with a mini-program, where no answer to a callback can.

It is said at most once: who dies in the middle has not welcomed somebody, and nobody is harmed.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import datetime, timedelta

from channels.wechat import customer_store
from channels.wechat.access import Access
from channels.wechat.accounts import Account
from channels.wechat.customer import user_id_of
from channels.wechat.failures import NotSent, Refused, Unanswered
from channels.wechat.splitting import LONGEST_TEXT, cut_short

logger = logging.getLogger(__name__)

AGAIN_AFTER = timedelta(hours=1)
"""Who only looks in now and then is not welcomed every time."""


class Greeter:
    """Says an account's welcome, behind the callback."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._db = access.db
        self._now = access.now
        self._greeted: dict[str, datetime] = {}
        self._running: set[asyncio.Task[None]] = set()

    def enters(self, account: Account, open_id: str) -> None:
        """Welcome a customer who came in, unless we are in the middle of a talk with them."""
        now = self._now()
        self._greeted = {one: at for one, at in self._greeted.items() if now - at < AGAIN_AFTER}
        user_id = user_id_of(account.app_id, open_id)
        if account.welcome and user_id not in self._greeted:
            self._greeted[user_id] = now
            task = asyncio.create_task(self._greet(account, user_id))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def _greet(self, account: Account, user_id: str) -> None:
        try:
            async with self._db.begin() as conn:
                customer = await customer_store.lock_customer(conn, user_id)
                now = self._now()
                if customer is None or customer.budget.by_message.open_at(now):
                    return
                if not customer.budget.left(now):
                    return
                spent = replace(customer, budget=customer.budget.spent())
                await customer_store.save_customer(conn, spent)
            words = {"content": cut_short(account.welcome, LONGEST_TEXT)}
            body = {"touser": customer.open_id, "msgtype": "text", "text": words}
            await self._access.call(account, account.dialect.send, body)
        except (NotSent, Unanswered, Refused) as error:
            logger.warning("a WeChat customer was not welcomed: %s", error)
        except Exception:  # the edge of a task; it is only a welcome
            logger.warning("a WeChat customer was not welcomed", exc_info=True)

    async def drain(self) -> None:
        """Wait for what is on its way: each try is short."""
        await asyncio.gather(*self._running, return_exceptions=True)
