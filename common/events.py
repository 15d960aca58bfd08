"""Events are rows: what happened, in the order it was committed.

`append` writes an event in the transaction that makes it true. Every process tails the table
(`common.hub`), and whoever lost the line resumes from a cursor.

On PostgreSQL a transaction that began earlier can commit later, so an event may appear behind one
that was read already. Rows carry their transaction's id, and an event is *settled* when no
transaction before its own is still running (`pg_snapshot_xmin`): nothing can appear behind it any
more. Readers take what is there at once; a cursor only goes as far as what is settled, so that
resuming may repeat an event and never misses one. SQLite has one writer; all is settled there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from common.db import UtcDateTime, metadata
from common.errors import InvalidInput
from common.times import iso, utc_now

BATCH = 500

events = sa.Table(
    "events",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
    sa.Column("txid", sa.BigInteger, nullable=False),
    sa.Column("type", sa.String(64), nullable=False),
    sa.Column("conversation_id", sa.String(64)),
    sa.Column("actor", sa.String(64), nullable=False),
    sa.Column("data", sa.JSON, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Index("ix_events_order", "txid", "id"),
    sa.Index("ix_events_conversation", "conversation_id", "id"),
    sqlite_autoincrement=True,
)

_SETTLED: sa.ColumnElement[bool] = sa.literal_column(
    "txid < (pg_snapshot_xmin(pg_current_snapshot())::text)::bigint"
)
_TXID_NOW = sa.text("(pg_current_xact_id()::text)::bigint")


def _insert(txid: object) -> sa.Insert:
    names = ("type", "conversation_id", "actor", "data", "created_at")
    return sa.insert(events).values(txid=txid, **{name: sa.bindparam(name) for name in names})


def _after(settled: sa.ColumnElement[bool]) -> sa.Select[Any]:
    place = sa.tuple_(
        sa.bindparam("after_txid", type_=sa.BigInteger),
        sa.bindparam("after_id", type_=sa.BigInteger),
    )
    return (
        sa.select(events, settled.label("settled"))
        .where(sa.tuple_(events.c.txid, events.c.id) > place)
        .order_by(events.c.txid, events.c.id)
        .limit(sa.bindparam("most"))
    )


# Built once: they run for every event, and building one costs more than running it.
_INSERT_POSTGRESQL, _INSERT_SQLITE = _insert(_TXID_NOW), _insert(0)
_AFTER_POSTGRESQL, _AFTER_SQLITE = _after(_SETTLED), _after(sa.true())


@dataclass(frozen=True)
class Event:
    """One thing that happened. `data` holds ids and numbers, never words or contact details."""

    txid: int
    id: int
    type: str
    conversation_id: str | None
    actor: str
    data: dict[str, Any]
    created_at: datetime
    settled: bool = True

    @property
    def cursor(self) -> str:
        """The place after this event, for resuming; only a settled event's is safe."""
        return f"{self.txid}-{self.id}"

    def to_json(self) -> dict[str, Any]:
        """The event as the API writes it."""
        return {
            "type": self.type,
            "conversation_id": self.conversation_id,
            "actor": self.actor,
            "data": self.data,
            "at": iso(self.created_at),
        }


async def append(
    conn: AsyncConnection,
    type: str,
    *,
    actor: str,
    conversation_id: str | None = None,
    data: dict[str, Any] | None = None,
    now: datetime | None = None,
) -> None:
    """Write an event in the running transaction; readers are woken after the commit.

    Args:
        conn: the transaction that makes the event true.
        type: `<thing>.<what_happened>`.
        actor: who did it: `contact`, `bot`, `system`, `worker`, or `user:<id>`.
        conversation_id: the conversation it belongs to, if any.
        data: ids and numbers only.
        now: when; the present when None.
    """
    insert = _INSERT_POSTGRESQL if conn.dialect.name == "postgresql" else _INSERT_SQLITE
    await conn.execute(
        insert,
        {
            "type": type,
            "conversation_id": conversation_id,
            "actor": actor,
            "data": data or {},
            "created_at": now or utc_now(),
        },
    )
    conn.info["events_appended"] = True


def parse_cursor(text: str) -> tuple[int, int]:
    """Read a cursor that `Event.cursor` wrote.

    Raises:
        InvalidInput: it is not one.
    """
    txid, dash, id = text.partition("-")
    if not (dash and txid.isascii() and txid.isdigit() and id.isascii() and id.isdigit()):
        raise InvalidInput("cursor is not one this server gave", code="cursor_invalid")
    if max(len(txid), len(id)) > 18:
        raise InvalidInput("cursor is not one this server gave", code="cursor_invalid")
    return int(txid), int(id)


async def read_after(conn: AsyncConnection, cursor: str, limit: int = BATCH) -> list[Event]:
    """Return the events after `cursor`, oldest first, at most `limit`; some may not be settled."""
    query = _AFTER_POSTGRESQL if conn.dialect.name == "postgresql" else _AFTER_SQLITE
    txid, id = parse_cursor(cursor)
    rows = await conn.execute(query, {"after_txid": txid, "after_id": id, "most": limit})
    return [_to_event(row) for row in rows]


async def latest_cursor(conn: AsyncConnection) -> str:
    """Return the cursor after everything that is settled now."""
    query = sa.select(events.c.txid, events.c.id)
    if conn.dialect.name == "postgresql":
        query = query.where(_SETTLED)
    row = (
        await conn.execute(query.order_by(events.c.txid.desc(), events.c.id.desc()).limit(1))
    ).one_or_none()
    return "0-0" if row is None else f"{row.txid}-{row.id}"


async def list_for_conversation(conn: AsyncConnection, conversation_id: str) -> list[Event]:
    """Return a conversation's whole history, oldest first."""
    rows = await conn.execute(
        sa.select(events, sa.true().label("settled"))
        .where(events.c.conversation_id == conversation_id)
        .order_by(events.c.id)
    )
    return [_to_event(row) for row in rows]


def _to_event(row: sa.Row[Any]) -> Event:
    return Event(
        row.txid,
        row.id,
        row.type,
        row.conversation_id,
        row.actor,
        row.data,
        row.created_at,
        bool(row.settled),
    )
