"""SQLite without a thread hop for every step.

`aiosqlite` passes each call to a thread and back: some five hops a statement, which together cost
more than the statements. SQLite answers our statements in microseconds, so they run right on the
event loop; only the commit, which waits for the disk, goes to a thread. SQLAlchemy's aiosqlite
dialect takes these connections through its `async_creator`.

Nothing here waits for another process's lock: `busy_timeout` is zero and `common.db` tries again
without holding up the loop.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

# A thread of its own: a commit holds the write lock and must not queue behind other work.
_committer = ThreadPoolExecutor(1, "sqlite-commit")


class DirectCursor:
    """A cursor with the methods SQLAlchemy awaits."""

    def __init__(self, cursor: sqlite3.Cursor) -> None:
        self._cursor = cursor

    async def __aenter__(self) -> DirectCursor:
        """Return itself; it is open already."""
        return self

    @property
    def description(self) -> Any:
        """The columns of the result, None without one."""
        return self._cursor.description

    @property
    def rowcount(self) -> int:
        """How many rows were changed."""
        return self._cursor.rowcount

    @property
    def lastrowid(self) -> int | None:
        """The key of the row inserted last."""
        return self._cursor.lastrowid

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> DirectCursor:
        """Run one statement."""
        self._cursor.execute(sql, parameters)
        return self

    async def executemany(self, sql: str, rows: Sequence[Sequence[Any]]) -> DirectCursor:
        """Run one statement for each row of parameters."""
        self._cursor.executemany(sql, rows)
        return self

    async def fetchall(self) -> list[Any]:
        """Return the rest of the result."""
        return self._cursor.fetchall()

    async def close(self) -> None:
        """Let the result go."""
        self._cursor.close()


class DirectConnection:
    """A connection with the methods SQLAlchemy awaits."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def cursor(self) -> DirectCursor:
        """Return a new cursor."""
        return DirectCursor(self._connection.cursor())

    async def create_function(self, *args: Any, **kwargs: Any) -> None:
        """Make a function known to SQL; SQLAlchemy brings one for regular expressions."""
        self._connection.create_function(*args, **kwargs)

    async def commit(self) -> None:
        """Commit, in a thread: it waits for the disk.

        When the task is cancelled meanwhile, the commit still ends before anything else may use
        the connection.
        """
        if not self._connection.in_transaction:
            return
        done = asyncio.get_running_loop().run_in_executor(_committer, self._connection.commit)
        try:
            await asyncio.shield(done)
        except asyncio.CancelledError:
            await done
            raise

    async def rollback(self) -> None:
        """Undo what was not committed."""
        self._connection.rollback()

    async def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def stop(self) -> None:
        """Close it when nothing can be awaited any more."""
        self._connection.close()


def opener(path: str) -> Callable[..., Awaitable[DirectConnection]]:
    """Return what SQLAlchemy calls for a new connection to the file.

    The connection is in WAL mode with full synchronisation: what was committed outlives a power
    cut. Transactions begin only where `common.db` says so.
    """

    async def connect(*_args: Any, **_kwargs: Any) -> DirectConnection:
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("PRAGMA busy_timeout=0")
        return DirectConnection(connection)

    return connect


def is_busy(error: BaseException) -> bool:
    """Whether the database refused because another connection holds the write lock."""
    return isinstance(error, sqlite3.OperationalError) and error.sqlite_errorname.startswith(
        ("SQLITE_BUSY", "SQLITE_LOCKED")
    )
