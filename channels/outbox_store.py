"""Table and queries of the outbox: which of our messages a channel still has to bring.

A row is written in the transaction that writes the message, so nothing said is ever forgotten;
the words stay with the message.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.model import Delivery
from common.db import UtcDateTime, metadata

outbox = sa.Table(
    "outbox",
    metadata,
    # No foreign keys: other features' tables are theirs to arrange.
    sa.Column("message_id", sa.String(26), primary_key=True),
    sa.Column("conversation_id", sa.String(64), nullable=False),
    sa.Column("contact_id", sa.String(26), nullable=False),
    sa.Column("channel", sa.String(16), nullable=False),
    sa.Column("seq", sa.Integer, nullable=False),
    sa.Column("author", sa.String(16), nullable=False),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("problem", sa.Integer),
    sa.Column("sent_as", sa.String(26)),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("updated_at", UtcDateTime, nullable=False),
    sa.Index("ix_outbox_conversation", "conversation_id", "seq"),
    # What waits are few rows of many, so small indexes; what is held is looked for by customer.
    sa.Index(
        "ix_outbox_waiting",
        "created_at",
        sqlite_where=sa.text("status = 'waiting'"),
        postgresql_where=sa.text("status = 'waiting'"),
    ),
    sa.Index(
        "ix_outbox_unsent",
        "contact_id",
        "seq",
        sqlite_where=sa.text("status IN ('waiting', 'held')"),
        postgresql_where=sa.text("status IN ('waiting', 'held')"),
    ),
    sa.Index(
        "ix_outbox_sent_as",
        "sent_as",
        sqlite_where=sa.text("sent_as IS NOT NULL"),
        postgresql_where=sa.text("sent_as IS NOT NULL"),
    ),
)
UNSENT = (Delivery.WAITING.value, Delivery.HELD.value)
_UNSENT = sa.text("status IN ('waiting', 'held')")
RELEASE = (
    sa.update(outbox)
    .where(
        outbox.c.contact_id == sa.bindparam("released_contact"),
        outbox.c.status == Delivery.HELD.value,
        _UNSENT,
    )
    .values(
        status=Delivery.WAITING.value,
        updated_at=sa.bindparam("released_at", type_=UtcDateTime),
    )
)
"""Lets what was held for a contact be brought."""


@dataclass(frozen=True)
class OutboxRow:
    """One message on its way. `problem` is the channel's error code, if it gave one."""

    message_id: str
    conversation_id: str
    seq: int
    author: str
    status: Delivery
    problem: int | None


_OF = (outbox.c.message_id, outbox.c.conversation_id, outbox.c.seq, outbox.c.author)
_STATES = (*_OF, outbox.c.status, outbox.c.problem)


async def insert_outgoing(
    conn: AsyncConnection,
    *,
    message_id: str,
    conversation_id: str,
    contact_id: str,
    channel: str,
    seq: int,
    author: str,
    now: datetime,
) -> None:
    """Write that a message waits to be brought to the customer."""
    await conn.execute(
        sa.insert(outbox).values(
            message_id=message_id,
            conversation_id=conversation_id,
            contact_id=contact_id,
            channel=channel,
            seq=seq,
            author=author,
            status=Delivery.WAITING.value,
            created_at=now,
            updated_at=now,
        )
    )


async def list_unsent(
    conn: AsyncConnection, contact_id: str, up_to: int | None = None, limit: int = 50
) -> list[OutboxRow]:
    """Return what waits or is held for a customer, oldest first; numbered at most `up_to`."""
    query = (
        sa.select(*_STATES)
        .where(outbox.c.contact_id == contact_id, _UNSENT)
        .order_by(outbox.c.seq)
        .limit(limit)
    )
    if up_to is not None:
        query = query.where(outbox.c.seq <= up_to)
    return [_to_row(row) for row in await conn.execute(query)]


async def list_not_sent(conn: AsyncConnection, conversation_id: str) -> list[OutboxRow]:
    """Return a conversation's messages that wait, failed or may not have arrived, oldest first."""
    query = (
        sa.select(*_STATES)
        .where(outbox.c.conversation_id == conversation_id, outbox.c.status != Delivery.SENT.value)
        .order_by(outbox.c.seq)
    )
    return [_to_row(row) for row in await conn.execute(query)]


async def list_sent_as(conn: AsyncConnection, sent_as: str) -> list[OutboxRow]:
    """Return what went out to the customer under this name of the channel's."""
    query = sa.select(*_STATES).where(
        outbox.c.sent_as == sent_as, outbox.c.status == Delivery.SENT.value
    )
    return [_to_row(row) for row in await conn.execute(query)]


async def list_to_bring(conn: AsyncConnection, contact_ids: list[str]) -> set[str]:
    """Return for whom of these customers something waits or is held."""
    query = sa.select(outbox.c.contact_id).where(outbox.c.contact_id.in_(contact_ids), _UNSENT)
    return set((await conn.execute(query.distinct())).scalars())


async def hold(conn: AsyncConnection, contact_id: str, up_to: int, now: datetime) -> None:
    """Let what waits, numbered `up_to` or less, wait on until the customer does something."""
    await conn.execute(
        sa.update(outbox)
        .where(
            outbox.c.contact_id == contact_id,
            outbox.c.status == Delivery.WAITING.value,
            outbox.c.seq <= up_to,
            _UNSENT,
        )
        .values(status=Delivery.HELD.value, updated_at=now)
    )


async def settle(
    conn: AsyncConnection,
    message_ids: list[str],
    status: Delivery,
    now: datetime,
    problem: int | None = None,
    sent_as: str | None = None,
) -> None:
    """Write what became of messages that waited; `sent_as` is the channel's name for them."""
    await conn.execute(
        sa.update(outbox)
        .where(outbox.c.message_id.in_(message_ids))
        .values(status=status.value, problem=problem, sent_as=sent_as, updated_at=now)
    )


def _to_row(row: Any) -> OutboxRow:
    values = dict(row._mapping)
    return OutboxRow(**{**values, "status": Delivery(values["status"])})
