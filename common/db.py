"""The database: one set of tables, SQLite or PostgreSQL, the same code.

Writes go through `Database.begin`, one transaction each; reads through `Database.connect`.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects import sqlite as sqlite_dialect
from sqlalchemy.engine import Dialect, make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.ext.compiler import compiles

from common import sqlite
from common.errors import Unavailable

# A transaction that hangs holds up others: the server ends it.
POSTGRES_SETTINGS = {"idle_in_transaction_session_timeout": "20000", "lock_timeout": "10000"}
LOCK_TIMEOUT_SECONDS = 30.0
POOL_TIMEOUT_SECONDS = 10.0
"""Whoever waits longer for a connection is told to come back: the process has too much to do."""
FIRST_PAUSE_SECONDS = 0.0005
LONGEST_PAUSE_SECONDS = 0.02

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """An aware instant in UTC. Refuses naive datetimes, which mean a different time elsewhere."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn the instant into UTC on its way in."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give SQLite's naive values their zone back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class _Texts(sa.types.TypeDecorator[list[str]]):
    """A list of strings as one parameter: an array, or JSON where there are none."""

    impl = sa.JSON
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> sa.types.TypeEngine[Any]:
        """Choose between the two."""
        kind = sa.ARRAY(sa.Text) if dialect.name == "postgresql" else sa.JSON()
        return dialect.type_descriptor(kind)


class among(sa.sql.functions.FunctionElement[bool]):
    """Whether a column is one of the strings in a parameter: `among(table.c.id, "ids")`.

    One statement, planned once, whatever their number; an IN list is another one for each.
    """

    type = sa.Boolean()
    inherit_cache = True

    def __init__(self, column: sa.ColumnElement[str], parameter: str) -> None:
        super().__init__(column, sa.bindparam(parameter, type_=_Texts()))


@compiles(among, "postgresql")
def _among_on_postgresql(element: among, compiler: Any, **more: Any) -> str:
    column, texts = (compiler.process(each, **more) for each in element.clauses)
    return f"{column} = ANY ({texts})"


@compiles(among, "sqlite")
def _among_on_sqlite(element: among, compiler: Any, **more: Any) -> str:
    column, texts = (compiler.process(each, **more) for each in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({texts}))"


class Database:
    """A pool of connections to one database."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self.is_sqlite = engine.dialect.name == "sqlite"
        # A read needs no transaction; beginning and ending one are two more round trips.
        self._reading = (
            engine if self.is_sqlite else engine.execution_options(isolation_level="AUTOCOMMIT")
        )
        # SQLite has one writer. Queueing here is fair and cheap; its own waiting is a sleep loop.
        self._writer = asyncio.Lock() if self.is_sqlite else None
        self.after_commit: Callable[[], None] | None = None
        """Called after a transaction that appended events (see `common.events`)."""

    @classmethod
    def from_url(cls, url: str, *, pool_size: int = 10) -> Database:
        """Open `sqlite+aiosqlite:///…` or `postgresql+asyncpg://…` (plain `postgresql://` too).

        SQLite runs in WAL mode with full synchronisation: what was acknowledged outlives a
        power cut.
        """
        parsed = make_url(url)
        if parsed.drivername in ("postgres", "postgresql"):
            parsed = parsed.set(drivername="postgresql+asyncpg")
        if parsed.drivername == "sqlite":
            parsed = parsed.set(drivername="sqlite+aiosqlite")
        if parsed.get_backend_name() != "sqlite":
            engine = create_async_engine(
                parsed,
                pool_size=pool_size,
                # More would be opened and closed again and again under load: waiting is cheaper.
                max_overflow=0,
                pool_timeout=POOL_TIMEOUT_SECONDS,
                # The connection used last has its statements prepared and its plans made.
                pool_use_lifo=True,
                hide_parameters=True,
                connect_args={"server_settings": POSTGRES_SETTINGS},
            )
            sa.event.listen(engine.sync_engine, "checkout", _refuse_closed)
            return cls(engine)
        if parsed.database and parsed.database != ":memory:":
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_async_engine(
            parsed,
            pool_size=pool_size,
            # An error's text must not carry a customer's words into the log.
            hide_parameters=True,
            async_creator=sqlite.opener(parsed.database or ""),
        )
        return cls(engine)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncConnection]:
        """One write transaction: committed at the end of the block, rolled back on an error.

        Raises:
            Unavailable: the database cannot be reached; whether a commit under way was kept is
                not known then.
        """
        async with self._writer or contextlib.nullcontext():
            try:
                async with self.engine.connect() as conn:
                    if self.is_sqlite:
                        await _begin_immediate(conn)
                    conn.info.pop("events_appended", None)  # left by a transaction that failed
                    yield conn
                    await conn.commit()
                    appended = conn.info.pop("events_appended", False)
            except (DBAPIError, ConnectionError, PoolTimeout) as error:
                if _is_away(error):
                    raise Unavailable() from error
                raise
        # Only after the commit: who is woken must see the new state.
        if appended and self.after_commit is not None:
            self.after_commit()

    @asynccontextmanager
    async def begin_rebuilding(self) -> AsyncIterator[AsyncConnection]:
        """As `begin`, for changing tables themselves.

        SQLite makes a changed table anew: dropping the old one must neither take along the rows
        that refer to it nor stop at them. In the end every reference is checked.

        Raises:
            RuntimeError: rows would refer to nothing; nothing was changed then.
        """
        if self._writer is None:
            async with self.begin() as conn:
                yield conn
            return
        async with self._writer, self.engine.connect() as conn:
            await conn.exec_driver_sql("PRAGMA foreign_keys=OFF")
            try:
                await _begin_immediate(conn)
                yield conn
                broken = (await conn.exec_driver_sql("PRAGMA foreign_key_check")).all()
                if broken:
                    raise RuntimeError(f"rows refer to nothing: {[row[0] for row in broken]}")
                await conn.commit()
            finally:
                await conn.rollback()
                await conn.exec_driver_sql("PRAGMA foreign_keys=ON")

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[AsyncConnection]:
        """A read; nothing may be written in it.

        Each statement sees what is committed when it starts.

        Raises:
            Unavailable: the database cannot be reached.
        """
        try:
            async with self._reading.connect() as conn:
                yield conn
        except (DBAPIError, ConnectionError, PoolTimeout) as error:
            if _is_away(error):
                raise Unavailable() from error
            raise

    async def close(self) -> None:
        """Give all connections back."""
        await self.engine.dispose()


def _refuse_closed(connection: Any, *_: Any) -> None:
    """Let a connection that the server has closed not out of the pool.

    The driver knows without asking; asking each time, as `pool_pre_ping` does, would be three
    round trips.
    """
    if connection.driver_connection.is_closed():
        raise sa.exc.InvalidatePoolError


def held(query: sa.Select[Any], table: sa.Table | None = None) -> sa.Select[Any]:
    """Hold the rows read, of `table` alone if it is given, until the transaction ends.

    SQLite needs nothing, and ignores it: its write transactions follow one another.
    """
    # Not FOR UPDATE: that would also hold up rows that only refer to this one.
    return query.with_for_update(key_share=True, of=table)


def insert_into(
    conn: AsyncConnection, table: sa.Table
) -> postgresql.Insert | sqlite_dialect.Insert:
    """Return an INSERT that can say ON CONFLICT: the same in both, but kept in the dialects."""
    if conn.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite_dialect.insert(table)


def _is_away(error: DBAPIError | ConnectionError | PoolTimeout) -> bool:
    """Whether the database could not be reached, so that the same may do a moment later."""
    if not isinstance(error, DBAPIError):
        return True
    # Class 08: the connection broke; 57P: the server is shutting down or starting up.
    state = getattr(error.orig, "sqlstate", None) or ""
    return error.connection_invalidated or state.startswith(("08", "57P"))


class Together:
    """Writes that go to the database in one round trip.

    PostgreSQL runs them as one statement; SQLite, which has no way to go, one after another. They
    do not see what the others wrote, and must not change the same row. Built once, run often.
    """

    def __init__(self, *writes: sa.Insert | sa.Update) -> None:
        self._writes = writes
        parts = [write.cte(f"write_{number}") for number, write in enumerate(writes)]
        self._one: sa.Select[Any] = sa.select(sa.literal_column("1")).add_cte(*parts)

    async def run(
        self, conn: AsyncConnection, values: dict[str, Any] | Sequence[dict[str, Any]]
    ) -> None:
        """Run all of them with these parameters, or with each of several in their order."""
        if not values:
            return
        if conn.dialect.name == "postgresql":
            await conn.execute(self._one, values)
            return
        for each in [values] if isinstance(values, dict) else values:
            for write in self._writes:
                await conn.execute(write, each)


def parameters(
    prefix: str, table: sa.Table, names: Iterable[str]
) -> dict[str, sa.BindParameter[Any]]:
    """Return a parameter for each column, named with the prefix, as `Together` needs them."""
    return {name: sa.bindparam(f"{prefix}_{name}", type_=table.c[name].type) for name in names}


def prefixed(prefix: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values under the names that `parameters` gave them."""
    return {f"{prefix}_{name}": value for name, value in values.items()}


async def _begin_immediate(conn: AsyncConnection) -> None:
    """Begin a write transaction by taking SQLite's write lock.

    At once, because a transaction that starts by reading and writes later can be refused in the
    middle. While another process holds the lock this waits without holding up the event loop.
    """
    pause = FIRST_PAUSE_SECONDS
    deadline = asyncio.get_running_loop().time() + LOCK_TIMEOUT_SECONDS
    while True:
        try:
            await conn.exec_driver_sql("BEGIN IMMEDIATE")
            return
        except OperationalError as error:
            if error.orig is None or not sqlite.is_busy(error.orig):
                raise
            await conn.rollback()
            if asyncio.get_running_loop().time() > deadline:
                raise
        await asyncio.sleep(pause * random.uniform(0.5, 1.5))
        pause = min(pause * 1.5, LONGEST_PAUSE_SECONDS)
