"""Tables and queries of reminders, and of how many subscription messages a customer allowed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from common.db import UtcDateTime, insert_into, metadata
from common.ids import new_id


class ReminderStatus(StrEnum):
    """What became of a reminder.

    `sending`: it may have been sent, and what became of it is not written yet. `delivered` is
    WeChat's own word, after `sent`. `unclear`: it may have arrived and is not sent again.
    """

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    UNCLEAR = "unclear"
    FAILED = "failed"


reminders = sa.Table(
    "wechat_reminders",
    metadata,
    sa.Column("id", sa.String(26), primary_key=True),
    sa.Column("user_id", sa.String(128), nullable=False),
    # What the customer did last: one reminder until they do something else.
    sa.Column("heard_at", UtcDateTime, nullable=False),
    sa.Column("conversation_id", sa.String(64), nullable=False),
    sa.Column("template_id", sa.String(64), nullable=False),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("message_id", sa.String(32)),
    sa.Column("problem", sa.Integer),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("first_at", UtcDateTime),
    sa.Column("next_at", UtcDateTime, nullable=False),
    sa.Column("updated_at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("user_id", "heard_at"),
    sa.Index(
        "ix_wechat_reminders_due",
        "next_at",
        sqlite_where=sa.text("status IN ('waiting', 'sending')"),
        postgresql_where=sa.text("status IN ('waiting', 'sending')"),
    ),
)
_DUE = sa.text("status IN ('waiting', 'sending')")

opt_ins = sa.Table(
    "wechat_opt_ins",
    metadata,
    sa.Column("user_id", sa.String(128), primary_key=True),
    sa.Column("template_id", sa.String(64), primary_key=True),
    sa.Column("left", sa.Integer, nullable=False),
)


@dataclass(frozen=True)
class Reminder:
    """One reminder, due once until the customer does something.

    `first_at` is when it was first tried so that it may have arrived.
    """

    id: str
    user_id: str
    heard_at: datetime
    conversation_id: str
    template_id: str
    status: ReminderStatus
    tries: int
    first_at: datetime | None


# -- reminders --------------------------------------------------------------------------------


async def want(
    conn: AsyncConnection,
    user_id: str,
    heard_at: datetime,
    conversation_id: str,
    template_id: str,
    now: datetime,
) -> None:
    """Write that a customer is to be reminded, once since they were heard of."""
    insert = insert_into(conn, reminders).values(
        id=new_id(),
        user_id=user_id,
        heard_at=heard_at,
        conversation_id=conversation_id,
        template_id=template_id,
        status=ReminderStatus.WAITING.value,
        tries=0,
        next_at=now,
        updated_at=now,
    )
    await conn.execute(insert.on_conflict_do_nothing())


async def claim_due(
    conn: AsyncConnection, now: datetime, again_at: datetime, limit: int
) -> list[Reminder]:
    """Return reminders to be sent now; nobody else sends them before `again_at`."""
    due = (
        sa.select(reminders)
        .where(_DUE, reminders.c.next_at <= now)
        .order_by(reminders.c.next_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    found = [_to_reminder(row) for row in await conn.execute(due)]
    if found:
        claim = sa.update(reminders).where(reminders.c.id.in_([one.id for one in found]))
        await conn.execute(claim.values(next_at=again_at, tries=reminders.c.tries + 1))
    return found


async def save(conn: AsyncConnection, reminder: Reminder, now: datetime, **values: Any) -> bool:
    """Write what became of a claimed reminder; False when it is no longer this claim's.

    A result that WeChat told meanwhile stays.
    """
    result = await conn.execute(
        sa.update(reminders)
        .where(reminders.c.id == reminder.id, reminders.c.tries == reminder.tries + 1, _DUE)
        .values(updated_at=now, **values)
    )
    return result.rowcount == 1


async def drop(conn: AsyncConnection, reminder: Reminder) -> None:
    """Forget a reminder of which nothing was sent; later words may make another."""
    await conn.execute(
        sa.delete(reminders).where(
            reminders.c.id == reminder.id, reminders.c.tries == reminder.tries + 1
        )
    )


async def find_reported(
    conn: AsyncConnection, user_id: str, message_id: str, template_id: str
) -> Reminder | None:
    """Return the reminder that WeChat tells of, held, or None when it is not ours.

    WeChat may tell before its answer to our call was read: then it is the one being sent.
    """
    mine = reminders.c.user_id == user_id
    if template_id:
        mine = sa.and_(mine, reminders.c.template_id == template_id)
    sending = sa.and_(
        reminders.c.message_id.is_(None), reminders.c.status == ReminderStatus.SENDING.value
    )
    query = (
        sa.select(reminders)
        .where(mine, sa.or_(reminders.c.message_id == message_id, sending))
        .order_by(reminders.c.message_id.is_(None))
        .limit(1)
        .with_for_update()
    )
    row = (await conn.execute(query)).one_or_none()
    return None if row is None else _to_reminder(row)


async def save_report(
    conn: AsyncConnection, id: str, status: ReminderStatus, message_id: str, now: datetime
) -> None:
    """Write what WeChat told of a reminder."""
    await conn.execute(
        sa.update(reminders)
        .where(reminders.c.id == id)
        .values(status=status.value, message_id=message_id, updated_at=now)
    )


async def find_since(conn: AsyncConnection, user_id: str, heard_at: datetime) -> sa.Row[Any] | None:
    """Return the row of a customer's reminder since they were heard of, or None."""
    c = reminders.c
    query = sa.select(reminders).where(c.user_id == user_id, c.heard_at == heard_at)
    return (await conn.execute(query)).one_or_none()


# -- what the customer allowed ----------------------------------------------------------------


async def allow_one(conn: AsyncConnection, user_id: str, template_id: str) -> None:
    """Write that the customer allowed one more message of this template."""
    insert = insert_into(conn, opt_ins).values(user_id=user_id, template_id=template_id, left=1)
    await conn.execute(
        insert.on_conflict_do_update(
            index_elements=["user_id", "template_id"], set_={"left": opt_ins.c.left + 1}
        )
    )


async def use_one(conn: AsyncConnection, user_id: str, template_id: str) -> bool:
    """Take one off; False when none is left."""
    result = await conn.execute(
        sa.update(opt_ins)
        .where(
            opt_ins.c.user_id == user_id,
            opt_ins.c.template_id == template_id,
            opt_ins.c.left > 0,
        )
        .values(left=opt_ins.c.left - 1)
    )
    return result.rowcount == 1


async def allow_none(conn: AsyncConnection, user_id: str, template_id: str) -> None:
    """Write that the customer allows no more."""
    await conn.execute(
        sa.update(opt_ins)
        .where(opt_ins.c.user_id == user_id, opt_ins.c.template_id == template_id)
        .values(left=0)
    )


def _to_reminder(row: sa.Row[Any]) -> Reminder:
    return Reminder(
        row.id,
        row.user_id,
        row.heard_at,
        row.conversation_id,
        row.template_id,
        ReminderStatus(row.status),
        row.tries,
        row.first_at,
    )
