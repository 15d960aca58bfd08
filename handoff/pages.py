"""Who of those with people, or waiting for them, has a page open: for channels that have pages.

A server process says every few seconds which customers it has a socket of, or heard of, in one
statement. Who is not mentioned by any process for a while has left; who waits keeps the place some
minutes more. So a reload, a lost connection or a process that dies costs nobody anything: the page
comes back to another process long before. A process that has not watched long enough itself, or
could not write, drops nobody: it cannot know who was there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from common import events
from common.db import Database
from common.times import Clock, iso, utc_now
from handoff import leaving_store, store
from handoff.closing import finish
from handoff.model import CloseReason
from handoff.texts import say

BEAT_SECONDS = 20.0
GONE_AFTER = timedelta(seconds=60)
"""So long no process mentions a customer before they count as gone: three beats."""
CHANNELS = ("webchat",)
AT_ONCE = 500


class Pages:
    """What one server process knows of its customers' pages."""

    def __init__(
        self,
        db: Database,
        place_kept: timedelta = timedelta(minutes=10),
        *,
        locale: str = "zh-CN",
        now: Clock = utc_now,
    ) -> None:
        self._db = db
        self._place_kept = place_kept
        self._locale = locale
        self._now = now
        self._heard_of: set[str] = set()
        self._watching_since: datetime | None = None
        self._last_beat: datetime | None = None

    def seen(self, contact_id: str) -> None:
        """Take down that a customer was heard of without a socket: they wrote, or read."""
        self._heard_of.add(contact_id)

    async def beat(self, open_pages: Collection[str]) -> int:
        """Write who is there and who is not, and take out of the queue who left for too long.

        Args:
            open_pages: contacts with an open socket in this process.

        Returns:
            How many lost their place.
        """
        now = self._now()
        heard_of, self._heard_of = self._heard_of, set()
        there = sorted({*open_pages, *heard_of})
        for start in range(0, len(there), AT_ONCE):
            async with self._db.begin() as conn:
                some = there[start : start + AT_ONCE]
                back = await leaving_store.mark_there(conn, some, now)
                await _tell(conn, "conversation.page_returned", back, now)
        if self._last_beat is None or now - self._last_beat > GONE_AFTER:
            self._watching_since = now
        self._last_beat = now
        assert self._watching_since is not None
        watched = now - self._watching_since
        if watched >= GONE_AFTER:
            async with self._db.begin() as conn:
                gone = await leaving_store.mark_left(conn, CHANNELS, now - GONE_AFTER, AT_ONCE)
                await _tell(conn, "conversation.page_left", gone, now)
        if watched < self._place_kept:
            return 0
        async with self._db.connect() as conn:
            left = await leaving_store.list_left(conn, now - self._place_kept, AT_ONCE)
        dropped = 0
        for conversation_id in left:
            dropped += await self._drop(conversation_id)
        return dropped

    async def _drop(self, conversation_id: str) -> bool:
        now = self._now()
        async with self._db.begin() as conn:
            waiting = await store.lock_conversation(conn, conversation_id)
            kept_until = now - self._place_kept
            if not await leaving_store.list_left(conn, kept_until, 1, only=conversation_id):
                return False
            said = say(self._locale, "abandoned")
            await finish(conn, waiting, CloseReason.ABANDONED, "system", now, said=said)
        return True


async def _tell(
    conn: AsyncConnection, type: str, found: Iterable[sa.Row[Any]], now: datetime
) -> None:
    for row in found:
        data = {"contact_id": row.contact_id, "status": row.status}
        if "last_there" in row._mapping:
            data["left_at"] = iso(row.last_there)
        await events.append(conn, type, actor="contact", conversation_id=row.id, data=data, now=now)
