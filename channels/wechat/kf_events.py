"""What is pulled for WeChat customer service, written down: words, and what became of ours."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from channels import outbox_store
from channels.model import Delivery
from channels.wechat import customer_store, inbox_store, telling
from channels.wechat.accounts import Account
from channels.wechat.budget import Budget
from channels.wechat.customer import user_id_of
from channels.wechat.inbound import Incoming, Kind
from channels.wechat.intake import Intake, Stored
from channels.wechat.kf_inbound import TAKEN, Recall, SendFail, StatusChange
from channels.wechat.kf_rules import HUMAN, POOL, TAKEN_BY_WECOM, fate_of
from channels.wechat.kf_store import Pull


async def take(
    conn: AsyncConnection,
    intake: Intake,
    account: Account,
    pull: Pull,
    pulled: Incoming | SendFail | StatusChange | Recall,
    now: datetime,
) -> Stored | None:
    """Write down one thing that happened, in the transaction of its page."""
    user_id = user_id_of(pull.open_kfid, pulled.open_id)
    if isinstance(pulled, Incoming):
        if pulled.sent_at < pull.since:
            return None
        return await intake.store(conn, account, user_id, pulled)
    if isinstance(pulled, SendFail):
        await _note_send_fail(conn, user_id, pulled, now)
    elif isinstance(pulled, Recall):
        await inbox_store.drop_item(conn, pulled.key, now)
    elif await _note_change(conn, user_id, pulled, now):
        # In its turn, behind what the customer said before.
        left = Incoming(pulled.key, pulled.open_id, Kind.TAKEN, pulled.sent_at)
        return await intake.store(conn, account, user_id, left)
    return None


async def _note_send_fail(
    conn: AsyncConnection, user_id: str, fail: SendFail, now: datetime
) -> None:
    """Take back that a message was sent."""
    customer = await customer_store.lock_customer(conn, user_id)
    if customer is None:
        return
    batch_id, _, part = fail.send_id.rpartition("-")
    status, problem = fate_of(fail.type, part)
    rows = await outbox_store.list_sent_as(conn, batch_id)
    if customer.batch_id == batch_id:
        if customer.part:  # something of it may have arrived
            status = Delivery.FAILED
        customer = customer.worse(status, problem)
    elif rows:
        ids = [row.message_id for row in rows]
        await outbox_store.settle(conn, ids, status, now, problem)
        await telling.tell(conn, rows, status, problem, now)
    else:
        return
    if status is Delivery.HELD:
        # WeChat counts otherwise than we did: it is right.
        customer = replace(customer, budget=Budget())
    await customer_store.save_customer(conn, customer)


async def _note_change(
    conn: AsyncConnection, user_id: str, change: StatusChange, now: datetime
) -> bool:
    """Write down who has the customer; whether somebody took them from us.

    What we had not brought by then would come too late, and after another's words.
    """
    customer = await customer_store.lock_customer(conn, user_id)
    if customer is None or customer.contact_id is None:
        return False
    is_taken = change.change in TAKEN
    if not is_taken and customer.session not in (POOL, HUMAN):
        return False
    rows = await outbox_store.list_unsent(conn, customer.contact_id)
    if rows:
        ids = [row.message_id for row in rows]
        await outbox_store.settle(conn, ids, Delivery.FAILED, now, TAKEN_BY_WECOM)
        await telling.tell(conn, rows, Delivery.FAILED, TAKEN_BY_WECOM, now)
    # Whoever is bringing something now finds the lease gone.
    free = replace(customer.without_batch(), outbox_owner=None, outbox_until=None)
    session = HUMAN if is_taken else None
    await customer_store.save_customer(conn, replace(free, session=session))
    return is_taken
