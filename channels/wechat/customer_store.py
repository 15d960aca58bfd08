"""Table and queries of WeChat's customers: their budget, and how far the talk has come."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.model import Delivery
from channels.outbox_store import RELEASE, UNSENT, outbox
from channels.wechat.budget import Budget, Grant
from channels.wechat.customer import Customer
from common.db import (
    Together,
    UtcDateTime,
    held,
    insert_into,
    metadata,
    parameters,
    prefixed,
)

customers = sa.Table(
    "wechat_customers",
    metadata,
    sa.Column("user_id", sa.String(128), primary_key=True),
    sa.Column("app_id", sa.String(32), nullable=False),
    sa.Column("contact_id", sa.String(26)),
    sa.Column("message_left", sa.Integer, nullable=False),
    sa.Column("message_until", UtcDateTime),
    sa.Column("event_left", sa.Integer, nullable=False),
    sa.Column("event_until", UtcDateTime),
    sa.Column("menu", sa.JSON, nullable=False),
    sa.Column("heard_at", UtcDateTime),
    sa.Column("subscribed", sa.Boolean, nullable=False),
    sa.Column("intake_owner", sa.String(26)),
    sa.Column("intake_until", UtcDateTime),
    sa.Column("outbox_owner", sa.String(26)),
    sa.Column("outbox_until", UtcDateTime),
    sa.Column("retry_at", UtcDateTime),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("batch_to", sa.Integer),
    sa.Column("batch_id", sa.String(26)),
    sa.Column("part", sa.Integer, nullable=False),
    sa.Column("in_flight", sa.Boolean, nullable=False),
    sa.Column("outcome", sa.String(16), nullable=False),
    sa.Column("problem", sa.Integer),
    sa.Column("session", sa.Integer),
    sa.Index("ix_wechat_customers_contact", "contact_id"),
    # Sessions that go on are few rows of many.
    sa.Index(
        "ix_wechat_customers_session",
        "session",
        "user_id",
        sqlite_where=sa.text("session IN (0, 1)"),
        postgresql_where=sa.text("session IN (0, 1)"),
    ),
)

_PLAIN = tuple(f.name for f in fields(Customer) if f.name not in ("budget", "menu", "outcome"))
# Statements that run for every message are built once: building one costs more than running it.
_BY_ID = sa.select(customers).where(customers.c.user_id == sa.bindparam("key"))
_BY_ID_HELD = held(_BY_ID)
_SAVE = (
    sa.update(customers)
    .where(customers.c.user_id == sa.bindparam("key"))
    .values(parameters("customer", customers, customers.c.keys()))
)
_HEARD = Together(_SAVE, RELEASE)


async def lock_customer(conn: AsyncConnection, user_id: str) -> Customer | None:
    """Return the customer and hold their row until the transaction ends, or None."""
    row = (await conn.execute(_BY_ID_HELD, {"key": user_id})).one_or_none()
    return None if row is None else _to_customer(row)


async def lock_or_make_customer(conn: AsyncConnection, user_id: str, app_id: str) -> Customer:
    """Return the customer, new if need be, and hold their row until the transaction ends."""
    if (known := await lock_customer(conn, user_id)) is not None:
        return known
    new = _columns(Customer(user_id, app_id))
    await conn.execute(insert_into(conn, customers).values(**new).on_conflict_do_nothing())
    found = await lock_customer(conn, user_id)
    assert found is not None
    return found


async def find_customer(conn: AsyncConnection, user_id: str) -> Customer | None:
    """Return the customer, or None."""
    row = (await conn.execute(_BY_ID, {"key": user_id})).one_or_none()
    return None if row is None else _to_customer(row)


async def find_by_contact(conn: AsyncConnection, contact_id: str) -> Customer | None:
    """Return the customer whom the desk knows as this contact, or None."""
    query = sa.select(customers).where(customers.c.contact_id == contact_id)
    row = (await conn.execute(query)).one_or_none()
    return None if row is None else _to_customer(row)


async def save_customer(conn: AsyncConnection, customer: Customer) -> None:
    """Write back a customer whose row is held."""
    await conn.execute(_SAVE, _saved(customer))


async def save_heard(conn: AsyncConnection, customer: Customer, now: datetime) -> None:
    """Write back a customer who did something; what was held for them can be brought."""
    released = {"released_contact": customer.contact_id, "released_at": now}
    await _HEARD.run(conn, {**_saved(customer), **released})


async def list_due(
    conn: AsyncConnection, now: datetime, limit: int, of: list[str], paused: list[str]
) -> list[str]:
    """Return customers to whom something can be brought now, whom it waits for longest first.

    Args:
        conn: the transaction.
        now: the present.
        limit: at most so many.
        of: AppIDs of the accounts we have.
        paused: AppIDs of those with which nothing is sent now.
    """
    query = (
        sa.select(customers.c.user_id)
        .join(outbox, outbox.c.contact_id == customers.c.contact_id)
        .where(
            outbox.c.status == Delivery.WAITING.value,
            sa.or_(customers.c.retry_at.is_(None), customers.c.retry_at <= now),
            sa.or_(customers.c.outbox_until.is_(None), customers.c.outbox_until <= now),
            customers.c.app_id.in_(of),
            customers.c.app_id.not_in(paused),
        )
        .group_by(customers.c.user_id)
        .order_by(sa.func.min(outbox.c.created_at))
        .limit(limit)
    )
    return list((await conn.execute(query)).scalars())


async def claim_outboxes(
    conn: AsyncConnection, user_ids: list[str], lease: str, now: datetime, until: datetime
) -> list[str]:
    """Take the leases of the customers whose words of ours nobody brings; returns whose it got.

    Whoever is held by another transaction just now is left out.
    """
    free = sa.select(customers.c.user_id).where(
        customers.c.user_id.in_(user_ids),
        # Another process may have tried since they were found due.
        sa.or_(customers.c.retry_at.is_(None), customers.c.retry_at <= now),
        sa.or_(customers.c.outbox_until.is_(None), customers.c.outbox_until <= now),
    )
    claim = (
        sa.update(customers)
        .where(customers.c.user_id.in_(free.with_for_update(key_share=True, skip_locked=True)))
        .values(outbox_owner=lease, outbox_until=until)
        .returning(customers.c.user_id)
    )
    return list((await conn.execute(claim)).scalars())


async def count_waiting(conn: AsyncConnection, app_id: str) -> int:
    """Return how many messages wait to be brought to an account's customers."""
    query = (
        sa.select(sa.func.count())
        .select_from(customers)
        .join(outbox, outbox.c.contact_id == customers.c.contact_id)
        .where(outbox.c.status.in_(UNSENT), customers.c.app_id == app_id)
    )
    return (await conn.execute(query)).scalar_one()


async def list_sessions(
    conn: AsyncConnection, session: int, of: list[str], after: str, limit: int
) -> list[Customer]:
    """Return customers of these accounts in this state, by `user_id` after the one given."""
    c = customers.c
    query = (
        sa.select(customers)
        .where(sa.text("session IN (0, 1)"), c.session == session)
        .where(c.app_id.in_(of), c.user_id > after)
        .order_by(c.user_id)
        .limit(limit)
    )
    return [_to_customer(row) for row in await conn.execute(query)]


def _saved(customer: Customer) -> dict[str, Any]:
    return {"key": customer.user_id, **prefixed("customer", _columns(customer))}


def _columns(customer: Customer) -> dict[str, Any]:
    values = {name: getattr(customer, name) for name in _PLAIN}
    budget = customer.budget
    return {
        **values,
        "message_left": budget.by_message.left,
        "message_until": budget.by_message.until,
        "event_left": budget.by_event.left,
        "event_until": budget.by_event.until,
        "menu": list(customer.menu),
        "outcome": customer.outcome.value,
    }


def _to_customer(row: sa.Row[Any]) -> Customer:
    values = row._mapping
    return Customer(
        **{name: values[name] for name in _PLAIN},
        budget=Budget(
            Grant(values["message_left"], values["message_until"]),
            Grant(values["event_left"], values["event_until"]),
        ),
        menu=tuple(values["menu"]),
        outcome=Delivery(values["outcome"]),
    )
