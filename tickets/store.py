"""Tickets in the database, and the counters their numbers come from."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, fields
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from common.db import UtcDateTime, held, insert_into, metadata
from common.errors import NotFound
from tickets.model import (
    FaultType,
    Priority,
    Ticket,
    TicketStatus,
    TicketType,
    format_number,
)

tickets = sa.Table(
    "tickets",
    metadata,
    sa.Column("number", sa.String(16), primary_key=True),
    sa.Column("type", sa.String(16), nullable=False),
    sa.Column("priority", sa.String(16), nullable=False),
    sa.Column("status", sa.String(32), nullable=False),
    # Neither is a foreign key: other features' tables are theirs to arrange.
    sa.Column("conversation_id", sa.String(64), nullable=False),
    sa.Column("contact_id", sa.String(64), nullable=False),
    sa.Column("channel", sa.String(32), nullable=False),
    sa.Column("fault_type", sa.String(16), nullable=False),
    sa.Column("symptom", sa.Text, nullable=False),
    sa.Column("since", sa.String(64), nullable=False),
    sa.Column("place", sa.String(200), nullable=False),
    sa.Column("contact_name", sa.String(64), nullable=False),
    sa.Column("phone", sa.String(40), nullable=False),
    sa.Column("hoped_time", sa.String(64), nullable=False),
    sa.Column("affects", sa.Text, nullable=False),
    sa.Column("tried", sa.JSON, nullable=False),
    sa.Column("level", sa.String(16), nullable=False),
    sa.Column("registered_at", UtcDateTime, nullable=False),
    sa.Column("assess_by", UtcDateTime, nullable=False),
    sa.Column("respond_by", UtcDateTime, nullable=False),
    sa.Column("resolve_by", UtcDateTime, nullable=False),
    sa.Column("updated_at", UtcDateTime, nullable=False),
    sa.Column("urged_count", sa.Integer, nullable=False),
    sa.Column("last_urged_at", UtcDateTime),
    # What the words in `since` and `hoped_time` meant; an empty precision where they name no time.
    sa.Column("since_at", UtcDateTime),
    sa.Column("since_precision", sa.String(16), nullable=False, server_default=""),
    sa.Column("hoped_at", UtcDateTime),
    sa.Column("hoped_precision", sa.String(16), nullable=False, server_default=""),
    # What only some kinds of fault need, by the names in `tickets.model.DETAILS`.
    sa.Column("details", sa.JSON, nullable=False, server_default=sa.text("'{}'")),
    # Messages that caused what stands above: the same one never registers or urges twice.
    sa.Column("source_message_id", sa.String(64), nullable=False, unique=True),
    sa.Column("last_urge_message_id", sa.String(64)),
    sa.Index("ix_tickets_contact", "contact_id", "registered_at"),
    sa.Index("ix_tickets_conversation", "conversation_id"),
    sa.Index("ix_tickets_registered_at", "registered_at"),
)

ticket_counters = sa.Table(
    "ticket_counters",
    metadata,
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("last", sa.Integer, nullable=False),
)

_COLUMNS = [tickets.c[field.name] for field in fields(Ticket)]
_NEWEST_FIRST = (tickets.c.registered_at.desc(), tickets.c.number.desc())


async def take_number(conn: AsyncConnection, day: date) -> str:
    """Return the day's next number.

    The counter's row is held until the transaction ends, so parallel registrations follow one
    another; a number whose transaction is rolled back is given to the next.
    """
    insert = insert_into(conn, ticket_counters).values(day=day, last=1)
    query = insert.on_conflict_do_update(
        index_elements=["day"], set_={"last": ticket_counters.c.last + 1}
    ).returning(ticket_counters.c.last)
    return format_number(day, (await conn.execute(query)).scalar_one())


async def insert_ticket(conn: AsyncConnection, ticket: Ticket, source_message_id: str) -> bool:
    """Write a new ticket. Returns False when that message has registered one already."""
    query = (
        insert_into(conn, tickets)
        .values(**_to_row(ticket), source_message_id=source_message_id)
        .on_conflict_do_nothing(index_elements=["source_message_id"])
        .returning(tickets.c.number)
    )
    return (await conn.execute(query)).first() is not None


async def save_ticket(conn: AsyncConnection, ticket: Ticket, *, urge_message_id: str = "") -> None:
    """Write a changed ticket; with `urge_message_id`, also which message urged it last."""
    values = _to_row(ticket)
    if urge_message_id:
        values["last_urge_message_id"] = urge_message_id
    await conn.execute(sa.update(tickets).where(tickets.c.number == ticket.number).values(**values))


async def find_by_source(conn: AsyncConnection, source_message_id: str) -> Ticket | None:
    """Return the ticket that message registered, if it did."""
    return await _find(conn, tickets.c.source_message_id == source_message_id)


async def get_by_source(conn: AsyncConnection, source_message_id: str) -> Ticket:
    """Return the ticket that message registered.

    Raises:
        NotFound: it registered none.
    """
    ticket = await find_by_source(conn, source_message_id)
    if ticket is None:
        raise NotFound(f"message {source_message_id} registered no ticket", code="ticket_not_found")
    return ticket


async def find_by_number(conn: AsyncConnection, number: str) -> Ticket | None:
    """Return the ticket of that number, if there is one."""
    return await _find(conn, tickets.c.number == number)


async def lock_by_number(conn: AsyncConnection, number: str) -> tuple[Ticket, str | None]:
    """Return the ticket and the message that urged it last, and hold its row.

    Raises:
        NotFound: no such ticket.
    """
    query = sa.select(*_COLUMNS, tickets.c.last_urge_message_id).where(tickets.c.number == number)
    row = (await conn.execute(held(query))).one_or_none()
    if row is None:
        raise NotFound(f"no ticket {number}", code="ticket_not_found")
    return _to_ticket(row), row.last_urge_message_id


async def list_for_contacts(
    conn: AsyncConnection, contact_ids: Collection[str], limit: int
) -> list[Ticket]:
    """Return the tickets these contacts registered last, newest first."""
    query = (
        sa.select(*_COLUMNS)
        .where(tickets.c.contact_id.in_(contact_ids))
        .order_by(*_NEWEST_FIRST)
        .limit(limit)
    )
    return [_to_ticket(row) for row in await conn.execute(query)]


async def list_for_conversation(conn: AsyncConnection, conversation_id: str) -> list[Ticket]:
    """Return the tickets registered in a conversation, newest first."""
    query = (
        sa.select(*_COLUMNS)
        .where(tickets.c.conversation_id == conversation_id)
        .order_by(*_NEWEST_FIRST)
    )
    return [_to_ticket(row) for row in await conn.execute(query)]


async def list_tickets(
    conn: AsyncConnection,
    *,
    words: str,
    phone_digits: str,
    status: TicketStatus | None,
    limit: int,
    offset: int,
) -> tuple[list[Ticket], int]:
    """Return one page of tickets, newest first, and how many there are in all.

    Args:
        conn: where to read.
        words: looked for in number, name, place and symptom; "" for all.
        phone_digits: looked for in the phone number, when not "".
        status: only tickets in it; None for all.
        limit: rows on the page.
        offset: rows before the page.
    """
    where: list[sa.ColumnElement[bool]] = []
    if words:
        columns = (
            tickets.c.number,
            tickets.c.contact_name,
            tickets.c.place,
            tickets.c.symptom,
        )
        found = [column.icontains(words, autoescape=True) for column in columns]
        if phone_digits:
            found.append(tickets.c.phone.contains(phone_digits, autoescape=True))
        where.append(sa.or_(*found))
    if status is not None:
        where.append(tickets.c.status == status.value)
    total = await conn.scalar(sa.select(sa.func.count()).select_from(tickets).where(*where))
    page = sa.select(*_COLUMNS).where(*where).order_by(*_NEWEST_FIRST).limit(limit).offset(offset)
    return [_to_ticket(row) for row in await conn.execute(page)], total or 0


async def _find(conn: AsyncConnection, where: sa.ColumnElement[bool]) -> Ticket | None:
    query = sa.select(*_COLUMNS).where(where).order_by(*_NEWEST_FIRST).limit(1)
    row = (await conn.execute(query)).one_or_none()
    return None if row is None else _to_ticket(row)


def _to_row(ticket: Ticket) -> dict[str, Any]:
    return asdict(ticket) | {"tried": list(ticket.tried), "details": dict(ticket.details)}


def _to_ticket(row: sa.Row[Any]) -> Ticket:
    values = {field.name: getattr(row, field.name) for field in fields(Ticket)}
    return Ticket(
        **values
        | {
            "type": TicketType(row.type),
            "priority": Priority(row.priority),
            "status": TicketStatus(row.status),
            "fault_type": FaultType(row.fault_type),
            "tried": tuple(row.tried),
        }
    )
