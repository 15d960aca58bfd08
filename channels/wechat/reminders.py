"""Reminds customers for whom people's words wait: once, until they come back.

The outbox leaves word of a holding in the transaction that holds; here it is looked at again and
sent. What is tried is written down before: of a template message WeChat knows the repetition for
some minutes and it is tried again, anything else that may have arrived is left at that.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from channels import outbox_store
from channels.model import Delivery
from channels.wechat import account_store, customer_store, reminder_store
from channels.wechat.access import Access
from channels.wechat.accounts import Account
from channels.wechat.customer import Customer
from channels.wechat.desk import WechatDesk
from channels.wechat.failures import NotSent, Refused, Unanswered
from channels.wechat.reminder_store import Reminder, ReminderStatus
from channels.wechat.reminding import NOT_ALLOWED, ReminderRule, Way, matters, reminder_body
from channels.wechat.verdicts import BUSY, judge
from common import events

logger = logging.getLogger(__name__)

AT_ONCE = 4
CLAIM = timedelta(minutes=1)
"""Longer than one try may take, with a new token and all."""
MOST_TRIES = 20
"""An account that is set up wrongly is not tried for ever."""
REPEATABLE_FOR = timedelta(minutes=9)
"""WeChat remembers our id of a template message for ten."""
_STATUSES: Mapping[Delivery | None, ReminderStatus] = {
    Delivery.SENT: ReminderStatus.SENT,
    Delivery.UNCLEAR: ReminderStatus.UNCLEAR,
}


class Reminders:
    """Sends what the outbox asked for."""

    def __init__(
        self, access: Access, desk: WechatDesk, words: Mapping[str, Mapping[str, str]]
    ) -> None:
        self._access = access
        self._db = access.db
        self._accounts = access.accounts
        self._desk = desk
        self._words = words
        self._now = access.now

    async def run(self) -> int:
        """Send what is due; returns how many reminders were looked at."""
        now = self._now()
        async with self._db.begin() as conn:
            due = await reminder_store.claim_due(conn, now, now + CLAIM, AT_ONCE)
        await asyncio.gather(*(self._remind(reminder) for reminder in due))
        return len(due)

    async def _remind(self, reminder: Reminder) -> None:
        async with self._db.connect() as conn:
            customer = await customer_store.find_customer(conn, reminder.user_id)
        account = self._accounts.get(customer.app_id) if customer else None
        rule = account.reminder if account else None
        if customer is None or account is None or rule is None:
            await self._drop(reminder)
            return
        if reminder.status is ReminderStatus.WAITING and not await self._still_matters(
            customer, reminder
        ):
            await self._drop(reminder)
            return
        if not await self._begin(account, rule, reminder):
            return
        error: Exception | None = None
        message_id = None
        try:
            body = reminder_body(
                rule,
                customer.open_id,
                reminder.id,
                words=self._words["reminder"][account.kind],
                reference=await self._desk.reference(reminder.conversation_id),
                now=self._now(),
            )
            path = account.dialect.reminders[rule.way]
            answer = await self._access.call(account, path, body)
            message_id = str(answer.get("msgid") or "")[:32] or None
        except (NotSent, Unanswered, Refused) as failure:
            error = failure
        await self._conclude(account, rule, reminder, error, message_id)

    async def _still_matters(self, customer: Customer, reminder: Reminder) -> bool:
        """Whether people's words are held for a customer who did nothing since."""
        if customer.heard_at != reminder.heard_at or not customer.subscribed:
            return False
        contact_id = customer.contact_id or ""
        async with self._db.connect() as conn:
            rows = await outbox_store.list_unsent(conn, contact_id)
        held = [r.seq for r in rows if r.status is Delivery.HELD and r.author != "bot"]
        return bool(held) and matters(await self._desk.outgoing(contact_id, held))

    async def _begin(self, account: Account, rule: ReminderRule, reminder: Reminder) -> bool:
        """Write down that it is tried now; False when it is not."""
        now = self._now()
        async with self._db.begin() as conn:
            state = await account_store.find_account(conn, account.app_id)
            if state.paused_until is not None and now < state.paused_until:
                await reminder_store.save(conn, reminder, now, next_at=state.paused_until)
                return False
            again = reminder.status is ReminderStatus.SENDING
            began = reminder.first_at or now
            if again and (rule.way is not Way.TEMPLATE or now - began > REPEATABLE_FOR):
                # Whoever sent it before died in the middle of it.
                await self._settle(conn, reminder, ReminderStatus.UNCLEAR, None, now)
                return False
            # Held, so that they do not come back between this look and the writing.
            customer = await customer_store.lock_customer(conn, reminder.user_id)
            if not again and (customer is None or customer.heard_at != reminder.heard_at):
                await reminder_store.drop(conn, reminder)
                return False
            if rule.way is Way.SUBSCRIPTION and not await reminder_store.use_one(
                conn, reminder.user_id, reminder.template_id
            ):
                await self._settle(conn, reminder, ReminderStatus.FAILED, NOT_ALLOWED, now)
                return False
            sending = ReminderStatus.SENDING.value
            return await reminder_store.save(conn, reminder, now, status=sending, first_at=began)

    async def _conclude(
        self,
        account: Account,
        rule: ReminderRule,
        reminder: Reminder,
        error: Exception | None,
        message_id: str | None,
    ) -> None:
        now = self._now()
        customer = Customer(reminder.user_id, account.app_id, tries=reminder.tries)
        verdict = judge(error, customer, now, repeatable=rule.way is Way.TEMPLATE)
        again_at = verdict.pause_until if reminder.tries < MOST_TRIES else None
        if verdict.retry_in is not None:
            again_at = now + verdict.retry_in
        code = error.errcode if isinstance(error, Refused) else None
        surely_not = isinstance(error, NotSent) or (code is not None and code != BUSY)
        async with self._db.begin() as conn:
            if surely_not and rule.way is Way.SUBSCRIPTION:
                if code == NOT_ALLOWED:
                    await reminder_store.allow_none(conn, reminder.user_id, reminder.template_id)
                else:
                    await reminder_store.allow_one(conn, reminder.user_id, reminder.template_id)
            if again_at is not None:
                values: dict[str, Any] = {"next_at": again_at}
                # One that may have arrived before may have still.
                if surely_not and reminder.status is ReminderStatus.WAITING:
                    values |= {"status": ReminderStatus.WAITING.value, "first_at": None}
                await reminder_store.save(conn, reminder, now, **values)
                return
            status = _STATUSES.get(verdict.outcome, ReminderStatus.FAILED)
            await self._settle(conn, reminder, status, verdict.problem, now, message_id=message_id)

    async def _settle(
        self,
        conn: AsyncConnection,
        reminder: Reminder,
        status: ReminderStatus,
        problem: int | None,
        now: datetime,
        **more: Any,
    ) -> None:
        values = {"status": status.value, "problem": problem, **more}
        if await reminder_store.save(conn, reminder, now, **values):
            await tell(conn, reminder, status, problem, now)

    async def _drop(self, reminder: Reminder) -> None:
        async with self._db.begin() as conn:
            await reminder_store.drop(conn, reminder)


async def want(
    conn: AsyncConnection,
    account: Account,
    customer: Customer,
    rows: list[outbox_store.OutboxRow],
    now: datetime,
) -> None:
    """Leave word that messages are held, if the customer may have to be reminded of them."""
    said = [row.conversation_id for row in rows if row.author != "bot"]
    if account.reminder is None or not said or customer.heard_at is None:
        return
    template_id = account.reminder.template_id
    await reminder_store.want(conn, customer.user_id, customer.heard_at, said[-1], template_id, now)


async def tell(
    conn: AsyncConnection,
    reminder: Reminder,
    status: ReminderStatus,
    problem: int | None,
    now: datetime,
) -> None:
    """Write an event of what became of a reminder."""
    await events.append(
        conn,
        f"reminder.{status.value}",
        actor="worker",
        conversation_id=reminder.conversation_id,
        data={"reminder_id": reminder.id, "problem": problem},
        now=now,
    )
