"""Takes down what WeChat reports of reminders, once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from channels.wechat import inbox_store, reminder_store
from channels.wechat.accounts import Account
from channels.wechat.customer import user_id_of
from channels.wechat.inbound import Incoming
from channels.wechat.inbox_store import Item
from channels.wechat.reminder_store import ReminderStatus
from channels.wechat.reminders import tell
from channels.wechat.reports import Report, Told
from common.db import Database
from common.ids import new_id
from common.times import Clock, utc_now


class Reporting:
    """The events that are of reminders; the customer did nothing that counts for the budget."""

    def __init__(self, db: Database, now: Clock = utc_now) -> None:
        self._db = db
        self._now = now

    async def take(self, account: Account, incoming: Incoming) -> None:
        """Write down what an event reports; a second delivery changes nothing."""
        now = self._now()
        user_id = user_id_of(account.app_id, incoming.open_id)
        item = Item(new_id(), incoming.key, user_id, incoming.kind, {}, incoming.sent_at)
        async with self._db.begin() as conn:
            if not await inbox_store.insert_item(conn, item, now):
                return
            await inbox_store.mark_handled(conn, item.id, now)
            for report in incoming.reports:
                await _take(conn, user_id, report, now)


async def _take(conn: AsyncConnection, user_id: str, report: Report, now: datetime) -> None:
    if report.told is Told.ALLOWED:
        await reminder_store.allow_one(conn, user_id, report.template_id)
    elif report.told is Told.REFUSED:
        await reminder_store.allow_none(conn, user_id, report.template_id)
    else:
        reminder = await reminder_store.find_reported(
            conn, user_id, report.message_id, report.template_id
        )
        if reminder is not None:
            status = ReminderStatus(report.told.value)
            await reminder_store.save_report(conn, reminder.id, status, report.message_id, now)
            await tell(conn, reminder, status, None, now)
        elif report.template_id and report.told is Told.DELIVERED:
            # Another system used what the customer allowed.
            await reminder_store.use_one(conn, user_id, report.template_id)
