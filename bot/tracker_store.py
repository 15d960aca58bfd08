"""Where Rasa keeps its conversations: one row each, which never grows beyond a few turns."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Callable, Iterable, Optional, TypeVar

import sqlalchemy as sa
import ujson
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.conversation import Dialogue
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import RasaException
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.pool import QueuePool

from bot.history import bounded_events
from bot.internals import require_known_version

require_known_version()

T = TypeVar("T")

_SECONDS_PER_DAY = 86_400
_SECONDS_BETWEEN_SWEEPS = 3_600
_CONNECTIONS = 4  # to PostgreSQL

_trackers = sa.Table(
    "trackers",
    sa.MetaData(),
    sa.Column("sender_id", sa.String(255), primary_key=True),
    sa.Column("tracker", sa.Text, nullable=False),
    sa.Column("updated_at", sa.Float, nullable=False, index=True),  # seconds since 1970, UTC
)


class BoundedTrackerStore(TrackerStore):
    """Trackers in SQLite or PostgreSQL, cut back to the last `keep_turns` turns when saved.

    Errors of the database are raised, and `bot.failures` lets them through: a turn whose tracker
    cannot be read or saved has failed.
    """

    def __init__(
        self,
        domain: Optional[Domain],
        host: Optional[str] = None,
        event_broker: Optional[EventBroker] = None,
        keep_turns: int = 8,
        forget_after_days: float = 0,
        **kwargs: Any,
    ) -> None:
        """Connect. Rasa passes the `url` of endpoints.yml as `host`, and the rest by name.

        Args:
            domain: set again by Rasa when the model is loaded.
            host: an SQLAlchemy URL, of SQLite or PostgreSQL.
            event_broker: not supported.
            keep_turns: how many of the newest turns are kept as they were.
            forget_after_days: trackers not used for so long are deleted; 0 keeps them for ever.
            **kwargs: refused, to find spelling mistakes.
        """
        if not host or kwargs or event_broker or int(keep_turns) < 1:
            raise RasaException(
                "bot.tracker_store.BoundedTrackerStore needs a url, may have keep_turns (1 or "
                "more) and forget_after_days, and cannot feed an event broker."
            )
        super().__init__(domain, None)
        self._keep_turns = int(keep_turns)
        self._forget_after_seconds = float(forget_after_days) * _SECONDS_PER_DAY
        self._next_sweep = 0.0
        self._engine = _connect(host)
        _trackers.create(self._engine, checkfirst=True)
        self._upsert = _upsert_into(self._engine)
        # PostgreSQL is waited for in threads. SQLite answers in a tenth of a millisecond and
        # commits in half of one: to hand that to a thread and take it back costs more, the more
        # the busier the machine is, because each has to wait for the other to yield.
        self._threads: Optional[ThreadPoolExecutor] = None
        if self._engine.dialect.name == "postgresql":
            self._threads = ThreadPoolExecutor(_CONNECTIONS, thread_name_prefix="trackers")

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Store what the dialogue needs of `tracker`. One without events is not worth a row."""
        if not tracker.events:
            return
        events = bounded_events(tracker, self._keep_turns)
        row = {
            "sender_id": tracker.sender_id,
            "tracker": ujson.dumps(Dialogue(tracker.sender_id, events).as_dict()),
            "updated_at": time.time(),
        }
        await self._call(self._write, self._upsert, row)
        if self._forget_after_seconds and time.time() >= self._next_sweep:
            self._next_sweep = time.time() + _SECONDS_BETWEEN_SWEEPS
            await self.forget_older_than(self._forget_after_seconds)

    async def retrieve(self, sender_id: str) -> Optional[DialogueStateTracker]:
        """The tracker as it was saved, or None."""
        query = sa.select(_trackers.c.tracker).where(_trackers.c.sender_id == sender_id)
        stored = await self._call(self._all, query)
        return self.deserialise_tracker(sender_id, stored[0][0]) if stored else None

    async def keys(self) -> Iterable[str]:
        """The ids of all conversations."""
        query = sa.select(_trackers.c.sender_id)
        return [row.sender_id for row in await self._call(self._all, query)]

    async def forget_older_than(self, seconds: float) -> int:
        """Delete the trackers that were not saved for so long; say how many."""
        query = sa.delete(_trackers).where(_trackers.c.updated_at < time.time() - seconds)
        return await self._call(self._write, query)

    def close(self) -> None:
        """Finish what is running and give the connections back."""
        if self._threads is not None:
            self._threads.shutdown(wait=True)
        self._engine.dispose()

    def _all(self, query: Any) -> list[Any]:
        with self._engine.connect() as connection:
            return connection.execute(query).all()

    def _write(self, query: Any, row: Optional[dict[str, Any]] = None) -> int:
        with self._engine.begin() as connection:
            return connection.execute(query, row).rowcount

    async def _call(self, function: Callable[..., T], *arguments: Any) -> T:
        if self._threads is None:
            return function(*arguments)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, function, *arguments)


def _upsert_into(engine: Engine) -> Any:
    dialect = sqlite if engine.dialect.name == "sqlite" else postgresql
    insert = dialect.insert(_trackers)
    changes = {name: insert.excluded[name] for name in ("tracker", "updated_at")}
    return insert.on_conflict_do_update(index_elements=["sender_id"], set_=changes)


def _connect(url: str) -> Engine:
    parsed = make_url(url)
    backend = parsed.get_backend_name()
    if backend not in ("sqlite", "postgresql"):
        raise RasaException(f"trackers live in SQLite or PostgreSQL, not in {backend}")
    # The same URL as our server's may be given, which names a driver this environment has not.
    parsed = parsed.set(drivername=backend)
    if backend == "postgresql":
        return sa.create_engine(parsed, pool_size=_CONNECTIONS, future=True)
    return _connect_to_sqlite(parsed)


def _connect_to_sqlite(url: URL) -> Engine:
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(
        url,
        poolclass=QueuePool,
        pool_size=1,
        connect_args={"check_same_thread": False, "timeout": 10},
        future=True,
    )

    @sa.event.listens_for(engine, "connect")
    def survive_a_power_cut(connection: Any, _: Any) -> None:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")

    return engine
