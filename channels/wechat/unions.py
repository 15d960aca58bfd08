"""Who a customer is on all accounts: asked of WeChat once, in the background.

WeChat tells a unionid only of accounts that are bound to one Open Platform account. It goes to the
desk and nowhere else: it is in no table and no log.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from channels.wechat import customer_store, union_store
from channels.wechat.access import Access
from channels.wechat.desk import WechatDesk
from channels.wechat.errcodes import PASSING
from channels.wechat.failures import NotSent, Refused, Unanswered

logger = logging.getLogger(__name__)

AT_ONCE = 4
CLAIM = timedelta(minutes=2)
FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(hours=6)
MOST_TRIES = 20


class Unions:
    """Asks WeChat for unionids and tells the desk who is one person."""

    def __init__(self, access: Access, desk: WechatDesk) -> None:
        self._access = access
        self._db = access.db
        self._accounts = access.accounts
        self._desk = desk
        self._now = access.now

    async def run(self) -> int:
        """Ask for whom it is due; returns of how many customers the unionid was told."""
        now = self._now()
        async with self._db.begin() as conn:
            due = await union_store.claim_due(conn, now, now + CLAIM, AT_ONCE)
        return sum(await asyncio.gather(*(self._ask(user_id, tries) for user_id, tries in due)))

    async def _ask(self, user_id: str, tries: int) -> bool:
        """Ask for one; whether a unionid was told."""
        union_id, again = "", False
        try:
            union_id = await self._fetch(user_id)
        except (NotSent, Unanswered):
            again = True
        except Refused as error:
            again = error.remedy in PASSING
            logger.info("no unionid: %s", error)
        pause = min(FIRST_PAUSE * 2 ** min(tries, 16), LONGEST_PAUSE)
        next_at = self._now() + pause if again and tries + 1 < MOST_TRIES else None
        async with self._db.begin() as conn:
            await union_store.save_next(conn, user_id, next_at)
        return bool(union_id)

    async def _fetch(self, user_id: str) -> str:
        """Return the unionid, told to the desk; nothing when they have none."""
        async with self._db.connect() as conn:
            customer = await customer_store.find_customer(conn, user_id)
        if customer is None or customer.contact_id is None:
            return ""
        account = self._accounts.get(customer.app_id)
        if account is None:
            raise NotSent("the account is no longer set up")
        if account.dialect.identity is None:
            return ""
        request = account.dialect.identity(customer.open_id)
        answer = await self._access.call(account, request.path, request.body, params=request.params)
        union_id = union_id_in(answer)
        if union_id:
            await self._desk.same_person(customer.contact_id, union_id)
        return union_id


def union_id_in(answer: Mapping[str, Any]) -> str:
    """Return the unionid in an answer about one customer, if it has any."""
    listed = answer.get("customer_list")
    if isinstance(listed, list) and listed and isinstance(listed[0], dict):
        answer = listed[0]
    found = answer.get("unionid")
    return found if isinstance(found, str) else ""
