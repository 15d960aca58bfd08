"""WeChat customer service's states follow our conversations, by `channels.wechat.kf_rules`."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from channels import outbox_store
from channels.wechat import account_store, customer_store
from channels.wechat.access import Access
from channels.wechat.customer import Customer
from channels.wechat.desk import WechatDesk
from channels.wechat.failures import NotSent, Refused, Unanswered
from channels.wechat.kf_rules import BOT, ENDED, HUMAN, NEW, POOL, QUIET, next_state

MOVE = "/cgi-bin/kf/service_state/trans"
ASK = "/cgi-bin/kf/service_state/get"
AT_ONCE = 8
LOOKED_AT = 200
PAUSE = timedelta(seconds=5)


class Sessions:
    """Tells WeChat who has a customer."""

    def __init__(self, access: Access, desk: WechatDesk) -> None:
        self._access = access
        self._db = access.db
        self._accounts = {id: a for id, a in access.accounts.items() if a.dialect.pulled}
        self._desk = desk
        self._now = access.now
        self._looked_at = ""
        self._not_before: datetime | None = None

    async def run(self) -> int:
        """Bring some sessions to where they belong; returns how many changed."""
        now = self._now()
        if not self._accounts or (self._not_before and now < self._not_before):
            return 0
        async with self._db.connect() as conn:
            paused = await account_store.list_paused(conn, now)
            of = [app_id for app_id in self._accounts if app_id not in paused]
            new = await customer_store.list_sessions(conn, NEW, of, "", AT_ONCE)
            after = self._looked_at
            ours = await customer_store.list_sessions(conn, BOT, of, after, LOOKED_AT)
        # Round and round: most of them go on, and none is passed over.
        self._looked_at = ours[-1].user_id if len(ours) == LOOKED_AT else ""
        over = await self._over(ours)
        moved = [*((one, True) for one in new), *((one, False) for one in over[:AT_ONCE])]
        results = await asyncio.gather(*(self._move(*one) for one in moved))
        return sum(results)

    async def _over(self, customers: list[Customer]) -> list[Customer]:
        """Return those whose conversation is closed, with nothing left to say or to hear."""
        quiet_since = self._now() - QUIET
        silent = {
            customer.contact_id: customer
            for customer in customers
            if customer.contact_id and customer.intake_until is None
            if customer.heard_at is not None and customer.heard_at <= quiet_since
        }
        if not silent:
            return []
        talking = await self._desk.talking(list(silent))
        # After that: what is said last, the question for a rating, is there once it is closed.
        async with self._db.connect() as conn:
            to_bring = await outbox_store.list_to_bring(conn, list(silent))
        return [silent[one] for one in silent if one not in talking | to_bring]

    async def _move(self, customer: Customer, is_open: bool) -> bool:
        wanted = next_state(customer.session, is_open=is_open)
        if wanted is None:
            return False
        try:
            state = await self._reach(customer, wanted)
        except (NotSent, Unanswered):
            self._not_before = self._now() + PAUSE
            return False
        async with self._db.begin() as conn:
            current = await customer_store.lock_customer(conn, customer.user_id)
            if current is None or current.session != customer.session:
                return False
            if state == ENDED and current.heard_at != customer.heard_at:
                state = NEW  # they wrote meanwhile, before or after it ended
            session = None if state == ENDED else state
            await customer_store.save_customer(conn, replace(current, session=session))
        return True

    async def _reach(self, customer: Customer, wanted: int) -> int:
        """Ask for a state; return the one the customer is in then."""
        try:
            await self._call(customer, MOVE, service_state=wanted)
            return wanted
        except Refused:
            # Moved already, by a try that was not heard of or by somebody at WeCom?
            try:
                told = (await self._call(customer, ASK)).get("service_state")
            except Refused:
                told = None
        # One that WeChat will not move is let be: we may speak all the same, and it ends by itself.
        return told if told in (POOL, HUMAN, ENDED) else wanted

    async def _call(self, customer: Customer, path: str, **more: Any) -> dict[str, Any]:
        account = self._accounts[customer.app_id]
        who = {"open_kfid": customer.account_id, "external_userid": customer.open_id}
        return await self._access.call(account, path, who | more)
