"""“对方正在输入…”: a hint that costs no message, and on which nothing depends."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta

from channels.wechat import customer_store
from channels.wechat.access import Access
from channels.wechat.failures import NotSent, Refused, Unanswered

logger = logging.getLogger(__name__)

AFTER_SECONDS = 1.0
"""An answer that takes less needs no hint, and one that arrives after the answer misleads."""
SHOWN_FOR = timedelta(seconds=15)
HEARD_WITHIN = timedelta(seconds=30)
"""WeChat takes the hint only so soon after the customer's own word."""


class Typing:
    """Says that someone is writing, at most once while it shows."""

    def __init__(self, access: Access, *, after: float = AFTER_SECONDS) -> None:
        self._access = access
        self._db = access.db
        self._accounts = access.accounts
        self._after = after
        self._now = access.now
        self._shown: dict[str, datetime] = {}
        self._pending: dict[str, asyncio.Task[None]] = {}

    def begins(self, contact_id: str) -> None:
        """Someone begins to write to a customer."""
        if self._accounts and contact_id not in self._pending:
            task = asyncio.create_task(self._show(contact_id))
            self._pending[contact_id] = task
            task.add_done_callback(lambda _: self._pending.pop(contact_id, None))

    def ends(self, contact_id: str) -> None:
        """They are done: what is not shown yet need not be."""
        if task := self._pending.get(contact_id):
            task.cancel()

    async def _show(self, contact_id: str) -> None:
        await asyncio.sleep(self._after)
        now = self._now()
        self._shown = {one: at for one, at in self._shown.items() if now - at < SHOWN_FOR}
        if contact_id in self._shown:
            return
        try:
            async with self._db.connect() as conn:
                customer = await customer_store.find_by_contact(conn, contact_id)
            account = self._accounts.get(customer.app_id) if customer else None
            if customer is None or account is None or customer.heard_at is None:
                return
            if not (path := account.dialect.typing):
                return
            if now - customer.heard_at <= HEARD_WITHIN:
                self._shown[contact_id] = now
                body = {"touser": customer.open_id, "command": "Typing"}
                await self._access.call(account, path, body)
        except (NotSent, Unanswered, Refused) as error:
            logger.debug("typing was not shown: %s", error)
        except Exception:  # the edge of a task; it is only a hint
            logger.warning("typing was not shown", exc_info=True)

    async def stop(self) -> None:
        """Show nothing more."""
        pending = list(self._pending.values())
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
