"""The WeChat channel of one process, whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from channels import outbox_store
from channels.outbox_store import UNSENT
from channels.wechat import customer_store, inbox_store, reminder_store
from channels.wechat.access import Access
from channels.wechat.accounts import Account
from channels.wechat.checking import account_states
from channels.wechat.client import WechatClient
from channels.wechat.desk import WechatDesk
from channels.wechat.errcodes import look_up
from channels.wechat.greeting import Greeter
from channels.wechat.intake import CHANNEL, Intake
from channels.wechat.kf_pull import Puller
from channels.wechat.kf_sessions import Sessions
from channels.wechat.kinds import AccountKind
from channels.wechat.media import MediaFetcher
from channels.wechat.outbox import PACE_SECONDS, Outbox
from channels.wechat.reminders import Reminders
from channels.wechat.reporting import Reporting
from channels.wechat.texts import texts
from channels.wechat.tokens import SharedTokens
from channels.wechat.typing import Typing
from channels.wechat.unions import Unions
from common.db import Database
from common.times import Clock, iso, utc_now


class Wechat:
    """Accounts, what comes in, what goes out, and what an agent is shown of it."""

    def __init__(
        self,
        db: Database,
        accounts: dict[str, Account],
        desk: WechatDesk,
        *,
        folder: Path,
        locale: str = "zh-CN",
        client: WechatClient | None = None,
        pace: float = PACE_SECONDS,
        now: Clock = utc_now,
    ) -> None:
        self.accounts = accounts
        self._db = db
        self._now = now
        self._client = client or WechatClient()
        self.tokens = SharedTokens(db, self._client, now)
        words = texts(locale)
        by_app_id = {account.app_id: account for account in accounts.values()}
        access = Access(db, by_app_id, self._client, self.tokens, now)
        self.intake = Intake(db, by_app_id, desk, words, now)
        self.outbox = Outbox(access, desk, words, pace=pace)
        self.puller = Puller(access, self.intake)
        self.sessions = Sessions(access, desk)
        self.typing = Typing(access)
        self.greeter = Greeter(access)
        self.unions = Unions(access, desk)
        self.reminders = Reminders(access, desk, words)
        self.reporting = Reporting(db, now)
        self.media = MediaFetcher(access, folder)
        self._by_app_id = by_app_id

    async def forget_old(self) -> int:
        """Forget what came so long ago that WeChat cannot bring it again; returns how much."""
        async with self._db.begin() as conn:
            return await inbox_store.delete_old(conn, self._now())

    async def account_states(self) -> list[dict[str, Any]]:
        """Return the accounts with what keeps one from sending and what to do about it."""
        return await account_states(self._db, self.accounts)

    async def delivery_of(
        self, conn: AsyncConnection, conversation_id: str, contact_id: str
    ) -> dict[str, Any] | None:
        """Return what an agent is shown beside the reply box; None on other channels.

        `left` messages may be sent until `until`; `waiting` is what has not gone out, by message
        number, and `not_sent` what failed or may not have arrived, with the reason. `reminder` is
        what became of the one for what waits now.
        """
        if not conversation_id.startswith(f"{CHANNEL}-"):
            return None
        customer = await customer_store.find_by_contact(conn, contact_id)
        if customer is None:
            return None
        now = self._now()
        account = self._by_app_id.get(customer.app_id)
        rows = await outbox_store.list_not_sent(conn, conversation_id)
        reminder = None
        if customer.heard_at is not None:
            reminder = await reminder_store.find_since(conn, customer.user_id, customer.heard_at)
        return {
            "left": customer.budget.left(now),
            "of": account.by_message.messages if account else 0,
            "until": iso(until) if (until := customer.budget.until(now)) else None,
            "subscribed": customer.subscribed,
            "waiting": [row.seq for row in rows if row.status in UNSENT],
            "not_sent": [
                {
                    "seq": row.seq,
                    "status": row.status.value,
                    "problem": row.problem,
                    "advice": _advice(row.problem, account),
                }
                for row in rows
                if row.status not in UNSENT
            ],
            "reminder": None
            if reminder is None
            else {
                "status": reminder.status,
                "at": iso(reminder.updated_at),
                "problem": reminder.problem,
                "advice": _advice(reminder.problem, account),
            },
        }

    async def stop(self) -> None:
        """Let what is under way end, then let the connections go."""
        await self.typing.stop()
        await self.puller.drain()
        await self.greeter.drain()
        await self.intake.drain()
        await self.outbox.drain()
        await self._client.close()


def _advice(problem: int | None, account: Account | None) -> str | None:
    kind = account.kind if account else AccountKind.SERVICE
    return None if problem is None else look_up(problem, kind).advice
