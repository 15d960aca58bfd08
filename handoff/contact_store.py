"""Table and queries of contacts: customers as each channel knows them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from common.db import UtcDateTime, metadata
from common.errors import NotFound
from handoff.model import Contact, Level


def _own_id(context: Any) -> str:
    return str(context.get_current_parameters()["id"])


contacts = sa.Table(
    "contacts",
    metadata,
    sa.Column("id", sa.String(26), primary_key=True),
    sa.Column("channel", sa.String(16), nullable=False),
    sa.Column("channel_user_id", sa.String(128), nullable=False),
    sa.Column("name", sa.String(64), nullable=False, default=""),
    sa.Column("phone", sa.String(32), nullable=False, default=""),
    sa.Column("level", sa.String(16), nullable=False, default=""),
    # Themselves, until it is known that they are somebody we know already (`handoff.persons`).
    sa.Column("person_id", sa.String(26), nullable=False, default=_own_id),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("channel", "channel_user_id"),
    sa.Index("ix_contacts_person", "person_id"),
)

# Built once, as it runs for every message: building a statement costs more than running it.
_CONTACT_OF_CHANNEL = sa.select(contacts).where(
    contacts.c.channel == sa.bindparam("channel"),
    contacts.c.channel_user_id == sa.bindparam("user_id"),
)


async def find_contact(conn: AsyncConnection, channel: str, channel_user_id: str) -> Contact | None:
    """Return the customer known by this name on this channel, or None."""
    known = {"channel": channel, "user_id": channel_user_id}
    row = (await conn.execute(_CONTACT_OF_CHANNEL, known)).one_or_none()
    return None if row is None else to_contact(row)


async def get_contact(conn: AsyncConnection, contact_id: str) -> Contact:
    """Return the customer.

    Raises:
        NotFound: no such contact.
    """
    row = (await conn.execute(sa.select(contacts).where(contacts.c.id == contact_id))).one_or_none()
    if row is None:
        raise NotFound(f"no contact {contact_id}", code="contact_unknown")
    return to_contact(row)


async def insert_contact(conn: AsyncConnection, contact: Contact, now: datetime) -> None:
    """Write a new customer."""
    await conn.execute(
        sa.insert(contacts).values(
            id=contact.id,
            channel=contact.channel,
            channel_user_id=contact.channel_user_id,
            name=contact.name,
            phone=contact.phone,
            created_at=now,
        )
    )


async def save_contact_details(
    conn: AsyncConnection, contact_ids: Collection[str], details: Mapping[str, str]
) -> None:
    """Write what is known of a customer (`name`, `phone`, `level`) to their contacts."""
    await conn.execute(sa.update(contacts).where(contacts.c.id.in_(contact_ids)).values(**details))


def to_contact(row: sa.Row[Any]) -> Contact:
    """Return the contact in a row that holds all its columns."""
    return Contact(row.id, row.channel, row.channel_user_id, row.name, row.phone, Level(row.level))
