"""Table and queries of pictures, voices and videos that customers sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from common.db import UtcDateTime, metadata
from common.errors import NotFound


class MediaStatus(StrEnum):
    """What became of a file."""

    WAITING = "waiting"
    STORED = "stored"
    FAILED = "failed"


media = sa.Table(
    "wechat_media",
    metadata,
    sa.Column("id", sa.String(26), primary_key=True),
    sa.Column("app_id", sa.String(32), nullable=False),
    sa.Column("media_id", sa.String(256), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("content_type", sa.String(32)),
    sa.Column("size", sa.Integer),
    sa.Column("problem", sa.String(64)),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("next_at", UtcDateTime, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Index(
        "ix_wechat_media_waiting",
        "next_at",
        sqlite_where=sa.text("status = 'waiting'"),
        postgresql_where=sa.text("status = 'waiting'"),
    ),
)


@dataclass(frozen=True)
class Media:
    """One file. `id` is its own, `media_id` WeChat's, which ends after three days."""

    id: str
    app_id: str
    media_id: str
    kind: str
    status: MediaStatus
    content_type: str | None
    tries: int
    created_at: datetime


async def insert_media(
    conn: AsyncConnection, id: str, app_id: str, media_id: str, kind: str, now: datetime
) -> None:
    """Write that a file is to be fetched."""
    await conn.execute(
        sa.insert(media).values(
            id=id,
            app_id=app_id,
            media_id=media_id[:256],
            kind=kind,
            status=MediaStatus.WAITING.value,
            tries=0,
            next_at=now,
            created_at=now,
        )
    )


async def get_media(conn: AsyncConnection, id: str) -> Media:
    """Return the file.

    Raises:
        NotFound: no such file (`attachment_unknown`).
    """
    row = (await conn.execute(sa.select(media).where(media.c.id == id))).one_or_none()
    if row is None:
        raise NotFound("没有这个附件。", code="attachment_unknown")
    return _to_media(row)


async def claim_due(
    conn: AsyncConnection, now: datetime, again_at: datetime, limit: int
) -> list[Media]:
    """Return files to be fetched now; nobody else fetches them before `again_at`."""
    due = (
        sa.select(media)
        .where(media.c.status == MediaStatus.WAITING.value, media.c.next_at <= now)
        .order_by(media.c.next_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    found = [_to_media(row) for row in await conn.execute(due)]
    ids = [one.id for one in found]
    if ids:
        claim = sa.update(media).where(media.c.id.in_(ids))
        await conn.execute(claim.values(next_at=again_at, tries=media.c.tries + 1))
    return found


async def save_outcome(conn: AsyncConnection, id: str, **values: Any) -> None:
    """Write what became of a file: `status`, and `content_type`, `size`, `problem` or `next_at`."""
    await conn.execute(sa.update(media).where(media.c.id == id).values(**values))


def _to_media(row: sa.Row[Any]) -> Media:
    return Media(
        row.id,
        row.app_id,
        row.media_id,
        row.kind,
        MediaStatus(row.status),
        row.content_type,
        row.tries,
        row.created_at,
    )
