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
from itertools import takewhile
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.ext.compiler import compiles

from common.db import UtcDateTime, metadata, parameters, prefixed
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


class _TransactionNow(sa.sql.functions.FunctionElement[int]):
    """The running transaction's id; SQLite, where all is settled, has none."""

    type = sa.BigInteger()
    inherit_cache = True


@compiles(_TransactionNow, "postgresql")
def _on_postgresql(*_args: Any, **_kwargs: Any) -> str:
    return "(pg_current_xact_id()::text)::bigint"


@compiles(_TransactionNow, "sqlite")
def _on_sqlite(*_args: Any, **_kwargs: Any) -> str:
    return "0"


def insert_as(*prefixes: str) -> sa.Insert:
    """Return the INSERT of events, in this order, for `common.db.Together`.

    `values_as` gives the values of each.
    """
    # Not several VALUES: SQLAlchemy would compile such a statement anew each time.
    names = ("type", "conversation_id", "actor", "data", "created_at")
    rows = [
        sa.select(_TransactionNow(), *parameters(prefix, events, names).values())
        for prefix in prefixes
    ]
    return sa.insert(events).from_select(["txid", *names], sa.union_all(*rows))


def values_as(
    prefix: str,
    conn: AsyncConnection,
    type: str,
    *,
    actor: str,
    conversation_id: str | None = None,
    data: dict[str, Any] | None = None,
    now: datetime | None = None,
) -> dict[str, Any]:
    """Return what `insert_as` writes, of an event as `append` takes it; readers will be woken."""
    conn.info["events_appended"] = True
    return prefixed(
        prefix,
        {
            "type": type,
            "conversation_id": conversation_id,
            "actor": actor,
            "data": data or {},
            "created_at": now or utc_now(),
        },
    )


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
_INSERT = insert_as("event")
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
    values = values_as(
        "event",
        conn,
        type,
        actor=actor,
        conversation_id=conversation_id,
        data=data,
        now=now,
    )
    await conn.execute(_INSERT, values)


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


async def prune(conn: AsyncConnection, before: datetime, up_to: str | None) -> int:
    """Remove some of the oldest events, at most `BATCH`; fewer than that: no more are to go.

    Args:
        conn: a transaction of its own.
        before: only those that happened before this instant.
        up_to: only those up to this cursor, from which somebody still has to read on.

    Returns:
        How many were removed.
    """
    place = None if up_to is None else parse_cursor(up_to)
    query = sa.select(events.c.txid, events.c.id, events.c.created_at).order_by(events.c.id)
    oldest = await conn.execute(query.limit(BATCH))
    # From the front only: nothing else finds the old ones without reading the whole table.
    gone = [
        row.id
        for row in takewhile(
            lambda row: row.created_at < before and (place is None or (row.txid, row.id) <= place),
            oldest,
        )
    ]
    if gone:
        await conn.execute(sa.delete(events).where(events.c.id.in_(gone)))
    return len(gone)


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
