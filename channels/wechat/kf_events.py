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
    elif await customer_store.lock_customer(conn, user_id) is not None:
        # In its turn, behind what the customer said before, and known when it is pulled again.
        kind = Kind.TAKEN if pulled.change in TAKEN else Kind.RELEASED
        change = Incoming(pulled.key, pulled.open_id, kind, pulled.sent_at)
        stored = await intake.store(conn, account, user_id, change)
        if stored is not None:
            await _note_change(conn, user_id, kind, now)
        return stored
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
    heard_since = customer.heard_at is not None and customer.heard_at > fail.sent_at
    if customer.batch_id == batch_id:
        if customer.part:  # something of it may have arrived
            status = Delivery.FAILED
        customer = customer.worse(status, problem)
    elif rows:
        if status is Delivery.HELD and heard_since:
            status = Delivery.WAITING
        ids = [row.message_id for row in rows]
        await outbox_store.settle(conn, ids, status, now, problem)
        if status is not Delivery.WAITING:
            await telling.tell(conn, rows, status, problem, now)
    else:
        return
    if status is Delivery.HELD and not heard_since:
        # WeChat counts otherwise than we did: it is right.
        customer = replace(customer, budget=Budget())
    await customer_store.save_customer(conn, customer)


async def _note_change(conn: AsyncConnection, user_id: str, kind: Kind, now: datetime) -> None:
    """Write down who has the customer.

    What we had not brought by then would come too late, and after another's words.
    """
    customer = await customer_store.lock_customer(conn, user_id)
    is_taken = kind is Kind.TAKEN
    if customer is None or not (is_taken or customer.session in (POOL, HUMAN)):
        return
    # Nothing was said yet to whom the desk does not know.
    contact_id = customer.contact_id
    if contact_id and (rows := await outbox_store.list_unsent(conn, contact_id)):
        ids = [row.message_id for row in rows]
        await outbox_store.settle(conn, ids, Delivery.FAILED, now, TAKEN_BY_WECOM)
        await telling.tell(conn, rows, Delivery.FAILED, TAKEN_BY_WECOM, now)
    # Whoever is bringing something now finds the lease gone.
    free = replace(customer.without_batch(), outbox_owner=None, outbox_until=None)
    session = HUMAN if is_taken else None
    await customer_store.save_customer(conn, replace(free, session=session))
